//! Labelled pictures in memory: `ImageSet`.

use std::fmt;

use crate::describe::Description;
use crate::{Card, DataError};

/// Labelled pictures of one size, pixels as bytes from 0 (dark) to 255 (bright).
///
/// The pixels lie in one buffer of shape `[N, C, H, W]`: picture by picture, in it plane by plane (red, green, blue, or a single
/// grey plane), in it row by row.
///
/// ```
/// use ferrolab_datasets::ImageSet;
///
/// let set = ImageSet::new(vec![0, 50, 100, 150, 200, 250], vec![1, 0, 1], [1, 1, 2], vec!["cat".into(), "dog".into()])?;
/// assert_eq!(set.len(), 3);
/// assert_eq!(set.image(1), [100, 150]);
/// assert_eq!(set.class_name(1), "cat");
/// assert_eq!(set.class_counts(), [1, 2]);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageSet {
    /// Pixels, `[N, C, H, W]`.
    pub images: Vec<u8>,
    /// One number a picture: an index into `classes`.
    pub labels: Vec<usize>,
    /// C: 3 for colour, 1 for grey.
    pub channels: usize,
    /// H, in pixels.
    pub height: usize,
    /// W, in pixels.
    pub width: usize,
    /// The names of the classes, in the order of the labels.
    pub classes: Vec<String>,
    /// Which set it is; `None` for pictures of the user's own.
    pub card: Option<&'static Card>,
}

impl ImageSet {
    /// A set from pixels `[N, C, H, W]`, `N` labels and the shape `[C, H, W]` of one picture.
    ///
    /// # Errors
    /// [`DataError::Parts`] if the shape has a zero, the pixels are not `N` pictures, or a label has no class.
    pub fn new(
        images: Vec<u8>,
        labels: Vec<usize>,
        [channels, height, width]: [usize; 3],
        classes: Vec<String>,
    ) -> Result<Self, DataError> {
        let refuse =
            |expected| Err(DataError::Parts { images: images.len(), labels: labels.len(), expected });
        let size = channels.checked_mul(height).and_then(|plane| plane.checked_mul(width));
        let Some(size) = size.filter(|&size| size > 0) else {
            return refuse(format!("a picture size without zeros, found [{channels}, {height}, {width}]"));
        };
        if labels.len().checked_mul(size) != Some(images.len()) {
            return refuse(format!(
                "{size} bytes of pixels ([{channels}, {height}, {width}]) for each label"
            ));
        }
        if let Some(label) = labels.iter().find(|&&label| label >= classes.len()) {
            return refuse(format!("labels below the number of classes, {}, found {label}", classes.len()));
        }
        Ok(Self { images, labels, channels, height, width, classes, card: None })
    }

    /// Number of pictures, N.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The shape of one picture: `[C, H, W]`.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// The pixels of picture `index`, `[C, H, W]`.
    ///
    /// ***Panics*** if there is no such picture.
    #[track_caller]
    pub fn image(&self, index: usize) -> &[u8] {
        self.check(index);
        let size = self.channels * self.height * self.width;
        &self.images[index * size..][..size]
    }

    /// The label of picture `index`.
    ///
    /// ***Panics*** if there is no such picture.
    #[track_caller]
    pub fn label(&self, index: usize) -> usize {
        self.check(index);
        self.labels[index]
    }

    /// The name of the class of picture `index`.
    ///
    /// ***Panics*** if there is no such picture.
    #[track_caller]
    pub fn class_name(&self, index: usize) -> &str {
        self.check(index);
        &self.classes[self.labels[index]]
    }

