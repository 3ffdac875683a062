//! What the compiler says about wrong models: one error each, in human words, in the right place.

mod compiling;

use compiling::{Mistakes, assert_one_error, compile, compile_each};

/// For `sequential!`: a mistake is a panic of the plan.
#[track_caller]
fn assert_mistake(plan: &str, text: &str, code: &str) {
    let body = format!("fn cell() {{\n    let model = sequential!({plan});\n}}");
    assert_one_error("metadata", &body, &format!("evaluation panicked: {text}"), code);
}

#[test]
fn a_right_model_compiles() {
    let body = "fn cell() {
        const CLASSES: usize = 10;
        let model: Sequential<Rank3<3, 32, 32>, Rank1<10>> = sequential!(Input([3, 32, 32])
            .conv2d(32, 3).same().stride(2).relu()
            .max_pool2d(2)
            .flatten()
            .dropout(0.25)
            .dense(CLASSES));
        let scores: Tensor<(usize, Const<10>)> =
            model.forward(&Tensor::<(usize, Const<3>, Const<32>, Const<32>)>::from_vec(vec![0.0; 3072]));
    }";
    assert_eq!(compile("metadata", body), []);
}

#[test]
fn a_dense_layer_needs_a_flat_input() {
    assert_mistake(
        "Input([3, 32, 32])\n        .conv2d(32, 3).relu()\n        .max_pool2d(2)\n        .dense(64).relu()\n        .dense(10)",
        "dense(64) needs a flat input, got [32, 15, 15]: add `.flatten()` before it",
        "Input([3, 32, 32])\n        .conv2d(32, 3).relu()\n        .max_pool2d(2)\n        .dense(64)",
    );
}

#[test]
fn a_kernel_is_not_larger_than_its_input() {
    assert_mistake(
        "Input([3, 10, 10]).conv2d(32, 3).max_pool2d(2).conv2d(32, 2).conv2d(64, 5).flatten().dense(10)",
        "conv2d(64, 5): the kernel (5x5) is larger than its input [32, 3, 3]",
        "Input([3, 10, 10]).conv2d(32, 3).max_pool2d(2).conv2d(32, 2).conv2d(64, 5)",
    );
}

#[test]
fn layers_of_a_struct_must_fit() {
    let body = "#[derive(Default, Module)]
    struct Net { hidden: Linear<20, 64>, output: Linear<32, 10> }
    impl Net {
        fn forward<B: Dim>(&self, x: &Tensor<(B, Const<20>)>) -> Tensor<(B, Const<10>)> {
            self.output.forward(&self.hidden.forward(x).relu())
        }
    }";
    assert_one_error(
        "metadata",
        body,
        "the sizes `ferrolab::Const<64>` and `ferrolab::Const<32>` differ",
        "&self.hidden.forward(x).relu()",
    );
}

#[test]
fn recurrent_and_attention_layers_must_fit() {
    let body = "fn cell(x: &Tensor<(usize, Dyn<'T'>, Const<32>)>) {
        let (y, _) = Lstm::<64, 16>::default().forward(x);
    }";
    assert_one_error(
        "metadata",
        body,
        "the sizes `ferrolab::Const<32>` and `ferrolab::Const<64>` differ",
        "x",
    );
    let body = "fn cell(x: &Tensor<Rank3<2, 5, 6>>) {
        let y = LayerNorm::<5>::default().forward(x);
    }";
    assert_one_error("metadata", body, "the sizes `ferrolab::Const<6>` and `ferrolab::Const<5>` differ", "x");
}

#[test]
fn outputs_and_labels_are_as_many() {
    let body = "fn cell(train: Dataset<Rank1<4>, 10>) {
        let mut model = sequential!(Input([4]).dense(7));
        let history = Trainer::new(Adam::new(1e-3)).epochs(10).fit(&mut model, &train);
    }";
    let error = assert_one_error("metadata", body, "mismatched types", "&train");
    assert_eq!(error.label, "expected `7`, found `10`");
}

#[test]
fn validation_data_are_like_training_data() {
    let body = "fn cell(train: Dataset<Rank1<4>, 7>, test: Dataset<Rank1<4>, 10>) {
        let mut model = sequential!(Input([4]).dense(7));
        let history = Trainer::new(Adam::new(1e-3)).validate(&test).fit(&mut model, &train);
    }";
    // The validation data come first in the chain, so the model and the training data are what does not fit.
    let error = assert_one_error("metadata", body, "arguments to this method are incorrect", "fit");
    assert!(error.notes.iter().any(|note| note == "expected `10`, found `7`"), "{error:#?}");
}

