//! Random sessions: the kernel never breaks, and what it shows is what one plain Rust program of the same statements prints.
//!
//! `FERROLAB_RANDOM_SESSIONS` says how many sessions; few by default.

use std::fmt::Write as _;
use std::process::Command;

use ferrolab_kernel::engine::StreamName;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::harness::{Session, bundle, text};

/// Names of variables: of numbers, of texts, of lists, of structs.
const NUMBERS: [&str; 3] = ["a", "b", "c"];
const TEXTS: [&str; 2] = ["s", "t"];
const LISTS: [&str; 2] = ["v", "w"];

/// One cell. What it means for a plain program is told by [`Model`].
#[derive(Debug, Clone)]
enum Step {
    Let(usize, i64),
    AddFrom(usize, usize),
    /// `fn f() -> i64 { n }`, again and again.
    Function(i64),
    Call(usize),
    Text(usize, String),
    Append(usize, usize),
    List(usize, Vec<i64>),
    Push(usize, usize),
    /// The second list goes into the first.
    Move(usize, usize),
    Drain(usize),
    /// A struct with so many fields, and a value of it.
    Struct(usize, i64),
    ReadStruct,
    /// Changes a number, then fails.
    Panic(usize),
    Question(usize),
    Loop(usize, u8),
    Shadow(usize),
    /// An error of the compiler.
    Wrong,
    Interrupt(usize),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let (number, text, list) = (0..NUMBERS.len(), 0..TEXTS.len(), 0..LISTS.len());
    prop_oneof![
        4 => (number.clone(), -99_i64..99).prop_map(|(x, n)| Step::Let(x, n)),
        4 => (number.clone(), number.clone()).prop_map(|(x, y)| Step::AddFrom(x, y)),
        2 => (-9_i64..9).prop_map(Step::Function),
        2 => number.clone().prop_map(Step::Call),
        2 => (text.clone(), "[a-z]{0,3}").prop_map(|(s, word)| Step::Text(s, word)),
        2 => (text, number.clone()).prop_map(|(s, x)| Step::Append(s, x)),
        2 => (list.clone(), prop::collection::vec(-9_i64..9, 0..4)).prop_map(|(v, items)| Step::List(v, items)),
        3 => (list.clone(), number.clone()).prop_map(|(v, x)| Step::Push(v, x)),
        2 => (list.clone(), list.clone()).prop_map(|(v, w)| Step::Move(v, w)),
        1 => list.prop_map(Step::Drain),
        2 => (1..4_usize, -9_i64..9).prop_map(|(fields, n)| Step::Struct(fields, n)),
        2 => Just(Step::ReadStruct),
        2 => number.clone().prop_map(Step::Panic),
        2 => number.clone().prop_map(Step::Question),
        2 => (number.clone(), 0_u8..9).prop_map(|(x, n)| Step::Loop(x, n)),
        2 => number.clone().prop_map(Step::Shadow),
        1 => Just(Step::Wrong),
        1 => number.prop_map(Step::Interrupt),
        1 => Just(Step::Clear),
    ]
}

/// How a cell must end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ends {
    Well,
    Fails,
    Interrupted,
}

/// Which variables there are, so that every statement of the plain program compiles.
#[derive(Default)]
struct Model {
    numbers: [bool; 3],
    texts: [bool; 2],
    lists: [bool; 2],
    function: bool,
    structure: Option<usize>,
    /// Structs are numbered in the plain program, which cannot define one twice.
    structs: usize,
    functions: usize,
    plain: String,
}

