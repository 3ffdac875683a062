//! rust-analyzer itself, with the library as it is: what it adds to what the kernel knows.
//!
//! Where it is not installed nothing is looked at, and that is said; with `FERROLAB_REQUIRE_ANALYZER=1` it is a failure.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ferrolab_kernel::bundle::Project;
use ferrolab_kernel::lsp::{Analyzer, Asked, Document, Finding, Question, Setup, Topic, find};
use ferrolab_kernel::names::{Names, complete_among, inspect_among, word_at};

use crate::harness::{Session, bundle};
use crate::names::contains;

/// After this long without an answer a test fails instead of hanging. The first answer reads the whole library.
const GIVE_UP: Duration = Duration::from_secs(300);

/// A session with rust-analyzer beside it.
struct Helped {
    session: Session,
    names: Names,
    analyzer: Analyzer,
    woken: Receiver<()>,
}

impl Helped {
    /// `None` where it is not installed.
    fn after(cells: &[&str]) -> Option<Self> {
        let bundle = bundle();
        let program = match find(Some(&bundle.rustc)) {
            Ok(program) => program,
            Err(absent) => {
                assert!(std::env::var_os("FERROLAB_REQUIRE_ANALYZER").is_none(), "{absent}");
                // Past the test's captured output, so that everybody reads it.
                let _ = writeln!(
                    std::io::stderr(),
                    "NOT LOOKED AT: rust-analyzer, which is not installed: {absent}"
                );
                return None;
            }
        };
        let project = Project::load(&bundle.folder).expect("the bundle has a project");
        let setup = Setup { program: program.path, arguments: Vec::new(), project };
        let (sender, woken) = channel();
        let analyzer =
            Analyzer::new(move || Some(setup), move || sender.send(()).unwrap_or_default()).unwrap();
        let mut helped = Helped { session: Session::new(), names: Names::default(), analyzer, woken };
        cells.iter().for_each(|cell| helped.run(cell));
        Some(helped)
    }

    fn run(&mut self, cell: &str) {
        self.session.ok(cell);
        self.names.learn(Arc::new(self.session.engine.definitions()));
    }

    /// Waits for the answer to a question about where `|` stands, or the end of the text.
    fn ask(&mut self, topic: Topic, code: &str) -> Arc<Finding> {
        let document = Document::new(self.names.definitions(), &self.session.engine.bindings(), code);
        let (word, cursor) = word_at(code, None);
        let (word, cursor) = (document.cell + word, document.cell + cursor);
        let question = Question { topic, document, word, cursor };
        let patience = Instant::now() + GIVE_UP;
        loop {
            if let Asked::Known(finding) = self.analyzer.ask(question.clone()) {
                return finding;
            }
            let left = patience.saturating_duration_since(Instant::now());
            self.woken.recv_timeout(left).unwrap_or_else(|_| panic!("no answer to `{code}`"));
            self.analyzer.answers();
        }
    }

    /// The names that are offered, and the signature of the first.
    fn complete(&mut self, code: &str) -> (Vec<String>, String) {
        let finding = self.ask(Topic::Completion, code);
        let variables = self.session.engine.variables();
        let reply = complete_among(code, None, &self.names.known(&variables), &[], &finding.candidates);
        let first = &reply.metadata["_jupyter_types_experimental"][0];
        (reply.matches, format!("{} {}", first["type"], first["signature"]).replace('"', ""))
    }

    fn inspect(&mut self, code: &str) -> String {
        let finding = self.ask(Topic::Inspection, code);
        let variables = self.session.engine.variables();
        let found = (finding.hover.as_ref(), finding.call.as_ref());
        let reply = inspect_among(code, None, 0, &self.names.known(&variables), &[], found);
        reply.data.get("text/plain").and_then(|text| text.as_str()).unwrap_or_default().to_owned()
    }
}

#[test]
fn rust_analyzer_knows_inferred_types_the_session_and_the_library() {
    let cells = [
        "use ferrolab::prelude::*;\nuse std::collections::HashMap;",
        "/// A point.\n#[derive(Clone, Debug)]\nstruct Point { x: f64, y: f64 }\n\
         impl Point { /// How far from zero.\n fn norm(&self) -> f64 { self.x.hypot(self.y) } }",
        "let df = df![\"a\" => [1, 2], \"b\" => [3.0, 4.0]]?;\n\
         let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));\n\
         let x = Tensor::<Rank2<3, 4>>::ones();\nlet point = Point { x: 1.0, y: 2.0 };",
    ];
    let Some(mut helped) = Helped::after(&cells) else { return };
    // What only inference tells.
    let (found, signature) = helped.complete("let v = vec![1];\nv.it");
    contains(&found, &["iter", "iter_mut"]);
    assert!(signature.contains("fn iter(&self) -> Iter<'_, "), "{signature}");
    contains(&helped.complete("let name = \"🦀\"; let n = [1.5].iter().map(|x| Point { x: *x, y: 0.0 }).collect::<Vec<_>>(); n[0].").0, &["x", "y", "norm", "clone"]);
    contains(&helped.complete("point.").0, &["x", "y", "norm"]);
    contains(&helped.complete("df.").0, &["group_by", "head", "column", "lazy", "clone"]);
    contains(&helped.complete("df.column(\"a\")?.").0, &["len", "dtype"]);
    contains(&helped.complete("x.").0, &["matmul", "relu", "shape"]);
    contains(&helped.complete("model.").0, &["forward", "summary", "predict"]);
    contains(&helped.complete("HashM").0, &["HashMap"]);
    let told = helped.inspect("let v = vec![1u8]; v.push(");
    assert!(told.contains("fn push(&mut self, value: u8)") && told.contains("→ value: u8"), "{told}");
    let told = helped.inspect("point.norm");
    assert!(told.contains("fn norm(&self) -> f64") && told.contains("How far from zero."), "{told}");
    let told = helped.inspect("let total = [1.0, 2.0].iter().sum::<f64>(); total");
    assert!(told.contains("total: f64"), "{told}");
}

#[test]
fn the_bundle_tells_a_language_server_of_the_crates_that_people_meet() {
    let bundle = bundle();
    let project = Project::load(&bundle.folder).expect("the bundle has a project");
    let named = |name: &str| project.crates.iter().find(|one| one.display_name == name);
    let ferrolab = named("ferrolab").unwrap();
    let linked: Vec<&str> =
        ferrolab.deps.iter().map(|to| project.crates[to.at].display_name.as_str()).collect();
    assert!(linked.contains(&"polars") && linked.contains(&"ferrolab-derive"), "{linked:?}");
    assert!(named("polars").unwrap().cfg.contains(&"feature=\"lazy\"".to_owned()));
    assert!(named("tokio").is_none(), "nobody meets it");
    let derive = named("ferrolab-derive").unwrap();
    assert!(derive.is_proc_macro && derive.proc_macro_dylib_path.as_ref().is_some_and(|path| path.is_file()));
    assert!(project.crates.iter().all(|one| one.root_module.is_file()));
}
