//! [`History`]: how a training went.

use std::fmt;

use ferrolab_display::{MimeBundle, Show};

use super::progress::Means;
use crate::cuda::{self, Gpu};

/// Loss and accuracy of each epoch, and the time that the training took.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// How many epochs were asked for.
    pub epochs: usize,
    /// The mean loss of the training examples, each measured before the step that learnt from it.
    pub loss: Vec<f32>,
    /// The share of training examples that were classified right; empty if that was not counted.
    pub accuracy: Vec<f32>,
    /// The mean loss of the validation data after each epoch; empty without such data.
    pub val_loss: Vec<f32>,
    /// The share of validation examples classified right after each epoch; empty if that was not counted.
    pub val_accuracy: Vec<f32>,
    /// The learning rate that each epoch ended with.
    pub learning_rate: Vec<f32>,
    /// The time that the whole training took.
    pub seconds: f64,
    /// Training examples a second, without the time for validation.
    pub images_per_second: f64,
    /// The GPU that computed, by its number and its name; none if it was the CPU.
    pub gpu: Option<String>,
}

impl History {
    pub(super) fn new(epochs: usize) -> History {
        History { epochs, gpu: cuda::active().map(Gpu::label), ..History::default() }
    }

    pub(super) fn add_epoch(&mut self, means: &Means, seconds: f64) {
        // The mean speed of all epochs: a harmonic mean, as each has the same number of examples.
        let done = self.loss.len() as f64;
        let before = if done > 0.0 { done / self.images_per_second } else { 0.0 };
        self.images_per_second = (done + 1.0) / (before + seconds / means.examples as f64);
        self.loss.push(means.loss());
        self.accuracy.extend(means.accuracy());
    }

    pub(super) fn add_validation(&mut self, means: &Means) {
        self.val_loss.push(means.loss());
        self.val_accuracy.extend(means.accuracy());
    }

    /// The columns that there are: title and a value for each epoch.
    fn columns(&self) -> Vec<(&'static str, &[f32])> {
        let all: [(&str, &[f32]); 4] = [
            ("loss", &self.loss),
            ("accuracy", &self.accuracy),
            ("val loss", &self.val_loss),
            ("val accuracy", &self.val_accuracy),
        ];
        all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }

    fn closing_line(&self) -> String {
        let epochs = if self.loss.len() == 1 { "epoch" } else { "epochs" };
        let gpu = self.gpu.as_ref().map(|gpu| format!(" on {gpu}")).unwrap_or_default();
        format!(
            "{} {epochs} in {:.1} s, {:.0} examples/s{gpu}",
            self.loss.len(),
            self.seconds,
            self.images_per_second
        )
    }

    /// The curves of loss and accuracy.
    #[cfg(feature = "plot")]
    pub fn plot(&self) -> crate::plot::Chart {
        use crate::plot::{Curves, Plot};
        fn series<'a>(train: &'a [f32], validation: &'a [f32]) -> Vec<(&'a str, &'a [f32])> {
            let all = [("train", train), ("validation", validation)];
            all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
        }
        let mut curves = Curves::new(self.epochs).panel("loss", &series(&self.loss, &self.val_loss));
        if !self.accuracy.is_empty() {
            curves = curves.panel("accuracy", &series(&self.accuracy, &self.val_accuracy));
        }
        curves.chart()
    }
}

/// A table, one line an epoch.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns();
        write!(f, "epoch")?;
        columns.iter().try_for_each(|(title, _)| write!(f, "  {title:>8}"))?;
        writeln!(f)?;
        for epoch in 0..self.loss.len() {
            write!(f, "{:>5}", epoch + 1)?;
            columns
                .iter()
                .try_for_each(|(title, values)| write!(f, "  {:>1$.4}", values[epoch], title.len().max(8)))?;
            writeln!(f)?;
        }
        writeln!(f, "{}", self.closing_line())
    }
}

impl Show for History {
    fn bundle(&self) -> MimeBundle {
        let columns = self.columns();
        let header: String = columns.iter().map(|(title, _)| format!("<th>{title}</th>")).collect();
        let rows: String = (0..self.loss.len())
            .map(|epoch| {
                let cells: String =
                    columns.iter().map(|(_, values)| format!("<td>{:.4}</td>", values[epoch])).collect();
                format!("<tr><th>{}</th>{cells}</tr>", epoch + 1)
            })
            .collect();
        let html = format!(
            "<table><thead><tr><th>epoch</th>{header}</tr></thead><tbody>{rows}</tbody></table><p>{}</p>",
            self.closing_line()
        );
        MimeBundle::new().html(html).text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_columns_that_were_measured() {
        let history = History {
            epochs: 2,
            loss: vec![2.0, 1.5],
            val_loss: vec![2.5, 2.25],
            seconds: 3.0,
            images_per_second: 100.0,
            ..History::default()
        };
        assert_eq!(
            history.to_string(),
            "epoch      loss  val loss\n    1    2.0000    2.5000\n    2    1.5000    2.2500\n2 epochs in 3.0 s, 100 examples/s\n"
        );
        let on_gpu = History { gpu: Some("cuda:0 (NVIDIA H200)".into()), ..history.clone() };
        assert!(on_gpu.to_string().ends_with(", 100 examples/s on cuda:0 (NVIDIA H200)\n"), "{on_gpu}");
        let html = history.bundle();
        let html = html.get("text/html").and_then(|html| html.as_str()).unwrap();
        assert!(html.contains("<tr><th>2</th><td>1.5000</td><td>2.2500</td></tr>"), "{html}");
    }

    #[cfg(feature = "plot")]
    #[test]
    fn the_chart_has_a_panel_for_each_measure() {
        let history =
            History { epochs: 3, loss: vec![2.0, 1.5], accuracy: vec![0.25, 0.5], ..History::default() };
        let text = history.plot().text().to_owned();
        assert!(
            text.starts_with("epoch 2 of 3; loss: train") && text.contains("; accuracy: train"),
            "{text}"
        );
    }

    #[test]
    fn the_speed_is_that_of_all_epochs_together() {
        let mut history = History::new(2);
        let means = Means::of(0.0, None, 100);
        history.add_epoch(&means, 1.0);
        history.add_epoch(&means, 3.0);
        assert!((history.images_per_second - 50.0).abs() < 1e-9);
    }
}
