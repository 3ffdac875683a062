//! Preparations against scikit-learn, on penguins: learnt from two thirds of them, applied to the rest. The fixture is made by
//! `tests/peers/frame.py`.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType, IntoLazy, NamedFrom, Series, col};
use serde_json::Value as Json;

use super::*;
use crate::data::Dataset;
use crate::shape::Rank1;

const NUMBERS: [&str; 4] = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];
const TEXTS: [&str; 2] = ["island", "sex"];

#[derive(serde::Deserialize)]
struct Case {
    learnt: Vec<Json>,
    test: Vec<Vec<Json>>,
}

fn peers(name: &str) -> String {
    format!("{}/tests/peers/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn case(name: &str) -> Case {
    let text = std::fs::read_to_string(peers("frame.json")).unwrap();
    serde_json::from_str::<HashMap<String, Case>>(&text).unwrap().remove(name).unwrap()
}

/// The training data and the rest.
fn penguins() -> (DataFrame, DataFrame) {
    let all = read_csv(peers("penguins.csv")).unwrap();
    assert_eq!(all.shape(), (344, 7));
    let third: Vec<bool> = (0..all.height()).map(|row| row % 3 == 0).collect();
    let third = Series::new("third".into(), third);
    (all.filter(&!third.bool().unwrap()).unwrap(), all.filter(third.bool().unwrap()).unwrap())
}

/// The same with all values there.
fn full_penguins() -> (DataFrame, DataFrame) {
    let (train, test) = penguins();
    let mut pipeline = Pipeline::new();
    let train = pipeline.fit(&train, |table| Imputer::fit(table, NUMBERS, Fill::Mean)).unwrap();
    let train = pipeline.fit(&train, |table| Imputer::fit(table, TEXTS, Fill::MostFrequent)).unwrap();
    (train, pipeline.transform(&test).unwrap())
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn assert_close(what: &str, ours: f64, theirs: f64) {
    let close = (ours - theirs).abs() <= 1e-12 * (1.0 + theirs.abs());
    assert!(close, "{what}: ours {ours}, scikit-learn's {theirs}");
}

/// The columns, row by row, against what scikit-learn made of the test data.
#[track_caller]
fn assert_table<N: AsRef<str>>(frame: &DataFrame, columns: &[N], case: &Case) {
    assert_eq!(frame.height(), case.test.len());
    for (at, name) in columns.iter().enumerate() {
        let column = frame.column(name.as_ref()).unwrap();
        if column.dtype().is_string() {
            let ours: Vec<Option<&str>> = column.str().unwrap().iter().collect();
            let theirs: Vec<Option<&str>> = case.test.iter().map(|row| row[at].as_str()).collect();
            assert_eq!(ours, theirs);
            continue;
        }
        let ours = column.cast(&DataType::Float64).unwrap();
        for (i, (ours, row)) in ours.f64().unwrap().iter().zip(&case.test).enumerate() {
            assert_eq!(ours.is_some(), row[at].is_number(), "{}, row {i}", name.as_ref());
            if let (Some(ours), Some(theirs)) = (ours, row[at].as_f64()) {
                assert_close(&format!("{}, row {i}", name.as_ref()), ours, theirs);
            }
        }
    }
}

/// The same after a way through JSON.
fn sent<P: serde::Serialize + serde::de::DeserializeOwned>(preparation: &P) -> P {
    serde_json::from_str(&serde_json::to_string(preparation).unwrap()).unwrap()
}

#[test]
fn standard_scaler() {
    let ((train, test), case) = (penguins(), case("standard_scaler"));
    let scaler = StandardScaler::fit(&train, NUMBERS).unwrap();
    for (i, name) in NUMBERS.iter().enumerate() {
        let (mean, deviation) = scaler.moments(name).unwrap();
        assert_close("mean", mean, numbers(&case.learnt[0])[i]);
        assert_close("deviation", deviation, numbers(&case.learnt[1])[i]);
    }
    let scaled = scaler.transform(&test).unwrap();
    assert_table(&scaled, &NUMBERS, &case);
    assert_table(&sent(&scaler).transform(&test).unwrap(), &NUMBERS, &case);
    assert_eq!(scaled.column("species").unwrap(), test.column("species").unwrap());
    assert_eq!(scaled.get_column_names(), test.get_column_names());
    let back = scaler.inverse_transform(&scaled).unwrap().column("body_mass_g").unwrap().clone();
    let original = test.column("body_mass_g").unwrap().cast(&DataType::Float64).unwrap();
    for (ours, theirs) in back.f64().unwrap().iter().zip(original.f64().unwrap().iter()) {
        assert_close("back", ours.unwrap_or(0.0), theirs.unwrap_or(0.0));
    }
}

#[test]
fn min_max_scaler() {
    let ((train, test), case) = (penguins(), case("min_max_scaler"));
    let scaler = MinMaxScaler::fit(&train, NUMBERS).unwrap();
    for (i, name) in NUMBERS.iter().enumerate() {
        let theirs = (numbers(&case.learnt[0])[i], numbers(&case.learnt[1])[i]);
        assert_eq!(scaler.range(name), Some(theirs));
    }
    assert_table(&scaler.transform(&test).unwrap(), &NUMBERS, &case);
    assert_table(&sent(&scaler).transform(&test).unwrap(), &NUMBERS, &case);
}

#[test]
fn imputer() {
    let (train, test) = penguins();
    for (name, fill) in [
        ("imputer_mean", Fill::Mean),
        ("imputer_median", Fill::Median),
        ("imputer_most_frequent", Fill::MostFrequent),
    ] {
        let case = case(name);
        let imputer = Imputer::fit(&train, NUMBERS, fill).unwrap();
        for (column, theirs) in NUMBERS.iter().zip(numbers(&case.learnt[0])) {
            let ours = match imputer.value(column) {
                Some(&Value::Number(value)) => value,
                Some(&Value::Integer(value)) => value as f64,
                other => panic!("{name}: {other:?}"),
            };
            assert_close(name, ours, theirs);
        }
        assert_table(&imputer.transform(&test).unwrap(), &NUMBERS, &case);
        assert_table(&sent(&imputer).transform(&test).unwrap(), &NUMBERS, &case);
    }
    let case = case("imputer_texts");
    let imputer = Imputer::fit(&train, TEXTS, Fill::MostFrequent).unwrap();
    let learnt = TEXTS.map(|name| imputer.value(name).cloned());
    assert_eq!(
        learnt.to_vec(),
        texts(&case.learnt[0]).into_iter().map(|text| Some(text.into())).collect::<Vec<_>>()
    );
    assert_table(&imputer.transform(&test).unwrap(), &TEXTS, &case);
}

#[test]
fn one_hot() {
    let (train, test) = full_penguins();
    let some =
        train.clone().lazy().filter(col("island").neq(polars::prelude::lit("Torgersen"))).collect().unwrap();
    let fit = |table: &DataFrame| OneHot::fit(table, TEXTS).unwrap();
    for (name, encoder) in [
        ("one_hot", fit(&train)),
        ("one_hot_drop_first", fit(&train).drop_first()),
        ("one_hot_ignore", fit(&some).ignore_unknown()),
    ] {
        let case = case(name);
        assert_eq!(encoder.feature_names(), texts(&case.learnt[0]), "{name}");
        assert_table(&encoder.transform(&test).unwrap(), &encoder.feature_names(), &case);
        assert_table(&sent(&encoder).transform(&test).unwrap(), &encoder.feature_names(), &case);
    }
}

#[test]
fn ordinal_encoder() {
    let ((train, test), case) = (full_penguins(), case("ordinal"));
    let some =
        train.clone().lazy().filter(col("island").neq(polars::prelude::lit("Torgersen"))).collect().unwrap();
    let encoder = OrdinalEncoder::fit(&some, TEXTS).unwrap().unknown_value(-1);
    for (name, theirs) in TEXTS.iter().zip(&case.learnt) {
        assert_eq!(encoder.categories(name), Some(&texts(theirs)[..]));
    }
    assert_table(&encoder.transform(&test).unwrap(), &TEXTS, &case);
    assert_table(&sent(&encoder).transform(&test).unwrap(), &TEXTS, &case);
}

#[test]
fn binner() {
    let (train, test) = full_penguins();
    for (name, bins) in [("binner_uniform", Bins::Uniform(5)), ("binner_quantile", Bins::Quantile(5))] {
        let case = case(name);
        let binner = Binner::fit(&train, NUMBERS, bins).unwrap();
        for (column, theirs) in NUMBERS.iter().zip(&case.learnt) {
            let ours = binner.edges(column).unwrap();
            assert_eq!(ours.len(), 6);
            ours.iter().zip(numbers(theirs)).for_each(|(&ours, theirs)| assert_close(name, ours, theirs));
        }
        assert_table(&binner.transform(&test).unwrap(), &NUMBERS, &case);
        assert_table(&sent(&binner).transform(&test).unwrap(), &NUMBERS, &case);
    }
}

#[test]
fn classes_of_labels() {
    let ((train, test), case) = (full_penguins(), case("labels"));
    let train = Dataset::<Rank1<4>, 3>::from_frame(&train, NUMBERS, "species").unwrap();
    let test =
        Dataset::<Rank1<4>, 3>::from_frame_with_classes(&test, NUMBERS, "species", train.class_names())
            .unwrap();
    assert_eq!(train.class_names(), texts(&case.learnt[0]));
    let theirs: Vec<usize> = case.test[0].iter().map(|class| class.as_u64().unwrap() as usize).collect();
    assert_eq!(test.labels(), theirs);
    // Rows of a column are those of the table.
    let mass: Column = full_penguins().1.column("body_mass_g").unwrap().clone();
    let ours: Vec<f32> = (0..test.len()).map(|row| test.example(row).0.to_vec()[3]).collect();
    assert_eq!(ours, mass.to_tensor().unwrap().to_vec());
}
