//! The drawing as SVG: plain text, no scripts, no style sheets, so that every viewer shows the same.

use std::fmt::Write;

use ferrolab_display::escape;

use super::layout::{ASIDE, FRAME, FRAME_TOP, GAP, GUTTER, Layout, MARGIN, RADIUS};
use super::rows::{Kind, Part, Row};
use crate::nn::module::Module;
use crate::nn::network::Network;
use crate::nn::summary::grouped;

/// White paper as in all charts, so that it reads alike in light and dark notebooks.
const PAPER: &str = "#ffffff";
const INK: &str = "#262626";
const SOFT: &str = "#5c5c5c";
const LINE: &str = "#8a8a8a";
const MONO: &str = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const SANS: &str = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/// What is read aloud instead of the picture, and the line below it.
pub(super) struct Words {
    title: String,
    description: String,
    total: String,
}

impl Words {
    pub(super) fn of(network: &Network) -> Words {
        let count = network.layers().len();
        let layers = if count == 1 { "1 layer".into() } else { format!("{count} layers") };
        let parameters = grouped(network.parameter_count());
        let (input, output) = (network.input(), network.output());
        Words {
            title: format!("Network of {layers} from {input:?} to {output:?}, {parameters} parameters"),
            description: network.code(),
            total: format!("{parameters} parameters in total"),
        }
    }
}

/// A colour that people with any kind of colour blindness can tell from the others (Okabe and Ito, 2008), and a pale one for the
/// ground, on which ink is easily read.
fn colors(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Input | Kind::Other => ("#8a8a8a", "#f3f3f3"),
        Kind::Convolution => ("#0072b2", "#e0eef6"),
        Kind::Dense => ("#d55e00", "#faebe0"),
        Kind::Normalization => ("#009e73", "#e0f3ee"),
        Kind::Activation => ("#cc79a7", "#f9eff4"),
        Kind::Pooling => ("#e69f00", "#fcf3e0"),
        Kind::Sequence => ("#56b4e9", "#eaf6fc"),
        Kind::Dropout => ("#f0e442", "#fdfce8"),
    }
}

pub(super) fn write(layout: &Layout, words: &Words) -> String {
    let (width, height) = (layout.width(), layout.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" style=\"max-width: 100%; height: auto\" font-family=\"{SANS}\">\
         <title>{}</title><desc>{}</desc>\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{PAPER}\"/>",
        escape(&words.title),
        escape(&words.description)
    );
    frames(&mut svg, layout);
    lines(&mut svg, layout);
    short_cuts(&mut svg, layout);
    for (row, place) in layout.rows.rows.iter().zip(&layout.places) {
        let (left, middle) = (layout.left(place.column), layout.middle(place.column));
        match row {
            Row::Box(part) => layer(&mut svg, part, [left, place.top, layout.box_width, place.height]),
            Row::Fork => dot(&mut svg, middle, place.top + place.height / 2.0),
            Row::Join => plus(&mut svg, middle, place.top + RADIUS),
        }
    }
    let middle = layout.middle(layout.columns - 1);
    let below = layout.places.last().map_or(0.0, |place| place.top + place.height);
    // Below the last row, or below a frame that ends there.
    let frame = layout.rows.repeats.iter().any(|repeat| repeat.rows.end == layout.rows.rows.len());
    let y = below + if frame { FRAME } else { 0.0 } + 20.0;
    push(
        &mut svg,
        format_args!(
            "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"11.5\" fill=\"{SOFT}\">{}</text></svg>",
            words.total
        ),
    );
    svg
}

fn push(svg: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = svg.write_fmt(what);
}

fn layer(svg: &mut String, part: &Part, [x, y, width, height]: [f64; 4]) {
    let (color, ground) = colors(part.kind);
    let (start, end, baseline) = (x + 14.0, x + width - 10.0, y + 17.5);
    push(
        svg,
        format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"{ground}\" stroke=\"{color}\"/>\
             <rect x=\"{x}\" y=\"{y}\" width=\"5\" height=\"{height}\" rx=\"2\" fill=\"{color}\"/>\
             <g font-family=\"{MONO}\"><text x=\"{start}\" y=\"{baseline}\" font-size=\"12.5\" font-weight=\"600\" \
             fill=\"{INK}\">{}</text><text x=\"{end}\" y=\"{baseline}\" font-size=\"11\" text-anchor=\"end\" \
             fill=\"{INK}\">{}</text></g>",
            escape(&part.title),
            escape(&part.shape)
        ),
    );
    let baseline = y + 33.5;
    if !part.modifiers.is_empty() {
        push(
            svg,
            format_args!(
                "<text x=\"{start}\" y=\"{baseline}\" font-size=\"11\" font-family=\"{MONO}\" fill=\"{SOFT}\">{}</text>",
                escape(&part.modifiers)
            ),
        );
    }
    if part.parameters > 0 {
        push(
            svg,
            format_args!(
                "<text x=\"{end}\" y=\"{baseline}\" font-size=\"11\" text-anchor=\"end\" fill=\"{SOFT}\">{} \
                 parameters</text>",
                grouped(part.parameters)
            ),
        );
    }
}

