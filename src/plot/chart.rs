//! A finished chart: SVG and its description in words.

use std::fmt;
use std::io;
use std::path::Path;

use ferrolab_display::{MimeBundle, Show};

/// A finished chart.
#[derive(Clone, PartialEq, Eq)]
pub struct Chart {
    svg: String,
    text: String,
}

impl Chart {
    /// A chart from an SVG picture and a text that says what it shows, for terminals and screen readers.
    pub fn from_svg(svg: impl Into<String>, text: impl Into<String>) -> Self {
        Self { svg: svg.into(), text: text.into() }
    }

    /// The picture.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The picture in words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes the picture to a file, whose name should end in `.svg`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        std::fs::write(path, &self.svg)
    }
}

impl fmt::Debug for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chart({})", self.text)
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Something that can be drawn.
pub trait Plot {
    /// Draws it.
    fn chart(&self) -> Chart;

    /// Draws it into a file, whose name should end in `.svg`.
    ///
    /// # Errors
    /// If the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> io::Result<()>
    where
        Self: Sized,
    {
        self.chart().save(path)
    }
}

impl Plot for Chart {
    fn chart(&self) -> Chart {
        self.clone()
    }
}

impl Show for Chart {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new().svg(self.svg.as_str()).text(self.text.as_str())
    }
}

/// Lets unfinished charts show themselves, so that a cell may end with one.
macro_rules! show_as_chart {
    ($($plot:ty),+) => {$(
        impl Show for $plot {
            fn bundle(&self) -> MimeBundle {
                self.chart().bundle()
            }
        }
    )+};
}
show_as_chart!(
    super::BarChart,
    super::ConfusionMatrix,
    super::Curves,
    super::ImageGrid,
    super::LineChart,
    super::Overlay
);
