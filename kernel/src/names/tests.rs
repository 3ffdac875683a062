//! Completion and inspection over small sources.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::engine::{Definition, Definitions, Variable};
use crate::messages::{CompleteReply, InspectReply};

const LIBRARY: &str = r#"
/// Tables.
pub mod lab {
    pub mod prelude {
        /// A table.
        #[derive(Clone)]
        pub struct Frame { pub height: usize }
        impl Frame {
            /// Groups rows.
            ///
            /// # Panics
            /// Never.
            pub fn group_by(&self, by: &str) -> Outcome<Group> {}
            pub fn head(&self) -> Self {}
            pub fn cell(&self) -> Vec<Option<f64>> {}
        }
        impl Lazy for Frame {}
        pub trait Lazy { fn lazy(self) -> LazyFrame; }
        pub struct LazyFrame;
        impl LazyFrame { pub fn collect(self) -> Outcome<Frame> {} }
        pub struct Group;
        impl Group { pub fn agg(&self) -> Frame {} }
        pub type Outcome<T> = Result<T, Failure>;
        pub struct Failure;
        pub struct Wide<S>;
        impl<S> Wide<S> { pub fn any(&self) -> S {} }
        impl<A, B> Wide<(A, B)> { pub fn matrix(&self) -> A {} }
        impl<A> Wide<(A,)> { pub fn vector(&self) -> A {} }
        pub type Pair = (u8, u8);
        /// Reads a table.
        pub fn read(path: &str) -> Outcome<Frame> {}
    }
}
pub mod ferrolab { pub mod nn { pub mod plan {
    pub struct Plan;
    impl Plan {
        /// A convolution: `[C, H, W]` becomes `[filters, …]`.
        pub const fn conv2d(self, filters: usize, kernel: usize) -> Plan {}
        pub const fn steps(&self) -> usize {}
    }
    pub mod strict { pub const fn Input(sizes: [usize; 3]) -> super::Plan {} }
} } }
"#;

const CELLS: [&str; 6] = [
    "/// How bright.\nenum Shade { Light, Dark(u8) }",
    "/// A point.\n///\n/// In the plane.\n#[derive(Clone)]\nstruct Point { x: f64, y: f64 }",
    "impl Point {\n    /// From zero.\n    fn norm(&self) -> f64 { self.x.hypot(self.y) }\n}",
    "impl Point {\n    fn new(x: f64, y: f64) -> Self { Point { x, y } }\n}",
    "fn shade(of: &Point) -> Shade { Shade::Light }",
    "mod deep { pub fn down() -> i32 { 1 } }",
];

const MAGICS: [(&str, &str); 2] = [("help", "What there is."), ("vars", "All variables.")];

struct Session {
    names: Names,
    variables: Vec<Variable>,
}

fn session() -> Session {
    let mut library = Index::standard();
    library.absorb(Index::of_source(LIBRARY).unwrap());
    let mut names = Names::with_library(library);
    let items =
        (1..).zip(CELLS).map(|(cell, source)| Definition { cell, source: source.to_owned() }).collect();
    let imports = vec!["use lab::prelude::*;".to_owned()];
    names.learn(Arc::new(Definitions { items, imports, crates: Vec::new() }));
    let variable = |name: &str, type_name: &str, mutable| Variable {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        mutable,
    };
    let variables = vec![
        variable("frame", "Frame", false),
        variable("länge", "f64", false),
        variable("model", "Wide<(u8, u8)>", true),
        variable("numbers", "Vec<f64>", true),
        variable("point", "Rc<Point>", false),
    ];
    Session { names, variables }
}

/// One session for all that do not change it.
static SESSION: LazyLock<Session> = LazyLock::new(session);

fn reply_at(code: &str, cursor: Option<usize>) -> CompleteReply {
    let session = &*SESSION;
    complete(code, cursor, &session.names.known(&session.variables), &MAGICS)
}

fn reply(code: &str) -> CompleteReply {
    reply_at(code, None)
}

