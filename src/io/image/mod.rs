//! Pictures in files: PNG and JPEG become tensors `[C, H, W]` of values from 0 (dark) to 1 (bright), and PNG back.
//!
//! ```
//! use ferrolab::prelude::*;
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("ramp.png");
//! let ramp = Tensor::<Rank3<1, 2, 3>>::from_vec(vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
//! ramp.save_png(&path)?;
//!
//! let same = Tensor::<Rank3<1, 2, 3>>::read_image(&path)?;
//! assert_eq!(same.to_vec(), ramp.to_vec());
//! // As large as it is, and in colour:
//! let colour = Tensor::<(Const<3>, usize, usize)>::read_image(&path)?;
//! assert_eq!(colour.shape(), [3, 2, 3]);
//! // As large as the type says:
//! let large = Tensor::<Rank3<3, 32, 32>>::read_image_resized(&path)?;
//! # Ok::<(), ferrolab::io::image::ImageError>(())
//! ```

mod jpeg;
mod pixels;
mod png;
mod resize;

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::array::Array;
use crate::io::files::replace;
use crate::raw::Raw;
use crate::shape::{DYN, Dim};
use crate::tensor::Tensor;

pub(crate) use pixels::Pixels;
#[cfg(feature = "plot")]
pub(crate) use pixels::to_byte;
#[cfg(feature = "plot")]
pub(crate) use png::encode as encode_png;
pub(crate) use resize::{Filter, resize_plane};

/// Why a picture could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    #[error("cannot read the picture `{path}`: {source}", path = .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write the picture `{path}`: {source}", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{path}` is not a PNG or JPEG picture, or it is damaged: {problem}", path = .path.display())]
    Format { path: PathBuf, problem: String },
    #[error(
        "the picture `{path}` is {} pixels high and {} wide, expected {} and {}: `read_image_resized` brings it to that size",
        .found[0], .found[1], size(.expected[0]), size(.expected[1]), path = .path.display()
    )]
    Size { path: PathBuf, expected: [usize; 2], found: [usize; 2] },
}

fn size(size: usize) -> String {
    if size == DYN { "any number".into() } else { size.to_string() }
}

impl<C: Dim, H: Dim, W: Dim> Tensor<(C, H, W)> {
    /// Reads a PNG or JPEG file: `[channels, height, width]`, values from 0 to 1.
    ///
    /// The channels are what the type says: 1 for grey (`0.299 R + 0.587 G + 0.114 B`, as PIL's mode `L`), 3 for red,
    /// green and blue, 4 for these and opacity, `usize` for those of the file. Sizes may be `usize` as well. Pixels of more
    /// than 8 bits are rounded down to 8; a rotation noted in the file's EXIF part is not followed.
    ///
    /// # Errors
    /// [`ImageError::Read`], [`ImageError::Format`], and [`ImageError::Size`] if the picture has another size than the type.
    #[inline]
    pub fn read_image(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        const { channels(C::SIZE) }
        Ok(Tensor::from_raw(read(path.as_ref(), [C::SIZE, H::SIZE, W::SIZE])?))
    }

    /// Reads a PNG or JPEG file and stretches it to the size of the type: bilinear, with antialias when it becomes smaller,
    /// as PIL and torchvision do. Otherwise as [`read_image`](Self::read_image).
    ///
    /// # Errors
    /// [`ImageError::Read`] or [`ImageError::Format`].
    #[inline]
    pub fn read_image_resized(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        const { channels(C::SIZE) }
        const { assert!(H::SIZE != DYN && W::SIZE != DYN, "read_image_resized: the type must say the size") }
        Ok(Tensor::from_raw(read_resized(path.as_ref(), [C::SIZE, H::SIZE, W::SIZE])?))
    }

    /// Writes the picture to a PNG file of 8 bits a channel: values from 0 to 1, what lies outside is cut off. One channel
    /// is grey, three are red, green and blue, the fourth is opacity. The file appears, or is replaced, only once it is whole.
    ///
    /// # Errors
    /// [`ImageError::Write`] if the folder is missing, read-only or full.
    ///
    /// ***Panics*** if the picture is empty or has 2 or more than 4 channels.
    #[inline]
    #[track_caller]
    pub fn save_png(&self, path: impl AsRef<Path>) -> Result<(), ImageError> {
        const { channels(C::SIZE) }
        save_png(self.raw(), path.as_ref())
    }
}