#[test]
fn targets_are_like_outputs() {
    let body = "fn cell(train: TensorDataset<Rank1<4>, Rank1<2>>) {
        let mut model = sequential!(Input([4]).dense(3));
        let history = Trainer::new(Adam::new(1e-3)).fit_regression(&mut model, &train);
    }";
    let error = &compile("metadata", body)[0];
    let said = [&[error.text.clone(), error.label.clone()], &error.notes[..]].concat().join("\n");
    assert!(said.contains("expected `3`, found `2`"), "{error:#?}");
}

#[test]
fn what_is_no_data_is_called_so() {
    let body = "fn cell(train: Vec<f32>) {
        let mut model = Linear::<4, 3>::default();
        let history = Trainer::new(Adam::new(1e-3)).fit_with(&mut model, &train, |model, x, y| todo!());
    }";
    let error = &compile("metadata", body)[0];
    assert!(error.text.contains("is nothing to train on"), "{error:#?}");
    assert_eq!(error.label, "expected a `Dataset`, a `TensorDataset`, a stream or another `Source`");
}

#[test]
fn every_other_mistake_in_a_plan_is_said_in_words() {
    let mut mistakes = Vec::new();
    let mut first = |plan: &'static str, text: &str| {
        let cell = format!("fn cell() {{ let model = sequential!({plan}); }}");
        mistakes.push((cell, format!("evaluation panicked: {text}")));
    };
    first("Input([784]).conv2d(8, 3)", "conv2d(8, 3) needs an image [channels, height, width], got [784]");
    first("Input([784]).max_pool2d(2)", "max_pool2d(2) needs an image [channels, height, width], got [784]");
    first(
        "Input([3, 8, 2]).max_pool2d(3)",
        "max_pool2d(3): the window (3x3) is larger than its input [3, 8, 2]",
    );
    first("Input([3, 0, 8]).flatten()", "Input([3, 0, 8]): every size must be at least 1");
    first("Input([]).relu()", "Input needs one to four sizes, got 0");
    first("Input([3, 8, 8]).conv2d(0, 3)", "conv2d(0, 3): every size must be at least 1");
    first("Input([3, 8, 8]).conv2d(8, 3).stride(0)", "conv2d(8, 3): every size must be at least 1");
    first("Input([3, 8, 8]).max_pool2d(0)", "max_pool2d(0): every size must be at least 1");
    first("Input([8]).dense(0)", "dense(0): every size must be at least 1");
    first("Input([3, 8, 8]).conv2d(8, 2).same()", "same() needs an odd kernel, got 2");
    first("Input([8]).dense(8).same()", "same() follows a convolution: `.conv2d(64, 3).same()`");
    first("Input([8]).stride(2)", "stride() follows a convolution: `.conv2d(64, 3).stride(2)`");
    first(
        "Input([8]).dropout(1.0)",
        "dropout: the rate must be at least 0 and below 1, for example `.dropout(0.25)`",
    );
    first(
        "Input([3, 8, 8]).conv2d(8, 3).groups(2)",
        "conv2d(8, 3): 3 channels to 8 do not divide into 2 groups",
    );
    first(
        "Input([3, 4, 4]).conv2d(8, 3).dilation(2)",
        "conv2d(8, 3): the kernel (3x3, with dilation 2) is larger than its input [3, 4, 4]",
    );
    first(
        "Input([8]).padding(1)",
        "padding() follows a convolution or a pooling: `.conv2d(64, 3).padding(1)`",
    );
    first(
        "Input([3, 8, 8]).avg_pool2d(2).padding(2)",
        "avg_pool2d(2): the padding must be at most half of the window, got 2",
    );
    first(
        "Input([8]).relu().without_bias()",
        "without_bias() follows a convolution or a dense layer: `.conv2d(64, 3).without_bias()`",
    );
    first(
        "Input([8]).global_avg_pool2d()",
        "global_avg_pool2d() needs an image [channels, height, width], got [8]",
    );
    first("Input([6, 4]).group_norm(4)", "group_norm(4): 6 channels do not divide into 4 groups");
    first("Input([9]).embedding(0, 4)", "embedding(0, 4): every size must be at least 1");
    first("Input([8]).lstm(4)", "lstm(4) needs sequences [steps, features], got [8]");
    first(
        "Input([5, 8]).lstm(4).gru(3)",
        "gru(3) needs sequences [steps, features], got [4]: add `.sequences()` before it",
    );
    first("Input([8]).sequences()", "sequences() follows a recurrent layer: `.lstm(64).sequences()`");
    first(
        "Input([8]).skip().dense(4).add()",
        "add(): the layers since `.skip()` made [4] of [8]: both must have the same shape",
    );
    first(
        "Input([8]).dense(8).add()",
        "add() needs a `.skip()` before it: `.skip().dense(8).relu().dense(8).add()`",
    );
    first("Input([8]).skip().dense(8)", "skip() has no `.add()` behind it: `.skip().dense(8).relu().add()`");
    first("Input([3, 4]).conv1d(64, 5)", "conv1d(64, 5): the kernel (5) is larger than its input [3, 4]");
    first("Input([9]).conv1d(8, 3)", "conv1d(8, 3) needs sequences [channels, length], got [9]");
    first("Input([9]).max_pool1d(2)", "max_pool1d(2) needs sequences [channels, length], got [9]");
    first("Input([3, 4]).avg_pool1d(5)", "avg_pool1d(5): the window (5) is larger than its input [3, 4]");
    first(
        "Input([8]).global_max_pool1d()",
        "global_max_pool1d() needs sequences [channels, length], got [8]",
    );
    first("Input([8]).mean_over_time()", "mean_over_time() needs sequences [steps, features], got [8]");
    first(
        "Input([9]).conv_transpose2d(8, 3)",
        "conv_transpose2d(8, 3) needs an image [channels, height, width], got [9]",
    );
    first(
        "Input([3, 4, 4]).conv_transpose2d(8, 3).stride(4).same()",
        "conv_transpose2d(8, 3): same() needs a kernel at least as large as the stride, got 4",
    );
    first(
        "Input([3, 4, 4]).conv_transpose2d(8, 3).output_padding(1).stride(2)",
        "conv_transpose2d(8, 3): the output padding, 1, must be below the stride, which is 1: `.stride(2)` goes first",
    );
    first(
        "Input([3, 1, 1]).conv_transpose2d(8, 2).padding(1)",
        "conv_transpose2d(8, 2): a padding of 1 leaves nothing of its input [3, 1, 1]",
    );
    first(
        "Input([3, 8, 8]).conv2d(8, 3).output_padding(1)",
        "output_padding() follows a transposed convolution: `.conv_transpose2d(64, 3).output_padding(1)`",
    );
    first("Input([784]).reshape([3, 28])", "reshape([3, 28]): it has 84 values, its input [784] has 784");
    first("Input([784]).reshape([0, 28])", "reshape([0, 28]): every size must be at least 1");
    first(
        "Input([3, 8]).permute([1, 2])",
        "permute([1, 2]) must name each of the 2 axes of its input [3, 8] once, from 0",
    );
    first(
        "Input([3, 8]).permute([0])",
        "permute([0]) must name each of the 2 axes of its input [3, 8] once, from 0",
    );
    first(
        "Input([8]).position_embedding()",
        "position_embedding() needs sequences [steps, features], got [8]",
    );
    first(
        "Input([5, 8]).multi_head_attention(3)",
        "multi_head_attention(3): 8 features do not divide into 3 heads",
    );
    first(
        "Input([8]).transformer_encoder(2, 16)",
        "transformer_encoder(2, 16) needs sequences [steps, features], got [8]",
    );
    first(
        "Input([5, 8]).transformer_encoder(2, 16).inner_dropout(1.0)",
        "transformer_encoder(2, 16): the dropout must be at least 0 and below 1, for example `.inner_dropout(0.1)`",
    );
    first(
        "Input([5, 8]).transformer_encoder(2, 16).activation(\"selu\")",
        "activation(\"selu\"): it is \"relu\", \"gelu\", \"silu\" or \"tanh\"",
    );
    first(
        "Input([5, 8]).lstm(2).causal()",
        "causal() follows attention or an encoder block: `.transformer_encoder(4, 64).causal()`",
    );
    // Of two mistakes the first is reported; the second may only follow from it.
    first(
        "Input([3, 8, 8]).dense(4).conv2d(8, 3)",
        "dense(4) needs a flat input, got [3, 8, 8]: add `.flatten()` before it",
    );
    for ((cell, text), errors) in
        mistakes.iter().zip(compile_each(mistakes.iter().map(|(cell, _)| &cell[..])))
    {
        assert_eq!(errors.iter().map(|error| &error.text).collect::<Vec<_>>(), [text], "{cell}");
    }
}

