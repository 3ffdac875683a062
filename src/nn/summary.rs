//! The table that `model.summary()` shows.

use std::fmt;

use ferrolab_display::{MimeBundle, Show};

use crate::nn::module::Module;
use crate::nn::network::Network;

/// The layers of a network with their output shapes and parameter counts.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([4]).dense(8).relu().dense(3));
/// assert_eq!(
///     model.summary().to_string(),
///     "layer     output  parameters
/// Input     [4]
/// dense(8)  [8]             40
/// relu()    [8]
/// dense(3)  [3]             27
/// total                     67
/// "
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Summary {
    /// Layer, output shape, parameter count; the first row is the input.
    pub rows: Vec<(String, String, usize)>,
}

impl Summary {
    pub(crate) fn new(network: &Network) -> Summary {
        let input = ("Input".to_owned(), format!("{:?}", network.input()), 0);
        let layers = network
            .layers()
            .iter()
            .map(|layer| (layer.code(), format!("{:?}", layer.output()), layer.parameter_count()));
        Summary { rows: std::iter::once(input).chain(layers).collect() }
    }

    /// The number of parameters of all layers.
    pub fn total(&self) -> usize {
        self.rows.iter().map(|(_, _, count)| count).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: fn(&(String, String, usize)) -> &String, title: &str| {
            self.rows.iter().map(|row| column(row).len()).chain([title.len()]).max().unwrap_or_default()
        };
        let (layers, outputs) = (width(|row| &row.0, "layer") + 2, width(|row| &row.1, "output") + 2);
        let mut line = |layer: &str, output: &str, count: &str| {
            let line = format!("{layer:layers$}{output:outputs$}{count:>10}");
            writeln!(f, "{}", line.trim_end())
        };
        line("layer", "output", "parameters")?;
        for (layer, output, count) in &self.rows {
            line(layer, output, &if *count == 0 { String::new() } else { grouped(*count) })?;
        }
        line("total", "", &grouped(self.total()))
    }
}

impl fmt::Debug for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Show for Summary {
    fn bundle(&self) -> MimeBundle {
        let rows: String = self
            .rows
            .iter()
            .map(|(layer, output, count)| {
                let count = if *count == 0 { String::new() } else { grouped(*count) };
                format!("<tr><td><code>{layer}</code></td><td>{output}</td><td>{count}</td></tr>")
            })
            .collect();
        let html = format!(
            "<table><thead><tr><th>layer</th><th>output</th><th>parameters</th></tr></thead><tbody>{rows}</tbody>\
             <tfoot><tr><th>total</th><th></th><th>{}</th></tr></tfoot></table>",
            grouped(self.total())
        );
        MimeBundle::new().html(html).text(self.to_string())
    }
}

/// `65 600`: digits in groups of three.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notebook_gets_a_table() {
        let summary = Summary {
            rows: vec![("Input".into(), "[4]".into(), 0), ("dense(300)".into(), "[300]".into(), 1500)],
        };
        let bundle = summary.bundle();
        let html = bundle.get("text/html").and_then(|html| html.as_str()).unwrap();
        assert!(html.contains("<td><code>dense(300)</code></td><td>[300]</td><td>1 500</td>"), "{html}");
    }

    #[test]
    fn digits_are_grouped() {
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
    }
}