const fn channels(channels: usize) {
    assert!(
        matches!(channels, 1 | 3 | 4 | DYN),
        "a picture has 1 channel (grey), 3 (red, green, blue) or 4 (and opacity)"
    );
}

/// The pixels of a PNG or JPEG file, as they are.
pub(crate) fn open(path: &Path) -> Result<Pixels, ImageError> {
    let content = fs::read(path).map_err(|source| ImageError::Read { path: path.into(), source })?;
    // What a file is says its beginning; its name may be wrong.
    let pixels =
        if content.starts_with(&[0xff, 0xd8]) { jpeg::decode(&content) } else { png::decode(&content) };
    pixels.map_err(|problem| ImageError::Format { path: path.into(), problem })
}

fn read(path: &Path, [channels, height, width]: [usize; 3]) -> Result<Raw, ImageError> {
    let pixels = open(path)?;
    let found = [pixels.height, pixels.width];
    if [(height, found[0]), (width, found[1])]
        .iter()
        .any(|&(expected, found)| expected != DYN && expected != found)
    {
        return Err(ImageError::Size { path: path.into(), expected: [height, width], found });
    }
    Ok(tensor(&wanted(pixels, channels)))
}

fn read_resized(path: &Path, [channels, height, width]: [usize; 3]) -> Result<Raw, ImageError> {
    Ok(tensor(&wanted(open(path)?, channels).resized(height, width)))
}

/// With the channels that a type asks for.
fn wanted(pixels: Pixels, channels: usize) -> Pixels {
    match (channels, pixels.channels) {
        // Grey with opacity is in no tensor's type.
        (DYN, 2) => pixels.with_channels(4),
        (DYN, _) => pixels,
        _ => pixels.with_channels(channels),
    }
}

/// `[C, H, W]` of values from 0 to 1.
pub(crate) fn tensor(pixels: &Pixels) -> Raw {
    Raw::new(Array::from_vec(&[pixels.channels, pixels.height, pixels.width], pixels.to_planes()))
}

#[track_caller]
fn save_png(picture: &Raw, path: &Path) -> Result<(), ImageError> {
    let &[channels, height, width] = &picture.sizes()[..] else {
        unreachable!("a picture has three dimensions")
    };
    assert!(
        matches!(channels, 1 | 3 | 4) && height * width > 0,
        "save_png: expected a picture of 1, 3 or 4 channels with pixels, got [{channels}, {height}, {width}]"
    );
    let pixels = Pixels::from_planes(&picture.to_vec(), [channels, height, width]);
    let failed = |source| ImageError::Write { path: path.into(), source };
    replace(path, &png::encode(&pixels).map_err(failed)?).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Const, Rank3};

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cat.png");
        let text = || Tensor::<Rank3<3, 4, 4>>::read_image(&path).unwrap_err().to_string();
        let name = path.display();
        assert!(text().starts_with(&format!("cannot read the picture `{name}`: ")), "{}", text());
        for content in [&b""[..], b"no picture", &[0xff, 0xd8, 0xff, 0xe0, 1, 2], b"\x89PNG\r\n\x1a\n"] {
            fs::write(&path, content).unwrap();
            assert!(
                text().starts_with(&format!("`{name}` is not a PNG or JPEG picture, or it is damaged: "))
            );
        }
        Tensor::<Rank3<3, 2, 4>>::zeros().save_png(&path).unwrap();
        assert_eq!(
            text(),
            format!(
                "the picture `{name}` is 2 pixels high and 4 wide, expected 4 and 4: `read_image_resized` brings it to that size"
            )
        );
        let cut = fs::read(&path).unwrap();
        fs::write(&path, &cut[..cut.len() - 20]).unwrap();
        assert!(text().contains("is not a PNG or JPEG picture, or it is damaged: "), "{}", text());
    }

    #[test]
    fn a_written_picture_is_read_back_to_the_nearest_of_256_steps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let picture = Tensor::<Rank3<4, 5, 7>>::uniform(-0.2, 1.2);
        picture.save_png(&path).unwrap();
        let read = Tensor::<(usize, usize, Const<7>)>::read_image(&path).unwrap();
        assert_eq!(read.shape(), [4, 5, 7]);
        for (read, wrote) in read.to_vec().iter().zip(picture.to_vec()) {
            assert!((read - wrote.clamp(0.0, 1.0)).abs() <= 0.5 / 255.0 + 1e-6);
        }
        let error = picture.save_png(folder.path().join("missing").join("a.png")).unwrap_err().to_string();
        assert!(error.starts_with("cannot write the picture"), "{error}");
    }
}
