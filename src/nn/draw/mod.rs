//! `model.draw()`: a network as a picture, one box a layer. What Keras's `plot_model` and torchview draw, without Graphviz.

mod layout;
mod rows;
mod svg;

use std::fmt;

use ferrolab_display::{MimeBundle, Show};

use crate::nn::network::Network;

/// A picture of a network, as the last expression of a cell. Each box shows a layer, the shape of its output and its number of
/// parameters; the colour tells the kinds of layers apart; lines at the side are short cuts; layers that are repeated stand in
/// a frame.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([8]).skip().dense(8).relu().dense(8).add().dense(3));
/// let drawing = model.draw();
/// assert!(drawing.svg().starts_with("<svg "));
/// assert_eq!(drawing.to_string(), model.summary().to_string()); // where no pictures can be shown
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Drawing {
    svg: String,
    summary: String,
}

impl Drawing {
    pub(crate) fn new(network: &Network) -> Drawing {
        let layout = layout::Layout::new(rows::Rows::of(network));
        Drawing { svg: svg::write(&layout, &svg::Words::of(network)), summary: network.summary().to_string() }
    }

    /// The picture as SVG, to be written to a file.
    pub fn svg(&self) -> &str {
        &self.svg
    }
}

impl Show for Drawing {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new().svg(self.svg.clone()).text(self.summary.clone())
    }
}

/// The table of layers.
impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)
    }
}

#[cfg(test)]
mod tests;