impl Model {
    /// The cell of a step, and how it must end. `None` if the step has no sense now; the plain program grows.
    fn cell(&mut self, step: &Step) -> Option<(String, Ends)> {
        let cell;
        let mut ends = Ends::Well;
        // The same text in both, unless told otherwise.
        let mut plain = None;
        match *step {
            Step::Let(x, n) => {
                self.numbers[x] = true;
                cell = format!("let mut {} = {n}_i64;", NUMBERS[x]);
            }
            Step::AddFrom(x, y) if self.numbers[x] && self.numbers[y] => {
                cell = format!("{0} = {0}.wrapping_mul(3).wrapping_add({1});", NUMBERS[x], NUMBERS[y]);
            }
            Step::Function(n) => {
                self.function = true;
                self.functions += 1;
                cell = format!("fn f() -> i64 {{ {n} }}");
                plain = Some(format!("let f = || -> i64 {{ {n} }};"));
            }
            Step::Call(x) if self.function && self.numbers[x] => cell = format!("{} -= f();", NUMBERS[x]),
            Step::Text(s, ref word) => {
                self.texts[s] = true;
                cell = format!("let mut {} = String::from({word:?});", TEXTS[s]);
            }
            Step::Append(s, x) if self.texts[s] && self.numbers[x] => {
                cell = format!("{0} = {0} + &{1}.to_string();", TEXTS[s], NUMBERS[x]);
            }
            Step::List(v, ref items) => {
                self.lists[v] = true;
                cell = format!("let mut {}: Vec<i64> = vec!{items:?};", LISTS[v]);
            }
            Step::Push(v, x) if self.lists[v] && self.numbers[x] => {
                cell = format!("{}.push({});", LISTS[v], NUMBERS[x]);
            }
            Step::Move(v, w) if v != w && self.lists[v] && self.lists[w] => {
                self.lists[w] = false;
                cell = format!("{}.extend({});", LISTS[v], LISTS[w]);
            }
            Step::Drain(v) if self.lists[v] => {
                self.lists[v] = false;
                cell = format!("for item in {} {{ println!(\"{{item}}\"); }}", LISTS[v]);
            }
            Step::Struct(fields, n) => {
                self.structure = Some(fields);
                self.structs += 1;
                let declared: Vec<String> = (0..fields).map(|at| format!("f{at}: i64")).collect();
                let values: Vec<String> = (0..fields).map(|at| format!("f{at}: {n} + {at}")).collect();
                let text = |name: &str| {
                    let (declared, values) = (declared.join(", "), values.join(", "));
                    format!("#[derive(Debug)] struct {name} {{ {declared} }}\nlet p = {name} {{ {values} }};")
                };
                cell = text("P");
                plain = Some(text(&format!("P{}", self.structs)));
            }
            Step::ReadStruct => {
                let fields = self.structure?;
                cell = format!("println!(\"{{}} {{}}\", p.f0, p.f{});", fields - 1);
            }
            Step::Panic(x) | Step::Question(x) if self.numbers[x] => {
                ends = Ends::Fails;
                let name = NUMBERS[x];
                let failure = match step {
                    Step::Panic(_) => "let gone = vec![1]; let _ = gone[gone.len() + 3];",
                    _ => "\"x\".parse::<i32>()?;",
                };
                cell = format!("{name} += 7; {failure}\n{name} = 0;");
                plain = Some(format!("{name} += 7;"));
            }
            Step::Loop(x, n) if self.numbers[x] => {
                cell = format!("for i in 0..{n} {{ {0} += i; println!(\"{{}}\", {0}); }}", NUMBERS[x]);
            }
            Step::Shadow(x) if self.numbers[x] => {
                cell = format!(
                    "let mut {0} = {0}.wrapping_mul(2) % 1000; let {0}_text = format!(\"{{{0}}}\"); println!(\"{{{0}_text}}\");",
                    NUMBERS[x]
                );
            }
            Step::Wrong => {
                (cell, ends, plain) =
                    ("let a: i64 = \"wrong\";".to_owned(), Ends::Fails, Some(String::new()));
            }
            Step::Interrupt(x) if self.numbers[x] => {
                ends = Ends::Interrupted;
                let name = NUMBERS[x];
                cell =
                    format!("{name} += 1; println!(\"in loop\"); loop {{ std::hint::black_box(&{name}); }}");
                plain = Some(format!("{name} += 1; println!(\"in loop\");"));
            }
            Step::Clear => {
                *self = Model {
                    plain: std::mem::take(&mut self.plain),
                    structs: self.structs,
                    ..Model::default()
                };
                return Some((String::new(), Ends::Well));
            }
            _ => return None,
        }
        let _ = writeln!(self.plain, "{}", plain.as_deref().unwrap_or(&cell));
        Some((cell, ends))
    }

