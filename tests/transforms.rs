//! Picture files against PIL, and changes of pictures against torchvision. The fixtures are made by
//! `tests/peers/transforms.py`.

use ferrolab::data::transforms::*;
use ferrolab::io::safetensors::File;
use ferrolab::prelude::*;

type Picture<const C: usize> = Tensor<Rank3<C, 19, 24>>;

fn peers() -> String {
    format!("{}/tests/peers", env!("CARGO_MANIFEST_DIR"))
}

struct Fixture(File);

impl Fixture {
    fn read() -> Fixture {
        Fixture(File::read(format!("{}/transforms.safetensors", peers())).unwrap())
    }

    fn values(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let array = self.0.tensors().get(name).unwrap_or_else(|| panic!("no {name}"));
        (array.sizes().to_vec(), array.to_vec())
    }

    /// Equal within `most`, and within `mean` on average.
    #[track_caller]
    fn close<S: Shape>(&self, name: &str, ours: &Tensor<S>, most: f32, mean: f32) {
        let (sizes, theirs) = self.values(name);
        assert_eq!(ours.shape(), sizes, "{name}");
        let differences: Vec<f32> = ours.to_vec().iter().zip(&theirs).map(|(a, b)| (a - b).abs()).collect();
        let greatest = differences.iter().copied().fold(0.0, f32::max);
        let average = differences.iter().sum::<f32>() / differences.len() as f32;
        assert!(greatest <= most && average <= mean, "{name}: up to {greatest}, {average} on average");
    }
}

/// Rounding of floats.
const EXACT: f32 = 3e-6;
/// One of the 256 steps of a byte.
const STEP: f32 = 1.001 / 255.0;

fn changes<const C: usize>() {
    let fixture = Fixture::read();
    let x = Picture::<C>::from_vec(fixture.values(&format!("picture.{C}")).1);
    let same = |name: &str, ours: Picture<C>| fixture.close(&format!("{name}.{C}"), &ours, EXACT, EXACT);
    for degrees in [30.0, -7.5, 90.0, 200.0] {
        // torchvision computes the places in f32, we in f64: a place differs by some 1e-6 of a pixel.
        fixture.close(&format!("rotate_{degrees:.1}.{C}"), &rotate(&x, degrees), 2e-5, EXACT);
    }
    for factor in [0.0, 0.6, 1.7] {
        same(&format!("brightness_{factor:.1}"), adjust_brightness(&x, factor));
        same(&format!("contrast_{factor:.1}"), adjust_contrast(&x, factor));
        same(&format!("saturation_{factor:.1}"), adjust_saturation(&x, factor));
    }
    for part in [-0.4, 0.1, 0.5] {
        same(&format!("hue_{part:.1}"), adjust_hue(&x, part));
    }
    same("grayscale", grayscale(&x));
    same("flip_horizontal", flip_horizontal(&x));
    same("flip_vertical", flip_vertical(&x));
    same("erase", erase(&x, [4, 6], [9, 5], 0.5));
    let (mean, deviation) = ([0.1, 0.2, 0.3], [0.5, 2.0, 0.25]);
    let first = |numbers: [f32; 3]| std::array::from_fn::<f32, C, _>(|channel| numbers[channel]);
    same("normalize", normalize(&x, first(mean), first(deviation)));

    let cut: Tensor<Rank3<C, 10, 15>> = center_crop(&x);
    fixture.close(&format!("center_crop_10x15.{C}"), &cut, 0.0, 0.0);
    let cut: Tensor<Rank3<C, 8, 9>> = crop(&x, 3, 5);
    fixture.close(&format!("crop_8x9.{C}"), &cut, 0.0, 0.0);
    let framed: Tensor<Rank3<C, 23, 30>> = pad(&x);
    fixture.close(&format!("pad_23x30.{C}"), &framed, 0.0, 0.0);

    resized::<C, 9, 11>(&fixture, &x);
    resized::<C, 19, 14>(&fixture, &x);
    resized::<C, 28, 36>(&fixture, &x);
    resized::<C, 6, 42>(&fixture, &x);
}

fn resized<const C: usize, const H: usize, const W: usize>(fixture: &Fixture, x: &Picture<C>) {
    let ours: Tensor<Rank3<C, H, W>> = resize(x);
    fixture.close(&format!("resize_{H}x{W}.{C}"), &ours, EXACT, EXACT);
}

#[test]
fn colour_pictures_change_as_in_torchvision() {
    changes::<3>();
}

