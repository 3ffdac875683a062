//! A picture beside the map of what mattered in it: saliency.

use plotters::prelude::Text;
use plotters::style::text_anchor::HPos;

use super::pixels::{Picture, insert, to_bytes};
use super::scale::Scale;
use super::{Chart, Plot, style};

/// Three panels: a picture, a map of numbers over it (such as the saliency of each pixel) with a colour bar, and both in one.
///
/// ```
/// use ferrolab::plot::{Overlay, Plot};
///
/// let chart = Overlay::new(&[0, 80, 160, 240], [1, 2, 2], &[0.0, 0.1, 0.2, 0.8]).title("Why a bright corner?").chart();
/// assert_eq!(chart.text(), "Why a bright corner? The map goes from 0 to 0.8, highest at row 1, column 1 of 2x2");
/// ```
#[derive(Clone, Debug)]
pub struct Overlay {
    title: String,
    picture: Picture,
    heat: Vec<f32>,
    scale: Scale,
}

/// Sizes in units of half a pixel.
const PANEL: i32 = 352;
const GAP: i32 = 36;
const BAR: i32 = 24;
const NUMBERS: i32 = 132;
const MARGIN: i32 = 32;

impl Overlay {
    /// A picture of bytes `[C, H, W]`, C = 1 or 3, and a map of `[H, W]` numbers.
    ///
    /// ***Panics*** if pixels or map do not fit the shape.
    #[track_caller]
    pub fn new(pixels: &[u8], shape: [usize; 3], heat: &[f32]) -> Self {
        let picture = Picture::from_planes(pixels, shape);
        assert_eq!(
            heat.len(),
            shape[1] * shape[2],
            "a map has one number for each pixel of [H, W], the shape is {shape:?}"
        );
        Self { title: String::new(), picture, heat: heat.to_vec(), scale: Scale::Range }
    }

    /// [`Overlay::new`] for a picture of floats in 0..=1; what lies outside is cut off.
    ///
    /// ```
    /// use ferrolab::plot::{Overlay, Plot};
    /// let chart = Overlay::from_f32(&[0.0, 1.0], [1, 1, 2], &[0.2, 0.4]).chart();
    /// assert!(chart.text().contains("from 0.2 to 0.4"));
    /// ```
    ///
    /// ***Panics*** if pixels or map do not fit the shape.
    #[track_caller]
    pub fn from_f32(pixels: &[f32], shape: [usize; 3], heat: &[f32]) -> Self {
        Self::new(&to_bytes(pixels), shape, heat)
    }

    /// A line above the panels.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Colours a map that has two sides, such as [integrated gradients](crate::explain::integrated_gradients): white is zero, blue
    /// what is above it, orange what is below it.
    ///
    /// ```
    /// use ferrolab::plot::{Overlay, Plot};
    /// let chart = Overlay::new(&[0, 80, 160, 240], [1, 2, 2], &[-0.4, 0.0, 0.1, 0.8]).diverging().chart();
    /// assert_eq!(chart.text(), "The map goes from -0.4 to 0.8, highest at row 1, column 1 of 2x2");
    /// ```
    pub fn diverging(mut self) -> Self {
        self.scale = Scale::AroundZero;
        self
    }

    fn describe(&self) -> String {
        let (low, high) = Scale::Range.bounds(&self.heat);
        let (width, height) = (self.picture.width, self.picture.height);
        let peak = self.heat.iter().position(|&value| f64::from(value) == high).unwrap_or(0);
        let map = format!(
            "The map goes from {} to {}, highest at row {}, column {} of {height}x{width}",
            style::number(low),
            style::number(high),
            peak / width,
            peak % width
        );
        if self.title.is_empty() { map } else { format!("{} {map}", self.title) }
    }
}

impl Plot for Overlay {
    fn chart(&self) -> Chart {
        let height = PANEL * self.picture.height as i32 / self.picture.width as i32;
        let top = if self.title.is_empty() { MARGIN } else { 80 };
        let after_map = MARGIN + 2 * PANEL + GAP + BAR + NUMBERS;
        let panels = [MARGIN, MARGIN + PANEL + GAP, after_map];
        let bar = panels[1] + PANEL + 16;
        let size =
            ((after_map + PANEL + MARGIN) as u32 / style::UNITS, (top + height + 64) as u32 / style::UNITS);
        let text = self.describe();
        let (low, high) = self.scale.bounds(&self.heat);
        let svg = style::draw(size, &text, |area| {
            area.draw(&Text::new(
                self.title.clone(),
                (MARGIN, 40),
                style::text_at(15.0, style::INK, HPos::Left),
            ))?;
            for (x, name) in panels.into_iter().zip(["picture", "map", "overlay"]) {
                let caption = style::text_at(12.0, style::SOFT, HPos::Center);
                area.draw(&Text::new(name, (x + PANEL / 2, top + height + 28), caption))?;
                style::frame(area, (x, top), (PANEL, height))?;
            }
            for (value, y) in
                [(high, top + 10), ((low + high) / 2.0, top + height / 2), (low, top + height - 10)]
            {
                // Beside the highest number, what is smaller by far is nothing.
                let value = if value.abs() < 1e-3 * (high - low) { 0.0 } else { value };
                let number = style::text_at(11.0, style::SOFT, HPos::Left);
                area.draw(&Text::new(style::number(value), (bar + BAR + 8, y), number))?;
            }
            Ok(())
        });
        let map = self.scale.map(&self.heat, self.picture.height, self.picture.width);
        let both = self.scale.over(&self.picture, &self.heat);
        let steps = (0..128).rev().flat_map(|step| self.scale.color(f64::from(step) / 127.0)).collect();
        let mut pictures = Picture { width: 1, height: 128, rgb: steps }.to_svg((bar, top), (BAR, height));
        for (x, picture) in panels.into_iter().zip([&self.picture, &map, &both]) {
            pictures += &picture.to_svg((x, top), (PANEL, height));
        }
        Chart::from_svg(insert(&svg, &pictures), text)
    }
}