#[test]
fn what_the_compiler_says_itself_is_said_once() {
    let one = |plan: &str, text: &str, code: &str| {
        assert_one_error(
            "metadata",
            &format!("fn cell() {{ let model = sequential!({plan}); }}"),
            text,
            code,
        );
    };
    one("Input([8]).dens(4)", "no method named `dens` found for struct `Plan` in the current scope", "dens");
    one("Input([8]).dense(\"4\")", "mismatched types", "\"4\"");
    one("relu()", "cannot find function `relu` in this scope", "relu");
    one(
        "",
        "sequential! describes a network, for example `sequential!(Input([4]).dense(3))`",
        "sequential!()",
    );
}

#[test]
fn sizes_that_are_computed_are_compared_when_built() {
    let body = "#[derive(Default, Module)]
    struct Net { stem: Conv2d<3, 8, 3>, head: Linear<1000, 10> }
    #[unsafe(no_mangle)]
    fn cell(net: &Net, x: &Tensor<Rank4<2, 3, 32, 32>>) -> Tensor<Rank2<2, 10>> {
        net.head.forward(&net.stem.forward(x).relu().max_pool2d::<2>().flatten())
    }";
    assert_eq!(compile("metadata", body), []);
    let errors = compile("obj", body);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(
        errors[0].text,
        "evaluation panicked: Linear: the features of the input and of the layer differ: 1800 and 1000"
    );
}

