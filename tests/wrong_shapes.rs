//! What the compiler says about operations on tensors of the wrong shape: one error each, in human words.

mod compiling;

use compiling::{Mistakes, assert_one_error, compile};
use ferrolab::prelude::*;

/// A mistake that the type checker finds, at the code given.
#[track_caller]
fn assert_refused(cell: &str, text: &str, code: &str) {
    assert_one_error("metadata", cell, text, code);
}

/// A mistake in sizes that are compared as numbers, when the cell is built.
#[track_caller]
fn assert_refused_when_built(cell: &str, text: &str) {
    assert_eq!(compile("metadata", cell), []);
    let errors = compile("obj", &format!("#[unsafe(no_mangle)]\n{cell}"));
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0].text, format!("evaluation panicked: {text}"));
}

#[test]
fn right_shapes_compile_and_are_inferred() {
    let cell = "#[unsafe(no_mangle)]
    fn cell(a: &Tensor<Rank2<4, 6>>, rows: &Tensor<(usize, Const<6>)>, n: usize) {
        let batch: Tensor<Rank3<2, 4, 6>> = [a, a].stack::<0>();
        let wide: Tensor<Rank2<4, 12>> = (a, a).cat::<1>().shaped();
        let more: Tensor<(usize, Const<6>)> = (rows, a).cat::<0>().shaped();
        let centred: Tensor<Rank2<4, 6>> = a * 2.0 - a.mean_axis_keep::<0>().broadcast();
        let row: Tensor<Rank1<6>> = rows.sum_axis::<0>();
        let shifted: Tensor<(usize, Const<6>)> = rows + row.broadcast();
        let picked: Tensor<Rank2<4, 1>> = a.gather::<1, _>(&[0; 4]);
        let cut: Tensor<(Const<4>, usize)> = a.narrow::<1>(0..n);
        let product: Tensor<Rank3<2, 4, 5>> = batch.matmul(&Tensor::<Rank2<6, 5>>::randn());
        let scores: Tensor<Rank3<2, 4, 4>> = batch.matmul(&batch.permute::<0, 2, 1>());
        let [q, k, v] = a.chunk::<1, 3>();
        let q: Tensor<Rank2<4, 2>> = q.shaped();
        let mask: Tensor<Rank2<4, 6>, bool> = a.gt(0.5) & !a.lt(a);
        let ids: Tensor<Rank1<4>, i64> = Tensor::<Rank1<4>, i64>::arange(0, 4, 1) % 3;
        let rows = a.index_select::<0>(&ids);
        let turned: Tensor<Rank2<6, 4>, bool> = mask.transpose();
        let deep: Tensor<Rank3<1, 2, 3>> = Tensor::from([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
    }";
    assert_eq!(compile("obj", cell), []);
}

#[test]
fn an_axis_must_exist() {
    let error = assert_one_error(
        "metadata",
        "fn cell(x: &Tensor<Rank2<2, 3>>) { let y = x.sum_axis::<2>(); }",
        "there is no axis 2 in the shape `(ferrolab::Const<2>, ferrolab::Const<3>)`",
        "sum_axis",
    );
    assert_eq!(error.label, "axes are counted from 0, the first one");
    assert_refused(
        "fn cell<B: Dim>(x: &Tensor<(B, Const<3>)>) -> Tensor<(B,)> { x.max_axis::<2>() }",
        "there is no axis 2 in the shape `(B, ferrolab::Const<3>)`",
        "max_axis",
    );
    assert_refused(
        "fn cell(x: &Tensor<Rank2<2, 3>>) { let y = x.permute::<0, 2>(); }",
        "there is no axis 2 in the shape `(ferrolab::Const<2>, ferrolab::Const<3>)`",
        "permute",
    );
    assert_refused(
        "fn cell(x: &Tensor<Rank1<3>>) { let y = x.unsqueeze::<2>(); }",
        "a new axis cannot become number 2 of the shape `(ferrolab::Const<3>,)`",
        "unsqueeze",
    );
}

#[test]
fn joined_tensors_have_the_other_sizes_in_common() {
    assert_refused(
        "fn cell(a: &Tensor<Rank2<2, 3>>, b: &Tensor<Rank2<2, 4>>) { let y = (a, b).cat::<0>(); }",
        "the sizes `ferrolab::Const<3>` and `ferrolab::Const<4>` differ",
        "cat",
    );
    assert_refused(
        "fn cell(a: &Tensor<Rank1<3>>, b: &Tensor<Rank1<4>>) { let y = (a, b).stack::<0>(); }",
        "tensors of the shapes `((ferrolab::Const<3>,), (ferrolab::Const<4>,))` cannot be stacked along a new axis 0",
        "stack",
    );
    assert_refused_when_built(
        "fn cell(a: &Tensor<Rank4<1, 3, 8, 8>>, w: &Tensor<Rank4<2, 3, 3, 3>>, b: &Tensor<Rank4<1, 1, 8, 8>>) {
            let y = (&a.conv2d(w), b).cat::<1>();
        }",
        "cat: the shapes [1, 2, 6, 6] and [1, 1, 8, 8] differ not only along axis 1",
    );
}

#[test]
fn matrices_that_are_multiplied_have_the_inner_size_in_common() {
    assert_refused(
        "fn cell(a: &Tensor<Rank3<8, 2, 3>>, b: &Tensor<Rank3<8, 4, 5>>) { let y = a.matmul(b); }",
        "the sizes `ferrolab::Const<3>` and `ferrolab::Const<4>` differ",
        "matmul",
    );
    assert_refused(
        "fn cell(a: &Tensor<Rank3<8, 2, 3>>, b: &Tensor<Rank3<7, 3, 5>>) { let y = a.matmul(b); }",
        "the sizes `ferrolab::Const<8>` and `ferrolab::Const<7>` differ",
        "matmul",
    );
    assert_refused_when_built(
        "fn cell(a: &Tensor<Rank4<1, 3, 8, 8>>, b: &Tensor<Rank2<100, 2>>) { let y = a.flatten().matmul(b); }",
        "matmul: the inner sizes differ: 192 and 100",
    );
}

#[test]
fn what_is_broadcast_fits() {
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>, row: &Tensor<Rank1<4>>) { let y = x + row.broadcast(); }",
        "broadcast: the shape [4] cannot become [4, 6]: from the last axis on, sizes must be equal or 1",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>) { let y = x.broadcast_to::<Rank1<6>>(); }",
        "broadcast: the shape [4, 6] cannot become [6]: from the last axis on, sizes must be equal or 1",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>, mask: &Tensor<Rank2<4, 5>, bool>) { let y = x.masked_fill(mask, 0.0); }",
        "broadcast: the shape [4, 5] cannot become [4, 6]: from the last axis on, sizes must be equal or 1",
    );
}

