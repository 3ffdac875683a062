//! Small changes to rustc's words, for readers who know their notebook and not our crates.

/// A message without the paths of our own crates and the words that surround a panic in a constant.
pub fn clean(message: &str) -> String {
    let message = message.strip_prefix("evaluation panicked: ").unwrap_or(message);
    without_paths(message)
}

/// How paths of our crates begin; `_` where the program of a cell has the crate without a name (`extern crate ferrolab as _`).
const CRATES: [&str; 2] = ["ferrolab", "_::"];

/// `ferrolab::shape::Const<64>` → `Const<64>`, wherever it stands in the text.
fn without_paths(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = CRATES.iter().filter_map(|name| rest.find(name)).min() {
        let (before, path) = rest.split_at(at);
        clean.push_str(before);
        let inside_word = before.chars().next_back().is_some_and(is_word);
        let skip = if inside_word { 0 } else { modules(path) };
        if skip > 0 {
            rest = &path[skip..];
        } else {
            // Both beginnings are ASCII: one character of it is enough to go on behind.
            clean.push_str(&path[..1]);
            rest = &path[1..];
        }
    }
    clean + rest
}

/// Length of the leading `name::name::` of a path.
fn modules(path: &str) -> usize {
    let mut length = 0;
    loop {
        let word = path[length..].find(|c| !is_word(c)).unwrap_or(path.len() - length);
        if word == 0 || !path[length + word..].starts_with("::") {
            return length;
        }
        // `Tensor::<f32>` and `Tensor::zeros`: types stay.
        if path[length..].starts_with(char::is_uppercase) {
            return length;
        }
        length += word + 2;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Notes that say nothing to the reader of a notebook.
pub fn is_noise(note: &str) -> bool {
    const NOISE: [&str; 9] = [
        "evaluation of `",
        "this error originates in the macro",
        "erroneous constant encountered",
        "the above error was encountered while instantiating",
        "inside `",
        "consider using `--verbose`",
        "the full name for the type has been written to",
        "requested on the command line with",
        "on by default",
    ];
    NOISE.iter().any(|noise| note.contains(noise))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_our_crates_go_and_all_else_stays() {
        for (message, expected) in [
            (
                "the sizes `ferrolab::shape::Const<64>` and `ferrolab::Const<32>` differ",
                "the sizes `Const<64>` and `Const<32>` differ",
            ),
            ("evaluation panicked: dense(64) needs a flat input", "dense(64) needs a flat input"),
            (
                "`Tensor<(ferrolab::Const<1>,)>` and `ferrolab_display::mime::Html`",
                "`Tensor<(Const<1>,)>` and `Html`",
            ),
            ("ferrolab::Tensor::zeros", "Tensor::zeros"),
            ("no `x` in `ferrolab`", "no `x` in `ferrolab`"),
            ("myferrolab::a", "myferrolab::a"),
            (
                "`_::Const<3>` implements `_::axes::Product<(_::Const<2>, _::Const<3>)>`",
                "`Const<3>` implements `Product<(Const<2>, Const<3>)>`",
            ),
            ("`a_::B` and `Vec<_>::new` and `_`", "`a_::B` and `Vec<_>::new` and `_`"),
        ] {
            assert_eq!(clean(message), expected);
        }
    }
}
