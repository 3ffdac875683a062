//! The data sets of [`ferrolab_datasets`], with downloads that show their progress in the notebook.

use std::ops::ControlFlow;
use std::path::PathBuf;

use ferrolab_display as display;

pub use ferrolab_datasets::*;

/// Downloads the data set `name` (`"cifar10"`, `"imdb"`, … : [`list`] shows them) into the user's cache folder, with a progress bar,
/// and returns its folder. What is there already is not downloaded again, so a second call needs no network. An interrupted or
/// broken-off download goes on where it stopped.
///
/// ```no_run
/// use ferrolab::prelude::*;
///
/// datasets::fetch("cifar10")?;
/// let data = datasets::cifar10()?;
/// # Ok::<(), datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::UnknownSet`], and those of [`download()`].
pub fn fetch(name: &str) -> Result<PathBuf, DataError> {
    if !display::in_notebook() {
        return ferrolab_datasets::fetch(name);
    }
    let kilobytes = |bytes: u64| usize::try_from(bytes.div_ceil(1000)).unwrap_or(usize::MAX);
    let mut current: Option<(String, display::Progress)> = None;
    fetch_with(name, &mut |progress| {
        let bar = match &current {
            Some((file, bar)) if file == progress.file => bar,
            _ => {
                let bar = display::Progress::new(kilobytes(progress.total), format!("{}, kB", progress.file));
                &current.insert((progress.file.to_owned(), bar)).1
            }
        };
        bar.set(kilobytes(progress.done));
        ControlFlow::Continue(())
    })
}
