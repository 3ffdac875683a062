//! The house style: one palette, one font, light grids, white paper, so that a chart reads alike in light and dark notebooks.
//!
//! plotters places everything on whole units. A chart is drawn at two units a pixel, so that curves stay smooth.

use std::error::Error;

use ferrolab_display::escape;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A drawing area of a chart, in units of half a pixel.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing gives back; a failure is one of plotters' own.
pub type Drawn = Result<(), Box<dyn Error>>;

/// Units of a drawing for one pixel on the screen.
pub const UNITS: u32 = 2;

/// Text and axes.
pub const INK: RGBColor = RGBColor(0x26, 0x26, 0x26);
/// Less important text.
pub const SOFT: RGBColor = RGBColor(0x6b, 0x6b, 0x6b);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
/// Background.
pub const PAPER: RGBColor = WHITE;
/// What is wrong: a mistaken prediction.
pub const WRONG: RGBColor = RGBColor(0xc0, 0x39, 0x00);

/// Colours that people with any kind of colour blindness can tell apart (Okabe and Ito, 2008), best on white first.
pub const PALETTE: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
];

const FAMILY: &str = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/// The colour of series number `index`; after the last one they begin again.
pub fn color(index: usize) -> RGBColor {
    PALETTE[index % PALETTE.len()]
}

/// Text of this height in pixels.
pub fn text(pixels: f64, color: RGBColor) -> TextStyle<'static> {
    // The factor undoes the one by which plotters' SVG backend shrinks sizes.
    (FAMILY, pixels * f64::from(UNITS) * 1.24).into_font().color(&color)
}

/// [`text`] whose given point is its middle, or the middle of its left or right end.
pub fn text_at(pixels: f64, color: RGBColor, side: HPos) -> TextStyle<'static> {
    text(pixels, color).pos(Pos::new(side, VPos::Center))
}

/// About how wide a text is, in units: without a font library plotters cannot measure, and every viewer has its own font.
pub fn text_width(text: &str, pixels: f64) -> i32 {
    (text.chars().count() as f64 * pixels * f64::from(UNITS) * 0.6) as i32
}

/// The names of series and their colours.
pub(super) type Legend<'l, 'n> = &'l [(&'n str, RGBAColor)];

/// Half pixels that an entry of the legend takes: a swatch, the name, and the distance to the next.
fn entry_width(name: &str) -> i32 {
    text_width(name, 12.5) + 84
}

/// The names that stand in each line of the legend: beside the title if they fit there, otherwise below it.
fn legend_rows<'l, 'n>(title: &str, entries: Legend<'l, 'n>, width: i32) -> Vec<Legend<'l, 'n>> {
    let all: i32 = entries.iter().map(|(name, _)| entry_width(name)).sum();
    if entries.len() < 2 {
        return vec![&[]];
    }
    if text_width(title, 15.0) + all + 32 <= width {
        return vec![entries];
    }
    let mut rows: Vec<Legend<'l, 'n>> = vec![&[]];
    let (mut from, mut used) = (0, 0);
    for (at, (name, _)) in entries.iter().enumerate() {
        if at > from && used + entry_width(name) > width - 64 {
            rows.push(&entries[from..at]);
            (from, used) = (at, 0);
        }
        used += entry_width(name);
    }
    rows.push(&entries[from..]);
    rows
}

/// How many lines the legend needs below the title.
pub(super) fn legend_lines(title: &str, entries: Legend<'_, '_>, width: i32) -> i32 {
    legend_rows(title, entries, width).len() as i32 - 1
}

/// The names of the series with their colours: at the right of the title, or, where that is too narrow, in lines below it; nothing
/// for a single series.
pub(super) fn legend(area: &Area<'_>, title: &str, entries: Legend<'_, '_>) -> Drawn {
    let width = area.dim_in_pixel().0 as i32;
    for (line, row) in legend_rows(title, entries, width).into_iter().enumerate() {
        let y = 40 + 40 * line as i32;
        let used: i32 = row.iter().map(|(name, _)| entry_width(name)).sum();
        let mut x = if line == 0 { width - used } else { 32 };
        for (name, color) in row {
            area.draw(&Rectangle::new([(x, y - 6), (x + 28, y + 4)], color.filled()))?;
            area.draw(&Text::new((*name).to_owned(), (x + 38, y), text_at(12.5, INK, HPos::Left)))?;
            x += entry_width(name);
        }
    }
    Ok(())
}

/// A light frame around a picture, so that white ones have an edge.
pub fn frame(area: &Area<'_>, (x, y): (i32, i32), (width, height): (i32, i32)) -> Drawn {
    Ok(area.draw(&Rectangle::new([(x - 1, y - 1), (x + width, y + height)], GRID.stroke_width(1)))?)
}

/// Draws on white paper of this size in pixels and gives the SVG back. `description` is what screen readers say.
///
/// ***Panics*** if plotters cannot draw, which for a drawing in memory means a fault in the chart's code.
pub fn draw(
    (width, height): (u32, u32),
    description: &str,
    paint: impl FnOnce(&Area<'_>) -> Drawn,
) -> String {
    let (w, h) = (width * UNITS, height * UNITS);
    let mut body = String::new();
    {
        let area = SVGBackend::with_string(&mut body, (w, h)).into_drawing_area();
        let drawn = area.fill(&PAPER).map_err(Into::into).and_then(|()| paint(&area));
        let drawn = drawn.and_then(|()| area.present().map_err(Into::into));
        drawn
            .unwrap_or_else(|error| panic!("a chart of {width}x{height} pixels could not be drawn: {error}"));
    }
    let shapes = body.split_once('>').map_or("", |(_, shapes)| shapes);
    let description = escape(description);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {w} {h}\" \
         style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"{description}\">{shapes}"
    )
}

/// A number as an axis or a label shows it: at most four significant digits, no trailing zeros.
///
/// ```
/// use ferrolab::plot::style::number;
/// assert_eq!([number(0.30000001), number(12.0), number(1392.0), number(0.00002)], ["0.3", "12", "1392", "2e-5"]);
/// ```
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { value.to_string() };
    }
    if !(1e-3..1e6).contains(&size) {
        return format!("{value:.2e}").replace(".00e", "e").replace("0e", "e");
    }
    let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
    let digits = format!("{value:.decimals$}");
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').into() } else { digits }
}

/// The lowest and the highest of `values`; numbers that are not finite do not count. None if there are no others.
pub fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.into_iter().filter(|value| value.is_finite()) {
        (low, high) = (low.min(value), high.max(value));
    }
    (low <= high).then_some((low, high))
}

/// The range that `values` need on an axis, with a little air; numbers that are not finite do not count.
pub fn range(values: impl IntoIterator<Item = f64>) -> std::ops::Range<f64> {
    match extent(values) {
        Some((low, high)) if high > low => low - 0.05 * (high - low)..high + 0.05 * (high - low),
        Some((only, _)) => only - 0.5 * only.abs().max(1.0)..only + 0.5 * only.abs().max(1.0),
        None => 0.0..1.0,
    }
}