fn dot(svg: &mut String, x: f64, y: f64) {
    push(svg, format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"3.5\" fill=\"{LINE}\"/>"));
}

fn plus(svg: &mut String, x: f64, y: f64) {
    push(
        svg,
        format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{RADIUS}\" fill=\"{PAPER}\" stroke=\"{LINE}\" stroke-width=\"1.5\"/>\
             <path d=\"M{} {y}h9M{x} {}v9\" stroke=\"{INK}\" stroke-width=\"1.5\"/>",
            x - 4.5,
            y - 4.5
        ),
    );
}

/// A line with the head of an arrow at its end, which points to the side or down.
fn arrow(svg: &mut String, path: std::fmt::Arguments<'_>, [x, y]: [f64; 2], down: bool) {
    let head = if down { "l-3.5 -6h7z" } else { "l6 -3.5v7z" };
    push(
        svg,
        format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{LINE}\" stroke-width=\"1.5\" stroke-linejoin=\"round\"/>\
             <path d=\"M{x} {y}{head}\" fill=\"{LINE}\"/>"
        ),
    );
}

/// From each row to the next, also where that begins another column.
fn lines(svg: &mut String, layout: &Layout) {
    for (i, (from, to)) in layout.places.iter().zip(&layout.places[1..]).enumerate() {
        let (x, start) = (layout.middle(from.column), from.top + from.height);
        let (next, end) = (layout.middle(to.column), to.top);
        if from.column != to.column {
            let between = layout.left(to.column)
                - GUTTER / 2.0
                - if layout.rows.repeats.is_empty() { 0.0 } else { FRAME };
            let framed = layout.rows.repeats.iter().any(|repeat| repeat.rows.end == i + 1);
            let low = start + GAP / 2.0 + if framed { FRAME } else { 0.0 };
            let high = MARGIN - GAP / 2.0;
            arrow(
                svg,
                format_args!("M{x} {start}V{low}H{between}V{high}H{next}V{}", end - 4.0),
                [next, end],
                true,
            );
        } else if matches!(layout.rows.rows[i + 1], Row::Fork) {
            push(
                svg,
                format_args!("<path d=\"M{x} {start}V{end}\" stroke=\"{LINE}\" stroke-width=\"1.5\"/>"),
            );
        } else {
            arrow(svg, format_args!("M{x} {start}V{}", end - 4.0), [x, end], true);
        }
    }
}

fn short_cuts(svg: &mut String, layout: &Layout) {
    for cut in &layout.short_cuts {
        let (from, to) = (layout.places[cut.from], layout.places[cut.to]);
        let middle = layout.middle(from.column);
        let out = layout.left(from.column) + layout.box_width + ASIDE * (cut.level + 1) as f64;
        let (start, end) = (from.top + from.height / 2.0, to.top + RADIUS);
        let edge = middle + RADIUS;
        arrow(
            svg,
            format_args!("M{middle} {start}H{}q6 0 6 6V{}q0 6 -6 6H{}", out - 6.0, end - 6.0, edge + 4.0),
            [edge, end],
            false,
        );
    }
}

/// Around repeated rows, with how often there are.
fn frames(svg: &mut String, layout: &Layout) {
    for repeat in &layout.rows.repeats {
        let (first, last) = (layout.places[repeat.rows.start], layout.places[repeat.rows.end - 1]);
        let (x, width) = (layout.left(first.column) - FRAME, layout.column_width);
        let (y, bottom) = (first.top - FRAME_TOP, last.top + last.height + FRAME);
        push(
            svg,
            format_args!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" rx=\"6\" fill=\"#fafafa\" stroke=\"{LINE}\" \
                 stroke-dasharray=\"4 3\"/><text x=\"{}\" y=\"{}\" font-size=\"12.5\" font-weight=\"600\" \
                 text-anchor=\"end\" fill=\"{INK}\">× {}</text>",
                bottom - y,
                x + width - 8.0,
                y + 15.5,
                repeat.times
            ),
        );
    }
}
