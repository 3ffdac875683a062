//! PNG, by the crate `png`.

use std::io::{self, Cursor};

use png::{BitDepth, ColorType, Decoder, Encoder, Transformations};

use super::Pixels;

/// Every kind of PNG as bytes: palettes are looked up, 16 bits rounded down to 8.
pub(super) fn decode(content: &[u8]) -> Result<Pixels, String> {
    let mut decoder = Decoder::new(Cursor::new(content));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let size = reader.output_buffer_size().ok_or("it is too large for this machine's memory")?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).map_err(|error| error.to_string())?;
    bytes.truncate(frame.buffer_size());
    let channels = frame.color_type.samples();
    Ok(Pixels { channels, height: frame.height as usize, width: frame.width as usize, bytes })
}

pub(crate) fn encode(pixels: &Pixels) -> io::Result<Vec<u8>> {
    let size = |size: usize| u32::try_from(size).map_err(io::Error::other);
    let mut content = Vec::new();
    let mut encoder = Encoder::new(&mut content, size(pixels.width)?, size(pixels.height)?);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(match pixels.channels {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    });
    let mut writer = encoder.write_header().map_err(io::Error::from)?;
    writer.write_image_data(&pixels.bytes).map_err(io::Error::from)?;
    writer.finish().map_err(io::Error::from)?;
    Ok(content)
}
