//! Damaged, cut-off and foreign files: an error that says what is wrong, never a panic.

use std::fs;
use std::io::Write;

use ferrolab_datasets::{DataError, cifar10, idx, path, read_conll, read_series, read_texts};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

fn classes(count: usize) -> Vec<String> {
    (0..count).map(|class| class.to_string()).collect()
}

fn cifar_error(bytes: &[u8]) -> String {
    cifar10::decode(bytes, &classes(10), "batch.bin").unwrap_err().to_string()
}

fn idx_error(bytes: &[u8]) -> String {
    idx::decode(bytes, "images").unwrap_err().to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_cut_off_batch_says_where_it_ends() {
    let mut bytes = vec![3; 3073 * 2];
    bytes.truncate(3073 + 100);
    assert_eq!(
        cifar_error(&bytes),
        "batch.bin: expected records of 3073 bytes (label, red, green, blue), found 100 bytes at the end, after 1 whole \
         records; replace the file, it is damaged or of another kind"
    );
}

#[test]
fn a_label_without_a_class_names_the_record() {
    let mut bytes = vec![0; 3073 * 3];
    bytes[2 * 3073] = 10;
    assert_eq!(
        cifar_error(&bytes),
        "batch.bin: expected labels below the number of classes, 10, found 10 in record 2; replace the file, it is damaged or \
         of another kind"
    );
}

#[test]
fn a_file_of_another_kind_is_told_by_its_start() {
    assert_eq!(
        idx_error(b"\x89PNG\r\n"),
        "images: expected an IDX file (starts with [00, 00, 08, number of axes]), found it starts with [89, 50, 4e, 47]; replace \
         the file, it is damaged or of another kind"
    );
    assert!(idx_error(&[0, 0]).contains("found 2 bytes"));
    assert!(
        idx_error(&[0, 0, 0x0d, 1, 0, 0, 0, 0])
            .contains("found the value type 0x0d; convert the values to bytes")
    );
}

#[test]
fn an_idx_file_of_the_wrong_length_is_refused() {
    assert!(
        idx_error(&[0, 0, 8, 1, 0, 0, 0, 4, 1, 2])
            .contains("expected 4 values for the shape [4], found 2 (the file is cut off)")
    );
    assert!(
        idx_error(&[0, 0, 8, 1, 0, 0, 0, 1, 1, 2])
            .contains("expected 1 values for the shape [1], found more")
    );
    assert!(idx_error(&[0, 0, 8, 2, 0, 0, 0, 1, 0, 0]).contains("the lengths of 2 axes"));
}

#[test]
fn a_header_that_claims_terabytes_costs_no_memory() {
    let mut bytes = vec![0, 0, 8, 4];
    bytes.extend([0xff; 16]);
    assert!(idx_error(&bytes).contains("expected an array that fits into memory"));
    let mut bytes = vec![0, 0, 8, 2, 0, 1, 0, 0, 0, 16, 0, 0];
    bytes.extend([7; 10]);
    assert!(idx_error(&bytes).contains("found 10 (the file is cut off)"));
}

#[test]
fn pictures_and_labels_of_different_parts_are_told_apart() {
    let file = |name: &str| path(&format!("fashion-mnist/{name}-ubyte.gz"));
    let names = ["c"; 10];
    let error =
        idx::read_images(file("test-2k-images-idx3"), file("train-10k-labels-idx1"), &names).unwrap_err();
    assert!(
        error.to_string().contains("expected 2000 labels, one for each picture, found the shape [10000]"),
        "{error}"
    );
    let error =
        idx::read_images(file("test-2k-labels-idx1"), file("test-2k-images-idx3"), &names).unwrap_err();
    assert!(error.to_string().contains("expected pictures, three axes, found the shape [2000]"), "{error}");
    let error =
        idx::read_images(file("test-2k-images-idx3"), file("test-2k-labels-idx1"), &names[..9]).unwrap_err();
    assert!(error.to_string().contains("expected labels below the number of classes, 9, found 9"), "{error}");
}

#[test]
fn a_cut_off_gzip_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(path("clipart32/test_batch.bin.gz")).unwrap();
    let file = folder.path().join("test_batch.bin.gz");
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let error = cifar10::read(&file, &classes(10)).unwrap_err();
    assert!(matches!(error, DataError::Format { .. }), "{error}");
}

