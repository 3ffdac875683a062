//! Magics as Python's notebooks spell them: each is answered by what does the same here.

use super::Call;
use crate::engine::CellError;

/// What to write instead.
const INSTEAD: &[(&[&str], &str)] = &[
    (&["time", "timeit"], "write `:time`"),
    (&["who", "whos", "who_ls"], "write `:vars`"),
    (&["pinfo", "pinfo2", "pdoc"], "write `?name`"),
    (
        &["matplotlib", "pylab", "plotly"],
        "charts are shown in the notebook without it: make one the last line of a cell",
    ),
    (
        &["pip", "conda", "mamba", "uv"],
        "cells use ferrolab, polars, plotters and the standard library; `:help` tells more",
    ),
    (&["reset", "clear"], "write `:clear`"),
    (
        &["sh", "bash", "system", "sx", "ls", "cd", "pwd"],
        "switch the shell on by `:shell on`, then write `!ls`",
    ),
    (&["lsmagic", "magic", "quickref"], "write `:help`"),
    (&["load_ext", "autoreload", "reload_ext"], "nothing needs to be loaded: leave the line out"),
];

/// The error that tells the spelling of this kernel.
pub fn hint(call: &Call<'_>) -> CellError {
    let name = call.line.name.as_str();
    let instead = INSTEAD.iter().find(|(names, _)| names.contains(&name));
    let note = instead.map_or("`:help` lists those of this kernel", |(_, text)| text);
    call.error(&format!("`%{name}` is a magic of Python's kernel"), &[note.to_owned()])
}
