//! Data sets from pictures.

use std::path::PathBuf;

use ferrolab_datasets::{ImageSet, cifar10};

use super::{Dataset, DatasetError, Rows, Stream};
use crate::shape::Rank3;

impl<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize, const CLASSES: usize>
    Dataset<Rank3<CHANNELS, HEIGHT, WIDTH>, CLASSES>
{
    /// From pictures: bytes become values from 0 (dark) to 1 (bright), class names are taken over.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let pictures = datasets::clipart32()?;
    /// let train = Dataset::<Rank3<3, 32, 32>, 10>::from_images(&pictures.train)?;
    /// assert_eq!(format!("{train:?}"), "Dataset(1392 examples of [3, 32, 32], 10 classes)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`DatasetError::Shape`] or [`DatasetError::Classes`] if the pictures are not as the type says.
    pub fn from_images(pictures: &ImageSet) -> Result<Self, DatasetError> {
        let (expected, found) = ([CHANNELS, HEIGHT, WIDTH], pictures.shape());
        if expected != found {
            return Err(DatasetError::Shape { expected: expected.to_vec(), found: found.to_vec() });
        }
        if pictures.classes.len() != CLASSES {
            return Err(DatasetError::Classes { expected: CLASSES, found: pictures.classes.len() });
        }
        let values = to_values(&pictures.images);
        Ok(Self::from_rows(Rows::new(values, pictures.labels.clone(), &expected, pictures.classes.clone())?))
    }
}

impl<const CLASSES: usize> Stream<Rank3<3, 32, 32>, CLASSES> {
    /// The pictures of files in the layout of CIFAR-10, gzipped or not, one after another: values from 0 (dark) to 1 (bright).
    /// Only one picture is in memory at a time.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let pictures = Stream::<Rank3<3, 32, 32>, 10>::from_cifar10([datasets::path("clipart32/data_batch_1.bin.gz")]);
    /// let (x, labels) = pictures.loader(16).iter().next().unwrap();
    /// assert_eq!(x.shape(), [16, 3, 32, 32]);
    /// ```
    ///
    /// Where the pictures are used, ***panics*** if a file is missing or damaged, and names it.
    pub fn from_cifar10<P: Into<PathBuf>>(files: impl IntoIterator<Item = P>) -> Self {
        let files: Vec<PathBuf> = files.into_iter().map(P::into).collect();
        Stream::new(move || {
            let records = files.clone().into_iter().flat_map(|file| cifar10::records(file, CLASSES));
            records.map(|record| record.map(|(pixels, label)| (to_values(&pixels), label)))
        })
    }
}

/// Bytes as values from 0 to 1.
fn to_values(pixels: &[u8]) -> Vec<f32> {
    pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures() -> ImageSet {
        let classes = vec!["cat".into(), "dog".into()];
        ImageSet::new(vec![0, 51, 102, 255], vec![1, 0], [1, 1, 2], classes).unwrap()
    }

    #[test]
    fn bytes_become_values_from_zero_to_one() {
        let data = Dataset::<Rank3<1, 1, 2>, 2>::from_images(&pictures()).unwrap();
        let (x, labels) = data.batch(&[0, 1]);
        assert_eq!((x.to_vec(), x.shape()), (vec![0.0, 0.2, 0.4, 1.0], vec![2, 1, 1, 2]));
        assert_eq!(
            (labels.as_slice(), data.class_names()),
            (&[1, 0][..], &["cat".to_owned(), "dog".into()][..])
        );
    }

    #[test]
    fn other_sizes_or_classes_are_refused() {
        let shape = Dataset::<Rank3<1, 2, 1>, 2>::from_images(&pictures()).unwrap_err();
        assert_eq!(shape, DatasetError::Shape { expected: vec![1, 2, 1], found: vec![1, 1, 2] });
        let classes = Dataset::<Rank3<1, 1, 2>, 10>::from_images(&pictures()).unwrap_err();
        assert_eq!(
            classes.to_string(),
            "the data set is for 10 classes, the pictures have 2: change its second argument"
        );
    }
}
