//! Where everything in a drawing lies, in pixels: rows under each other, in as many columns as make it fit a notebook.

use std::ops::Range;

use super::rows::{Row, Rows};

/// The line between two rows.
pub(super) const GAP: f64 = 16.0;
/// Between columns.
pub(super) const GUTTER: f64 = 36.0;
/// Around everything.
pub(super) const MARGIN: f64 = 18.0;
/// Of the frame around repeated rows, to what is inside; at the top there is room for the number.
pub(super) const FRAME: f64 = 9.0;
pub(super) const FRAME_TOP: f64 = 22.0;
/// Half the height of a join.
pub(super) const RADIUS: f64 = 9.0;
/// From the boxes to the first short cut, and from there to the next.
pub(super) const ASIDE: f64 = 14.0;

/// Room for the number of all parameters below the last row.
const TOTAL: f64 = 20.0;

/// A drawing up to this height has one column; a longer one has more, but not so many that its text becomes small.
const HIGH: f64 = 760.0;
const MOST_COLUMNS: usize = 4;

/// Widths of a character of the monospaced titles and of the smaller rest, about: every viewer has its own font.
const TITLE_CHARACTER: f64 = 7.6;
const SMALL_CHARACTER: f64 = 6.7;

/// A drawing with the place of everything.
pub(super) struct Layout {
    pub(super) rows: Rows,
    /// Of each row: its column, top and height.
    pub(super) places: Vec<Place>,
    /// From a fork to its join, and how far outside; 0 lies innermost.
    pub(super) short_cuts: Vec<ShortCut>,
    pub(super) box_width: f64,
    pub(super) column_width: f64,
    pub(super) columns: usize,
    pub(super) height: f64,
}

#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) column: usize,
    pub(super) top: f64,
    pub(super) height: f64,
}

pub(super) struct ShortCut {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) level: usize,
}

impl Layout {
    pub(super) fn new(rows: Rows) -> Layout {
        let box_width = rows.rows.iter().map(box_width).fold(190.0, f64::max);
        let short_cuts = short_cuts(&rows.rows);
        let levels = short_cuts.iter().map(|cut| cut.level + 1).max().unwrap_or(0);
        let aside = if levels == 0 { 0.0 } else { ASIDE * levels as f64 };
        let frames = if rows.repeats.is_empty() { 0.0 } else { FRAME };

        let columns = columns(&rows, &unbroken(&rows, &short_cuts));
        let mut places = Vec::new();
        for (column, range) in columns.iter().enumerate() {
            let mut top = MARGIN;
            for row in range.clone() {
                top += before(&rows, row);
                let height = height(&rows.rows[row]);
                places.push(Place { column, top, height });
                top += height + after(&rows, row);
            }
        }
        let bottom = |row: usize| places[row].top + places[row].height + after(&rows, row) - GAP;
        let below = |(i, range): (usize, &Range<usize>)| {
            bottom(range.end - 1) + if i + 1 == columns.len() { TOTAL } else { 0.0 }
        };
        let lowest = columns.iter().enumerate().map(below).fold(0.0, f64::max);
        Layout {
            box_width,
            column_width: box_width + aside + 2.0 * frames,
            columns: columns.len(),
            height: lowest + MARGIN,
            short_cuts,
            places,
            rows,
        }
    }

    pub(super) fn width(&self) -> f64 {
        2.0 * MARGIN + self.columns as f64 * (self.column_width + GUTTER) - GUTTER
    }

    /// The left side of the boxes of a column.
    pub(super) fn left(&self, column: usize) -> f64 {
        let frame = if self.rows.repeats.is_empty() { 0.0 } else { FRAME };
        MARGIN + column as f64 * (self.column_width + GUTTER) + frame
    }

    /// The line through the boxes of a column.
    pub(super) fn middle(&self, column: usize) -> f64 {
        self.left(column) + self.box_width / 2.0
    }
}

/// Room above a row for a frame that begins there.
fn before(rows: &Rows, row: usize) -> f64 {
    if rows.repeats.iter().any(|repeat| repeat.rows.start == row) { FRAME_TOP } else { 0.0 }
}

/// Room below a row: the line to the next, and a frame that ends there.
fn after(rows: &Rows, row: usize) -> f64 {
    GAP + if rows.repeats.iter().any(|repeat| repeat.rows.end == row + 1) { FRAME } else { 0.0 }
}

fn height(row: &Row) -> f64 {
    match row {
        Row::Box(part) if part.parameters > 0 || !part.modifiers.is_empty() => 42.0,
        Row::Box(_) => 26.0,
        Row::Fork => 4.0,
        Row::Join => 2.0 * RADIUS,
    }
}

fn box_width(row: &Row) -> f64 {
    let Row::Box(part) = row else { return 0.0 };
    let width = |text: &str, character: f64| text.chars().count() as f64 * character;
    let first = width(&part.title, TITLE_CHARACTER) + width(&part.shape, SMALL_CHARACTER);
    let count = if part.parameters > 0 { 20.0 } else { 0.0 };
    let second = width(&part.modifiers, SMALL_CHARACTER) + count * SMALL_CHARACTER;
    // The bar at the left, the margin at the right and a space between.
    (first.max(second) + 44.0).ceil()
}

/// The short cuts in the order in which they end.
fn short_cuts(rows: &[Row]) -> Vec<ShortCut> {
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut all = Vec::new();
    for (to, row) in rows.iter().enumerate() {
        match row {
            Row::Fork => open.push((to, 0)),
            Row::Join => {
                let Some((from, level)) = open.pop() else { continue };
                // What lies around this one lies further outside.
                if let Some((_, outer)) = open.last_mut() {
                    *outer = (*outer).max(level + 1);
                }
                all.push(ShortCut { from, to, level });
            }
            Row::Box(_) => {}
        }
    }
    all
}

/// Ranges of rows that stay in one column: short cuts and repeated ones are not torn apart.
fn unbroken(rows: &Rows, short_cuts: &[ShortCut]) -> Vec<Range<usize>> {
    let inside = |row: usize| {
        rows.repeats.iter().any(|repeat| repeat.rows.start < row && row < repeat.rows.end)
            || short_cuts.iter().any(|cut| cut.from < row && row <= cut.to)
    };
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for row in 0..rows.rows.len() {
        match ranges.last_mut() {
            Some(last) if inside(row) => last.end = row + 1,
            _ => ranges.push(row..row + 1),
        }
    }
    ranges
}

/// The rows of each column, as equal in height as can be.
fn columns(rows: &Rows, unbroken: &[Range<usize>]) -> Vec<Range<usize>> {
    let high = |range: &Range<usize>| -> f64 {
        range.clone().map(|row| before(rows, row) + height(&rows.rows[row]) + after(rows, row)).sum()
    };
    let total: f64 = unbroken.iter().map(high).sum();
    let wanted = ((total / HIGH).ceil() as usize).clamp(1, MOST_COLUMNS);
    let mut limit = total / wanted as f64;
    loop {
        let mut columns: Vec<Range<usize>> = Vec::new();
        let mut used = 0.0;
        for range in unbroken {
            match columns.last_mut() {
                Some(last) if used + high(range) <= limit => last.end = range.end,
                _ => {
                    columns.push(range.clone());
                    used = 0.0;
                }
            }
            used += high(range);
        }
        if columns.len() <= wanted {
            return columns;
        }
        limit += 10.0;
    }
}
