//! A progress bar on the terminal; where there is no terminal, nothing.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressStyle};

use super::Progress;

/// Draws one bar a file on standard error.
pub(super) fn on_terminal() -> impl FnMut(Progress<'_>) -> ControlFlow<()> {
    let mut current: Option<(String, ProgressBar)> = None;
    move |progress| {
        let bar = match &current {
            Some((file, bar)) if file == progress.file => bar,
            _ => {
                let bar = ProgressBar::new(progress.total).with_message(progress.file.to_owned());
                if let Ok(style) = ProgressStyle::with_template(
                    "{msg} {bar:32} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
                ) {
                    bar.set_style(style);
                }
                &current.insert((progress.file.to_owned(), bar)).1
            }
        };
        bar.set_position(progress.done);
        if progress.done == progress.total {
            bar.finish();
        }
        ControlFlow::Continue(())
    }
}
