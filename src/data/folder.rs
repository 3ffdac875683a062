//! [`ImageFolder`]: pictures in folders, one folder a class, decoded when they are needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs, io};

use super::values::{Read, Values};
use super::{Dataset, Rows};
use crate::io::image;
use crate::shape::Rank3;

/// Why a folder is no data set of pictures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    #[error("cannot read the folder `{path}`: {source}", path = .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{path}` has no folders in it: expected one for each class, with its pictures", path = .path.display())]
    NoClasses { path: PathBuf },
    #[error("there is no PNG or JPEG file in `{path}`", path = .path.display())]
    NoPictures { path: PathBuf },
    #[error(
        "the data set is for {expected} classes, `{path}` has {} ({}): change its second argument",
        .found.len(), .found.join(", "), path = .path.display()
    )]
    Classes { path: PathBuf, expected: usize, found: Vec<String> },
}

/// A list of picture files, each of a class: the content of a folder with one folder for each class (torchvision's
/// `ImageFolder`, Keras' `image_dataset_from_directory`).
///
/// ```
/// use ferrolab::data::ImageFolder;
/// use ferrolab::prelude::*;
/// # let root = tempfile::tempdir()?;
/// # for (class, grey) in [("cat", 0.2), ("dog", 0.8)] {
/// #     std::fs::create_dir(root.path().join(class))?;
/// #     for i in 0..3 {
/// #         Tensor::<Rank3<3, 20, 30>>::full(grey).save_png(root.path().join(class).join(format!("{i}.png")))?;
/// #     }
/// # }
/// let folder = ImageFolder::open(root.path())?;
/// assert_eq!(folder.classes(), ["cat", "dog"]);
/// assert_eq!(folder.len(), 6);
/// let pictures: Dataset<Rank3<3, 16, 16>, 2> = folder.crop().dataset()?;
/// assert_eq!(pictures.example(5).0.to_vec()[0], 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ImageFolder {
    root: PathBuf,
    classes: Vec<String>,
    files: Arc<[PathBuf]>,
    labels: Vec<usize>,
    crop: bool,
}

impl ImageFolder {
    /// Lists a folder. The classes are its folders in the order of their names; their pictures, in folders within them too, are
    /// sorted by path, so that the order is the same on every machine. Other files and hidden ones (`.name`) do not count.
    ///
    /// # Errors
    /// [`FolderError::Read`], [`FolderError::NoClasses`] or [`FolderError::NoPictures`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FolderError> {
        let root = path.as_ref();
        let (folders, _) = list(root)?;
        if folders.is_empty() {
            return Err(FolderError::NoClasses { path: root.into() });
        }
        let (mut files, mut labels) = (Vec::new(), Vec::new());
        for (label, folder) in folders.iter().enumerate() {
            pictures(folder, &mut files)?;
            labels.resize(files.len(), label);
        }
        if files.is_empty() {
            return Err(FolderError::NoPictures { path: root.into() });
        }
        let classes = folders.iter().map(|folder| name(folder)).collect();
        Ok(ImageFolder { root: root.into(), classes, files: files.into(), labels, crop: false })
    }

    /// Cuts the middle out of each picture instead of stretching it, so that its proportions stay.
    pub fn crop(mut self) -> Self {
        self.crop = true;
        self
    }

    /// The names of the classes, sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The files, sorted by class.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The class of each file.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// A data set that decodes the pictures when they are needed, brings them to the size of its type (bilinear, with
    /// antialias) and to its channels: 1 for grey, 3 for red, green and blue, 4 with opacity. Values from 0 (dark) to 1
    /// (bright).
    ///
    /// Where a picture is used, ***panics*** if its file cannot be read or is damaged, and names it.
    ///
    /// # Errors
    /// [`FolderError::Classes`] if there are not `CLASSES` folders.
    pub fn dataset<const C: usize, const H: usize, const W: usize, const CLASSES: usize>(
        &self,
    ) -> Result<Dataset<Rank3<C, H, W>, CLASSES>, FolderError> {
        const { assert!(matches!(C, 1 | 3 | 4), "pictures have 1 channel (grey), 3 (colours) or 4 (and opacity)") }
        const { assert!(H > 0 && W > 0, "a picture has at least one pixel") }
        Ok(Dataset::from_rows(self.rows([C, H, W], CLASSES)?))
    }

    fn rows(&self, sizes: [usize; 3], expected: usize) -> Result<Rows, FolderError> {
        if expected != self.classes.len() {
            let (path, found) = (self.root.clone(), self.classes.clone());
            return Err(FolderError::Classes { path, expected, found });
        }
        let values = Values::lazy(self.len(), &sizes, self.read(sizes));
        let rows = Rows::of(values, self.labels.clone(), self.classes.clone());
        Ok(rows.unwrap_or_else(|error| unreachable!("each label is that of a folder: {error}")))
    }

    /// Decodes one of the files.
    fn read(&self, [channels, height, width]: [usize; 3]) -> Arc<Read> {
        let (files, crop) = (Arc::clone(&self.files), self.crop);
        Arc::new(move |number| {
            let pixels = image::open(&files[number]).unwrap_or_else(|error| panic!("{error}"));
            let pixels = pixels.with_channels(channels);
            let pixels = if crop { pixels.cropped_to(height, width) } else { pixels };
            pixels.resized(height, width).to_planes()
        })
    }
}

