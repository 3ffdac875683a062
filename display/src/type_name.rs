//! Names of types for people.

/// A type as people write it, without the paths: `Vec<String>`, `Tensor<Rank2<3, 4>>`.
pub fn short(type_name: &str) -> String {
    with_ranks(&without_paths(type_name))
}

/// `(Const<3>, Const<4>)` is called `Rank2<3, 4>`.
fn with_ranks(type_name: &str) -> String {
    let mut text = String::new();
    let mut rest = type_name;
    while let Some(at) = rest.find("(Const<") {
        let (before, tuple) = rest.split_at(at);
        text.push_str(before);
        let Some(end) = tuple.find(')') else { return text + tuple };
        let sizes: Option<Vec<&str>> = (tuple[1..end].split(',').map(str::trim))
            .filter(|part| !part.is_empty())
            .map(|part| part.strip_prefix("Const<")?.strip_suffix('>'))
            .collect();
        match sizes {
            Some(sizes) if sizes.len() <= 5 => text += &format!("Rank{}<{}>", sizes.len(), sizes.join(", ")),
            _ => text.push_str(&tuple[..=end]),
        }
        rest = &tuple[end + 1..];
    }
    text + rest
}

fn without_paths(type_name: &str) -> String {
    let mut short = String::new();
    let mut word_start = 0;
    let mut chars = type_name.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        if c == ':' && chars.peek().is_some_and(|(_, next)| *next == ':') {
            chars.next();
            short.truncate(word_start);
            continue;
        }
        short.push(c);
        if !(c.is_alphanumeric() || c == '_') {
            word_start = short.len();
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_shortened_for_people() {
        let long = "std::collections::HashMap<&str, std::vec::Vec<(f32, a::b::C<{ 3 }>)>>";
        assert_eq!(short(long), "HashMap<&str, Vec<(f32, C<{ 3 }>)>>");
        let tensor = "ferrolab::Tensor<(ferrolab::Const<3>, ferrolab::Const<4>)>";
        assert_eq!(short(tensor), "Tensor<Rank2<3, 4>>");
        assert_eq!(short("Tensor<(ferrolab::Const<3>,)>"), "Tensor<Rank1<3>>");
        assert_eq!(short("Tensor<(ferrolab::Const<3>, usize)>"), "Tensor<(Const<3>, usize)>");
        assert_eq!(short("std::boxed::Box<dyn std::ops::Fn(i32) -> i32>"), "Box<dyn Fn(i32) -> i32>");
    }
}
