//! The 1000 classes of ImageNet-1k (Russakovsky et al. 2015, <https://arxiv.org/abs/1409.0575>), in their usual order.

use std::sync::LazyLock;

/// How many there are.
pub const CLASSES: usize = 1000;

static LINES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("../../datasets/data/efficientnet-lite0/imagenet_labels.txt").lines().collect()
});

/// What a class is called. Two names stand for two classes each: `crane` for the bird, 134, and for the machine, 517, `maillot`
/// for 638 and 639.
///
/// ```
/// use ferrolab::pretrained::imagenet;
/// assert_eq!(imagenet::label(282), "tiger cat");
/// ```
///
/// ***Panics*** if there is no such class.
#[track_caller]
pub fn label(class: usize) -> &'static str {
    let all = synonyms(class);
    all.split_once(',').map_or(all, |(first, _)| first)
}

/// All names of a class, as WordNet has them.
///
/// ```
/// use ferrolab::pretrained::imagenet;
/// assert_eq!(imagenet::synonyms(0), "tench, Tinca tinca");
/// ```
///
/// ***Panics*** if there is no such class.
#[track_caller]
pub fn synonyms(class: usize) -> &'static str {
    LINES.get(class).unwrap_or_else(|| panic!("ImageNet has the classes 0 to 999, there is no class {class}"))
}

/// The classes whose names contain a text, whatever its case: `find("cat")`.
///
/// ```
/// use ferrolab::pretrained::imagenet;
/// assert_eq!(imagenet::find("espresso"), [550, 967]); // the machine and what it makes
/// ```
pub fn find(text: &str) -> Vec<usize> {
    let text = text.to_lowercase();
    (0..LINES.len()).filter(|&class| LINES[class].to_lowercase().contains(&text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_name_for_every_class() {
        assert_eq!(LINES.len(), CLASSES);
        assert!((0..CLASSES).all(|class| !label(class).is_empty()));
    }

    #[test]
    #[should_panic(expected = "ImageNet has the classes 0 to 999, there is no class 1000")]
    fn a_class_too_many_is_refused() {
        label(1000);
    }
}
