//! Pictures in rows and columns, each with a word below it.

use ferrolab_datasets::ImageSet;
use plotters::prelude::Text;
use plotters::style::text_anchor::HPos;

use super::pixels::{Picture, insert, to_bytes};
use super::scale::Scale;
use super::{Chart, Plot, style};

/// Pictures in rows and columns, enlarged with sharp pixels, each with a caption.
///
/// ```
/// use ferrolab::plot::{ImageGrid, Plot};
///
/// let data = ferrolab::datasets::clipart32()?;
/// let grid = ImageGrid::from_set(&data.train, 0..16);
/// assert_eq!(grid.chart().text(), "16 pictures: flag, food, flag, game, person, food, food, person, game, …");
/// # Ok::<(), ferrolab::datasets::DataError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ImageGrid {
    title: String,
    columns: Option<usize>,
    side: Option<i32>,
    tiles: Vec<Tile>,
}

#[derive(Clone, Debug)]
struct Tile {
    picture: Picture,
    caption: String,
    wrong: bool,
}

/// Sizes in units of half a pixel. A tile has this side if nothing else is said.
const TILE: i32 = 144;
const GAP: i32 = 20;
const CAPTION: i32 = 40;
const MARGIN: i32 = 28;

impl ImageGrid {
    /// A grid without pictures.
    ///
    /// ```
    /// use ferrolab::plot::{ImageGrid, Plot};
    /// let grid = ImageGrid::new()
    ///     .title("Two pixels each")
    ///     .columns(2)
    ///     .image(&[0, 255], [1, 1, 2], "bytes")
    ///     .image_f32(&[0.0, 1.0], [1, 1, 2], "floats")
    ///     .wrong(true);
    /// assert!(grid.chart().text().ends_with("2 pictures: bytes, floats"));
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// The pictures of `set` at these indices, with the names of their classes.
    ///
    /// ***Panics*** if there is no such picture.
    #[track_caller]
    pub fn from_set(set: &ImageSet, indices: impl IntoIterator<Item = usize>) -> Self {
        let mut grid = Self::new();
        for index in indices {
            grid = grid.image(set.image(index), set.shape(), set.class_name(index));
        }
        grid
    }

    /// A line above the pictures.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// How many pictures stand in a row; 8 if not said.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns.max(1));
        self
    }

    /// How many pixels wide and high the place of a picture is; 72 if not said. Captions may be longer under wider pictures.
    ///
    /// ```
    /// use ferrolab::plot::{ImageGrid, Plot};
    /// let chart = ImageGrid::new().side(160).image(&[0, 255], [1, 1, 2], "wide").chart();
    /// assert!(chart.svg().contains("width=\"188\""));
    /// ```
    pub fn side(mut self, pixels: u32) -> Self {
        self.side = Some((pixels.clamp(16, 2000) * style::UNITS) as i32);
        self
    }

    /// Adds a picture: bytes in 0..=255 of the shape `[C, H, W]`, C = 1 or 3.
    ///
    /// ***Panics*** if the pixels do not fit the shape.
    #[track_caller]
    pub fn image(mut self, pixels: &[u8], shape: [usize; 3], caption: impl Into<String>) -> Self {
        let picture = Picture::from_planes(pixels, shape);
        self.tiles.push(Tile { picture, caption: caption.into(), wrong: false });
        self
    }

    /// Adds a picture of floats in 0..=1; what lies outside is cut off.
    ///
    /// ***Panics*** if the pixels do not fit the shape.
    #[track_caller]
    pub fn image_f32(self, pixels: &[f32], shape: [usize; 3], caption: impl Into<String>) -> Self {
        self.image(&to_bytes(pixels), shape, caption)
    }

    /// Adds a plane of `[H, W]` numbers of any size in shades of grey, the lowest black and the highest white: a feature map, a
    /// filter. What is not a number is black.
    ///
    /// ```
    /// use ferrolab::plot::{ImageGrid, Plot};
    /// let edge = [-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0];
    /// assert_eq!(ImageGrid::new().gray(&edge, [3, 3], "edges").chart().text(), "1 picture: edges");
    /// ```
    ///
    /// ***Panics*** if the numbers do not fit the shape.
    #[track_caller]
    pub fn gray(self, values: &[f32], [height, width]: [usize; 2], caption: impl Into<String>) -> Self {
        self.image_f32(&stretched(values), [1, height, width], caption)
    }

    /// Adds a map of `[H, W]` numbers in colours: from dark, the lowest, to bright, the highest.
    ///
    /// ```
    /// use ferrolab::plot::{ImageGrid, Plot};
    /// let maps = ImageGrid::new().heat(&[0.0, 0.5, 2.0, 7.0], [2, 2], "saliency");
    /// assert_eq!(maps.chart().text(), "1 picture: saliency");
    /// ```
    ///
    /// ***Panics*** if the numbers do not fit the size.
    #[track_caller]
    pub fn heat(self, map: &[f32], size: [usize; 2], caption: impl Into<String>) -> Self {
        self.colored(map, size, caption.into(), Scale::Range)
    }

    /// Adds a map of `[H, W]` numbers on both sides of zero: white is zero, blue above, orange below it.
    ///
    /// ***Panics*** if the numbers do not fit the size.
    #[track_caller]
    pub fn signed_heat(self, map: &[f32], size: [usize; 2], caption: impl Into<String>) -> Self {
        self.colored(map, size, caption.into(), Scale::AroundZero)
    }

    #[track_caller]
    fn colored(mut self, map: &[f32], [height, width]: [usize; 2], caption: String, scale: Scale) -> Self {
        assert_eq!(map.len(), height * width, "a map has one number for each pixel of [{height}, {width}]");
        self.tiles.push(Tile { picture: scale.map(map, height, width), caption, wrong: false });
        self
    }

    /// Adds a picture of floats in 0..=1 in grey, `[C, H, W]`, with a map of `[H, W]` numbers laid over it where it is high.
    ///
    /// ```
    /// use ferrolab::plot::{ImageGrid, Plot};
    /// let grid = ImageGrid::new().overlay(&[0.2, 0.9], [1, 1, 2], &[0.0, 3.0], "where it looks");
    /// assert_eq!(grid.chart().text(), "1 picture: where it looks");
    /// ```
    ///
    /// ***Panics*** if pixels or map do not fit the shape.
    #[track_caller]
    pub fn overlay(
        mut self,
        pixels: &[f32],
        shape: [usize; 3],
        map: &[f32],
        caption: impl Into<String>,
    ) -> Self {
        let picture = Picture::from_planes(&to_bytes(pixels), shape);
        assert_eq!(
            map.len(),
            shape[1] * shape[2],
            "a map has one number for each pixel of [H, W], the shape is {shape:?}"
        );
        let picture = Scale::Range.over(&picture, map);
        self.tiles.push(Tile { picture, caption: caption.into(), wrong: false });
        self
    }

    /// Sets the caption of the last picture in the colour of mistakes, if `wrong`: a prediction that is not right.
    pub fn wrong(mut self, wrong: bool) -> Self {
        if let Some(tile) = self.tiles.last_mut() {
            tile.wrong = wrong;
        }
        self
    }

    fn describe(&self) -> String {
        let mut captions: Vec<_> = self.tiles.iter().map(|tile| tile.caption.as_str()).take(10).collect();
        if self.tiles.len() > 10 {
            captions[9] = "…";
        }
        let pictures = if self.tiles.len() == 1 { "picture" } else { "pictures" };
        let pictures = format!("{} {pictures}: {}", self.tiles.len(), captions.join(", "));
        if self.title.is_empty() { pictures } else { format!("{}; {pictures}", self.title) }
    }
}

