//! [`Mapping`]: from the names of tensors in a file to those of a model.

use std::sync::Arc;

use super::File;
use crate::array::{Array, Layout};
use crate::ops;
use crate::raw::Raw;

/// How the tensors of a file made elsewhere are called in the model: rules, each applied to what the rule before it made of a
/// name. Weights from torchvision, timm or Keras are loaded with it, by [`Module::load_mapped`](crate::Module::load_mapped).
///
/// Names are taken part by part, between their dots: `layer1` is not found in `layer10`. In patterns, `*` stands for one part and
/// `**` for any number of them.
///
/// ```
/// use ferrolab::prelude::*;
///
/// let mapping = Mapping::new()
///     .strip_prefix("module") // what PyTorch's DataParallel puts in front
///     .replace("bn1", "norm")
///     .rename("features.*.0.*", "blocks.*.conv.*")
///     .rename("classifier.1.**", "head.**");
/// assert_eq!(mapping.name("module.bn1.weight"), "norm.weight");
/// assert_eq!(mapping.name("features.3.0.bias"), "blocks.3.conv.bias");
/// assert_eq!(mapping.name("classifier.1.weight"), "head.weight");
/// assert_eq!(mapping.name("stem.weight"), "stem.weight");
/// ```
#[derive(Clone)]
pub struct Mapping {
    rules: Vec<Rule>,
    skipped: Vec<String>,
    kept: Vec<String>,
    transposed: Vec<String>,
    pub(super) strict: bool,
}

#[derive(Clone)]
enum Rule {
    StripPrefix(String),
    Prefix(String),
    Replace { from: String, to: String },
    Rename { pattern: String, to: String },
    Function(Arc<dyn Fn(&str) -> String + Send + Sync>),
}

impl Default for Mapping {
    fn default() -> Self {
        Mapping { rules: vec![], skipped: vec![], kept: vec![], transposed: vec![], strict: true }
    }
}

impl Mapping {
    /// Names stay as they are, and everything must fit.
    pub fn new() -> Self {
        Self::default()
    }

    /// A rule of one's own for all that the others cannot say.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let next = |part: &str| part.parse().map_or(part.to_owned(), |number: usize| (number + 1).to_string());
    /// let mapping = Mapping::new().map(move |name| name.split('.').map(next).collect::<Vec<_>>().join("."));
    /// assert_eq!(mapping.name("layers.0.weight"), "layers.1.weight");
    /// ```
    pub fn map(self, f: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.with(Rule::Function(Arc::new(f)))
    }

    /// Takes these parts from the front of the names that have them there.
    pub fn strip_prefix(self, parts: impl Into<String>) -> Self {
        self.with(Rule::StripPrefix(parts.into()))
    }

    /// Puts these parts in front of every name: the file holds one child of the model.
    pub fn prefix(self, parts: impl Into<String>) -> Self {
        self.with(Rule::Prefix(parts.into()))
    }

    /// Puts other parts in place of these, wherever they stand in a name.
    pub fn replace(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.with(Rule::Replace { from: from.into(), to: to.into() })
    }

    /// Gives the names that match a pattern another one; its `*` and `**` take, one after another, what those of the pattern found.
    pub fn rename(self, pattern: impl Into<String>, to: impl Into<String>) -> Self {
        self.with(Rule::Rename { pattern: pattern.into(), to: to.into() })
    }

    /// Many names at once: pairs of a name or pattern in the file and the name in the model.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let keras = Mapping::new().table([("*.gamma", "*.weight"), ("*.beta", "*.bias")]);
    /// assert_eq!(keras.name("norm.gamma"), "norm.weight");
    /// ```
    pub fn table<A: Into<String>, B: Into<String>>(self, pairs: impl IntoIterator<Item = (A, B)>) -> Self {
        pairs.into_iter().fold(self, |mapping, (pattern, to)| mapping.rename(pattern, to))
    }

    /// Leaves out the tensors of the file whose names match: parts of it that this model does not have.
    pub fn skip(mut self, pattern: impl Into<String>) -> Self {
        self.skipped.push(pattern.into());
        self
    }

    /// Leaves the parameters of the model whose names match as they are: a new head for fine-tuning.
    pub fn keep(mut self, pattern: impl Into<String>) -> Self {
        self.kept.push(pattern.into());
        self
    }

    /// Turns round the tensors of the file whose names match, from the layouts of TensorFlow and Keras to those of PyTorch:
    /// `[in, out]` to `[out, in]`, `[steps, in, out]` to `[out, in, steps]` and `[height, width, in, out]` to
    /// `[out, in, height, width]`. The kernels of depthwise convolutions, `[height, width, channels, 1]`, become
    /// `[channels, 1, height, width]` where the model needs that. Other ranks stay.
    pub fn transpose(mut self, pattern: impl Into<String>) -> Self {
        self.transposed.push(pattern.into());
        self
    }

    /// `strict(false)` loads what fits, and says what does not. At first everything must fit. PyTorch's `strict`.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// What a tensor of the file is called in the model.
    pub fn name(&self, name: &str) -> String {
        self.rules.iter().fold(name.to_owned(), |name, rule| rule.apply(name))
    }

    fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Whether a parameter of the model is to stay as it is.
    pub(super) fn keeps(&self, name: &str) -> bool {
        self.kept.iter().any(|pattern| matched(pattern, name).is_some())
    }

