//! What a cell may change for those after it.

/// Something that a cell may change for those after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Dependencies are resolved without the network.
    Offline(bool),
    /// A variable of the environment in which dependencies and cells are compiled.
    BuildEnv { name: String, value: String },
    /// A variable of the environment in which cells run, for each process that is started for them from now on.
    Env { name: String, value: String },
    /// How results are written that have no view but text; `None`: by `Debug`, over several lines where they are long.
    Format(Option<Format>),
    /// Results are told with their types.
    Types(bool),
    /// How errors are written that leave a cell by `?`.
    Errors(ErrorFormat),
}

/// How errors are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// `{}`
    #[default]
    Display,
    /// `{:?}`
    Debug,
    /// `{:#?}`
    Pretty,
}

impl ErrorFormat {
    /// All of them, with their spellings.
    pub const ALL: [(&'static str, ErrorFormat); 3] =
        [("{}", ErrorFormat::Display), ("{:?}", ErrorFormat::Debug), ("{:#?}", ErrorFormat::Pretty)];
}

/// A format with one place for a value: `{:#?}`, `= {:.3}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    text: String,
    of: &'static str,
}

impl Format {
    /// Reads a format; `None` if it is not one with exactly one place, or needs more than the value.
    pub fn new(text: &str) -> Option<Format> {
        let mut of = None;
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
            if doubled {
                rest = &rest[at + 2..];
                continue;
            }
            let place = rest[at..].strip_prefix('{')?;
            let end = place.find('}')?;
            if of.replace(trait_of(&place[..end])?).is_some() {
                return None;
            }
            rest = &place[end + 1..];
        }
        Some(Format { text: text.to_owned(), of: of? })
    }

    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The trait of `std::fmt` that a value must have for it.
    pub fn of(&self) -> &'static str {
        self.of
    }
}

/// The trait that what stands in a place asks for: `:#?` is `Debug`.
fn trait_of(inside: &str) -> Option<&'static str> {
    const TRAITS: [(&str, &str); 8] = [
        ("?", "Debug"),
        ("x", "LowerHex"),
        ("X", "UpperHex"),
        ("o", "Octal"),
        ("b", "Binary"),
        ("e", "LowerExp"),
        ("E", "UpperExp"),
        ("p", "Pointer"),
    ];
    if inside.is_empty() {
        return Some("Display");
    }
    // Widths that are taken from other arguments.
    let specification =
        inside.strip_prefix(':').filter(|text| !text.contains(['$', '{']) && !text.contains(".*"))?;
    let of = TRAITS.iter().find(|(end, _)| specification.ends_with(end)).map(|(_, of)| *of);
    let plain = |c: char| !c.is_alphabetic() && c != '_';
    match of {
        Some(of) => Some(of),
        // The character that fills may be any.
        None => specification.chars().skip(1).all(plain).then_some("Display"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_tells_which_trait_it_needs() {
        for (text, of) in [
            ("{}", "Display"),
            ("{:?}", "Debug"),
            ("{:#?}", "Debug"),
            ("{:08.3}", "Display"),
            ("{{{:x}}} hexadecimal", "LowerHex"),
            ("{:*>8}", "Display"),
        ] {
            assert_eq!(Format::new(text).map(|format| format.of()), Some(of), "{text}");
        }
    }

    #[test]
    fn what_is_no_format_for_one_value_is_refused() {
        for text in ["", "{", "}", "no place", "{} {}", "{x}", "{0}", "{:1$}", "{:.*}", "{:w$}", "{:4q}"] {
            assert_eq!(Format::new(text), None, "{text}");
        }
    }
}
