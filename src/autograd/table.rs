//! [`GradientTable`]: the gradients of a model's parameters at a glance.

use std::fmt;

use ferrolab_display::{MimeBundle, Show};

/// The parameters of a model with the norms of their gradients. Made by [`Gradients::table`](super::Gradients::table).
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct GradientTable {
    /// Name, sizes, and the Euclidean norm of the gradient; none if the loss does not depend on the parameter.
    pub rows: Vec<(String, Vec<usize>, Option<f32>)>,
}

impl fmt::Display for GradientTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<[String; 3]> = std::iter::once(["parameter", "shape", "norm"].map(str::to_owned))
            .chain(self.rows.iter().map(cells))
            .collect();
        let width =
            |column: usize| lines.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let (names, shapes) = (width(0), width(1));
        for [name, shape, norm] in &lines {
            writeln!(f, "{name:names$}  {shape:shapes$}  {norm}")?;
        }
        Ok(())
    }
}

fn cells((name, sizes, norm): &(String, Vec<usize>, Option<f32>)) -> [String; 3] {
    [name.clone(), format!("{sizes:?}"), norm.map_or("none".to_owned(), |norm| format!("{norm:.3e}"))]
}

impl fmt::Debug for GradientTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Show for GradientTable {
    fn bundle(&self) -> MimeBundle {
        let row = |row: &(String, Vec<usize>, Option<f32>)| {
            let [name, shape, norm] = cells(row);
            format!("<tr><td><code>{name}</code></td><td>{shape}</td><td>{norm}</td></tr>")
        };
        let rows: String = self.rows.iter().map(row).collect();
        let head = "<tr><th>parameter</th><th>shape</th><th>norm of the gradient</th></tr>";
        let html = format!("<table><thead>{head}</thead><tbody>{rows}</tbody></table>");
        MimeBundle::new().html(html).text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_the_loss_does_not_depend_on_is_named_too() {
        let rows = vec![("0.weight".into(), vec![2, 3], Some(1250.0)), ("0.bias".into(), vec![2], None)];
        let table = GradientTable { rows };
        assert_eq!(
            table.to_string(),
            "parameter  shape   norm\n0.weight   [2, 3]  1.250e3\n0.bias     [2]     none\n"
        );
        let html = table.bundle();
        let html = html.get("text/html").and_then(|html| html.as_str()).unwrap();
        assert!(html.contains("<td><code>0.weight</code></td><td>[2, 3]</td><td>1.250e3</td>"), "{html}");
    }
}