#[test]
fn pieces_lie_within_their_axis() {
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>) { let y = x.slice::<1, 4, 3>(); }",
        "slice: 4..7 goes past the end of axis 1, whose size is 6",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>) { let y = x.chunk::<1, 9>(); }",
        "chunk: axis 1, whose size is 6, cannot be cut into 9 equal pieces",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>) { let y = x.topk::<7>(); }",
        "topk: there are no 7 greatest values among 6",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>) { let y = x.squeeze::<0>(); }",
        "squeeze: the axis 0 has the size 4, only an axis of size 1 can go",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank2<4, 6>>) { let y = x.permute::<0, 0>(); }",
        "permute: every axis must be named once",
    );
}

#[test]
fn tensors_are_compared_with_tensors_of_their_shape_and_with_numbers() {
    assert_refused(
        "fn cell(a: &Tensor<Rank1<3>>, b: &Tensor<Rank1<4>>) { let y = a.gt(b); }",
        "the sizes `ferrolab::Const<3>` and `ferrolab::Const<4>` differ",
        "b",
    );
    let error = assert_one_error(
        "metadata",
        "fn cell(a: &Tensor<Rank1<3>>) { let y = a.gt(\"3\"); }",
        "a tensor of shape `(ferrolab::Const<3>,)` and type `f32` cannot be compared with `&str`",
        "\"3\"",
    );
    assert_eq!(
        error.label,
        "expected a number such as `0.5`, or a reference to a tensor of the same shape and type"
    );
    assert_refused(
        "fn cell(a: &Tensor<Rank1<3>>, b: &Tensor<Rank1<4>>) { let y = a.maximum(b); }",
        "the sizes `ferrolab::Const<4>` and `ferrolab::Const<3>` differ",
        "b",
    );
}

