//! `:dep regex = "1"`: crates for cells. All such lines of a cell are one request.

use std::path::Path;

use toml::Table;

use super::Call;
use crate::engine::{CellError, Dependency, Installed};
use crate::session::Session;

/// Adds the crate of the line, and those of all other `:dep` lines of the cell: cargo then runs once.
pub fn dep(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    if call.line.arguments.is_empty() {
        return show(session, call);
    }
    if session.added == Some(call.cell.number) {
        return Ok(());
    }
    let mut wanted = Vec::new();
    for line in super::split(&call.cell.text, session.shell.on) {
        if let super::Segment::Line(line) = line
            && (line.mark, line.name.as_str()) == (super::Mark::Colon, "dep")
            && !line.arguments.is_empty()
        {
            wanted.push(
                read(&line.arguments)
                    .map_err(|text| Call { line: &line, cell: call.cell }.error(&text, &[]))?,
            );
        }
    }
    session.engine.depend(&wanted)?;
    session.added = Some(call.cell.number);
    Ok(())
}

/// The crates that were added.
pub fn show(session: &mut Session, _: &Call<'_>) -> Result<(), CellError> {
    session.show_text(&list(&session.engine.dependencies()));
    Ok(())
}

/// `regex`, `regex = "1"`, `./mine`.
fn read(arguments: &str) -> Result<Dependency, String> {
    if arguments.starts_with(['.', '/']) {
        return local(arguments);
    }
    let (name, specification) = match arguments.split_once('=') {
        Some((name, specification)) => (name.trim(), specification.trim()),
        None => (arguments, "\"*\""),
    };
    if specification.is_empty() {
        return Err("expected a version after `=`: `:dep regex = \"1\"`".to_owned());
    }
    Ok(Dependency { name: name.to_owned(), specification: specification.to_owned() })
}

/// A crate in a folder, under the name that its Cargo.toml gives.
fn local(folder: &str) -> Result<Dependency, String> {
    let manifest = Path::new(folder).join("Cargo.toml");
    let text =
        std::fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let table: Table = text.parse().map_err(|error| format!("{}: {error}", manifest.display()))?;
    let name = table.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
    let name = name.ok_or_else(|| format!("{}: expected the name of a package", manifest.display()))?;
    let path = toml::Value::from(folder);
    Ok(Dependency { name: name.to_owned(), specification: format!("{{ path = {path} }}") })
}

fn list(installed: &[Installed]) -> String {
    if installed.is_empty() {
        return "no crates were added; `:dep regex = \"1\"` adds one".to_owned();
    }
    let line = |Installed { name, specification, version, bundled }: &Installed| {
        let part = if *bundled { ", part of the library" } else { "" };
        format!("{name} = {specification}  ({version}{part})")
    };
    installed.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(arguments: &str) -> Result<(String, String), String> {
        read(arguments).map(|Dependency { name, specification }| (name, specification))
    }

    #[test]
    fn the_spellings_of_evcxr_are_read() {
        let expected = |name: &str, specification: &str| Ok((name.to_owned(), specification.to_owned()));
        assert_eq!(pair("regex"), expected("regex", "\"*\""));
        assert_eq!(pair("regex = \"1\""), expected("regex", "\"1\""));
        assert_eq!(pair("a={version=\"1\"}"), expected("a", "{version=\"1\"}"));
        assert!(pair("regex =").is_err() && pair("./nowhere").is_err());
    }

    #[test]
    fn a_folder_is_known_by_its_manifest() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"my-crate\"\n").unwrap();
        let found = local(folder.path().to_str().unwrap()).unwrap();
        assert_eq!(found.name, "my-crate");
        assert!(found.specification.starts_with("{ path = \"/"), "{}", found.specification);
    }
}