#[test]
fn a_folder_without_batches_names_the_first_missing_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(cifar10::read_folder(folder.path()).unwrap_err().to_string().contains("batches.meta.txt"));
    fs::write(folder.path().join("batches.meta.txt"), "cat\ndog\n\n").unwrap();
    assert!(cifar10::read_folder(folder.path()).unwrap_err().to_string().contains("data_batch_1.bin"));
}

#[test]
fn plain_and_gzipped_batches_are_read_alike_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
    write("batches.meta.txt", b"cat\r\ndog\r\n\r\n".to_vec());
    write("data_batch_1.bin", vec![0; 3073]);
    write("data_batch_2.bin.gz", gzip(&[1; 3073 * 2]));
    write("test_batch.bin", vec![1; 3073]);
    let split = cifar10::read_folder(folder.path()).unwrap();
    assert_eq!(split.train.classes, ["cat", "dog"]);
    assert_eq!(split.train.labels, [0, 1, 1]);
    assert_eq!(split.train.image(2), [1; 3072]);
    assert_eq!(split.test.labels, [1]);
}

/// An archive like the published one: batches of one record with its number as label, in a mixed order.
fn archive(batches: &[&str]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (number, name) in batches.iter().enumerate() {
        let mut header = tar::Header::new_gnu();
        header.set_size(3073);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("cifar-10-batches-bin/{name}"), &[number as u8; 3073][..])
            .unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

#[test]
fn the_archive_is_read_in_the_order_of_the_batch_numbers() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let names = [
        "data_batch_1.bin",
        "data_batch_4.bin",
        "test_batch.bin",
        "data_batch_3.bin",
        "data_batch_2.bin",
        "data_batch_5.bin",
    ];
    fs::write(file.path(), archive(&names)).unwrap();
    let split = cifar10::read_archive(file.path()).unwrap();
    assert_eq!(split.train.labels, [0, 4, 3, 1, 5]);
    assert_eq!(split.train.image(1), [4; 3072]);
    assert_eq!((split.test.labels[0], split.test.class_name(0)), (2, "bird"));

    fs::write(file.path(), archive(&names[..3])).unwrap();
    let error = cifar10::read_archive(file.path()).unwrap_err().to_string();
    assert!(error.contains("found 3 of these 6; delete the file and download it again"), "{error}");
}

/// A file with this content, and what `read` says about it.
fn error_of<T: std::fmt::Debug>(
    content: &[u8],
    read: impl Fn(&std::path::Path) -> Result<T, DataError>,
) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), content).unwrap();
    let text = read(file.path()).unwrap_err().to_string();
    assert!(text.ends_with("; replace the file, it is damaged or of another kind"), "{text}");
    let rest = text.strip_prefix(&file.path().display().to_string()).unwrap();
    rest.split(';').next().unwrap().to_owned()
}

#[test]
fn a_damaged_table_is_named_with_path_and_line() {
    let texts = |content: &[u8]| error_of(content, |path| read_texts(path, "text", "label"));
    assert_eq!(
        texts(b"label,text\nham,a\nspam\n"),
        ", line 3: expected 2 values, one for each column, found 1"
    );
    assert_eq!(texts(b"label,text\nham,\xe9\n"), ", line 2: expected text in UTF-8, found other bytes");
    assert_eq!(texts(b"kind,text\n"), ", line 1: expected a column `label`, found the columns kind, text");
    assert_eq!(texts(b""), ": expected a header line with the names of the columns, found nothing");
    let mut packed = gzip(b"label,text\nham,a\n");
    packed.truncate(packed.len() - 9);
    assert!(texts(&packed).starts_with(": expected a table, found "), "{}", texts(&packed));
}