fn matches(code: &str) -> Vec<String> {
    reply(code).matches
}

#[track_caller]
fn offers(code: &str, wanted: &[&str], unwanted: &[&str]) {
    let found = matches(code);
    for name in wanted {
        assert!(found.iter().any(|found| found == name), "{code}: no {name} in {found:?}");
    }
    for name in unwanted {
        assert!(!found.iter().any(|found| found == name), "{code}: {name} in {found:?}");
    }
}

fn look_at(code: &str, cursor: Option<usize>, level: u8) -> InspectReply {
    let session = &*SESSION;
    inspect(code, cursor, level, &session.names.known(&session.variables), &MAGICS)
}

/// The plain text for the cursor at `|`.
fn look(code: &str, level: u8) -> Option<String> {
    let cursor = code.chars().take_while(|c| *c != '|').count();
    let reply = look_at(&code.replacen('|', "", 1), Some(cursor), level);
    reply.data.get("text/plain").and_then(Value::as_str).map(str::to_owned)
}

#[test]
fn near_things_come_first() {
    assert_eq!(matches("let y = mo"), ["model", "mod", "move"]);
    assert_eq!(matches("whi"), ["while"]);
    assert_eq!(matches("po"), ["point", "Point"]);
    assert_eq!(matches("re"), ["read", "ref", "return", "Result"]);
    // Of an empty word only what the session made.
    offers("", &["model", "Point", "shade"], &["Frame", "while", "Vec"]);
}

#[test]
fn macros_have_their_sign_unless_it_is_there() {
    offers("printl", &["println!"], &[]);
    assert_eq!(reply_at("printl!()", Some(6)).matches, ["println"]);
}

#[test]
fn a_dot_offers_fields_and_methods_of_the_type() {
    assert_eq!(matches("point."), ["new", "norm", "x", "y", "clone"][1..]);
    assert_eq!(matches("frame.gr"), ["group_by"]);
    offers("frame.", &["height", "head", "lazy", "clone"], &["while", "point"]);
    offers("numbers.", &["push", "len", "iter"], &[]);
    offers("\"text\".", &["trim", "chars"], &["push_str"]);
    assert_eq!(reply("frame.gr").metadata["_jupyter_types_experimental"][0]["type"], "method");
    assert_eq!(
        reply("frame.gr").metadata["_jupyter_types_experimental"][0]["signature"],
        "fn group_by(&self, by: &str) -> Outcome<Group>"
    );
    assert!(matches("unknown.").is_empty() && matches("1").is_empty());
}

#[test]
fn a_chain_is_followed_by_what_its_calls_return() {
    offers("frame.clone().lazy().", &["collect"], &["group_by"]);
    offers("frame.lazy().collect()?.", &["group_by"], &[]);
    offers("frame.group_by(\"a\").unwrap().agg().head().", &["group_by"], &[]);
    offers("frame.cell()[0].unwrap().", &["sqrt"], &[]);
    offers("read(\"x\")?.", &["group_by"], &[]);
    offers("numbers.iter().map(|x| x + 1.0).", &["sum"], &[]);
    offers("Point::new(1.0, 2.0).norm().", &["hypot"], &[]);
    offers("\"3\".parse::<f64>().unwrap().", &["hypot"], &[]);
    offers("vec![1u8, 2].first().", &["unwrap"], &[]);
    offers("(point.x * 2.0).", &["floor"], &[]);
}

#[test]
fn an_impl_for_other_shapes_offers_nothing() {
    offers("model.", &["any", "matrix"], &["vector"]);
    offers("let v: &Wide<Pair> = f(); v.", &["any", "matrix"], &["vector"]);
    offers("let v: &Wide<(u8,)> = f(); v.", &["any", "vector"], &["matrix"]);
}

