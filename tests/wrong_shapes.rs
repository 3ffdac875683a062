//! What the compiler says about operations on tensors of the wrong shape: one error each, in human words.

mod compiling;

use compiling::{assert_one_error, compile};

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
        "the sizes `ferrolab::Const<3>` and `ferrolab::Const<4>` differ",
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