#[test]
fn a_layer_says_what_input_it_needs() {
    let body = "fn cell(x: &Tensor<Rank4<2, 3, 32, 32>>) {
        let y = Linear::<3072, 10>::default().forward(x);
    }";
    let error = assert_one_error(
        "metadata",
        body,
        "expected rows `[batch, features]` or `[batch, steps, features]`, got shape `(ferrolab::Const<2>, \
         ferrolab::Const<3>, ferrolab::Const<32>, ferrolab::Const<32>)`",
        "x",
    );
    assert_eq!(error.label, "pictures are made rows by `.flatten()`");
}

#[test]
fn a_derive_says_what_it_needs() {
    let one = |item: &str, text: &str, code: &str| {
        assert_one_error("metadata", item, text, code);
    };
    one(
        "#[derive(Module)] struct Net;",
        "Module needs fields, because they name the parameters: `struct Net { layer: Linear<2, 3> }`",
        "Net",
    );
    one(
        "#[derive(Module)] enum Net { One(Linear<2, 3>) }",
        "Module can be derived for structs, not for `enum`: hold its variants in a struct",
        "enum",
    );
    one(
        "#[derive(Module)] struct Net { #[module(ignore)] name: String }",
        "the only option is `#[module(skip)]`: leave this field out",
        "[module(ignore)]",
    );
    one("#[derive(Module)] struct Net { layer: Linear<2, 3>, rate: f32 }", "`f32` is not a module", "rate");
}