#[test]
fn paths_offer_what_is_in_modules_and_types() {
    assert_eq!(matches("Shade::"), ["Dark", "Light"]);
    assert_eq!(matches("Point::n"), ["new", "norm"]);
    assert_eq!(matches("deep::"), ["down"]);
    offers("std::collections::H", &["HashMap", "HashSet"], &["BTreeMap"]);
    offers("use lab::prelude::{Frame, G", &["Group"], &["Frame"]);
    offers("use la", &["lab"], &["while"]);
    offers("lab::", &["prelude"], &[]);
    offers("f64::consts::", &[], &["abs"]);
}

#[test]
fn a_struct_literal_offers_its_fields_that_are_missing() {
    assert_eq!(matches("let p = Point { ")[..2], ["x", "y"]);
    assert_eq!(matches("let p = Point { x: 1.0, ")[0], "y");
    offers("struct Point { ", &[], &["x"]);
}

#[test]
fn the_unsent_cell_counts_too() {
    offers("let table = frame.head();\ntab", &["table"], &[]);
    offers("let table = frame.head();\ntable.", &["group_by"], &[]);
    offers("let (a, b) = (1.5, \"x\"); b.", &["trim"], &["sqrt"]);
    offers("{ let inner = 1; }\ninn", &[], &["inner"]);
    offers("fn grow(plant: &mut Frame, by: usize) { plant.", &["group_by"], &[]);
    offers("fn grow(plant: &mut Frame, by: usize) { pla", &["plant"], &[]);
    offers("fn grow() {}\nstruct Leaf { area: f64 }\nimpl Leaf { fn f(&self) { self.", &["area"], &[]);
    offers("struct Leaf { area: f64 }\nlet leaf = Leaf { area: 1.0 };\nleaf.", &["area"], &["x"]);
    offers("impl Point { fn far(&self) -> f64 { 1.0 } }\npoint.", &["far", "norm", "x"], &[]);
    offers("for n in &numbers { n.", &["sqrt"], &[]);
    offers("numbers.iter().map(|each| ea", &["each"], &[]);
}

#[test]
fn a_stack_of_layers_offers_its_words() {
    assert_eq!(matches("sequential!(Input([3, 8, 8])."), ["conv2d"]);
    assert_eq!(matches("sequential!(Input([3, 8, 8]).conv2d(1, 3)."), ["conv2d"]);
    assert_eq!(matches("sequential!(Inp"), ["Input"]);
    assert!(matches("Inp").is_empty());
    let told = look("sequential!(Input([3, 8, 8]).con|v2d(8, 3))", 0).unwrap();
    assert!(told.contains("`[C, H, W]` becomes"), "{told}");
}

#[test]
fn strings_comments_and_new_names_get_nothing() {
    for code in ["\"mo", "f(r#\"mo", "// mo", "/* mo", "&'mo", "1.5", "fn mo", "struct mo"] {
        assert!(matches(code).is_empty(), "{code}");
    }
    assert_eq!(matches("/* a */ mod"), ["model", "mod"]);
    assert_eq!(matches("let m"), ["mut"]);
}

#[test]
fn a_colon_at_the_start_of_a_line_offers_magics() {
    assert_eq!(matches("let x = 1;\n:he"), ["help"]);
    assert_eq!(matches(":"), ["help", "vars"]);
    offers("let x:he", &[], &["help"]);
    assert_eq!(look(":hel|p x", 0).unwrap(), ":help\n\nWhat there is.");
}

#[test]
fn positions_count_code_points_not_bytes() {
    // Each of é (two code points here), 🦀 and ä is more than one byte.
    let reply = reply_at("\"e\u{301}🦀\"; lä + 1", Some(9));
    assert_eq!((reply.cursor_start, reply.cursor_end), (7, 9));
    assert_eq!(reply.matches, ["länge"]);
    assert_eq!(reply_at("mod", Some(99)).cursor_end, 3);
}

#[test]
fn inspection_tells_the_type_wherever_in_the_name_the_cursor_is() {
    for cursor in 4..=9 {
        let reply = look_at("1 + model.any()", Some(cursor), 0);
        assert_eq!(reply.data["text/plain"], "let mut model: Wide<(u8, u8)>", "cursor {cursor}");
    }
    assert!(!look_at("1 + 2", Some(1), 0).found);
}

