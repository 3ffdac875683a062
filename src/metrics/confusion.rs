//! [`ConfusionMatrix`]: which classes are taken for which, and the measures that follow from its counts.

use std::fmt;

use ferrolab_display::{MimeBundle, Show};

/// Counts of true and predicted classes. Made by [`confusion_matrix`](crate::confusion_matrix), or from lists.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfusionMatrix {
    /// `counts[true class][predicted class]`
    pub counts: Vec<Vec<usize>>,
    /// The names of the classes.
    pub class_names: Vec<String>,
}

impl ConfusionMatrix {
    pub(super) fn new(labels: &[usize], predicted: &[usize], class_names: &[String]) -> ConfusionMatrix {
        let mut counts = vec![vec![0; class_names.len()]; class_names.len()];
        for (&label, &predicted) in labels.iter().zip(predicted) {
            counts[label][predicted] += 1;
        }
        ConfusionMatrix { counts, class_names: class_names.to_vec() }
    }

    /// From what was predicted and what is true, each below `classes`; the classes are called by their numbers.
    ///
    /// ```
    /// use ferrolab::ConfusionMatrix;
    /// let matrix = ConfusionMatrix::from_lists(&[0, 1, 1], &[0, 1, 0], 2);
    /// assert_eq!(matrix.counts, [[1, 1], [0, 1]]);
    /// ```
    ///
    /// ***Panics*** if the lists differ in length or hold something that is not a class.
    #[track_caller]
    pub fn from_lists(predicted: &[usize], labels: &[usize], classes: usize) -> ConfusionMatrix {
        let (p, l) = (predicted.len(), labels.len());
        assert!(p == l, "confusion matrix: {p} predictions, but {l} labels");
        if let Some(class) = predicted.iter().chain(labels).find(|&&class| class >= classes) {
            panic!("confusion matrix: {class} is not one of the {classes} classes 0..{classes}");
        }
        let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
        Self::new(labels, predicted, &names)
    }

    /// How many examples were counted.
    pub fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// The share of examples classified right.
    pub fn accuracy(&self) -> f32 {
        share(self.right().iter().sum(), self.total())
    }

    /// For each class the share of its examples that were found; 0 for a class without examples.
    pub fn recall(&self) -> Vec<f32> {
        self.right().iter().zip(self.support()).map(|(&right, support)| share(right, support)).collect()
    }

    /// For each class the share of the examples taken for it that belong to it; 0 if none was taken for it.
    pub fn precision(&self) -> Vec<f32> {
        self.right().iter().zip(self.taken()).map(|(&right, taken)| share(right, taken)).collect()
    }

    /// For each class the harmonic mean of precision and recall, `2 right / (taken for it + belonging to it)`; 0 if
    /// there is nothing of either.
    pub fn f1(&self) -> Vec<f32> {
        let sums = self.support().into_iter().zip(self.taken()).map(|(support, taken)| support + taken);
        self.right().iter().zip(sums).map(|(&right, sum)| share(2 * right, sum)).collect()
    }

    /// How many examples each class has.
    pub fn support(&self) -> Vec<usize> {
        self.counts.iter().map(|row| row.iter().sum()).collect()
    }

    /// Precision, recall and F1 of all classes together, as scikit-learn averages them.
    ///
    /// ```
    /// use ferrolab::ConfusionMatrix;
    /// use ferrolab::metrics::Average;
    /// let matrix = ConfusionMatrix::from_lists(&[0, 0, 1, 1], &[0, 1, 1, 1], 2);
    /// assert_eq!(matrix.precision(), [0.5, 1.0]);
    /// assert_eq!(matrix.scores(Average::Macro).precision, 0.75);
    /// assert_eq!(matrix.scores(Average::Weighted).precision, 0.875); // three of four examples are of class 1
    /// ```
    pub fn scores(&self, average: Average) -> Scores {
        let classes = self.counts.len();
        let mean = |values: Vec<f32>, weights: &[usize]| {
            let total: usize = weights.iter().sum();
            let sum: f64 = values.iter().zip(weights).map(|(&v, &w)| f64::from(v) * w as f64).sum();
            if total == 0 { 0.0 } else { (sum / total as f64) as f32 }
        };
        let weights = match average {
            // Every example counts once in each of the three: they are the same number.
            Average::Micro => {
                let accuracy = self.accuracy();
                return Scores { precision: accuracy, recall: accuracy, f1: accuracy };
            }
            Average::Macro => vec![1; classes],
            Average::Weighted => self.support(),
        };
        let [precision, recall, f1] =
            [self.precision(), self.recall(), self.f1()].map(|values| mean(values, &weights));
        Scores { precision, recall, f1 }
    }

    /// For each class how many were classified right.
    fn right(&self) -> Vec<usize> {
        self.counts.iter().enumerate().map(|(class, row)| row[class]).collect()
    }

