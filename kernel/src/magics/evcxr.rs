//! Commands of evcxr: those that change how crates are built and cells run, and those that mean nothing here, so that a
//! notebook written for evcxr stops at none of them.

use super::Call;
use crate::engine::{CellError, CrateCache, ErrorFormat, Format, Setting};
use crate::files::readable_size;
use crate::session::Session;

/// What each of the others would do in evcxr, and why it does nothing here.
const WITHOUT_MEANING: &[(&str, &str)] = &[
    ("allow_static_linking", "crates are always linked as one shared library"),
    ("codegen_backend", "cells are compiled by rustc's own code generator"),
    ("internal_debug", "there is nothing of the kind here"),
    ("last_compile_dir", "cells leave no files behind"),
    ("linker", "the fastest linker that is there is used already"),
    ("preserve_vars_on_panic", "variables always survive a panic"),
    ("quit", "Jupyter ends the kernel; a notebook goes on"),
    ("sccache", "built crates are always kept, without another program"),
    ("time_passes", "`:timing on` tells how long cells take"),
];

/// Says why a command of evcxr does nothing here; `None` for one that evcxr has not.
pub fn without_meaning(session: &Session, call: &Call<'_>) -> Option<()> {
    let name = call.line.name.as_str();
    let (_, why) = WITHOUT_MEANING.iter().find(|(known, _)| *known == name)?;
    session.say(&format!("`:{name}` has no effect here: {why}"));
    Some(())
}

/// Changes a setting of the engine and says what holds now.
fn set(session: &mut Session, call: &Call<'_>, setting: &Setting, now: &str) -> Result<(), CellError> {
    if session.engine.set(setting)? {
        session.say(now);
        Ok(())
    } else {
        Err(call.error("the engine of this kernel has no such setting", &[]))
    }
}

/// `:fmt {:#?}`
pub fn format(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let (format, now) = match call.line.arguments.as_str() {
        "" | "{:?}" => (None, "results are written by `{:?}`, long ones over several lines".to_owned()),
        text => {
            let format = Format::new(text).ok_or_else(|| {
                let note =
                    "what stands in a string for `format!` with one argument: `{:?}`, `{:#?}`, `{}`, `{:.3}`";
                call.error(&format!("expected a format with one place, found `{text}`"), &[note.to_owned()])
            })?;
            (Some(format), format!("results are written by `{text}`, if they can"))
        }
    };
    set(session, call, &Setting::Format(format), &now)
}

/// `:efmt {:?}`
pub fn error_format(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let text = if call.line.arguments.is_empty() { "{}" } else { call.line.arguments.as_str() };
    let known = ErrorFormat::ALL.iter().find(|(spelling, _)| *spelling == text);
    let (_, format) = known
        .ok_or_else(|| call.error(&format!("expected `{{}}`, `{{:?}}` or `{{:#?}}`, found `{text}`"), &[]))?;
    set(
        session,
        call,
        &Setting::Errors(*format),
        &format!("errors that leave a cell are written by `{text}`"),
    )
}

/// `:types`
pub fn types(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let types = call.switch(session.types)?;
    set(
        session,
        call,
        &Setting::Types(types),
        if types { "results are told with their types" } else { "results are told without their types" },
    )?;
    session.types = types;
    Ok(())
}

/// `:last_error_json`
pub fn last_errors(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    match session.engine.last_errors().trim_end() {
        "" => Err(call.error("the compiler has refused no cell yet", &[])),
        errors => {
            session.show_text(errors);
            Ok(())
        }
    }
}

/// `:toolchain`
pub fn toolchain(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    if call.line.arguments.is_empty() {
        return super::version(session, call);
    }
    let note = "cells are linked to the library, and only the compiler that built the library can do that. Build it \
                with another: `cargo +NAME lab`, or `rustup override set NAME`, then restart the kernel";
    Err(call.error("the compiler of a session cannot be changed", &[note.to_owned()]))
}

/// `:cache`
pub fn cache(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let cache = crates(call)?;
    let (size, folder) = (readable_size(cache.size()), cache.folder().display());
    session.say(&format!(
        "crates that were built for cells: {size} in {folder}. Always kept; what is not used for 30 days goes, `:clear_cache` empties it"
    ));
    Ok(())
}

/// `:clear_cache`
pub fn clear_cache(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let cache = crates(call)?;
    let locked = cache.lock().map_err(|error| call.error(&error.to_string(), &[]))?;
    let lock =
        locked.ok_or_else(|| call.error("another kernel builds crates: try again when it is done", &[]))?;
    let freed = readable_size(cache.clear(&lock));
    session.say(&format!("{freed} are free; the crates that running kernels use are still there"));
    Ok(())
}

fn crates(call: &Call<'_>) -> Result<CrateCache, CellError> {
    CrateCache::open()
        .ok_or_else(|| call.error("found no folder for caches: set HOME or XDG_CACHE_HOME", &[]))
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
    // For the processes to come; the present one is told by itself.
    session.engine.set(&Setting::Env { name: name.to_owned(), value: value.to_owned() })?;
    let code = format!("unsafe {{ ::std::env::set_var({name:?}, {value:?}); }}");
    session.engine.execute(&code, call.cell.number)
}

fn pair<'a>(call: &'a Call<'_>) -> Result<(&'a str, &'a str), CellError> {
    let pair = call.line.arguments.split_once('=').filter(|(name, _)| !name.trim().is_empty());
    let (name, value) = pair.ok_or_else(|| call.error("expected `NAME=VALUE`", &[]))?;
    Ok((name.trim(), value.trim()))
}
