//! The photographs and the pretrained network that come with the project: where their files lie.

use std::path::PathBuf;

use crate::{DataError, path};

/// The file names of the photographs, in the order of the alphabet.
const PHOTOS: [&str; 8] = [
    "astronaut.png",
    "chelsea.png",
    "china.jpg",
    "coffee.png",
    "flower.jpg",
    "img-acanthus-mollis.jpg",
    "img-march-pastoral.jpg",
    "rocket.jpg",
];

/// The paths of eight photographs, PNG and JPEG, 300 to 1024 pixels high: a cat, sheep, a cup of coffee, a temple, a flower, a plant,
/// an astronaut, a rocket. They come with the project under free licences (`photos/SOURCE.md`).
///
/// ```
/// let photos = ferrolab_datasets::photos()?;
/// assert_eq!(photos.len(), 8);
/// assert!(photos.iter().any(|photo| photo.ends_with("photos/chelsea.png")));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the files are gone.
pub fn photos() -> Result<Vec<PathBuf>, DataError> {
    PHOTOS.iter().map(|name| shipped(&format!("photos/{name}"))).collect()
}

/// The path of one of the [`photos`], named with or without its ending.
///
/// ```
/// let cat = ferrolab_datasets::photo("chelsea")?;
/// assert!(cat.ends_with("photos/chelsea.png"));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::UnknownPhoto`] if there is none of that name, [`DataError::NotShipped`] if the file is gone.
pub fn photo(name: &str) -> Result<PathBuf, DataError> {
    let is_it = |file: &&&str| **file == name || file.rsplit_once('.').is_some_and(|(stem, _)| stem == name);
    match PHOTOS.iter().find(is_it) {
        Some(file) => shipped(&format!("photos/{file}")),
        None => Err(DataError::UnknownPhoto { name: name.into(), known: PHOTOS.join(", ") }),
    }
}

/// The folder of EfficientNet-Lite0's weights, which come with the project: two safetensors files with their index, and the
/// names of the 1000 classes (`efficientnet-lite0/SOURCE.md`).
///
/// ```
/// let folder = ferrolab_datasets::efficientnet_lite0()?;
/// assert!(folder.join("model.safetensors.index.json").is_file());
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the folder is gone.
pub fn efficientnet_lite0() -> Result<PathBuf, DataError> {
    shipped("efficientnet-lite0")
}

fn shipped(file: &str) -> Result<PathBuf, DataError> {
    let path = path(file);
    if path.exists() { Ok(path) } else { Err(DataError::NotShipped { path }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_photograph_is_listed_and_described() {
        let mut files: Vec<String> = std::fs::read_dir(path("photos"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".png") || name.ends_with(".jpg"))
            .collect();
        files.sort();
        assert_eq!(files, PHOTOS);
        let table = std::fs::read_to_string(path("photos/SOURCE.md")).unwrap();
        assert!(PHOTOS.iter().all(|name| table.contains(&format!("| `{name}` |"))));
    }

    #[test]
    fn a_photograph_that_is_not_there_is_an_error_with_the_names() {
        let text = photo("dog").unwrap_err().to_string();
        assert!(
            text.starts_with("there is no photograph `dog`; there are: astronaut.png, chelsea.png, "),
            "{text}"
        );
    }
}