    /// For each class how many were taken for it.
    fn taken(&self) -> Vec<usize> {
        (0..self.counts.len()).map(|class| self.counts.iter().map(|row| row[class]).sum()).collect()
    }

    /// The matrix as a chart.
    #[cfg(feature = "plot")]
    pub fn plot(&self) -> crate::plot::Chart {
        use crate::plot::{ConfusionMatrix, Plot};
        let cells = self.counts.iter().enumerate().flat_map(|(label, row)| {
            row.iter()
                .enumerate()
                .flat_map(move |(predicted, &count)| std::iter::repeat_n((label, predicted), count))
        });
        let (labels, predicted): (Vec<usize>, Vec<usize>) = cells.unzip();
        ConfusionMatrix::new(&labels, &predicted, &self.class_names).chart()
    }
}

/// How measures of single classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// Every class counts the same, however rare.
    Macro,
    /// Every example counts the same, whatever its class: then all three are the accuracy.
    Micro,
    /// Every class counts as much as it has examples.
    Weighted,
}

/// Precision, recall and F1 of all classes together. Made by [`ConfusionMatrix::scores`].
///
/// ```
/// use ferrolab::ConfusionMatrix;
/// use ferrolab::metrics::Average;
/// let matrix = ConfusionMatrix::from_lists(&[0, 1, 1, 1], &[0, 0, 1, 1], 2);
/// let scores = matrix.scores(Average::Macro);
/// assert_eq!((scores.precision, scores.recall), ((1.0 + 2.0 / 3.0) / 2.0, 0.75));
/// assert!((matrix.f1()[0] - scores.f1).abs() < 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// The averaged precision.
    pub precision: f32,
    /// The averaged recall.
    pub recall: f32,
    /// The averaged F1, which is not the F1 of the two others.
    pub f1: f32,
}

fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

/// A table: a line for each true class, a column for each predicted one, in the same order.
impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.class_names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
        let numbers = self.counts.iter().flatten().max().map_or(1, |count| count.to_string().len()).max(3);
        write!(f, "{:names$}", "true")?;
        (0..self.class_names.len()).try_for_each(|class| write!(f, " {class:>numbers$}"))?;
        writeln!(f, "  found")?;
        for ((name, row), recall) in self.class_names.iter().zip(&self.counts).zip(self.recall()) {
            write!(f, "{name:names$}")?;
            row.iter().try_for_each(|count| write!(f, " {count:>numbers$}"))?;
            writeln!(f, "  {:>4.0} %", 100.0 * recall)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Show for ConfusionMatrix {
    fn bundle(&self) -> MimeBundle {
        #[cfg(feature = "plot")]
        let bundle = self.plot().bundle();
        #[cfg(not(feature = "plot"))]
        let bundle = MimeBundle::new();
        bundle.text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_true_classes_and_columns_predicted_ones() {
        let names = ["cat", "horse"].map(String::from);
        let matrix = ConfusionMatrix::new(&[0, 0, 0, 1], &[0, 1, 0, 1], &names);
        assert_eq!(matrix.counts, [[2, 1], [0, 1]]);
        assert_eq!(matrix.recall(), [2.0 / 3.0, 1.0]);
        assert_eq!(
            matrix.to_string(),
            "true    0   1  found\ncat     2   1    67 %\nhorse   0   1   100 %\n"
        );
    }

    #[test]
    fn a_class_that_nobody_has_or_guesses_scores_zero() {
        let matrix = ConfusionMatrix::from_lists(&[0, 0], &[0, 1], 3);
        assert_eq!(matrix.precision(), [0.5, 0.0, 0.0]);
        assert_eq!(matrix.recall(), [1.0, 0.0, 0.0]);
        assert_eq!(matrix.f1(), [2.0 / 3.0, 0.0, 0.0]);
        let nothing = ConfusionMatrix::from_lists(&[], &[], 2).scores(Average::Weighted);
        assert_eq!([nothing.precision, nothing.recall, nothing.f1], [0.0; 3]);
    }

    #[test]
    #[should_panic(expected = "confusion matrix: 2 is not one of the 2 classes 0..2")]
    fn what_is_counted_are_classes() {
        ConfusionMatrix::from_lists(&[0, 2], &[0, 1], 2);
    }

    #[cfg(feature = "plot")]
    #[test]
    fn the_chart_shows_the_same_counts() {
        let names = ["cat", "horse"].map(String::from);
        let matrix = ConfusionMatrix::new(&[0, 0, 0, 1], &[0, 1, 0, 1], &names);
        let text = matrix.plot().text().to_owned();
        assert!(text.contains("cat: 2 of 3 right, 1 taken for horse; horse: 1 of 1 right"), "{text}");
    }
}