    /// A cell that prints all that there is.
    fn read_back(&mut self) -> String {
        let all = [
            NUMBERS.iter().zip(self.numbers).collect::<Vec<_>>(),
            TEXTS.iter().zip(self.texts).collect(),
            LISTS.iter().zip(self.lists).collect(),
        ];
        let there = all.into_iter().flatten().filter(|(_, there)| *there);
        let cell: String = there.map(|(name, _)| format!("println!(\"{name} {{:?}}\", {name});")).collect();
        let _ = writeln!(self.plain, "{cell}");
        cell
    }
}

/// Runs the cells in a session; what they print, and the text of the plain program.
fn run(steps: &[Step]) -> (String, String) {
    let (mut session, mut model, mut printed) = (Session::new(), Model::default(), String::new());
    let mut cells: Vec<String> = Vec::new();
    for step in steps {
        let Some((cell, ends)) = model.cell(step) else { continue };
        cells.push(cell.clone());
        let told = || format!("{ends:?}\n{}", cells.join("\n----\n"));
        match ends {
            _ if cell.is_empty() => session.engine.clear().unwrap(),
            Ends::Interrupted => {
                let output = session.output();
                let (error, events) = session.interrupt_when(move || output().contains("in loop"), &cell);
                assert_eq!(error.map(|error| error.ename).as_deref(), Some("Interrupted"), "{}", told());
                printed += &text(&events, StreamName::Stdout);
            }
            Ends::Well | Ends::Fails => {
                let (result, events) = session.run(&cell);
                assert_eq!(result.is_err(), ends == Ends::Fails, "{result:?}\n{}", told());
                assert_ne!(
                    result.err().map(|error| error.ename).as_deref(),
                    Some("ProcessDied"),
                    "{}",
                    told()
                );
                printed += &text(&events, StreamName::Stdout);
            }
        }
    }
    printed += &text(&session.ok(&model.read_back()), StreamName::Stdout);
    (printed, model.plain)
}

/// What the plain programs print, compiled together: each in a function of its own.
fn expected(programs: &[String]) -> Vec<String> {
    const BREAK: &str = "----next----\n";
    let mut source = "#![allow(warnings)]\n".to_owned();
    for (at, program) in programs.iter().enumerate() {
        let _ = writeln!(source, "fn program_{at}() {{\n{program}\nprint!({BREAK:?});\n}}");
    }
    let calls: String = (0..programs.len()).map(|at| format!("program_{at}();")).collect();
    let _ = writeln!(source, "fn main() {{ {calls} }}");
    let folder = tempfile::tempdir().unwrap();
    let (file, program) = (folder.path().join("plain.rs"), folder.path().join("plain"));
    std::fs::write(&file, &source).unwrap();
    let rustc = Command::new(bundle().rustc)
        .args(["--edition=2024", "-o"])
        .arg(&program)
        .arg(&file)
        .output()
        .unwrap();
    assert!(rustc.status.success(), "{}\n{source}", String::from_utf8_lossy(&rustc.stderr));
    let printed = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();
    let parts = printed.split(BREAK).map(str::to_owned);
    parts.take(programs.len()).collect()
}

#[test]
fn random_sessions_do_what_a_plain_program_of_the_same_statements_does() {
    let asked = std::env::var("FERROLAB_RANDOM_SESSIONS").ok().and_then(|text| text.parse().ok());
    let sessions: usize = asked.unwrap_or(3);
    let rng = match asked {
        None => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        Some(_) => TestRng::from_seed(RngAlgorithm::ChaCha, &seed()),
    };
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = prop::collection::vec(step(), 8..24);
    let cases: Vec<Vec<Step>> =
        (0..sessions).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let (printed, programs): (Vec<String>, Vec<String>) = cases.iter().map(|steps| run(steps)).unzip();
    for ((printed, expected), steps) in printed.iter().zip(expected(&programs)).zip(&cases) {
        assert_eq!(*printed, expected, "{steps:#?}");
    }
}

/// Another one each time, told so that a failure can be seen again: set it by `FERROLAB_RANDOM_SEED`.
fn seed() -> [u8; 32] {
    let given = std::env::var("FERROLAB_RANDOM_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| std::process::id().into());
    eprintln!("FERROLAB_RANDOM_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}