#[test]
fn the_arguments_of_a_call_tell_of_its_function() {
    let of_word = "fn group_by(&self, by: &str) -> Outcome<Group>\n\nin Frame\n\nGroups rows.";
    assert_eq!(look("frame.gro|up_by(\"a\")", 0).as_deref(), Some(of_word));
    // With the parameter that the argument is for.
    let of_call = of_word.replace("\n\nin", "\n\n→ by: &str\n\nin");
    for code in ["frame.group_by(|\"a\")", "frame.group_by(\"a\"|)", "frame.group_by(|"] {
        assert_eq!(look(code, 0), Some(of_call.clone()), "{code}");
    }
    assert!(look("shade(1 + |", 0).unwrap().starts_with("fn shade(of: &Point) -> Shade"));
    assert!(look("println!(\"{}\", |1)", 0).unwrap().starts_with("macro println!"));
    assert!(look("\"3\".parse::<f64>(|)", 0).unwrap().starts_with("fn parse<F>"));
    assert_eq!(look("frame.group_by(po|int)", 0).unwrap().lines().next(), Some("let point: Rc<Point>"));
}

#[test]
fn the_second_level_tells_everything() {
    assert!(look("frame.group_b|y", 1).unwrap().ends_with("Groups rows.\n\n# Panics\nNever."));
    assert_eq!(
        look("poin|t.norm()", 0).unwrap(),
        "let point: Rc<Point>\n\nstruct Point { x: f64, y: f64 }\n\nA point.\n\nIn the plane."
    );
    assert_eq!(
        look("point.nor|m()", 0).unwrap(),
        "fn norm(&self) -> f64\n\nin Point\ncell [3]\n\nFrom zero."
    );
    assert!(look("point.nor|m()", 1).unwrap().ends_with(CELLS[2]));
    let reply = look_at("Shade", None, 1);
    assert_eq!(reply.data["text/markdown"].as_str().unwrap().matches("```rust").count(), 2);
}

#[test]
fn without_the_library_the_session_is_known_all_the_same() {
    let mut session = session();
    session.names.library = Arc::default();
    let known = session.names.known(&session.variables);
    assert_eq!(complete("point.n", None, &known, &[]).matches, ["norm"]);
    assert_eq!(complete("frame.", None, &known, &[]).matches, [""; 0]);
}

#[test]
fn the_index_survives_its_files_and_damage_is_no_index() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Index::load(folder.path()).is_none());
    Index::of_source(LIBRARY).unwrap().save(folder.path()).unwrap();
    let index = Index::load(folder.path()).unwrap();
    let frame = index.class("Frame").unwrap();
    assert_eq!(index.docs(frame), "A table.");
    let method = frame.members().find(|member| &*member.name == "group_by").unwrap();
    assert_eq!(index.docs(method), "Groups rows.\n\n# Panics\nNever.");
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::write(entry.unwrap().path(), "{\"entries\":[").unwrap();
    }
    assert!(Index::load(folder.path()).is_none());
}

proptest! {
    #[test]
    fn any_text_and_cursor_are_answered(text in "\\PC{0,60}", cursor in 0usize..70) {
        reply_at(&text, Some(cursor));
        look_at(&text, Some(cursor), 1);
    }

    #[test]
    fn any_rust_like_text_and_cursor_are_answered(
        words in prop::collection::vec(prop::sample::select(&[
            "let", "x", "=", "point", ".", "::", "(", ")", "{", "}", "<", ">", "fn", "impl", "Point", "for", "in", "|",
            "!", "vec", "\"", "'", "/*", "*/", "//", "\n", ";", "use", ",", "0", "..", "?", "&", "🦀", "sequential", ":", "#",
        ][..]), 0..30),
        cursor in 0usize..90,
    ) {
        let text = words.join(if cursor % 2 == 0 { " " } else { "" });
        reply_at(&text, Some(cursor));
        look_at(&text, Some(cursor), 1);
    }
}
