//! Functions of cells with loops, compiled once more, optimised, while their author thinks. Later cells call them there, and
//! are themselves compiled as fast as ever.
//!
//! Such a function is compiled together with all that it reaches, into a library that exports it, and a later cell declares it
//! instead of containing it, as it does with a `static`. So only functions qualify of which two copies cannot be told apart: a
//! function, be it by others that it calls, that reaches a type, a trait, a macro or a static of a cell stays as it is, since a
//! type that is compiled twice is two types.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};

use quote::ToTokens;
use syn::visit::{self, Visit};

use super::compile::{Compiler, Make, Order};
use super::heat::HOT;
use super::item::Item;
use super::parse::RUNTIME;
use super::phase::Phase;
use super::programs::Programs;
use super::source::{Program, Role};
use super::table::Table;

/// Less urgent than anything that somebody waits for.
const NICENESS: i32 = 10;

/// A function that can be compiled apart.
#[derive(Debug, Clone, PartialEq)]
struct Candidate {
    key: String,
    name: String,
    /// `safe fn walk(_: u64) -> u64;`
    declaration: String,
    /// All that its code depends on.
    made_of: String,
}

/// A function that has been compiled apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Linked {
    made_of: String,
    declaration: String,
    symbol: String,
    pub home: Home,
}

/// A library of such functions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Home {
    pub library: PathBuf,
    /// A function in it that does nothing, as that of a cell: calling it loads the library.
    pub symbol: String,
}

impl Linked {
    /// What stands in a program instead of the function.
    pub fn declare(&self) -> String {
        format!("unsafe extern \"Rust\" {{ #[link_name = \"{}\"] {} }}\n", self.symbol, self.declaration)
    }
}

/// The functions of a session that are compiled apart.
#[derive(Debug, Default)]
pub struct Apart {
    linked: HashMap<String, Linked>,
    /// What was compiled, whether it could be or not.
    tried: HashSet<String>,
    under_way: Option<UnderWay>,
    count: u64,
}

#[derive(Debug)]
struct UnderWay {
    phase: Phase,
    thread: JoinHandle<Option<PathBuf>>,
    order: Order,
    program: Program,
    candidates: Vec<Candidate>,
}

impl Apart {
    /// Takes over what has been compiled meanwhile.
    pub fn collect(&mut self, programs: &Programs) {
        let Some(done) = self.under_way.take_if(|under_way| under_way.thread.is_finished()) else { return };
        let Ok(Some(library)) = done.thread.join() else { return };
        programs.remember_for_long(done.order, done.program, &library);
        let home = Home { library, symbol: loader(self.count) };
        for Candidate { key, name, declaration, made_of } in done.candidates {
            let symbol = exported(self.count, &name);
            self.linked.insert(key, Linked { made_of, declaration, symbol, home: home.clone() });
        }
    }

    /// Those among items that a program can link, by their keys.
    pub fn linked(&self, items: &[&Item], table: &Table, around: &str) -> BTreeMap<String, Linked> {
        let linked = |item: &&Item| {
            let linked = self.linked.get(&item.key)?;
            let same = made_of(item, table, around)? == linked.made_of;
            same.then(|| (item.key.clone(), linked.clone()))
        };
        items.iter().filter_map(linked).collect()
    }

    /// Begins to compile those among items that are worth it. `around` is what else their code depends on.
    pub fn begin(
        &mut self,
        items: &[&Item],
        table: &Table,
        around: &str,
        links: &str,
        compiler: Compiler,
        order: impl FnOnce(u64) -> Order,
    ) {
        if self.under_way.is_some() {
            return;
        }
        let new = |candidate: &Candidate| !self.tried.contains(&candidate.made_of);
        let candidates: Vec<Candidate> =
            items.iter().filter_map(|item| candidate(item, table, around)).filter(new).collect();
        if candidates.is_empty() {
            return;
        }
        self.tried.extend(candidates.iter().map(|candidate| candidate.made_of.clone()));
        self.count += 1;
        let order = order(self.count);
        let program = program(&candidates, table, links, self.count);
        let phase = Phase::default();
        phase.begin();
        let (source, its_order, its_phase) = (program.text().to_owned(), order.clone(), phase.clone());
        let work = move || {
            // Of this thread only, and of what it starts. Without it the compiler is only less polite.
            let _ = rustix::process::nice(NICENESS);
            compiler.compile(&its_order, &source, None, &its_phase).ok().map(|compiled| compiled.library)
        };
        // Without it later cells compile the functions themselves, that is all.
        if let Ok(thread) = Builder::new().name("apart".to_owned()).spawn(work) {
            self.under_way = Some(UnderWay { phase, thread, order, program, candidates });
        }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Some(under_way) = self.under_way.take() {
            under_way.phase.interrupt();
            // A panic there is of no interest any more.
            let _ = under_way.thread.join();
        }
    }
}

