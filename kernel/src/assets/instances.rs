//! Not part of the kernel: a crate that `bundle/instances.rs` compiles once, at the level at which cells are compiled. rustc
//! then finds here what a cell would otherwise instantiate for itself again and again: `Vec<f64>`, what drops a `DataFrame`,
//! what shows a number. Nothing calls these functions; it is enough that they are compiled.
#![allow(warnings)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;

use ferrolab::display::runtime::result::{DebugDisplay as _, NameDisplay as _, PickPlain as _, PickShow as _, Probe};
use ferrolab::display::runtime::{CellFailure, End, Store, attempt};
use ferrolab::prelude::*;

/// What the program of a cell does with a variable and with its result.
macro_rules! values {
    ($($name:ident: $type:ty;)*) => {
        $(pub fn $name(store: &mut Store) {
            let value: $type = store.take("");
            (&&Probe(&value)).pick().evcxr_display();
            println!("{value:?} {value:#?}");
            store.put("", value.clone());
        })*
    };
}

values! {
    value_i32: i32; value_i64: i64; value_u8: u8; value_u32: u32; value_u64: u64; value_usize: usize;
    value_f32: f32; value_f64: f64; value_bool: bool; value_char: char; value_str: &'static str; value_string: String;
    vec_i32: Vec<i32>; vec_i64: Vec<i64>; vec_u8: Vec<u8>; vec_u32: Vec<u32>; vec_u64: Vec<u64>; vec_usize: Vec<usize>;
    vec_f32: Vec<f32>; vec_f64: Vec<f64>; vec_bool: Vec<bool>; vec_char: Vec<char>;
    vec_str: Vec<&'static str>; vec_string: Vec<String>;
    matrix_i32: Vec<Vec<i32>>; matrix_f32: Vec<Vec<f32>>; matrix_f64: Vec<Vec<f64>>;
    option_i32: Option<i32>; option_usize: Option<usize>; option_f64: Option<f64>; option_string: Option<String>;
    pair_f64: (f64, f64); pair_usize: (usize, usize); pair_i32: (i32, i32);
    counts_i32: HashMap<String, i32>; counts_usize: HashMap<String, usize>; numbers: HashMap<String, f64>;
    ordered: BTreeMap<String, usize>; words: HashSet<String>;
}

/// The frame of a cell's program.
pub fn program(store: &mut Store) -> End {
    let end = attempt(|| Ok(()));
    if end.failed() {
        store.put("", ());
    }
    end
}

/// A model and its training: what does not depend on the shapes.
pub fn model(store: &mut Store, train: &Dataset<Rank3<3, 32, 32>, 10>) {
    let mut model = sequential!(Input([3, 32, 32]).conv2d(1, 3).relu().max_pool2d(2).flatten().dropout(0.5).dense(10));
    (&&Probe(&model.summary())).pick().evcxr_display();
    let mut trainer = Trainer::new(Adam::new(1e-3)).epochs(1).batch_size(1).seed(1).validate(train);
    let history: History = trainer.fit(&mut model, train);
    (&&Probe(&history)).pick().evcxr_display();
    println!("{:.3} {:.1}", history.loss[0], accuracy(&model, train));
    store.put("", history);
    store.put("", model);
}

/// What is done with lists.
fn list<T: Copy + Debug + PartialEq + PartialOrd + Default + 'static>(value: T) {
    let mut list = Vec::new();
    list.push(value);
    list.extend([value, value]);
    list.extend_from_slice(&[value]);
    list.insert(0, value);
    list.swap(0, 1);
    list.reverse();
    list.truncate(3);
    list.pop();
    list[0] = list[1];
    let part = &list[0..1];
    println!("{part:?} {:?} {:?} {}", list.first(), list.last(), list.contains(&value));
    for (index, value) in list.iter().enumerate() {
        println!("{index} {value:?}");
    }
    for value in &mut list {
        *value = T::default();
    }
    for (one, other) in list.iter().zip(list.iter().rev()) {
        assert_eq!(one, other);
    }
    for window in list.windows(2).chain(list.chunks(2)) {
        println!("{window:?}");
    }
    let mut table = vec![vec![value; 2]; 2];
    table[0][1] = value;
    table.push(Vec::with_capacity(1));
    println!("{:?} {:?}", table.len(), [value, value]);
    let copy: Vec<T> = list.iter().copied().collect();
    for value in copy.into_iter().take(1).skip(1) {
        println!("{value:?}");
    }
    list.iter().cloned().collect::<Vec<T>>().is_empty();
}

pub fn lists() {
    list(0_i32);
    list(0_i64);
    list(0_u8);
    list(0_u64);
    list(0_usize);
    list(0.0_f32);
    list(0.0_f64);
    list("");
}

fn sums<T: Copy + std::iter::Sum<T> + for<'a> std::iter::Sum<&'a T>>(list: &[T]) -> [T; 2] {
    [list.iter().sum(), list.iter().copied().sum()]
}

fn ordered_numbers<T: Copy + Ord>(list: &mut Vec<T>) -> (Option<&T>, Option<&T>) {
    list.sort();
    list.sort_unstable();
    list.dedup();
    (list.iter().max(), list.iter().min())
}

pub fn numbers_of(integers: &mut Vec<i32>, long: &mut Vec<i64>, sizes: &mut Vec<usize>, single: &[f32], double: &mut Vec<f64>) {
    sums(integers);
    sums(long);
    sums(sizes);
    sums(single);
    sums(double);
    ordered_numbers(integers);
    ordered_numbers(long);
    ordered_numbers(sizes);
    double.sort_by(f64::total_cmp);
    let squares: Vec<usize> = (0..10).collect();
    let more: Vec<i32> = (0..10).chain(0..=10).collect();
    for i in (0..10).rev().step_by(2) {
        println!("{i} {} {}", squares[i], more[i]);
    }
    for i in 0..=10_i32 {
        println!("{i} {:>8.3} {:.2}", f64::from(i).sqrt(), 1.0_f32);
    }
    for i in 0..10_u64 {
        println!("{i}");
    }
    assert_eq!(integers.len(), sizes.len(), "{}", 1);
}