#[test]
fn element_types_are_told_apart() {
    let error = assert_one_error(
        "metadata",
        "fn cell(x: &Tensor<Rank1<3>>, mask: &Tensor<Rank1<3>>) { let y = x.masked_fill(mask, 0.0); }",
        "mismatched types",
        "mask",
    );
    assert_eq!(error.label, "expected `&Tensor<_, bool>`, found `&Tensor<(Const<3>,)>`");
    let error = assert_one_error(
        "metadata",
        "fn cell(x: &Tensor<Rank1<3>, i32>) {}",
        "`i32` is not an element type of tensors",
        "Tensor<Rank1<3>, i32>",
    );
    assert_eq!(error.label, "expected `f32`, `f64`, `f16`, `bf16`, `i64` or `bool`");
    let error = assert_one_error(
        "metadata",
        "fn cell(x: &Tensor<Rank1<3>>, at: f32) { let y = x.index_select::<0>(&at); }",
        "`f32` names no places along an axis",
        "&at",
    );
    assert_eq!(error.label, "expected places such as `&[2, 0]`, a list of `usize` or a tensor of `i64`");
}

#[test]
fn tensors_of_different_shapes_are_not_added() {
    assert_refused(
        "fn cell(a: &Tensor<Rank2<2, 3>>, b: &Tensor<Rank2<2, 4>>) { let y = a + b; }",
        "the sizes `ferrolab::Const<3>` and `ferrolab::Const<4>` differ",
        "+",
    );
    assert_refused(
        "fn cell(a: &Tensor<Rank2<2, 3>>, row: &Tensor<Rank1<3>>) { let y = a + row; }",
        "the shapes `(ferrolab::Const<2>, ferrolab::Const<3>)` and `(ferrolab::Const<3>,)` differ",
        "+",
    );
    assert_refused(
        "fn cell(x: &Tensor<Rank2<2, 5>>, bias: &Tensor<Rank1<4>>) { let y = x.add_bias(bias); }",
        "the sizes `ferrolab::Const<5>` and `ferrolab::Const<4>` differ",
        "bias",
    );
}

#[test]
fn a_tensor_is_reshaped_to_as_many_values() {
    assert_refused_when_built(
        "fn cell(a: &Tensor<Rank2<2, 3>>) { let y = a.reshape::<Rank2<4, 2>>(); }",
        "reshape: [2, 3] has 6 values, [4, 2] has 8",
    );
    assert_refused_when_built(
        "fn cell(a: &Tensor<Rank2<2, 3>>, b: &Tensor<Rank2<2, 4>>) {
            let y: Tensor<Rank2<2, 8>> = (a, b).cat::<1>().shaped();
        }",
        "shaped: the shapes differ: [2, 7] and [2, 8]",
    );
    assert_refused_when_built(
        "fn cell() { let y = Tensor::<(usize, Const<3>)>::zeros(); }",
        "every size must be known here: use `from_vec` for a size known at run time",
    );
}

