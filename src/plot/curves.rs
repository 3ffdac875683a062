//! Training curves: panels side by side, one a measure, with axes that stand still while the training goes on.

use super::style;
use super::{Chart, LineChart, Plot};

/// Line charts side by side, one a measure, over the epochs of a training.
///
/// ```
/// use ferrolab::plot::{Curves, Plot};
///
/// let chart = Curves::new(10)
///     .panel("loss", &[("train", &[2.1, 1.5]), ("test", &[2.0, 1.7])])
///     .panel("accuracy", &[("train", &[0.2, 0.4]), ("test", &[0.2, 0.3])])
///     .chart();
/// assert!(chart.text().starts_with("epoch 2 of 10; loss: train"));
/// ```
#[derive(Clone, Debug)]
pub struct Curves {
    epochs: usize,
    panels: Vec<LineChart>,
    done: usize,
}

impl Curves {
    /// Curves of a training that will take this many epochs.
    pub fn new(epochs: usize) -> Self {
        Self { epochs, panels: Vec::new(), done: 0 }
    }

    /// Adds a panel for one measure: named series with a value for each epoch so far.
    pub fn panel(mut self, measure: &str, series: &[(&str, &[f32])]) -> Self {
        let mut chart =
            LineChart::new(measure).axes("epoch", "").x_range(0.5, self.epochs.max(1) as f64 + 0.5);
        for (name, values) in series {
            self.done = self.done.max(values.len());
            chart = chart.line(*name, values);
        }
        self.panels.push(chart);
        self
    }
}

impl Plot for Curves {
    fn chart(&self) -> Chart {
        let panels: Vec<_> = self.panels.iter().map(LineChart::describe).collect();
        let text = format!("epoch {} of {}; {}", self.done, self.epochs, panels.join("; "));
        let width = match self.panels.len() {
            0 | 1 => 560,
            2 => 780,
            panels => 300 * panels as u32,
        };
        let svg = style::draw((width, 290), &text, |area| {
            let areas = area.split_evenly((1, self.panels.len().max(1)));
            self.panels.iter().zip(&areas).try_for_each(|(panel, area)| panel.paint(area))
        });
        Chart::from_svg(svg, text)
    }
}
