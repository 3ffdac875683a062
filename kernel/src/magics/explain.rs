//! `:explain E0382`: what the compiler knows about an error code.

use serde_json::json;

use super::Call;
use crate::engine::{Bundle, CellError};
use crate::session::Session;

/// Shows the explanation of a code, or of the last error's.
pub fn explain(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let code = match (call.line.arguments.as_str(), &session.last_code) {
        ("", Some(code)) => code.clone(),
        ("", None) => {
            let note = "give one: `:explain E0382`".to_owned();
            return Err(call.error("no cell has failed with an error code yet", &[note]));
        }
        (code, _) => code.to_uppercase(),
    };
    let Some(text) = session.engine.explain(&code).filter(|text| !text.trim().is_empty()) else {
        let note = "codes look like `E0382`; they stand in brackets behind the word error".to_owned();
        return Err(call.error(&format!("the compiler has no explanation of `{code}`"), &[note]));
    };
    let markdown = format!("### {code}\n\n{}", readable(&text));
    session.show(Bundle::from([
        ("text/markdown".to_owned(), json!(markdown)),
        ("text/plain".to_owned(), json!(format!("{code}\n\n{text}"))),
    ]));
    Ok(())
}

/// The fences name what rustdoc is to do with an example (`compile_fail,E0382`); readers want colours.
fn readable(text: &str) -> String {
    let mut inside = false;
    let line = |line: &str| {
        let fence = line.starts_with("```");
        inside ^= fence;
        if fence && inside { "```rust\n".to_owned() } else { format!("{line}\n") }
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn examples_are_marked_as_rust() {
        let text = "A\n```compile_fail,E0382\nx\n```\n\n```\ny\n```\n";
        assert_eq!(readable(text), "A\n```rust\nx\n```\n\n```rust\ny\n```\n");
    }
}
