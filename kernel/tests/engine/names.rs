//! Completion and inspection with the library as it is: what a session really offers.

use std::sync::Arc;

use ferrolab_kernel::names::{Index, Names, complete, inspect};

use crate::harness::{Session, bundle};

/// A session in which some cells ran, as the server sees it.
struct Seen {
    names: Names,
    session: Session,
}

impl Seen {
    fn after(cells: &[&str]) -> Self {
        let session = Session::after(cells);
        let mut names = Names::with_library(Index::load(&bundle().folder).expect("the bundle has an index"));
        names.learn(Arc::new(session.engine.definitions()));
        Seen { names, session }
    }

    fn offers(&self, code: &str) -> Vec<String> {
        complete(code, None, &self.names.known(&self.session.engine.variables()), &[]).matches
    }

    fn signature(&self, code: &str) -> String {
        let reply = complete(code, None, &self.names.known(&self.session.engine.variables()), &[]);
        reply.metadata["_jupyter_types_experimental"][0]["signature"].as_str().unwrap_or_default().to_owned()
    }

    fn tells(&self, code: &str, level: u8) -> String {
        let reply = inspect(code, None, level, &self.names.known(&self.session.engine.variables()), &[]);
        reply.data.get("text/plain").and_then(|text| text.as_str()).unwrap_or_default().to_owned()
    }
}

#[track_caller]
pub fn contains(found: &[String], wanted: &[&str]) {
    for name in wanted {
        assert!(found.iter().any(|found| found == name), "no {name} in {found:?}");
    }
}

#[test]
fn variables_of_the_library_offer_their_methods() {
    let seen = Seen::after(&[
        "use ferrolab::prelude::*;",
        "let df = df![\"a\" => [1, 2], \"b\" => [3.0, 4.0]]?;\n\
         let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));\n\
         let x = Tensor::<Rank2<3, 4>>::ones();",
    ]);
    contains(&seen.offers("df."), &["group_by", "head", "column", "lazy", "clone"]);
    assert_eq!(seen.offers("df.gro")[0], "group_by");
    assert!(seen.signature("df.gro").starts_with("fn group_by<"), "{}", seen.signature("df.gro"));
    contains(&seen.offers("df.clone().lazy()."), &["filter", "collect", "with_columns"]);
    contains(&seen.offers("df.clone().lazy().filter(col(\"a\").gt(lit(1))).collect()?."), &["group_by"]);
    contains(&seen.offers("model."), &["forward", "summary", "predict", "save", "parameter_count"]);
    contains(&seen.offers("x."), &["matmul", "relu", "shape", "to_dtype"]);
    contains(&seen.offers("x.sum()."), &["backward", "item"]);
    contains(
        &seen.offers("sequential!(Input([3, 8, 8])."),
        &["conv2d", "dense", "dropout", "flatten", "max_pool2d", "relu"],
    );
    contains(&seen.offers("pl::"), &["DataFrame", "concat", "JoinArgs"]);
    contains(&seen.offers("use ferrolab::"), &["nn", "prelude", "polars"]);
    contains(&seen.offers("Trainer::new(Sgd::new(0.1)).epochs(2)."), &["fit", "batch_size"]);
    let told = seen.tells("sequential!(Input([3, 8, 8]).conv2d(", 0);
    assert!(told.contains("[filters, H - kernel + 1, W - kernel + 1]"), "{told}");
    assert!(seen.tells("df.group_by(", 1).starts_with("fn group_by<"));
}

#[test]
fn the_items_of_the_session_are_known_with_their_cells() {
    let seen = Seen::after(&[
        "/// A point.\n#[derive(Clone)]\nstruct Point { x: f64, y: f64 }\n\
         impl Point {\n    /// From zero.\n    fn norm(&self) -> f64 { let mut n = 0.0; while n < 1.0 { n += 1.0; } self.x + self.y + n }\n}",
        "let point = Point { x: 1.0, y: 2.0 };",
        "impl Point {\n    fn twice(&self) -> Point { Point { x: self.x * 2.0, y: self.y * 2.0 } }\n}",
    ]);
    assert_eq!(seen.offers("point.")[..5], ["norm", "twice", "x", "y", "clone"]);
    contains(&seen.offers("point.twice().norm()."), &["sqrt"]);
    let told = seen.tells("point.norm", 1);
    // As the user wrote it: without the polls of loops.
    assert!(
        told.contains("cell [1]") && told.ends_with("while n < 1.0 { n += 1.0; } self.x + self.y + n }\n}"),
        "{told}"
    );
    assert!(seen.tells("point.twice", 0).contains("cell [3]"));
}
