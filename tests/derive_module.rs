//! `#[derive(Module)]` on the structs that people write.

use std::fmt::Debug;

use ferrolab::nn::Padding;
use ferrolab::prelude::*;

fn names(model: &impl Module) -> Vec<String> {
    model.parameters().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn fields_name_the_parameters_and_nest() {
    #[derive(Default, Module)]
    struct Block<const C: usize> {
        conv: Conv2d<C, C, 3, Same>,
        dropout: Dropout,
    }
    #[derive(Default, Module)]
    struct Net {
        pub(crate) stem: Conv2d<3, 8, 3>,
        blocks: [Block<8>; 2],
        more: Vec<Block<8>>,
        none: Option<Linear<1, 1>>,
        head: Linear<8, 10>,
    }
    let net = Net { more: vec![Block::default()], ..Net::default() };
    assert_eq!(
        names(&net),
        [
            "stem.weight",
            "stem.bias",
            "blocks.0.conv.weight",
            "blocks.0.conv.bias",
            "blocks.1.conv.weight",
            "blocks.1.conv.bias",
            "more.0.conv.weight",
            "more.0.conv.bias",
            "head.weight",
            "head.bias"
        ]
    );
    assert_eq!(net.parameter_count(), (27 * 8 + 8) + 3 * (72 * 8 + 8) + 90);
}

#[test]
fn a_tensor_is_a_parameter_if_gradients_flow_to_it() {
    #[derive(Module)]
    struct Scaled {
        scale: Tensor<Rank1<4>>,
        mean: Tensor<Rank1<4>>,
        r#type: Linear<4, 2>,
    }
    let model =
        Scaled { scale: Tensor::ones().requires_grad(), mean: Tensor::zeros(), r#type: Linear::default() };
    assert_eq!(names(&model), ["scale", "type.weight", "type.bias"]);
}

#[test]
fn generics_bounds_defaults_and_where_clauses_are_understood() {
    #[derive(Module)]
    pub struct Pair<A, B> {
        first: A,
        second: B,
    }
    /// A comma inside angle brackets, an arrow, attributes, a lifetime, a field that is left out.
    #[derive(Module)]
    #[allow(dead_code)]
    pub struct Wrapped<'a, const N: usize, H: Module + Debug = Dropout, P: Padding = Valid>
    where
        H: Clone,
    {
        /// What comes first.
        pub head: H,
        pub conv: Conv2d<N, N, 3, P>,
        pub list: Vec<Pair<H, Linear<N, 1>>>,
        #[module(skip)]
        #[cfg_attr(test, allow(unused))]
        pub activation: Box<dyn Fn(f32, f32) -> f32>,
        #[module(skip)]
        pub name: &'a str,
    }
    let model = Wrapped::<'_, 2, Dropout, Same> {
        head: Dropout::new(0.1),
        conv: Conv2d::default(),
        list: vec![Pair { first: Dropout::default(), second: Linear::default() }],
        activation: Box::new(|a, b| a.max(b)),
        name: "wrapped",
    };
    assert_eq!(names(&model), ["conv.weight", "conv.bias", "list.0.second.weight", "list.0.second.bias"]);
}

#[test]
fn fields_of_a_tuple_struct_are_named_by_their_position() {
    #[derive(Default, Module)]
    #[allow(dead_code)]
    struct Blocks<A, const N: usize>(pub Linear<2, N>, #[module(skip)] f32, pub(crate) A)
    where
        A: Clone;
    #[derive(Default, Module)]
    struct Net {
        blocks: Blocks<Dropout, 3>,
        last: Blocks<Dropout, 1>,
    }
    assert_eq!(names(&Net::default()), ["blocks.0.weight", "blocks.0.bias", "last.0.weight", "last.0.bias"],);
}

#[test]
fn a_struct_without_fields_has_no_parameters() {
    #[derive(Module)]
    struct Nothing {}
    assert_eq!(Nothing {}.parameter_count(), 0);
}

#[test]
fn a_struct_saves_and_loads_its_parameters_by_name() {
    #[derive(Default, Module)]
    struct Net {
        hidden: Linear<2, 3>,
        output: Linear<3, 1>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    let (saved, mut loaded) = (Net::default(), Net::default());
    saved.save(&path).unwrap();
    loaded.load(&path).unwrap();
    let values = |net: &Net| net.parameters().iter().flat_map(|(_, p)| p.to_vec()).collect::<Vec<f32>>();
    assert_eq!(values(&saved), values(&loaded));
    assert_ne!(values(&saved), values(&Net::default()));
}
