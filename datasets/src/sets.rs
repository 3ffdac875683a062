//! The data sets by name: those that come with the project, and those in the user's cache folder.

use std::path::Path;

use crate::fetch::{self, DataSet, fetched};
use crate::{DataError, Split, cache_folder, cifar10 as cifar, idx, path};

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const CLOTHES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// 1392 + 348 colour drawings, 32×32, ten classes, in the layout of CIFAR-10. Comes with the project, public domain.
///
/// ```
/// let data = ferrolab_datasets::clipart32()?;
/// assert_eq!(data.train.shape(), [3, 32, 32]);
/// assert_eq!((data.train.len(), data.test.len()), (1392, 348));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the files are gone, [`DataError::Format`] if they are damaged.
pub fn clipart32() -> Result<Split, DataError> {
    let folder = path("clipart32");
    shipped(&folder)?;
    cifar::read_folder(folder)
}

/// 10 000 + 2000 grey pictures of clothes, 28×28, ten classes: a part of Fashion-MNIST that comes with the project. All 70 000:
/// [`fashion_mnist_full`].
///
/// ```
/// let data = ferrolab_datasets::fashion_mnist()?;
/// assert_eq!(data.train.shape(), [1, 28, 28]);
/// assert_eq!(data.train.classes[1], "Trouser");
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the files are gone, [`DataError::Format`] if they are damaged.
pub fn fashion_mnist() -> Result<Split, DataError> {
    let folder = path("fashion-mnist");
    shipped(&folder)?;
    let part = |name: &str| {
        let file = |kind: &str| folder.join(format!("{name}-{kind}-ubyte.gz"));
        idx::read_images(file("images-idx3"), file("labels-idx1"), &CLOTHES)
    };
    Ok(Split { train: part("train-10k")?, test: part("test-2k")? })
}

/// CIFAR-10: 50 000 + 10 000 colour photographs, 32×32, ten classes (Krizhevsky, 2009), from the user's cache folder.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("cifar10")`, [`DataError::Format`] if the file is damaged.
pub fn cifar10() -> Result<Split, DataError> {
    let archive = fetched(&fetch::CIFAR10, &cache_folder()?, fetch::CIFAR10.files[0].file)?;
    cifar::read_archive(archive)
}

/// MNIST: 60 000 + 10 000 handwritten digits, 28×28, grey (LeCun, Cortes, Burges), from the user's cache folder.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("mnist")`, [`DataError::Format`] if a file is damaged.
pub fn mnist() -> Result<Split, DataError> {
    mnist_like(&fetch::MNIST, &cache_folder()?, &DIGITS)
}

/// The whole of Fashion-MNIST: 60 000 + 10 000 grey pictures of clothes, 28×28, from the user's cache folder.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("fashion-mnist")`, [`DataError::Format`] if a file is damaged.
pub fn fashion_mnist_full() -> Result<Split, DataError> {
    mnist_like(&fetch::FASHION_MNIST, &cache_folder()?, &CLOTHES)
}

/// The four IDX files of `set` below the cache folder `root`.
fn mnist_like(set: &DataSet, root: &Path, classes: &[&str]) -> Result<Split, DataError> {
    let part = |name: &str| {
        let file = |kind: &str| fetched(set, root, &format!("{name}-{kind}-ubyte.gz"));
        idx::read_images(file("images-idx3")?, file("labels-idx1")?, classes)
    };
    Ok(Split { train: part("train")?, test: part("t10k")? })
}

fn shipped(folder: &Path) -> Result<(), DataError> {
    if folder.is_dir() { Ok(()) } else { Err(DataError::NotShipped { path: folder.into() }) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_set_that_is_not_here_says_how_to_get_it() {
        let root = tempfile::tempdir().unwrap();
        let text = mnist_like(&fetch::MNIST, root.path(), &DIGITS).unwrap_err().to_string();
        let folder = root.path().join("mnist");
        assert_eq!(
            text,
            format!(
                "the data set `mnist` (12 MB) is not on this machine: nothing in `{}`; download it once with \
                 `datasets::fetch(\"mnist\")?`, later it is read from there without a network",
                folder.display()
            )
        );
    }

    #[test]
    fn a_set_in_the_cache_folder_is_read_from_there() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("fashion-mnist");
        fs::create_dir(&folder).unwrap();
        for (shipped, whole) in [("test-2k", "train"), ("test-2k", "t10k")] {
            for kind in ["images-idx3", "labels-idx1"] {
                let from = path(&format!("fashion-mnist/{shipped}-{kind}-ubyte.gz"));
                fs::copy(from, folder.join(format!("{whole}-{kind}-ubyte.gz"))).unwrap();
            }
        }
        let data = mnist_like(&fetch::FASHION_MNIST, root.path(), &CLOTHES).unwrap();
        assert_eq!(data.train, fashion_mnist().unwrap().test);
    }
}