#[test]
fn an_operation_says_how_many_axes_it_needs() {
    let mut mistakes = Mistakes::default();
    let mut one = |cell: &str, text: &str, code, label| mistakes.add(cell, text, code, label);
    let pictures = "expected pictures `[batch, channels, height, width]`, got shape `(ferrolab::Const<3>, \
                    ferrolab::Const<784>)`";
    let needed = "this needs a shape such as `Rank4<1, 3, 32, 32>`";
    let flat = |body: &str| {
        format!("fn cell(x: &Tensor<Rank2<3, 784>>, w: &Tensor<Rank4<4, 3, 3, 3>>) {{ {body}; }}")
    };
    one(&flat("x.max_pool2d::<2>()"), pictures, "max_pool2d", needed);
    one(&flat("x.avg_pool2d::<2>()"), pictures, "avg_pool2d", needed);
    one(&flat("x.max_pool2d_with::<3, 2, 1>()"), pictures, "max_pool2d_with", needed);
    one(&flat("x.global_avg_pool2d()"), pictures, "global_avg_pool2d", needed);
    one(&flat("x.upsample_nearest2d::<2>()"), pictures, "upsample_nearest2d", needed);
    one(&flat("x.conv2d(w)"), pictures, "w", needed);
    one(&flat("x.conv2d_same(w)"), pictures, "conv2d_same", needed);
    one(
        "fn cell(x: &Tensor<Rank3<2, 3, 4>>) { let y = x.transpose(); }",
        "expected a matrix, a tensor of two dimensions, got shape `(ferrolab::Const<2>, ferrolab::Const<3>, \
         ferrolab::Const<4>)`",
        "transpose",
        "this needs a shape such as `Rank2<3, 4>`",
    );
    one(
        "fn cell(x: &Tensor<Rank1<3>>) { let y = x.flatten(); }",
        "expected a batch to flatten, of two dimensions or more, got shape `(ferrolab::Const<3>,)`",
        "flatten",
        "nothing to flatten here",
    );
    one(
        "fn cell(x: &Tensor<Rank2<2, 5>>) { let y = x.diag(); }",
        "expected a vector, a tensor of one dimension, got shape `(ferrolab::Const<2>, ferrolab::Const<5>)`",
        "diag",
        "this needs a shape such as `Rank1<3>`",
    );
    one(
        "fn cell(x: &Tensor<()>) { let y = x.softmax(); }",
        "expected a tensor with at least one dimension, got shape `()`",
        "softmax",
        "a scalar has no last axis",
    );
    one(
        "fn cell(x: &Tensor<Rank2<2, 5>>) { let y = x.trace(); }",
        "the sizes `ferrolab::Const<2>` and `ferrolab::Const<5>` differ",
        "trace",
        "these shapes do not fit",
    );
    mistakes.assert_one_error_each();
}

#[test]
fn only_one_number_has_gradients_and_a_value() {
    for method in ["backward", "item"] {
        let error = assert_one_error(
            "metadata",
            &format!("fn cell(x: &Tensor<Rank2<2, 3>>) {{ let y = x.{method}(); }}"),
            "expected one number, such as a loss, got a tensor of shape `(ferrolab::Const<2>, ferrolab::Const<3>)`",
            method,
        );
        assert_eq!(error.label, "`.mean()` or `.sum()` makes one number of many");
    }
}

#[test]
fn kernels_and_windows_are_not_larger_than_their_input() {
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank4<1, 3, 4, 4>>) { let y = x.max_pool2d::<5>(); }",
        "max_pool2d: the window (5x5) is larger than its input (4 pixels)",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank4<1, 3, 4, 4>>) { let y = x.avg_pool2d::<5>(); }",
        "a kernel or window of 5 pixels is larger than its input, 4 pixels with padding 0",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank4<1, 3, 4, 4>>, w: &Tensor<Rank4<2, 3, 5, 5>>) { let y = x.conv2d(w); }",
        "a kernel or window of 5 pixels is larger than its input, 4 pixels with padding 0",
    );
    assert_refused_when_built(
        "fn cell(x: &Tensor<Rank4<1, 3, 4, 4>>, w: &Tensor<Rank4<2, 3, 2, 2>>) { let y = x.conv2d_same(w); }",
        "conv2d_same needs an odd kernel, such as 3 or 5, got 2",
    );
}