impl Plot for ImageGrid {
    fn chart(&self) -> Chart {
        let side = self.side.unwrap_or(TILE);
        let columns = self.columns.unwrap_or(8).min(self.tiles.len().max(1)) as i32;
        let rows = (self.tiles.len() as i32 + columns - 1) / columns;
        let head = if self.title.is_empty() { MARGIN } else { 72 };
        let width = 2 * MARGIN + columns * side + (columns - 1) * GAP;
        // Wide pictures need no square place.
        let tall = self.tiles.iter().map(|tile| fit(&tile.picture, side).1).max().unwrap_or(side);
        let height = head + rows * (tall + CAPTION + GAP) + 8;
        // A long title must fit too.
        let width = width.max(2 * MARGIN + style::text_width(&self.title, 15.0));
        let corner = |index: usize| {
            let (row, column) = (index as i32 / columns, index as i32 % columns);
            (MARGIN + column * (side + GAP), head + row * (tall + CAPTION + GAP))
        };
        // A picture lies in the middle of its tile.
        let place = |index: usize, picture: &Picture| {
            let ((x, y), size) = (corner(index), fit(picture, side));
            ((x + (side - size.0) / 2, y + (tall - size.1) / 2), size)
        };

        let text = self.describe();
        let size = (width as u32 / style::UNITS, height as u32 / style::UNITS);
        let svg = style::draw(size, &text, |area| {
            area.draw(&Text::new(
                self.title.clone(),
                (MARGIN, 40),
                style::text_at(15.0, style::INK, HPos::Left),
            ))?;
            for (index, tile) in self.tiles.iter().enumerate() {
                let (x, y) = corner(index);
                let (at, picture_size) = place(index, &tile.picture);
                style::frame(area, at, picture_size)?;
                let color = if tile.wrong { style::WRONG } else { style::INK };
                let caption = style::text_at(11.5, color, HPos::Center);
                area.draw(&Text::new(
                    shorten(&tile.caption, side),
                    (x + side / 2, y + tall + CAPTION / 2),
                    caption,
                ))?;
            }
            Ok(())
        });
        let mut pictures = String::new();
        for (index, tile) in self.tiles.iter().enumerate() {
            let (at, size) = place(index, &tile.picture);
            pictures += &tile.picture.to_svg(at, size);
        }
        Chart::from_svg(insert(&svg, &pictures), text)
    }
}

/// Each value as a share of the way from the lowest to the highest; all alike are a half.
fn stretched(values: &[f32]) -> Vec<f32> {
    let extent = style::extent(values.iter().map(|&value| f64::from(value)));
    let (low, high) = extent.map_or((0.0, 0.0), |(low, high)| (low as f32, high as f32));
    values.iter().map(|&value| if high > low { (value - low) / (high - low) } else { 0.5 }).collect()
}

/// The size of a picture in a tile, its proportions kept.
fn fit(picture: &Picture, tile: i32) -> (i32, i32) {
    let scale = f64::from(tile) / picture.width.max(picture.height) as f64;
    let side = |pixels: usize| (pixels as f64 * scale).round().max(1.0) as i32;
    (side(picture.width), side(picture.height))
}

/// A caption that does not run into its neighbour's: 13 characters under a picture of the usual size.
fn shorten(caption: &str, tile: i32) -> String {
    let room = (13 * tile / TILE).max(3) as usize;
    if caption.chars().count() <= room {
        caption.into()
    } else {
        caption.chars().take(room - 1).chain(['…']).collect()
    }
}
