//! Coloured cells in rows and columns, each with its name: what confusion matrices and heat maps are made of.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::style::{self, Area, Drawn};

/// The lowest and the highest number, and the colour of a share of the way between them.
pub(super) type ColorBar = (f64, f64, fn(f64) -> [u8; 3]);

/// A table of coloured cells. Sizes are in units of half a pixel.
pub(super) struct Matrix<'m> {
    pub title: &'m str,
    /// Rows and columns.
    pub size: [usize; 2],
    /// The names of the rows and of the columns; none, or one for each.
    pub names: [&'m [String]; 2],
    /// What rows and columns are.
    pub axes: [&'m str; 2],
    /// The colour of the cell of a row and a column.
    pub color: &'m dyn Fn(usize, usize) -> [u8; 3],
    /// What stands in it.
    pub text: &'m dyn Fn(usize, usize) -> String,
    /// What the colours mean, drawn as a bar at the right.
    pub scale: Option<ColorBar>,
}

const TOP: i32 = 84;
/// A side of a cell from which on it has room for text.
const ROOMY: i32 = 44;
/// From the cells to the numbers at the colour bar's right.
const SCALE: i32 = 190;

impl Matrix<'_> {
    fn cell(&self) -> i32 {
        let [rows, columns] = self.size.map(|count| count.max(1) as i32);
        (800 / columns).min(1100 / rows).clamp(6, 140)
    }

    /// Room for the names of the rows, or of the columns.
    fn room(&self, axis: usize) -> i32 {
        let longest = self.names[axis].iter().map(|name| style::text_width(name, 12.0)).max();
        longest.map_or(0, |longest| longest.min(300)) + 28
    }

    /// Whether the names of columns fit side by side. If not they are turned.
    fn level(&self) -> bool {
        self.names[1].iter().all(|name| style::text_width(name, 12.0) + 12 <= self.cell())
    }

    fn left(&self) -> i32 {
        24 + self.room(0) + if self.axes[0].is_empty() { 0 } else { 36 }
    }

    /// From the cells to the lower edge, without the title of the columns.
    fn below(&self) -> i32 {
        if self.level() { 52 } else { self.room(1) }
    }

    /// In pixels.
    pub fn picture_size(&self) -> (u32, u32) {
        let [rows, columns] = self.size.map(|count| count as i32 * self.cell());
        let right = if self.scale.is_some() { SCALE } else { 40 };
        let width = (self.left() + columns + right).max(style::text_width(self.title, 15.0) + 64);
        let title = if self.axes[1].is_empty() { 12 } else { 56 };
        (width as u32 / style::UNITS, (TOP + rows + self.below() + title) as u32 / style::UNITS)
    }

    pub fn paint(&self, area: &Area<'_>) -> Drawn {
        let (cell, left) = (self.cell(), self.left());
        let [height, width] = self.size.map(|count| count as i32 * cell);
        area.draw(&Text::new(self.title.to_owned(), (32, 40), style::text_at(15.0, style::INK, HPos::Left)))?;
        for row in 0..self.size[0] {
            for column in 0..self.size[1] {
                let (x, y) = (left + column as i32 * cell, TOP + row as i32 * cell);
                let [r, g, b] = (self.color)(row, column);
                area.draw(&Rectangle::new([(x, y), (x + cell, y + cell)], RGBColor(r, g, b).filled()))?;
                let text = if cell < ROOMY { String::new() } else { (self.text)(row, column) };
                if !text.is_empty() {
                    let size = (f64::from(cell) / text.chars().count() as f64 / 1.4).clamp(7.5, 12.0);
                    let style = style::text_at(size, ink([r, g, b]), HPos::Center);
                    area.draw(&Text::new(text, (x + cell / 2, y + cell / 2), style))?;
                }
            }
        }
        if cell >= 20 {
            self.grid(area, (left, width), height)?;
        } else {
            style::frame(area, (left, TOP), (width, height))?;
        }
        self.label(area, left, (height, width))?;
        if let Some(scale) = self.scale {
            bar(area, left + width + 32, height, scale)?;
        }
        Ok(())
    }

    fn grid(&self, area: &Area<'_>, (left, width): (i32, i32), height: i32) -> Drawn {
        let line = style::GRID.stroke_width(1);
        for column in 0..=self.size[1] as i32 {
            let x = left + column * self.cell();
            area.draw(&PathElement::new([(x, TOP), (x, TOP + height)], line))?;
        }
        for row in 0..=self.size[0] as i32 {
            let y = TOP + row * self.cell();
            area.draw(&PathElement::new([(left, y), (left + width, y)], line))?;
        }
        Ok(())
    }

    /// Names and titles. Where cells are small, only every second or third name has room.
    fn label(&self, area: &Area<'_>, left: i32, (height, width): (i32, i32)) -> Drawn {
        let cell = self.cell();
        let step = (28 + cell - 1) / cell;
        for (row, name) in self.names[0].iter().enumerate().step_by(step as usize) {
            let label = style::text_at(12.0, style::INK, HPos::Right);
            area.draw(&Text::new(name.clone(), (left - 14, TOP + row as i32 * cell + cell / 2), label))?;
        }
        for (column, name) in self.names[1].iter().enumerate().step_by(step as usize) {
            let x = left + column as i32 * cell + cell / 2;
            // Long names are turned, so that they do not run into each other.
            let (y, label) = if self.level() {
                (TOP + height + 24, style::text_at(12.0, style::INK, HPos::Center))
            } else {
                let turned =
                    style::text_at(12.0, style::INK, HPos::Right).transform(FontTransform::Rotate270);
                (TOP + height + 14, turned)
            };
            area.draw(&Text::new(name.clone(), (x, y), label))?;
        }
        let axis = style::text_at(12.5, style::SOFT, HPos::Center);
        let below = TOP + height + self.below() + 24;
        area.draw(&Text::new(self.axes[1].to_owned(), (left + width / 2, below), axis.clone()))?;
        let turned = axis.transform(FontTransform::Rotate270);
        Ok(area.draw(&Text::new(self.axes[0].to_owned(), (32, TOP + height / 2), turned))?)
    }
}

/// Black or white, whichever can be read on this colour.
fn ink([r, g, b]: [u8; 3]) -> RGBColor {
    let light = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    if light < 140.0 { style::PAPER } else { style::INK }
}

/// The colours from the highest number down to the lowest.
fn bar(area: &Area<'_>, x: i32, height: i32, (low, high, color): ColorBar) -> Drawn {
    const STEPS: i32 = 64;
    for step in 0..STEPS {
        let [r, g, b] = color(1.0 - f64::from(step) / f64::from(STEPS - 1));
        // Each reaches down to the end, under the next one: edges that touch would show as lines.
        let corners = [(x, TOP + height * step / STEPS), (x + 24, TOP + height)];
        area.draw(&Rectangle::new(corners, RGBColor(r, g, b).filled()))?;
    }
    let middle = (low + high) / 2.0;
    let numbers = [(high, TOP + 10), (middle, TOP + height / 2), (low, TOP + height - 10)];
    for (value, y) in numbers.into_iter().filter(|(value, _)| *value != middle || height > 90) {
        let number = style::text_at(11.0, style::SOFT, HPos::Left);
        area.draw(&Text::new(style::number(value), (x + 34, y), number))?;
    }
    Ok(())
}
