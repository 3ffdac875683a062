//! JPEG, by the crate `zune-jpeg`.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::Pixels;

/// Grey pictures stay grey, all others (CMYK too) become red, green and blue.
pub(super) fn decode(content: &[u8]) -> Result<Pixels, String> {
    let mut decoder = JpegDecoder::new(ZCursor::new(content));
    decoder.decode_headers().map_err(|error| error.to_string())?;
    let grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let (space, channels) = if grey { (ColorSpace::Luma, 1) } else { (ColorSpace::RGB, 3) };
    // Strict: a picture that is cut off is an error, not half grey.
    let options = DecoderOptions::default().jpeg_set_out_colorspace(space).set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(content), options);
    let bytes = decoder.decode().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions().ok_or("it does not say its size")?;
    if bytes.len() != width * height * channels {
        return Err(format!("{} bytes for {width} x {height} pixels of {channels} channels", bytes.len()));
    }
    Ok(Pixels { channels, height, width, bytes })
}
