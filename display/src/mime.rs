//! MIME bundles: the same content in several forms, of which the notebook picks the richest that it can draw.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One output in several forms: MIME type to content, as Jupyter's `data` field.
///
/// ```
/// use ferrolab_display::MimeBundle;
///
/// let bundle = MimeBundle::new().html("<b>0.93</b>").text("0.93");
/// assert_eq!(bundle.get("text/html").unwrap(), "<b>0.93</b>");
/// assert_eq!(bundle.plain(), Some("0.93"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MimeBundle(BTreeMap<String, Value>);

impl MimeBundle {
    /// An empty bundle. It shows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds content of any MIME type: a string, or JSON for the `+json` types.
    #[must_use]
    pub fn with(self, mime_type: impl Into<String>, content: impl Into<Value>) -> Self {
        self.insert(mime_type.into(), content.into())
    }

    /// Not generic, so that cells that make bundles need not compile it.
    fn insert(mut self, mime_type: String, content: Value) -> Self {
        self.0.insert(mime_type, content);
        self
    }

    /// Adds plain text, the fallback that every output should have.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with("text/plain", text.into())
    }

    /// Adds HTML.
    #[must_use]
    pub fn html(self, html: impl Into<String>) -> Self {
        self.with("text/html", html.into())
    }

    /// Adds an SVG picture, as its XML text.
    #[must_use]
    pub fn svg(self, svg: impl Into<String>) -> Self {
        self.with("image/svg+xml", svg.into())
    }

    /// Adds a PNG picture, as the bytes of the file.
    #[must_use]
    pub fn png(self, bytes: &[u8]) -> Self {
        self.with("image/png", STANDARD.encode(bytes))
    }

    /// Adds Markdown; formulas between `$` signs are typeset.
    #[must_use]
    pub fn markdown(self, markdown: impl Into<String>) -> Self {
        self.with("text/markdown", markdown.into())
    }

    /// Adds JSON, shown as a tree.
    #[must_use]
    pub fn json(self, value: impl Into<Value>) -> Self {
        self.with("application/json", value)
    }

    /// The content of one MIME type.
    pub fn get(&self, mime_type: &str) -> Option<&Value> {
        self.0.get(mime_type)
    }

    /// The plain text, if there is one.
    pub fn plain(&self) -> Option<&str> {
        self.get("text/plain").and_then(Value::as_str)
    }

    /// True when there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The map itself.
    pub fn into_map(self) -> BTreeMap<String, Value> {
        self.0
    }
}

/// Text as it may stand between the tags of HTML and SVG, and in their attributes.
///
/// ```
/// assert_eq!(ferrolab_display::escape("a < \"b\""), "a &lt; &quot;b&quot;");
/// ```
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A type with a rich view: tensors, charts, tables.
///
/// A value of such a type is shown when it is the last expression of a cell, or by [`display`](crate::display).
pub trait Show {
    /// The value as a MIME bundle. Give `text/plain` always: terminals and plain viewers have nothing else.
    fn bundle(&self) -> MimeBundle;
}

impl<T: Show + ?Sized> Show for &T {
    fn bundle(&self) -> MimeBundle {
        (**self).bundle()
    }
}

/// A cell that ends in a statement has the value `()`, and shows nothing.
impl Show for () {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new()
    }
}

impl Show for MimeBundle {
    fn bundle(&self) -> MimeBundle {
        self.clone()
    }
}

/// HTML to be shown as such.
///
/// ```
/// use ferrolab_display::{Html, Show};
/// assert!(Html("<h1>Results</h1>").bundle().get("text/html").is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html<S = String>(pub S);

impl<S: AsRef<str>> Show for Html<S> {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new().html(self.0.as_ref()).text(self.0.as_ref())
    }
}

/// The text of an SVG picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svg<S = String>(pub S);

impl<S: AsRef<str>> Show for Svg<S> {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new().svg(self.0.as_ref()).text("<SVG picture>")
    }
}

/// The bytes of a PNG file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Png<B = Vec<u8>>(pub B);

impl<B: AsRef<[u8]>> Show for Png<B> {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new().png(self.0.as_ref()).text("<PNG picture>")
    }
}

/// Markdown text, with formulas between `$` signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markdown<S = String>(pub S);

impl<S: AsRef<str>> Show for Markdown<S> {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new().markdown(self.0.as_ref()).text(self.0.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_travels_as_base64() {
        let bundle = Png(b"\x89PNG\r\n").bundle();
        assert_eq!(bundle.get("image/png").unwrap(), "iVBORw0K");
        assert_eq!(bundle.plain(), Some("<PNG picture>"));
    }

    #[test]
    fn a_bundle_is_a_plain_json_object() {
        let bundle = MimeBundle::new().text("x").json(serde_json::json!({"loss": 0.5}));
        let json = serde_json::to_value(&bundle).unwrap();
        assert_eq!(json, serde_json::json!({"application/json": {"loss": 0.5}, "text/plain": "x"}));
    }
}