/// The order for the library with this number, which is to lie in the folder.
pub fn order(number: u64, folder: PathBuf, epoch: u64, flags: Vec<String>) -> Order {
    let file = format!("apart_{number}.rs");
    Order { folder, file, make: Make::Library, epoch, opt_level: HOT, flags }
}

fn loader(number: u64) -> String {
    format!("ferrolab_apart_{number}")
}

fn exported(number: u64, name: &str) -> String {
    format!("{}_{name}", loader(number))
}

/// The name of the function that a symbol of such a library exports.
pub fn name_of_symbol(symbol: &str) -> Option<&str> {
    symbol.strip_prefix("ferrolab_apart_")?.split_once('_').map(|(_, name)| name)
}

fn program(candidates: &[Candidate], table: &Table, links: &str, number: u64) -> Program {
    let mut program = Program::default();
    program.glue(&format!(
        "#[unsafe(no_mangle)] pub fn {}(_: &mut {RUNTIME}::Store) -> {RUNTIME}::End {{ {RUNTIME}::attempt(|| \
         -> ::std::result::Result<(), {RUNTIME}::CellFailure> {{ ::std::result::Result::Ok(()) }}) }}\n",
        loader(number)
    ));
    for import in table.imports() {
        program.generated(&format!("{}\n", import.text), Role::Import(import.text.clone()));
    }
    program.glue(links);
    for item in table.reach(&candidates.iter().map(|candidate| candidate.name.clone()).collect()) {
        if let Some(candidate) = candidates.iter().find(|candidate| candidate.key == item.key) {
            let symbol = exported(number, &candidate.name);
            program.glue(&format!("#[unsafe(export_name = \"{symbol}\")] "));
        }
        program.pieces(&item.pieces, Some(&item.key));
    }
    program
}

fn candidate(item: &Item, table: &Table, around: &str) -> Option<Candidate> {
    let made_of = made_of(item, table, around)?;
    let function: syn::ItemFn = syn::parse_str(&item.tokens.text).ok()?;
    let declaration = declaration(&function)?;
    let name = function.sig.ident.to_string();
    let mut turns = Turns { of: &name, found: false };
    turns.visit_block(&function.block);
    turns.found.then(|| Candidate { key: item.key.clone(), name, declaration, made_of })
}

/// All that the code of a function depends on; `None` if that is more than functions and constants.
fn made_of(item: &Item, table: &Table, around: &str) -> Option<String> {
    let name = item.key.strip_prefix("fn ")?;
    let reached = table.reach(&HashSet::from([name.to_owned()]));
    let fits = |item: &&Item| {
        let plain = item.key.starts_with("fn ") || item.key.starts_with("const ");
        let alone = |word: &str| !item.tokens.mentions.contains(word);
        // A static in a function is one for all of its calls only if there is one copy of it. What writes to standard error
        // needs other macros.
        plain
            && !item.tokens.text.contains("static ")
            && ["thread_local", "eprint", "eprintln", "dbg"].into_iter().all(alone)
    };
    if !reached.iter().all(fits) {
        return None;
    }
    let texts = reached.iter().map(|item| item.tokens.text.as_str());
    let imports = table.imports().iter().map(|import| import.text.as_str());
    Some(texts.chain(imports).chain([around]).collect::<Vec<_>>().join("\n"))
}

