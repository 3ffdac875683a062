//! The confusion matrix: for each true class, what the model took its pictures for.

use super::matrix::Matrix;
use super::pixels::blues;
use super::{Chart, Plot, style};

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

    fn share(&self, truth: usize, predicted: usize) -> f64 {
        share(self.count(truth, predicted), self.row(truth).iter().sum())
    }
}

impl Plot for ConfusionMatrix {
    fn chart(&self) -> Chart {
        let (text, title) = (self.describe(), self.headline());
        let matrix = Matrix {
            title: &title,
            size: [self.classes.len(); 2],
            names: [&self.classes; 2],
            axes: ["true", "predicted"],
            color: &|truth, predicted| blues(self.share(truth, predicted)),
            text: &|truth, predicted| match self.count(truth, predicted) {
                0 => String::new(),
                count => count.to_string(),
            },
            scale: None,
        };
        Chart::from_svg(style::draw(matrix.picture_size(), &text, |area| matrix.paint(area)), text)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