/// What is done with text.
pub fn texts(text: &str) -> Result<(), CellFailure> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut owned: Vec<String> = text.split(',').map(str::to_owned).collect();
    owned.extend(text.lines().map(String::from));
    owned.sort();
    let letters: Vec<char> = text.chars().rev().collect();
    let line: String = letters.iter().collect();
    println!("{} {} {:<10} {:?}", words.join(" "), owned.join(", "), line, text.chars().count());
    for (at, letter) in text.char_indices() {
        println!("{at} {letter}");
    }
    println!("{} {} {}", text.parse::<i32>()?, text.parse::<f64>()?, text.parse::<usize>()?);
    println!("{} {}", text.trim().to_string(), text.to_lowercase().replace("a", "b"));
    std::fs::read_to_string(text)?;
    Ok(())
}

fn table<K: Eq + Hash + Ord + Clone + Debug, V: Copy + Default + Debug>(key: &K) -> Option<V> {
    let mut table = HashMap::new();
    table.insert(key.clone(), V::default());
    *table.entry(key.clone()).or_insert(V::default()) = V::default();
    *table.entry(key.clone()).or_default() = V::default();
    for (key, value) in &table {
        println!("{key:?} {value:?} {:?} {}", table.get(key), table.contains_key(key));
    }
    let keys: Vec<&K> = table.keys().collect();
    println!("{keys:?} {:?} {}", table.values(), table.len());
    let mut pairs: Vec<(K, V)> = table.into_iter().collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs.first().map(|pair| pair.1)
}

pub fn tables() {
    table::<String, i32>(&String::new());
    table::<String, usize>(&String::new());
    table::<String, f64>(&String::new());
    table::<&str, i32>(&"");
    table::<&str, usize>(&"");
    table::<&str, f64>(&"");
    table::<char, usize>(&' ');
}

fn failure<E: Into<Box<dyn Error>>>(error: E) -> Result<(), CellFailure> {
    Err(error)?
}

/// What `?` makes of errors.
pub fn failures() {
    failure("");
    failure(String::new());
    failure(Box::<dyn Error>::from(""));
    failure(std::io::Error::other(""));
    let _ = "".parse::<i32>().map_err(failure);
    let _ = "".parse::<f64>().map_err(failure);
    let _ = "".parse::<bool>().map_err(failure);
    failure(std::fmt::Error);
}

#[cfg(feature = "frame")]
pub mod frames {
    use super::*;

    values! { frame: DataFrame; column: Column; series: Series; columns: Vec<Column>; }

    pub fn expression(store: &mut Store) {
        let value: Expr = store.take("");
        store.put("", value);
        let value: Vec<Expr> = store.take("");
        store.put("", value);
        let value: LazyFrame = store.take("");
        store.put("", value);
    }

    /// The queries of a first hour with polars.
    pub fn queries(frame: DataFrame, store: &mut Store) -> Result<(), CellFailure> {
        let made = df!("a" => ["x"], "b" => [1], "c" => [1.0], "d" => [true], "e" => ["x".to_owned()], "f" => [Some(1)],
            "g" => [Some(1.0)], "h" => vec![1], "i" => vec![1.0], "j" => vec!["x"], "k" => [1_i64], "l" => [1_f32], "m" => [1_u32])?;
        println!("{made} {:?} {:?} {}", made.shape(), made.get_column_names(), made.height());
        store.put("", made);
        let (single, pair) = (|| [col("a")], || [col("a"), col("b")]);
        let grouped = frame.clone().lazy().group_by(single()).agg(single()).collect()?;
        let grouped = grouped.lazy().group_by(pair()).agg(pair()).sort(["a"], Default::default()).collect()?;
        let grouped = grouped.lazy().group_by(vec![col("a")]).agg(vec![col("a")]).collect()?;
        let grouped = grouped.lazy().group_by(["a"]).agg([col("a"), col("b"), col("c")]).collect()?;
        let chosen = grouped.lazy().select(single()).select(pair()).select(vec![col("a")]).with_columns(single()).with_columns(pair());
        let chosen = chosen.with_column(col("a")).filter(col("a").gt(lit(1)).and(col("b").eq(lit("x")))).limit(1).collect()?;
        let joined = chosen.clone().lazy().left_join(frame.lazy(), col("a"), col("a")).collect()?;
        store.put("", joined.head(Some(1)));
        let column = joined.column("a")?;
        let (whole, real): (Vec<i32>, Vec<f64>) =
            (column.i32()?.into_no_null_iter().collect(), column.f64()?.into_no_null_iter().collect());
        let (long, text): (Vec<i64>, Vec<Option<&str>>) =
            (column.i64()?.into_no_null_iter().collect(), column.str()?.iter().collect());
        println!("{whole:?} {real:?} {long:?} {text:?} {:?}", joined.select(["a", "b"])?);
        let e = col("a").sum().alias("x") + col("b").mean() * lit(1.0) - col("c").cast(DataType::Float64) / lit(2);
        store.put("", e);
        Ok(())
    }
}

#[cfg(feature = "plot")]
pub mod plots {
    use super::*;

    pub fn line(store: &mut Store) {
        let chart = LineChart::new("").line("", &[0.0, 1.0]).line(String::new(), &vec![0.0]);
        (&&Probe(&chart)).pick().evcxr_display();
        store.put("", chart);
    }
}
