//! Drawings are well-formed, say what they must and place nothing on top of each other.

use super::*;
use crate::nn::plan::Plan;
use crate::prelude::*;

/// The boxes of layers, as `[x, y, width, height]`: those with a coloured bar.
fn boxes(document: &roxmltree::Document<'_>) -> Vec<[f64; 4]> {
    let number = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse().unwrap();
    document
        .descendants()
        .filter(|node| node.has_tag_name("rect") && node.attribute("rx") == Some("4"))
        .map(|node| ["x", "y", "width", "height"].map(|name| number(node, name)))
        .collect()
}

fn texts(document: &roxmltree::Document<'_>) -> Vec<String> {
    let text = |node: roxmltree::Node<'_, '_>| node.text().map(str::to_owned);
    document.descendants().filter(|node| node.has_tag_name("text")).filter_map(text).collect()
}

#[track_caller]
fn check(drawing: &Drawing, layers: usize) -> Vec<String> {
    let document = roxmltree::Document::parse(drawing.svg()).unwrap();
    let root = document.root_element();
    let [width, height] =
        ["width", "height"].map(|name| root.attribute(name).unwrap().parse::<f64>().unwrap());
    let boxes = boxes(&document);
    assert_eq!(boxes.len(), layers + 1, "a box for each layer and the input");
    for (i, &[x, y, w, h]) in boxes.iter().enumerate() {
        assert!(x >= 0.0 && y >= 0.0 && x + w <= width && y + h <= height, "box {i} lies on the paper");
        for &[x2, y2, w2, h2] in &boxes[i + 1..] {
            assert!(x + w <= x2 || x2 + w2 <= x || y + h <= y2 || y2 + h2 <= y, "boxes do not overlap");
        }
    }
    texts(&document)
}

#[test]
fn every_layer_has_a_box_with_its_shape_and_its_parameters() {
    let model = sequential!(Input([3, 32, 32]).conv2d(32, 3).same().stride(2).relu().flatten().dense(10));
    let drawing = model.draw();
    let texts = check(&drawing, 4);
    for text in [
        "Input",
        "[3, 32, 32]",
        "conv2d(32, 3)",
        "same · stride(2)",
        "896 parameters",
        "[32, 16, 16]",
        "relu()",
    ] {
        assert!(texts.iter().any(|found| found == text), "{text} is missing in {texts:?}");
    }
    assert!(texts.iter().any(|text| text == "82 826 parameters in total"), "{texts:?}");
    let document = roxmltree::Document::parse(drawing.svg()).unwrap();
    let of = |tag: &str| document.descendants().find(|node| node.has_tag_name(tag)).unwrap().text().unwrap();
    assert_eq!(of("title"), "Network of 4 layers from [3, 32, 32] to [10], 82 826 parameters");
    assert!(of("desc").starts_with("Input([3, 32, 32]).conv2d(32, 3)"));
    assert_eq!(drawing.bundle().plain(), Some(model.summary().to_string().as_str()));
    assert!(drawing.bundle().get("image/svg+xml").is_some());
}

#[test]
fn repeated_layers_are_drawn_once() {
    let model = sequential!(
        Input([16, 8, 8])
            .conv2d(8, 3)
            .same()
            .skip()
            .conv2d(8, 3)
            .same()
            .relu()
            .add()
            .skip()
            .conv2d(8, 3)
            .same()
            .relu()
            .add()
            .skip()
            .conv2d(8, 3)
            .same()
            .relu()
            .add()
            .flatten()
            .dense(2)
    );
    let texts = check(&model.draw(), 5);
    assert!(texts.iter().any(|text| text == "× 3"), "{texts:?}");
}

#[test]
fn nested_short_cuts_lie_inside_each_other() {
    let plan = Plan::new(&[8], true).skip().dense(8).skip().relu().add().dense(8).add();
    let network = Network::from_plan(&plan);
    let rows = rows::Rows::of(&network);
    let layout = layout::Layout::new(rows);
    let cuts: Vec<_> = layout.short_cuts.iter().map(|cut| (cut.from, cut.to, cut.level)).collect();
    assert_eq!(cuts, [(3, 5, 0), (1, 7, 1)]);
    check(&network.draw(), 3);
}

#[test]
fn a_long_network_gets_columns_and_short_cuts_stay_whole() {
    let mut network = Plan::new(&[8], true);
    for units in 1..13 {
        network = network.dense(8 * units).skip().relu().dense(8 * units).add().tanh();
    }
    let network = Network::from_plan(&network);
    check(&network.draw(), 48);
    let layout = layout::Layout::new(rows::Rows::of(&network));
    assert!(layout.columns > 1 && layout.height < 1200.0, "{} x {}", layout.columns, layout.height);
    assert!(
        layout.short_cuts.iter().all(|cut| layout.places[cut.from].column == layout.places[cut.to].column)
    );
}

#[test]
fn a_network_without_layers_is_its_input() {
    check(&Network::from_plan(&Plan::new(&[4], true)).draw(), 0);
}