    /// The tensors of a file that are wanted: name in the model, name in the file, values.
    pub(super) fn of<'a>(
        &self,
        file: &'a File,
        expected: impl Fn(&str) -> Option<Vec<usize>>,
    ) -> Vec<(String, &'a str, Array)> {
        let matches =
            |patterns: &[String], name: &str| patterns.iter().any(|pattern| matched(pattern, name).is_some());
        let wanted = file.tensors().iter().filter(|(name, _)| !matches(&self.skipped, name));
        wanted
            .map(|(theirs, array)| {
                let ours = self.name(theirs);
                let array = if matches(&self.transposed, theirs) {
                    transposed(array, expected(&ours).as_deref())
                } else {
                    array.clone()
                };
                (ours, theirs.as_str(), array)
            })
            .collect()
    }
}

impl Rule {
    fn apply(&self, name: String) -> String {
        match self {
            Rule::StripPrefix(parts) => match name.strip_prefix(parts.as_str()) {
                Some("") | None => name,
                Some(rest) if parts.ends_with('.') => rest.to_owned(),
                Some(rest) => rest.strip_prefix('.').map(str::to_owned).unwrap_or(name),
            },
            Rule::Prefix(parts) => joined([parts.as_str(), &name]),
            Rule::Replace { from, to } => replaced(&name, from, to),
            Rule::Rename { pattern, to } => match matched(pattern, &name) {
                Some(found) => filled(to, &found),
                None => name,
            },
            Rule::Function(f) => f(&name),
        }
    }
}

/// What the stars of a pattern stand for, if it matches the whole name.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<Vec<String>> {
    fn go(pattern: &[&str], name: &[&str], found: &mut Vec<String>) -> bool {
        let Some((first, rest)) = pattern.split_first() else { return name.is_empty() };
        if *first == "**" {
            return (0..=name.len()).any(|taken| {
                let before = found.len();
                found.push(name[..taken].join("."));
                let matches = go(rest, &name[taken..], found);
                if !matches {
                    found.truncate(before);
                }
                matches
            });
        }
        let Some((part, others)) = name.split_first() else { return false };
        if *first == "*" {
            found.push((*part).to_owned());
        } else if first != part {
            return false;
        }
        go(rest, others, found)
    }
    let split = |text: &'a str| text.split('.').collect::<Vec<_>>();
    let mut found = Vec::new();
    go(&pattern.split('.').collect::<Vec<_>>(), &split(name), &mut found).then_some(found)
}

/// A name with its stars filled in; a star too many stays.
fn filled(to: &str, found: &[String]) -> String {
    let mut found = found.iter();
    let parts = to.split('.').map(|part| match part {
        "*" | "**" => found.next().map_or(part, String::as_str),
        part => part,
    });
    joined(parts)
}

fn replaced(name: &str, from: &str, to: &str) -> String {
    let [name, from] = [name, from].map(|text| text.split('.').collect::<Vec<_>>());
    let mut parts = Vec::new();
    let mut at = 0;
    while at < name.len() {
        if name[at..].starts_with(&from) {
            parts.push(to);
            at += from.len();
        } else {
            parts.push(name[at]);
            at += 1;
        }
    }
    joined(parts)
}

/// Parts with dots between them; empty ones leave none.
fn joined<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// A tensor of TensorFlow in PyTorch's layout; `expected` decides whether a kernel is a depthwise one.
fn transposed(array: &Array, expected: Option<&[usize]>) -> Array {
    let axes: &[usize] = match array.sizes() {
        [_, _] => &[1, 0],
        [_, _, _] => &[2, 1, 0],
        &[height, width, channels, 1] if expected == Some(&[channels, 1, height, width]) => &[2, 3, 0, 1],
        [_, _, _, _] => &[3, 2, 0, 1],
        _ => return array.clone(),
    };
    ops::permute(&Raw::new(array.clone()), axes).array().in_layout(Layout::RowMajor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole() {
        let mapping = Mapping::new().replace("layer1", "a").replace("0.conv", "first").strip_prefix("net");
        let names = ["layer1.0.conv", "layer10.0.conv", "network.weight", "net.layer1.10.conv.layer1", "net"];
        let expected = ["a.first", "layer10.first", "network.weight", "a.10.conv.a", "net"];
        assert_eq!(names.map(|name| mapping.name(name)), expected);
        assert_eq!(Mapping::new().strip_prefix("net.").name("net.x"), "x");
        assert_eq!(Mapping::new().prefix("encoder").replace("old", "").name("old.x"), "encoder.x");
    }

    #[test]
    fn stars_stand_for_parts() {
        let of = |pattern: &str, to: &str, name: &str| Mapping::new().rename(pattern, to).name(name);
        assert_eq!(of("*.*", "*.x.*", "a.b"), "a.x.b");
        assert_eq!(of("*.*", "*.x.*", "a.b.c"), "a.b.c");
        assert_eq!(of("**.gamma", "**.weight", "a.b.gamma"), "a.b.weight");
        assert_eq!(of("**.gamma", "**.weight", "gamma"), "weight");
        assert_eq!(of("a.**.z.*", "**.*", "a.z.y.z.w"), "z.y.w");
        assert_eq!(of("a.*", "b.*.*", "a.c"), "b.c.*");
    }

    #[test]
    fn kernels_of_keras_are_turned_round() {
        let of = |sizes: &[usize], expected: Option<&[usize]>| {
            let values = (0..sizes.iter().product()).map(|i: usize| i as f32).collect();
            let array = transposed(&Array::from_vec(sizes, values), expected);
            (array.sizes().to_vec(), array.to_vec())
        };
        assert_eq!(of(&[2, 3], None), (vec![3, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        assert_eq!(of(&[1, 2, 3, 1], None).0, [1, 3, 1, 2]);
        assert_eq!(
            of(&[1, 2, 3, 1], Some(&[3, 1, 1, 2])),
            (vec![3, 1, 1, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0])
        );
        assert_eq!(of(&[5, 3, 2], None).0, [2, 3, 5]);
        assert_eq!(of(&[3], None).1, [0.0, 1.0, 2.0]);
    }
}