/// How a program that does not contain a function declares it; `None` for what cannot be declared so.
fn declaration(function: &syn::ItemFn) -> Option<String> {
    let signature = &function.sig;
    let plain = signature.constness.is_none()
        && signature.asyncness.is_none()
        && signature.unsafety.is_none()
        && signature.abi.is_none()
        && signature.generics.params.is_empty()
        && function.attrs.iter().all(|attribute| attribute.path().is_ident("doc"));
    let mut parameters = Vec::new();
    for input in &signature.inputs {
        let syn::FnArg::Typed(typed) = input else { return None };
        parameters.push(format!("_: {}", typed.ty.to_token_stream()));
    }
    let output = signature.output.to_token_stream().to_string();
    let text = format!("safe fn {}({}) {output};", signature.ident, parameters.join(", "));
    (plain && !text.contains("impl ")).then_some(text)
}

/// Whether a function loops, calls itself, or goes through an iterator.
struct Turns<'a> {
    of: &'a str,
    found: bool,
}

impl<'ast> Visit<'ast> for Turns<'_> {
    fn visit_expr_for_loop(&mut self, _: &'ast syn::ExprForLoop) {
        self.found = true;
    }

    fn visit_expr_while(&mut self, _: &'ast syn::ExprWhile) {
        self.found = true;
    }

    fn visit_expr_loop(&mut self, _: &'ast syn::ExprLoop) {
        self.found = true;
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        let closure = node.args.iter().any(|argument| matches!(argument, syn::Expr::Closure(_)));
        self.found |= closure || node.method == "sum" || node.method == "product";
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        self.found |= node.path.is_ident(self.of);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cell::CellText;
    use crate::engine::direct::parse::{Last, Surroundings, parse};
    use crate::engine::direct::view::View;

    /// What is said of the function `f` in a cell.
    fn declared(text: &str) -> Option<String> {
        let cell = Arc::new(CellText { number: 1, text: text.to_owned() });
        let (table, view) = (Table::default(), View::default());
        let around = Surroundings { folder: std::path::Path::new("."), table: &table, view: &view };
        let parsed = parse(&cell, Last::Result, around).unwrap();
        let table = Table::default().with(&parsed.items, &parsed.imports);
        candidate(table.get("fn f").unwrap(), &table, "").map(|candidate| candidate.declaration)
    }

    #[test]
    fn functions_with_loops_qualify_together_with_those_that_they_call() {
        let expected = "safe fn f(_: & [f64], _: u32) -> f64;";
        let code = "use std::collections::HashMap; const N: u32 = 3; fn g() {}
            /// Sums.\nfn f(mut xs: &[f64], n: u32) -> f64 { for x in xs { g(); } N as f64 }";
        assert_eq!(declared(code).as_deref(), Some(expected));
        assert!(declared("fn f(n: u64) -> u64 { if n < 2 { n } else { f(n - 1) + f(n - 2) } }").is_some());
        assert!(declared("fn f(v: Vec<u64>) -> u64 { v.iter().map(|x| x * 2).sum() }").is_some());
    }

    #[test]
    fn functions_of_which_two_copies_are_not_one_do_not_qualify() {
        for code in [
            "struct P; fn f(p: P) { loop {} }",
            "struct P; fn g() { let p = P; } fn f() { loop { g() } }",
            "static N: u32 = 1; fn f() { while N > 0 {} }",
            "fn f() { static N: u32 = 1; while N > 0 {} }",
            "trait T { fn t(&self) { } } impl T for f64 {} fn f() { loop { 1.0.t() } }",
            "macro_rules! m { () => {} } fn f() { loop { m!() } }",
            "fn f<T>(t: T) { loop {} }",
            "fn f(t: impl Fn()) { loop {} }",
            "const fn f() { loop {} }",
            "async fn f() { loop {} }",
            "#[inline] fn f() { loop {} }",
            "fn f() { loop { eprintln!() } }",
            "fn f() -> i32 { 1 }",
        ] {
            assert_eq!(declared(code), None, "{code}");
        }
    }
}
