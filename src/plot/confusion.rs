//! The confusion matrix: for each true class, what the model took its pictures for.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::pixels::blues;
use super::style::{self, Area, Drawn};
use super::{Chart, Plot};

/// A confusion matrix: rows are the true classes, columns the predicted ones. The colour is the share of the row, so that rare
/// classes can be read as well as frequent ones; the number is the count.
///
/// ```
/// use ferrolab::plot::{ConfusionMatrix, Plot};
///
/// let matrix = ConfusionMatrix::new(&[0, 0, 1, 1, 1], &[0, 1, 1, 1, 0], &["cat", "dog"]);
/// assert_eq!(matrix.count(1, 0), 1);
/// assert_eq!(matrix.accuracy(), 0.6);
/// assert!(matrix.chart().text().starts_with("Confusion matrix, 60.0 % of 5 right; cat: 1 of 2 right, 1 taken for dog;"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    /// `[true class, predicted class]`, row by row.
    counts: Vec<usize>,
}

impl ConfusionMatrix {
    /// Counts pairs of a true and a predicted label.
    ///
    /// ***Panics*** if there are more labels of one kind than of the other, or a label has no class.
    #[track_caller]
    pub fn new<N: AsRef<str>>(truth: &[usize], predicted: &[usize], classes: &[N]) -> Self {
        assert_eq!(
            truth.len(),
            predicted.len(),
            "a confusion matrix needs one predicted label for each true one"
        );
        let classes: Vec<String> = classes.iter().map(|name| name.as_ref().into()).collect();
        let count = classes.len();
        let mut counts = vec![0; count * count];
        for (&truth, &predicted) in truth.iter().zip(predicted) {
            assert!(
                truth < count && predicted < count,
                "a label is below {count}, found {truth} and {predicted}"
            );
            counts[truth * count + predicted] += 1;
        }
        Self { classes, counts }
    }

    /// A matrix that is already counted: `counts[true class][predicted class]`.
    ///
    /// ```
    /// use ferrolab::plot::ConfusionMatrix;
    /// let matrix = ConfusionMatrix::from_counts(&[vec![3, 1], vec![0, 4]], &["cat", "dog"]);
    /// assert_eq!(matrix.accuracy(), 0.875);
    /// ```
    ///
    /// ***Panics*** if it is not square, or has not a row for each class.
    #[track_caller]
    pub fn from_counts<N: AsRef<str>>(counts: &[Vec<usize>], classes: &[N]) -> Self {
        let square = counts.len() == classes.len() && counts.iter().all(|row| row.len() == classes.len());
        assert!(square, "a confusion matrix of {0} classes has {0} rows of {0} counts", classes.len());
        Self { classes: classes.iter().map(|name| name.as_ref().into()).collect(), counts: counts.concat() }
    }

    /// How often class `truth` was taken for class `predicted`.
    ///
    /// ***Panics*** if there is no such class.
    #[track_caller]
    pub fn count(&self, truth: usize, predicted: usize) -> usize {
        assert!(predicted < self.classes.len(), "a label is below {}, found {predicted}", self.classes.len());
        self.counts[truth * self.classes.len() + predicted]
    }

    /// The share of right predictions, 0 if there are none at all.
    pub fn accuracy(&self) -> f64 {
        let right: usize = (0..self.classes.len()).map(|class| self.count(class, class)).sum();
        share(right, self.counts.iter().sum())
    }

    fn row(&self, truth: usize) -> &[usize] {
        &self.counts[truth * self.classes.len()..][..self.classes.len()]
    }

    fn headline(&self) -> String {
        let total: usize = self.counts.iter().sum();
        format!("Confusion matrix, {:.1} % of {total} right", 100.0 * self.accuracy())
    }

    fn describe(&self) -> String {
        let mut lines = vec![self.headline()];
        for (truth, name) in self.classes.iter().enumerate() {
            let row = self.row(truth);
            let mut line = format!("{name}: {} of {} right", row[truth], row.iter().sum::<usize>());
            let wrong = (0..row.len()).filter(|&class| class != truth).max_by_key(|&class| row[class]);
            if let Some(most) = wrong.filter(|&class| row[class] > 0) {
                line += &format!(", {} taken for {}", row[most], self.classes[most]);
            }
            lines.push(line);
        }
        lines.join("; ")
    }

    /// Units (half pixels): the side of a cell, and the room for class names, by the longest name.
    fn layout(&self) -> (i32, i32) {
        let longest = self.classes.iter().map(|name| style::text_width(name, 12.0)).max().unwrap_or(0);
        let cell = (800 / self.classes.len().max(1) as i32).clamp(44, 140);
        (cell, longest.min(260) + 28)
    }

    fn paint(&self, area: &Area<'_>) -> Drawn {
        let (cell, names) = self.layout();
        let (left, top) = (60 + names, 84);
        let side = cell * self.classes.len() as i32;
        area.draw(&Text::new(self.headline(), (32, 40), style::text_at(15.0, style::INK, HPos::Left)))?;

        for (truth, name) in self.classes.iter().enumerate() {
            let (row, y) = (self.row(truth), top + truth as i32 * cell);
            let label = style::text_at(12.0, style::INK, HPos::Right);
            area.draw(&Text::new(name.clone(), (left - 14, y + cell / 2), label))?;
            for (predicted, &count) in row.iter().enumerate() {
                let x = left + predicted as i32 * cell;
                let share = share(count, row.iter().sum());
                let [r, g, b] = blues(share);
                area.draw(&Rectangle::new([(x, y), (x + cell, y + cell)], RGBColor(r, g, b).filled()))?;
                if count > 0 {
                    let ink = if share > 0.5 { style::PAPER } else { style::INK };
                    let text = style::text_at(if cell < 60 { 9.5 } else { 12.0 }, ink, HPos::Center);
                    area.draw(&Text::new(count.to_string(), (x + cell / 2, y + cell / 2), text))?;
                }
            }
        }
        for line in 0..=self.classes.len() as i32 {
            let at = line * cell;
            area.draw(&PathElement::new(
                [(left + at, top), (left + at, top + side)],
                style::GRID.stroke_width(1),
            ))?;
            area.draw(&PathElement::new(
                [(left, top + at), (left + side, top + at)],
                style::GRID.stroke_width(1),
            ))?;
        }
        // Names under the columns are turned, so that long ones do not run into each other.
        for (predicted, name) in self.classes.iter().enumerate() {
            let at = (left + predicted as i32 * cell + cell / 2, top + side + 14);
            let label = style::text_at(12.0, style::INK, HPos::Right).transform(FontTransform::Rotate270);
            area.draw(&Text::new(name.clone(), at, label))?;
        }
        let axis = style::text_at(12.5, style::SOFT, HPos::Center);
        area.draw(&Text::new("predicted", (left + side / 2, top + side + names + 24), axis.clone()))?;
        area.draw(&Text::new("true", (32, top + side / 2), axis.transform(FontTransform::Rotate270)))?;
        Ok(())
    }
}

impl Plot for ConfusionMatrix {
    fn chart(&self) -> Chart {
        let text = self.describe();
        let (cell, names) = self.layout();
        let side = cell * self.classes.len() as i32;
        let width = (side + names + 100).max(style::text_width(&self.headline(), 15.0) + 64);
        let size = (width as u32 / style::UNITS, (side + names + 140) as u32 / style::UNITS);
        Chart::from_svg(style::draw(size, &text, |area| self.paint(area)), text)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
