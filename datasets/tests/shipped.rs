//! The sets that come with the project, compared with what Python's standard library reads from the same files
//! (`tests/peers/datasets_fixture.py` makes the fixture).

use ferrolab_datasets::{ImageSet, Split, clipart32, fashion_mnist, path, sha256};
use serde_json::Value;

fn agrees(name: &str, part: &str, set: &ImageSet) {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/expected.json")).unwrap();
    let expected = &fixture[name][part];
    assert_eq!(expected["len"], set.len(), "{name} {part}");
    assert_eq!(expected["shape"], serde_json::json!(set.shape()));
    assert_eq!(expected["class_counts"], serde_json::json!(set.class_counts()));
    assert_eq!(expected["first_labels"], serde_json::json!(set.labels[..10]));
    assert_eq!(expected["sum_of_image_7"], set.image(7).iter().map(|&byte| u64::from(byte)).sum::<u64>());
    let labels: Vec<u8> = set.labels.iter().map(|&label| label as u8).collect();
    assert_eq!(expected["pixels_sha256"], sum(&set.images));
    assert_eq!(expected["labels_sha256"], sum(&labels));
}

fn sum(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    sha256(file.path()).unwrap()
}

fn both_parts_agree(name: &str, split: &Split) {
    agrees(name, "train", &split.train);
    agrees(name, "test", &split.test);
    assert_eq!(split.train.classes, split.test.classes);
}

#[test]
fn clipart32_is_what_python_reads() {
    let split = clipart32().unwrap();
    both_parts_agree("clipart32", &split);
    assert_eq!(split.train.classes[3], "vehicle");
}

#[test]
fn fashion_mnist_is_what_python_reads() {
    let split = fashion_mnist().unwrap();
    both_parts_agree("fashion_mnist", &split);
    assert_eq!(split.train.class_counts(), [1000; 10]);
    assert_eq!(split.train.class_name(0), "Ankle boot");
}

#[test]
fn the_class_table_of_clipart32_agrees_with_its_records() {
    let split = clipart32().unwrap();
    let table = std::fs::read_to_string(path("clipart32/classes.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.splitn(5, ',').collect()).collect();
    assert_eq!(rows.len(), split.train.classes.len());
    for (label, row) in rows.iter().enumerate() {
        assert_eq!(row[0], label.to_string());
        assert_eq!(row[1], split.train.classes[label]);
        assert_eq!(row[2], split.train.class_counts()[label].to_string());
        assert_eq!(row[3], split.test.class_counts()[label].to_string());
    }
}

#[test]
fn the_file_table_of_clipart32_names_a_source_for_every_record() {
    let split = clipart32().unwrap();
    let table = std::fs::read_to_string(path("clipart32/files.csv")).unwrap();
    let mut rows = table.lines().skip(1);
    for (part, set) in [("train", &split.train), ("test", &split.test)] {
        for index in 0..set.len() {
            let start = format!("{part},{index},{},", set.class_name(index));
            assert!(rows.next().unwrap().starts_with(&start), "{start}");
        }
    }
    assert_eq!(rows.next(), None);
}
