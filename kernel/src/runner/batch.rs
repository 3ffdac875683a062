//! Many notebooks: finds them, executes several at a time, shows where each is.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use indicatif::MultiProgress;

use super::{Execution, Failure, Options, Progress};
use crate::steps::{one_line, spinner};

/// Where progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// A line per cell also where standard error is no terminal.
    Cells,
    /// Only live lines in a terminal.
    Live,
}

/// The notebooks that paths stand for: a file is itself, a folder all notebooks below it, without checkpoints and hidden
/// folders. Sorted within a folder; none twice.
pub fn find(paths: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        let more = if path.is_dir() { below(path)? } else { vec![path.clone()] };
        for notebook in more {
            if !found.contains(&notebook) {
                found.push(notebook);
            }
        }
    }
    Ok(found)
}

fn below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        // What is in the current folder is shown as people would write it, without `./`.
        let path = if folder == Path::new(".") { entry.file_name().into() } else { entry.path() };
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links are not followed: they may go round in a circle.
        if entry.file_type()?.is_dir() && !hidden {
            found.extend(below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "ipynb") && !hidden && path.is_file()
        {
            found.push(path);
        }
    }
    Ok(found)
}

/// Executes all notebooks, `jobs` at a time, and hands each result to `done` as it comes; `done` may print.
pub fn execute_all(
    paths: &[PathBuf],
    options: &Options,
    jobs: usize,
    show: Show,
    mut done: impl FnMut(&Path, Result<Execution, Failure>),
) {
    let bars = MultiProgress::new();
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(paths.len()) {
            let (sender, bars, next) = (sender.clone(), &bars, &next);
            scope.spawn(move || {
                while !options.is_stopped()
                    && let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    // Nobody listens any more only when the whole program is ending.
                    let _ = sender.send((path, execute_shown(path, options, bars, show)));
                }
            });
        }
        drop(sender);
        for (path, result) in results {
            bars.suspend(|| done(path, result));
        }
    });
}

/// Executes one notebook with a live line of its own.
fn execute_shown(
    path: &Path,
    options: &Options,
    bars: &MultiProgress,
    show: Show,
) -> Result<Execution, Failure> {
    let bar = bars.add(spinner(&path.display().to_string()));
    let watch = |progress: Progress| {
        let line = describe(progress);
        if show == Show::Cells && bar.is_hidden() {
            eprintln!("{}: {line}", path.display());
        }
        bar.set_message(line);
    };
    let result = super::execute(path, options, &watch);
    bar.finish_and_clear();
    result
}

fn describe(progress: Progress) -> String {
    match progress {
        Progress::Starting { cells } => format!("starting the kernel ({cells} cells)"),
        Progress::Cell { done, cells, source } => format!("cell {}/{cells}  {}", done + 1, one_line(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_without_checkpoints() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["b.ipynb", "a/c.ipynb", "a/.ipynb_checkpoints/c-checkpoint.ipynb", "d.txt", ".e.ipynb"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found =
            find(&[folder.path().into(), folder.path().join("b.ipynb"), "other.ipynb".into()]).unwrap();
        let expected = [folder.path().join("a/c.ipynb"), folder.path().join("b.ipynb"), "other.ipynb".into()];
        assert_eq!(found, expected);
    }
}