#[test]
fn layers_of_structs_say_what_does_not_fit() {
    let mut mistakes = Mistakes::default();
    let mut refused =
        |body: &str, text: &str, code, label| mistakes.add(format!("fn cell{body}"), text, code, label);
    refused(
        "(x: &Tensor<Rank4<2, 8, 5, 5>>) { let y = BatchNorm2d::<16>::default().forward(x); }",
        "the sizes `ferrolab::Const<8>` and `ferrolab::Const<16>` differ",
        "x",
        "these shapes do not fit",
    );
    refused(
        "(x: &Tensor<Rank4<2, 3, 8, 8>>) { let y = Conv2d::<1, 8, 3>::default().forward(x); }",
        "the sizes `ferrolab::Const<3>` and `ferrolab::Const<1>` differ",
        "x",
        "these shapes do not fit",
    );
    refused(
        "(x: &Tensor<Rank2<2, 784>>) { let y = Conv2d::<1, 8, 3>::default().forward(x); }",
        "expected pictures `[batch, channels, height, width]`, got shape `(ferrolab::Const<2>, ferrolab::Const<784>)`",
        "x",
        "this needs a shape such as `Rank4<1, 3, 32, 32>`",
    );
    refused(
        "(x: &Tensor<Rank2<3, 784>>) { let y = MaxPool2d::<2>.forward(x); }",
        "expected pictures `[batch, channels, height, width]`, got shape `(ferrolab::Const<3>, ferrolab::Const<784>)`",
        "x",
        "this needs a shape such as `Rank4<1, 3, 32, 32>`",
    );
    refused(
        "(x: &Tensor<Rank3<2, 3, 8>>) { let y = Conv1d::<4, 8, 3>::default().forward(x); }",
        "the sizes `ferrolab::Const<3>` and `ferrolab::Const<4>` differ",
        "x",
        "these shapes do not fit",
    );
    for layer in ["Lstm", "Gru", "SimpleRnn"] {
        refused(
            &format!("(x: &Tensor<Rank2<2, 5>>) {{ let y = {layer}::<5, 4>::default().forward(x); }}"),
            "expected sequences `[batch, steps, features]`, got shape `(ferrolab::Const<2>, ferrolab::Const<5>)`",
            "x",
            "this needs a shape such as `Rank3<8, 20, 4>` or `(usize, Dyn<'T'>, Const<4>)`",
        );
    }
    refused(
        "(x: &Tensor<Rank2<2, 6>>) { let y = TransformerEncoderLayer::<6, 2, 12>::default().forward(x, &AttentionMask::none()); }",
        "expected sequences `[batch, steps, features]`, got shape `(ferrolab::Const<2>, ferrolab::Const<6>)`",
        "x",
        "this needs a shape such as `Rank3<8, 20, 4>` or `(usize, Dyn<'T'>, Const<4>)`",
    );
    mistakes.assert_one_error_each();
}

#[test]
fn layers_of_structs_that_cannot_be_are_refused_when_built() {
    let refused = |body: &str, text: &str| {
        let cell = format!("#[unsafe(no_mangle)]\nfn cell{body}");
        assert_eq!(compile("metadata", &cell), []);
        let errors = compile("obj", &cell);
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert_eq!(errors[0].text, format!("evaluation panicked: {text}"));
    };
    refused(
        "(x: &Tensor<Rank4<2, 8, 5, 5>>) { let y = GroupNorm::<3, 8>::default().forward(x); }",
        "GroupNorm: 8 channels do not divide into 3 groups",
    );
    refused(
        "(x: &Tensor<Rank4<2, 4, 8, 8>>) { let y = GroupedConv2d::<4, 8, 3, 3>::default().forward(x); }",
        "GroupedConv2d: 4 channels to 8 do not divide into 3 groups",
    );
    refused(
        "(x: &Tensor<Rank3<2, 5, 6>>) { let y = TransformerEncoderLayer::<6, 4, 12>::default().forward(x, &AttentionMask::none()); }",
        "attention: 6 values do not divide into 4 heads",
    );
    refused(
        "(x: &Tensor<Rank4<2, 3, 4, 4>>) { let y = Conv2d::<3, 8, 5>::default().forward(x); }",
        "a kernel or window of 5 pixels is larger than its input, 4 pixels with padding 0",
    );
    refused(
        "(x: &Tensor<Rank4<2, 3, 4, 4>>) { let y = Conv2d::<3, 8, 2, Same>::default().forward(x); }",
        "Conv2d: this padding needs an odd kernel, such as 3 or 5, got 2",
    );
}

