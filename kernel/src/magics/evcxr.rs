//! Commands of evcxr: those that change how crates are built and cells run, and those that mean nothing here, so that a
//! notebook written for evcxr stops at none of them.

use super::Call;
use crate::engine::{CellError, Setting};
use crate::session::Session;

/// What each of the others would do in evcxr, and why it does nothing here.
const WITHOUT_MEANING: &[(&str, &str)] = &[
    ("allow_static_linking", "crates are always linked as one shared library"),
    ("cache", "built crates are always kept; `ferrolab doctor` tells how large the cache is"),
    ("clear_cache", "built crates are kept: `ferrolab doctor` tells in which folder, which may be deleted"),
    ("codegen_backend", "cells are compiled by rustc's own code generator"),
    ("efmt", "an error that leaves a cell by `?` is shown with its type, its text and its causes"),
    ("fmt", "values are shown by what they offer: a rich view, `evcxr_display`, `Debug`"),
    ("internal_debug", "there is nothing of the kind here"),
    ("last_compile_dir", "cells leave no files behind"),
    ("last_error_json", "errors are not kept as JSON; `:explain` tells about the last one"),
    ("linker", "the fastest linker that is there is used already"),
    ("load_config", "there are no configuration files"),
    ("preserve_vars_on_panic", "variables always survive a panic"),
    ("quit", "Jupyter ends the kernel; a notebook goes on"),
    ("sccache", "built crates are always kept, without another program"),
    ("time_passes", "`:timing on` tells how long cells take"),
    ("toolchain", "cells are compiled by the compiler that built the library"),
    ("types", "`:type x` tells the type of a value, `:vars` those of all variables"),
];

/// Says why a command of evcxr does nothing here; `None` for one that evcxr has not.
pub fn without_meaning(session: &Session, call: &Call<'_>) -> Option<()> {
    let name = call.line.name.as_str();
    let (_, why) = WITHOUT_MEANING.iter().find(|(known, _)| *known == name)?;
    session.say(&format!("`:{name}` has no effect here: {why}"));
    Some(())
}

/// `:offline 1`
pub fn offline(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let offline = match call.line.arguments.as_str() {
        "" => true,
        _ => call.switch(false)?,
    };
    session.engine.set(&Setting::Offline(offline))?;
    session.say(if offline { "crates are added without the network" } else { "crates may be fetched" });
    Ok(())
}

/// `:build_env NAME=VALUE`
pub fn build_env(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let (name, value) = pair(call)?;
    session.engine.set(&Setting::BuildEnv { name: name.to_owned(), value: value.to_owned() }).map(drop)
}

/// `:env NAME=VALUE`
pub fn env(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let (name, value) = pair(call)?;
    let code = format!("unsafe {{ ::std::env::set_var({name:?}, {value:?}); }}");
    session.engine.execute(&code, call.cell.number)
}

fn pair<'a>(call: &'a Call<'_>) -> Result<(&'a str, &'a str), CellError> {
    let pair = call.line.arguments.split_once('=').filter(|(name, _)| !name.trim().is_empty());
    let (name, value) = pair.ok_or_else(|| call.error("expected `NAME=VALUE`", &[]))?;
    Ok((name.trim(), value.trim()))
}
