//! Readers and downloads of the data sets that the ferrolab course uses: plain bytes in memory, no tensors.
//!
//! Two sets come with the project and are read at once: [`clipart32`] and [`fashion_mnist`]. The large public ones are downloaded
//! once, when asked for, into the user's cache folder, and read from there without a network:
//!
//! ```no_run
//! use ferrolab_datasets as datasets;
//!
//! datasets::fetch("cifar10")?;
//! let data = datasets::cifar10()?;
//! println!("{:?}, the first is a {}", data.train, data.train.class_name(0));
//! # Ok::<(), datasets::DataError>(())
//! ```
//!
//! Also with the project come eight photographs, [`photos`], and the weights of a network that knows what is on them,
//! [`efficientnet_lite0`].
//!
//! Own files in the same formats are read by [`cifar10::read_folder`](mod@cifar10) and [`idx::read_images`]; any file with a known
//! sha256 sum is fetched by [`download()`].

pub mod cifar10;
mod error;
mod fetch;
mod folders;
mod gz;
pub mod idx;
mod image_set;
mod photos;
mod sets;

pub use error::DataError;
pub use fetch::{CATALOG, DataSet, OnProgress, Progress, Remote, download, fetch, fetch_with, sha256};
pub use folders::{cache_folder, path};
pub use image_set::{ImageSet, Split};
pub use photos::{efficientnet_lite0, photo, photos};
pub use sets::{cifar10, clipart32, fashion_mnist, fashion_mnist_full, mnist};