    /// Every picture with its label, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], usize)> {
        (0..self.len()).map(|index| (self.image(index), self.labels[index]))
    }

    /// How many pictures each class has, in the order of `classes`.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &label in &self.labels {
            counts[label] += 1;
        }
        counts
    }

    /// The first pictures, at most so many: for a quick try.
    ///
    /// ```
    /// let few = ferrolab_datasets::clipart32()?.map(|set| set.first(50));
    /// assert_eq!((few.train.len(), few.test.len()), (50, 50));
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    pub fn first(self, most: usize) -> Self {
        if most >= self.len() { self } else { self.subset(&(0..most).collect::<Vec<_>>()) }
    }

    /// The pictures at these indices, in this order; an index may come more than once.
    ///
    /// ***Panics*** if there is no such picture.
    #[track_caller]
    pub fn subset(&self, indices: &[usize]) -> Self {
        let mut images = Vec::with_capacity(indices.len() * self.channels * self.height * self.width);
        for &index in indices {
            images.extend_from_slice(self.image(index));
        }
        let labels = indices.iter().map(|&index| self.labels[index]).collect();
        Self { images, labels, classes: self.classes.clone(), ..*self }
    }

    /// What is in the set, for people.
    ///
    /// ```
    /// let text = ferrolab_datasets::clipart32()?.train.describe().to_string();
    /// assert!(text.contains("1392 pictures, 3×32×32"));
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    pub fn describe(&self) -> Description {
        self.facts(Description::new(self.card, "labelled pictures"), "rows").card(self.card)
    }

    /// Adds what is in this part to a description.
    pub(crate) fn facts(&self, text: Description, part: &str) -> Description {
        let [channels, height, width] = self.shape();
        let rows = format!(
            "{} pictures, {channels}×{height}×{width} (channels × height × width), bytes",
            self.len()
        );
        let names = self.classes.iter().map(String::as_str);
        text.line(part, &rows).counts(names.zip(self.class_counts()))
    }

    #[track_caller]
    fn check(&self, index: usize) {
        assert!(index < self.len(), "there is no picture {index} in a set of {}", self.len());
    }
}

/// A summary, not the pixels: `ImageSet(1392 images, 3x32x32, 10 classes)`.
impl fmt::Debug for ImageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, height, width, classes, .. } = self;
        write!(f, "ImageSet({} images, {channels}x{height}x{width}, {} classes)", self.len(), classes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    #[test]
    fn parts_that_do_not_fit_are_refused_with_numbers() {
        let text = |set: Result<ImageSet, DataError>| set.unwrap_err().to_string();
        assert_eq!(
            text(ImageSet::new(vec![0; 7], vec![0, 1], [1, 2, 2], classes())),
            "an image set of 7 bytes of pixels and 2 labels: expected 4 bytes of pixels ([1, 2, 2]) for each label"
        );
        assert_eq!(
            text(ImageSet::new(vec![0; 4], vec![2], [1, 2, 2], classes())),
            "an image set of 4 bytes of pixels and 1 labels: expected labels below the number of classes, 2, found 2"
        );
        assert!(text(ImageSet::new(vec![], vec![], [1, 0, 2], classes())).contains("without zeros"));
        assert!(text(ImageSet::new(vec![], vec![0], [usize::MAX, 2, 2], classes())).contains("picture size"));
    }

    #[test]
    fn a_subset_keeps_order_and_may_repeat() {
        let set = ImageSet::new((0..12).collect(), vec![0, 1, 0], [1, 2, 2], classes()).unwrap();
        let part = set.subset(&[2, 0, 2]);
        assert_eq!(part.images, [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]);
        assert_eq!((part.labels.as_slice(), part.shape()), (&[0, 0, 0][..], [1, 2, 2]));
        assert_eq!(part.iter().nth(1), Some((&[0, 1, 2, 3][..], 0)));
    }

    #[test]
    fn an_empty_set_is_legal() {
        let set = ImageSet::new(vec![], vec![], [3, 32, 32], classes()).unwrap();
        assert!(set.is_empty());
        assert_eq!(set.class_counts(), [0, 0]);
    }

    #[test]
    fn debug_shows_a_summary() {
        let set = ImageSet::new(vec![0; 8], vec![0, 1], [1, 2, 2], classes()).unwrap();
        assert_eq!(format!("{set:?}"), "ImageSet(2 images, 1x2x2, 2 classes)");
    }

    #[test]
    #[should_panic(expected = "there is no picture 2 in a set of 2")]
    fn an_index_past_the_end_panics_with_both_numbers() {
        ImageSet::new(vec![0; 8], vec![0, 1], [1, 2, 2], classes()).unwrap().image(2);
    }
}