#[test]
fn grey_pictures_change_as_in_torchvision() {
    changes::<1>();
}

#[test]
fn a_batch_is_changed_as_its_pictures_are() {
    let fixture = Fixture::read();
    let x = Picture::<3>::from_vec(fixture.values("picture.3").1);
    let batch = Tensor::<Rank4<2, 3, 19, 24>>::from_vec([x.to_vec(), flip_vertical(&x).to_vec()].concat());
    let rotated = rotate(&batch, 30.0).to_vec();
    assert_eq!(rotated[..x.to_vec().len()], rotate(&x, 30.0).to_vec());
    let small: Tensor<Rank4<2, 3, 9, 11>> = resize(&batch);
    let second: Tensor<Rank3<3, 9, 11>> = resize(&flip_vertical(&x));
    assert_eq!(small.to_vec()[3 * 99..], second.to_vec());
}

#[test]
fn every_kind_of_png_is_read_as_pil_reads_it() {
    let fixture = Fixture::read();
    for name in ["colour.png", "grey.png", "opacity.png", "palette.png"] {
        let path = format!("{}/pictures/{name}", peers());
        fixture.close(&format!("file.{name}.RGB"), &Picture::<3>::read_image(&path).unwrap(), 1e-7, 1e-7);
        fixture.close(&format!("file.{name}.L"), &Picture::<1>::read_image(&path).unwrap(), 1e-7, 1e-7);
    }
    let deep = Picture::<1>::read_image(format!("{}/pictures/deep.png", peers())).unwrap();
    fixture.close("file.deep.png.L", &deep, 1e-7, 1e-7);
    let opacity = format!("{}/pictures/opacity.png", peers());
    let with = Picture::<4>::read_image(&opacity).unwrap().to_vec();
    assert_eq!(with[..3 * 19 * 24], Picture::<3>::read_image(&opacity).unwrap().to_vec());
    assert!(with[3 * 19 * 24] < 0.1 && with[4 * 19 * 24 - 1] > 0.9, "a gradient from top to bottom");
}

#[test]
fn every_kind_of_jpeg_is_read_as_pil_reads_it() {
    let fixture = Fixture::read();
    // The standard leaves rounding to the decoder, and how coarse colours are spread over the pixels: PIL's libjpeg and ours
    // differ by up to ten of the 256 steps at edges of colour, by half a step on average.
    for (name, most, mean) in [
        ("grey.jpg", 2.0 * STEP, 0.3 * STEP),
        ("colour.jpg", 10.0 * STEP, 0.5 * STEP),
        ("progressive.jpg", 10.0 * STEP, STEP),
        ("cmyk.jpg", 10.0 * STEP, STEP),
    ] {
        let path = format!("{}/pictures/{name}", peers());
        fixture.close(&format!("file.{name}.RGB"), &Picture::<3>::read_image(&path).unwrap(), most, mean);
        fixture.close(&format!("file.{name}.L"), &Picture::<1>::read_image(&path).unwrap(), most, mean);
    }
}

#[test]
fn files_are_brought_to_a_size_as_by_pil() {
    let fixture = Fixture::read();
    let path = |name: &str| format!("{}/pictures/{name}", peers());
    let small = Tensor::<Rank3<3, 8, 7>>::read_image_resized(path("colour.png")).unwrap();
    fixture.close("file.colour.png.RGB.8x7", &small, STEP, 0.25 * STEP);
    let large = Tensor::<Rank3<3, 30, 40>>::read_image_resized(path("colour.png")).unwrap();
    fixture.close("file.colour.png.RGB.30x40", &large, STEP, 0.25 * STEP);
    let grey = Tensor::<Rank3<1, 8, 7>>::read_image_resized(path("colour.png")).unwrap();
    fixture.close("file.colour.png.L.8x7", &grey, STEP, 0.25 * STEP);
    let small = Tensor::<Rank3<3, 8, 7>>::read_image_resized(path("colour.jpg")).unwrap();
    fixture.close("file.colour.jpg.RGB.8x7", &small, 3.0 * STEP, STEP);
}

#[test]
fn a_jpeg_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.jpg");
    let whole = std::fs::read(format!("{}/pictures/colour.jpg", peers())).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = Picture::<3>::read_image(&path).unwrap_err().to_string();
    assert!(error.contains("cut.jpg` is not a PNG or JPEG picture, or it is damaged"), "{error}");
}
