//! NumPy's files against npyz, which shares no code with ours: it reads what we write, and we what it writes.

use ferrolab::io::npy;
use ferrolab::prelude::*;
use npyz::WriterBuilder;

#[test]
fn npyz_reads_our_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let x = Tensor::<Rank3<2, 3, 5>>::uniform(-1.0, 1.0);
    x.write_npy(&path).unwrap();
    let file = npyz::NpyFile::new(std::fs::File::open(&path).unwrap()).unwrap();
    assert_eq!((file.shape(), file.order()), (&[2, 3, 5][..], npyz::Order::C));
    assert_eq!(file.into_vec::<f32>().unwrap(), x.to_vec());
}

#[test]
fn we_read_npyzs_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let file = std::fs::File::create(&path).unwrap();
    let options = npyz::WriteOptions::new().default_dtype().shape(&[3, 4]).order(npyz::Order::Fortran);
    let mut writer = options.writer(file).begin_nd().unwrap();
    writer.extend((0..12).map(|i: i64| i - 5)).unwrap();
    writer.finish().unwrap();
    let x = npy::read(&path).unwrap();
    assert_eq!((x.sizes(), x.values()[1]), (&[3, 4][..], -2.0)); // the second column begins with the fourth number
}