#[test]
fn a_damaged_series_is_named_with_path_and_line() {
    let series = |content: &[u8]| error_of(content, |path| read_series(path, "year", "spots"));
    assert_eq!(
        series(b"year,spots\n1700,5\nMay,6\n"),
        ", line 3: expected a time like 1749, 1749-02 or 1749-02-28, found `May`"
    );
    assert_eq!(series(b"year,spots\n1700,\n"), ", line 2: expected a number, found ``");
    assert_eq!(
        series(b"year,spots\n1700,5\n1700,6\n"),
        ", line 3: expected a time after that of the line before, found `1700`"
    );
}

#[test]
fn damaged_tags_are_named_with_path_and_line() {
    let tags = |content: &[u8]| error_of(content, |path| read_conll(path, &["PER"]));
    assert_eq!(
        tags(b"a\tO\n\nb\tB-LOC\n"),
        ", line 3: expected one of the tags O B-PER I-PER, found `B-LOC`"
    );
    assert_eq!(tags(b"a b\n"), ", line 1: expected a token, a tab and a tag, found `a b`");
    assert!(tags(b"a\tO\n\xff\tO\n").starts_with(", line 2: expected text in UTF-8, found "));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_a_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let _ = cifar10::decode(bytes.as_slice(), &classes(10), "x");
        let _ = idx::decode(bytes.as_slice(), "x");
        for bytes in [bytes.clone(), gzip(&bytes), [&[0x1f, 0x8b, 8, 0], bytes.as_slice()].concat()] {
            fs::write(file.path(), &bytes).unwrap();
            let _ = idx::read(file.path());
            let _ = idx::read_images(file.path(), file.path(), &["a"]);
            let _ = cifar10::read(file.path(), &classes(10));
            let _ = cifar10::read_archive(file.path());
            let _ = read_texts(file.path(), "a", "b");
            let _ = read_series(file.path(), "a", "b");
            let _ = read_conll(file.path(), &["PER"]);
        }
    }

    #[test]
    fn what_pythons_csv_would_write_is_read_back(rows in proptest::collection::vec("[a\",\n\r é]{0,6}", 0..8)) {
        let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
        let mut table = "label,text\n".to_owned();
        rows.iter().for_each(|row| table += &format!("x,{}\n", quoted(row)));
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), table).unwrap();
        prop_assert_eq!(read_texts(file.path(), "text", "label").unwrap().texts, rows);
    }

    #[test]
    fn arbitrary_tables_never_panic_a_reader(text in "[ab,\"\n\t0-9O#-]{0,80}") {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("a,b\n{text}")).unwrap();
        let _ = read_texts(file.path(), "a", "b");
        let _ = read_series(file.path(), "a", "b");
        let _ = read_conll(file.path(), &["PER"]);
    }

    #[test]
    fn an_idx_header_with_arbitrary_sizes_never_panics(
        axes in 0..6_u8, lengths in proptest::collection::vec(prop_oneof![0..4_u32, any::<u32>()], 0..6), data in 0..100_usize,
    ) {
        let mut bytes = vec![0, 0, 8, axes];
        bytes.extend(lengths.iter().flat_map(|length| length.to_be_bytes()));
        bytes.extend(vec![1; data]);
        if let Ok(array) = idx::decode(bytes.as_slice(), "x") {
            prop_assert_eq!(array.data.len(), array.shape.iter().product::<usize>());
        }
    }

    #[test]
    fn whole_records_are_read_back(labels in proptest::collection::vec(0..10_u8, 0..4), fill in any::<u8>()) {
        let bytes: Vec<u8> = labels.iter().flat_map(|&label| [vec![label], vec![fill; 3072]].concat()).collect();
        let set = cifar10::decode(bytes.as_slice(), &classes(10), "x").unwrap();
        prop_assert_eq!(set.labels.clone(), labels.iter().map(|&label| usize::from(label)).collect::<Vec<_>>());
        prop_assert!(set.images.iter().all(|&byte| byte == fill));
    }
}
