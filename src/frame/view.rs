//! How a cell shows polars' types. [`Show`] and these types both belong to other crates, so neither can be taught the other:
//! a trait of this crate does it, which the prelude brings into the cell.

use ferrolab_display::runtime::result::{PickShow as _, Probe};
use ferrolab_display::{Handle, MimeBundle, Show};
use polars::prelude::{Column, DataFrame, LazyFrame, Series};

use super::html;

/// A type of polars that a cell shows.
///
/// ```
/// use ferrolab::prelude::*;
///
/// let view = df!["class" => ["cat", "dog"], "count" => [80, 60]]?.view();
/// assert!(view.get("text/html").unwrap().as_str().unwrap().contains("shape: (2, 2)"));
/// # Ok::<(), polars::error::PolarsError>(())
/// ```
pub trait FrameView {
    /// The value as a MIME bundle: an HTML table and a text one.
    fn view(&self) -> MimeBundle;
}

impl FrameView for DataFrame {
    fn view(&self) -> MimeBundle {
        MimeBundle::new().html(html::table(self)).text(self.to_string())
    }
}

impl FrameView for Series {
    fn view(&self) -> MimeBundle {
        self.clone().into_frame().view().text(self.to_string())
    }
}

impl FrameView for Column {
    fn view(&self) -> MimeBundle {
        self.as_materialized_series().view()
    }
}

/// Its plan: the table itself exists only after `collect()`.
impl FrameView for LazyFrame {
    fn view(&self) -> MimeBundle {
        let plan = self.describe_plan().unwrap_or_else(|error| error.to_string());
        MimeBundle::new().text(format!("LazyFrame: a plan, `.collect()?` makes the table\n\n{plan}"))
    }
}

impl<T: FrameView + ?Sized> FrameView for &T {
    fn view(&self) -> MimeBundle {
        (**self).view()
    }
}

/// What [`display`] takes. `By` only keeps the two implementations apart; it is always inferred.
pub trait Displayable<By> {
    /// The value as a MIME bundle.
    fn displayed(&self) -> MimeBundle;
}

/// Marks types that show themselves.
pub enum ByShow {}
/// Marks types of polars.
pub enum ByFrameView {}

impl<T: Show + ?Sized> Displayable<ByShow> for T {
    fn displayed(&self) -> MimeBundle {
        self.bundle()
    }
}

impl<T: FrameView + ?Sized> Displayable<ByFrameView> for T {
    fn displayed(&self) -> MimeBundle {
        self.view()
    }
}

/// Shows a value at once, in the middle of a cell: a chart, a tensor, a data frame. The handle replaces it later.
///
/// ```
/// use ferrolab::prelude::*;
///
/// let handle = display(&df!["epoch" => [1], "loss" => [2.3]]?);
/// handle.update(&df!["epoch" => [1, 2], "loss" => [2.3, 1.4]]?.view());
/// # Ok::<(), polars::error::PolarsError>(())
/// ```
pub fn display<T: Displayable<By> + ?Sized, By>(value: &T) -> Handle {
    ferrolab_display::display(&value.displayed())
}

/// The step in the choice of a view for a cell's last expression (see `ferrolab_display::runtime::result`) that finds polars'
/// types: method resolution comes to it after `Show` and before `Debug`.
pub trait PickFrame {
    /// The view of the value.
    fn pick(&self) -> Picked;
}

impl<T: FrameView + ?Sized> PickFrame for &&Probe<'_, T> {
    fn pick(&self) -> Picked {
        Picked(self.0.view())
    }
}

/// What was found, as the generated code wants it.
pub struct Picked(MimeBundle);

impl Picked {
    /// Shows it.
    pub fn evcxr_display(&self) {
        (&&Probe(&self.0)).pick().evcxr_display();
    }
}