impl<const C: usize, const H: usize, const W: usize, const CLASSES: usize> Dataset<Rank3<C, H, W>, CLASSES> {
    /// The pictures of a folder with one folder for each class, decoded when they are needed and stretched to the size of the
    /// type: `ImageFolder::open(path)?.dataset()`, see [`ImageFolder`].
    ///
    /// ```no_run
    /// use ferrolab::prelude::*;
    /// // flowers/daisy/001.jpg, flowers/daisy/002.jpg, …, flowers/rose/001.jpg, …
    /// let (train, test) = Dataset::<Rank3<3, 64, 64>, 5>::from_folder("flowers")?.split_stratified(0.8, 1);
    /// # Ok::<(), ferrolab::data::FolderError>(())
    /// ```
    ///
    /// # Errors
    /// [`FolderError`] if the folder cannot be read, or has not `CLASSES` folders with pictures.
    pub fn from_folder(path: impl AsRef<Path>) -> Result<Self, FolderError> {
        ImageFolder::open(path)?.dataset()
    }
}

/// `ImageFolder("flowers", 3670 pictures, 5 classes)`
impl fmt::Debug for ImageFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageFolder({:?}, {} pictures, {} classes)", self.root, self.len(), self.classes.len())
    }
}

/// Adds the pictures of a folder and the folders in it.
fn pictures(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), FolderError> {
    let (folders, files) = list(folder)?;
    found.extend(files.into_iter().filter(|file| is_picture(file)));
    folders.iter().try_for_each(|folder| pictures(folder, found))
}

/// The folders and the files in a folder, sorted by name, without hidden ones.
fn list(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), FolderError> {
    let failed = |source| FolderError::Read { path: folder.into(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !name(&path).starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths.into_iter().partition(|path| path.is_dir()))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_picture(file: &Path) -> bool {
    let kind = file.extension().unwrap_or_default().to_ascii_lowercase();
    ["png", "jpg", "jpeg"].iter().any(|picture| kind == *picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank3;
    use crate::tensor::Tensor;

    fn save(path: &Path, grey: f32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        Tensor::<Rank3<3, 4, 6>>::full(grey).save_png(path).unwrap();
    }

    fn folder() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, grey) in [("b/2.png", 0.4), ("b/10.PNG", 0.2), ("a/deep/x.png", 1.0), ("a/y.png", 0.6)] {
            save(&root.path().join(name), grey);
        }
        save(&root.path().join(".hidden").join("z.png"), 0.0);
        save(&root.path().join("b").join(".z.png"), 0.0);
        fs::write(root.path().join("b").join("notes.txt"), "no picture").unwrap();
        fs::write(root.path().join("top.png"), "not in a class").unwrap();
        root
    }

    #[test]
    fn pictures_are_listed_by_class_and_path() {
        let root = folder();
        let data = Dataset::<Rank3<1, 2, 2>, 2>::from_folder(root.path()).unwrap();
        assert_eq!(
            (data.class_names(), data.labels()),
            (&["a".to_owned(), "b".into()][..], vec![0, 0, 1, 1])
        );
        let first: Vec<f32> = (0..4).map(|i| data.example(i).0.to_vec()[0]).collect();
        assert_eq!(first, [0.6, 1.0, 0.2, 0.4]);
        assert!(data.is_lazy());
        assert_eq!(
            format!("{:?}", ImageFolder::open(root.path()).unwrap()).matches("4 pictures, 2 classes").count(),
            1
        );
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_said() {
        let root = folder();
        let text = |path: PathBuf| Dataset::<Rank3<1, 2, 2>, 3>::from_folder(path).unwrap_err().to_string();
        let name = root.path().display().to_string();
        assert_eq!(
            text(root.path().into()),
            format!("the data set is for 3 classes, `{name}` has 2 (a, b): change its second argument")
        );
        assert!(text(root.path().join("c")).starts_with(&format!("cannot read the folder `{name}/c`: ")));
        assert!(text(root.path().join("b")).ends_with("expected one for each class, with its pictures"));
        fs::create_dir_all(root.path().join("d").join("empty")).unwrap();
        assert_eq!(text(root.path().join("d")), format!("there is no PNG or JPEG file in `{name}/d`"));
    }

    #[test]
    fn a_damaged_picture_is_named_where_it_is_used() {
        let root = folder();
        let data = Dataset::<Rank3<1, 2, 2>, 2>::from_folder(root.path()).unwrap();
        fs::write(root.path().join("b").join("2.png"), "damaged").unwrap();
        assert_eq!(data.example(0).1, 0);
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| data.batch(&[0, 3]))).unwrap_err();
        let text = caught.downcast_ref::<String>().unwrap();
        assert!(text.contains("b/2.png` is not a PNG or JPEG picture, or it is damaged"), "{text}");
    }
}