#[test]
fn losses_say_what_does_not_fit() {
    let mut mistakes = Mistakes::default();
    let mut refused =
        |body: &str, text: &str, code, label| mistakes.add(format!("fn cell{body}"), text, code, label);
    refused(
        "(x: &Tensor<Rank2<2, 3>>, y: &Tensor<Rank2<2, 4>>) { let l = mse(x, y); }",
        "the sizes `ferrolab::Const<4>` and `ferrolab::Const<3>` differ",
        "y",
        "these shapes do not fit",
    );
    for loss in ["mse(x, y)", "loss::mae(x, y)", "loss::huber(x, y, 1.0)", "loss::bce_with_logits(x, y)"] {
        refused(
            &format!("(x: &Tensor<Rank2<2, 1>>, y: &Tensor<Rank1<2>>) {{ let l = {loss}; }}"),
            "the shapes `(ferrolab::Const<2>,)` and `(ferrolab::Const<2>, ferrolab::Const<1>)` differ",
            "y",
            "these shapes do not fit",
        );
    }
    refused(
        "(x: &Tensor<Rank2<2, 3>>, y: &Labels<Const<5>, 3>) { let l = cross_entropy(x, y); }",
        "the sizes `ferrolab::Const<2>` and `ferrolab::Const<5>` differ",
        "x",
        "these shapes do not fit",
    );
    refused(
        "(x: &Tensor<Rank2<2, 3>>, y: &Labels<Const<2>, 4>) { let l = cross_entropy(x, y); }",
        "mismatched types",
        "y",
        "expected `3`, found `4`",
    );
    refused(
        "(x: &Tensor<Rank3<2, 3, 4>>, y: &Labels<Const<2>, 4>) { let l = cross_entropy(x, y); }",
        "mismatched types",
        "x",
        "expected a tuple with 2 elements, found one with 3 elements",
    );
    refused(
        "(x: &Tensor<Rank2<2, 3>>, y: &Tensor<Rank2<2, 3>>) { let l = cross_entropy(x, y); }",
        "mismatched types",
        "y",
        "expected `&Labels<_, 3>`, found `&Tensor<(Const<2>, Const<3>)>`",
    );
    mistakes.assert_one_error_each();
}

#[test]
fn data_and_inputs_are_of_the_shape_that_the_model_takes() {
    let mut mistakes = Mistakes::default();
    let mut check = |arguments: &str, body: &str, text: &str, code, label| {
        let cell =
            format!("fn cell({arguments}) {{ let mut model = sequential!(Input([4]).dense(3)); {body}; }}");
        mistakes.add(cell, text, code, label);
    };
    let fit = "let history = Trainer::new(Adam::new(1e-3)).epochs(1).fit(&mut model, &train)";
    let mismatch = "mismatched types";
    check("train: Dataset<Rank1<5>, 3>", fit, mismatch, "&train", "expected `4`, found `5`");
    check("train: Dataset<Rank1<4>, 10>", fit, mismatch, "&train", "expected `3`, found `10`");
    check("x: &Tensor<Rank2<2, 5>>", "model.forward(x)", mismatch, "x", "expected `4`, found `5`");
    check("x: &Tensor<Rank2<2, 5>>", "model.predict(x)", mismatch, "x", "expected `4`, found `5`");
    check(
        "x: &Tensor<Rank1<4>>",
        "model.forward(x)",
        mismatch,
        "x",
        "expected a tuple with 2 elements, found one with 1 element",
    );
    check(
        "x: Tensor<Rank2<2, 4>>",
        "model.forward(x)",
        mismatch,
        "x",
        "expected `&Tensor<(_, Const<4>)>`, found `Tensor<(Const<2>, Const<4>)>`",
    );
    check(
        "test: &Dataset<Rank1<5>, 3>",
        "accuracy(&model, test)",
        mismatch,
        "test",
        "expected `4`, found `5`",
    );
    mistakes.assert_one_error_each();
}

#[test]
fn plans_that_cannot_be_are_refused_in_words() {
    assert_mistake(
        "Input([9]).dense(4).embedding(10, 8)",
        "embedding(10, 8) needs token ids, not what dense makes of them: put it right behind `Input`",
        "Input([9]).dense(4).embedding(10, 8)",
    );
    assert_mistake(
        "Input([3, 8, 8]).skip().conv2d(3, 3).add()",
        "add(): the layers since `.skip()` made [3, 6, 6] of [3, 8, 8]: both must have the same shape",
        "Input([3, 8, 8]).skip().conv2d(3, 3).add()",
    );
    assert_mistake(
        "Input([8]).upsample(2)",
        "upsample(2) needs an image [channels, height, width], got [8]",
        "Input([8]).upsample(2)",
    );
    assert_mistake(
        "Input([3, 8, 8]).upsample(0)",
        "upsample(0): every size must be at least 1",
        "Input([3, 8, 8]).upsample(0)",
    );
    assert_mistake(
        "Input([8, 4]).instance_norm()",
        "instance_norm() needs an image [channels, height, width], got [8, 4]",
        "Input([8, 4]).instance_norm()",
    );
}