#[test]
fn what_the_compiler_says_itself_has_the_numbers_too() {
    let mut mistakes = Mistakes::default();
    let mut one = |cell: &str, text: &str, code, label| mistakes.add(cell, text, code, label);
    one(
        "fn cell(x: &Tensor<Rank2<2, 5>>) -> Tensor<Rank2<2, 4>> { x.relu() }",
        "mismatched types",
        "x.relu()",
        "expected `4`, found `5`",
    );
    one(
        "fn cell(a: Tensor<Rank2<2, 3>>, b: Tensor<Rank2<3, 4>>) { let y = a.matmul(b); }",
        "mismatched types",
        "b",
        "expected `&Tensor<_>`, found `Tensor<(Const<3>, Const<4>)>`",
    );
    one(
        "fn cell(a: Tensor<Rank2<2, 3>>) { let y = a + 1.0; let z = a * 2.0; }",
        "use of moved value: `a`",
        "a",
        "value used here after move",
    );
    one(
        "fn cell(x: &Tensor<Rank1<2>>) { let y = x * 2; }",
        "cannot multiply `&ferrolab::Tensor<(ferrolab::Const<2>,)>` by `{integer}`",
        "*",
        "no implementation for `&ferrolab::Tensor<(ferrolab::Const<2>,)> * {integer}`",
    );
    one(
        "fn cell(v: Vec<f64>) { let x = Tensor::<Rank1<2>>::from_vec(v); }",
        "mismatched types",
        "v",
        "expected `Vec<f32>`, found `Vec<f64>`",
    );
    one(
        "fn cell() { let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [1.0]]); }",
        "mismatched types",
        "[1.0]",
        "expected an array with a size of 2, found one with a size of 1",
    );
    one(
        "fn cell(x: &Tensor<Rank3<2, 3, 4>>) { let y = x.permute::<0, 1>(); }",
        "method takes 3 generic arguments but 2 generic arguments were supplied",
        "permute",
        "expected 3 generic arguments",
    );
    one(
        "fn cell(x: &Tensor<Rank2<2, 4>>) { let [a, b, c] = x.chunk::<1, 2>(); }",
        "pattern requires 3 elements but array has 2",
        "[a, b, c]",
        "expected 2 elements",
    );
    one(
        "fn cell(x: &Tensor<Rank2<2, 4>>) { let y = x.relux(); }",
        "no method named `relux` found for reference `&ferrolab::Tensor<(ferrolab::Const<2>, ferrolab::Const<4>)>` in \
         the current scope",
        "relux",
        "",
    );
    mistakes.assert_one_error_each();
}

/// What a mistake says that only the running program can find.
#[track_caller]
fn assert_panics(mistake: impl FnOnce(), text: &str) {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(mistake));
    let said = outcome.expect_err("it must panic");
    let said =
        said.downcast_ref::<String>().cloned().or_else(|| said.downcast_ref::<&str>().map(|&s| s.to_owned()));
    assert_eq!(said.as_deref(), Some(text));
}

#[test]
fn sizes_that_only_the_running_program_knows_are_said_when_it_runs() {
    type Rows<const C: usize> = Tensor<(usize, Const<C>)>;
    let rows = |count: usize| Rows::<2>::from_vec(vec![0.0; 2 * count]);
    let table = |m: usize, n: usize| {
        Tensor::<(usize, usize)>::from_raw(ferrolab::Raw::new(ferrolab::array::Array::full(&[m, n], 0.0)))
    };
    assert_panics(|| drop(rows(3) + rows(4)), "add: the shapes differ: [3, 2] and [4, 2]");
    assert_panics(|| drop(mse(&rows(3), &rows(4))), "mse: the shapes differ: [3, 2] and [4, 2]");
    assert_panics(
        || drop(table(2, 3).matmul(&table(4, 5))),
        "matmul: the inner sizes differ: 3 and 4, of [2, 3] and [4, 5]",
    );
    assert_panics(
        || drop((&rows(1), &table(2, 3)).cat::<0>()),
        "cat: the shapes [1, 2] and [2, 3] differ not only along axis 0",
    );
    assert_panics(
        || drop(table(3, 5).reshape::<Rank2<4, 2>>()),
        "reshape: [3, 5] has 15 values, [4, 2] has 8",
    );
    assert_panics(
        || drop(cross_entropy(&Rows::<2>::from_vec(vec![0.0; 6]), &Labels::<usize, 2>::new(vec![0, 1]))),
        "cross_entropy: 3 rows of scores, but 2 targets",
    );
    assert_panics(
        || drop(Labels::<usize, 3>::new(vec![0, 3])),
        "expected labels below the number of classes, 3, got 3",
    );
    assert_panics(|| drop(Rows::<2>::from_vec(vec![0.0; 5])), "5 values do not divide into rows of 2");
    assert_panics(
        || drop(Embedding::<5, 2>::default().forward(&Tensor::<Rank1<1>>::from([7.0]))),
        "embedding: there is no entry 7 in a table of 5",
    );
    assert_panics(|| _ = Dropout::new(1.5), "dropout: the rate must be at least 0 and below 1, got 1.5");
}
