//! Counts what code does: each kind of step costs a number of nanoseconds, as measured of unoptimised code, times the turns
//! of the loops around it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use syn::Expr;
use syn::visit::{self, Visit};

use super::functions::{Function, Functions, name_of};
use super::size::{Sizes, UNKNOWN, arguments};
use super::turns::turns;

/// Nanoseconds of a step. Those of a loop are for one turn, those of an iterator for one element.
const OPERATION: f64 = 1.0;
const INDEX: f64 = 4.0;
const CALL: f64 = 2.0;
const METHOD: f64 = 5.0;
const TURN: f64 = 2.0;
const ITERATOR: f64 = 8.0;
/// A look-up in a map.
const LOOK_UP: f64 = 100.0;
/// An element that is sorted.
const SORT: f64 = 100.0;

/// Methods that call a closure for each element.
const EACH: &[&str] = &[
    "all",
    "any",
    "filter",
    "filter_map",
    "find",
    "flat_map",
    "fold",
    "for_each",
    "inspect",
    "map",
    "map_while",
    "max_by",
    "max_by_key",
    "min_by",
    "min_by_key",
    "partition",
    "position",
    "reduce",
    "scan",
    "skip_while",
    "take_while",
    "try_fold",
];
/// Methods that go through all elements.
const THROUGH: &[&str] = &["collect", "count", "last", "max", "min", "product", "sum", "unzip"];
/// Methods that look into a map.
const LOOKING: &[&str] = &["contains", "contains_key", "entry", "get", "get_mut", "insert", "remove"];

/// How many calls of functions are followed in one cell.
const MOST_CALLS: u32 = 500;

/// The count.
pub struct Work<'f> {
    functions: &'f Functions,
    closures: HashMap<String, Rc<Function>>,
    pub sizes: Sizes,
    pub nanoseconds: f64,
    /// Calls of methods in the text.
    pub calls: usize,
    /// How often the present place is come by.
    times: f64,
    /// The functions that are being followed, with `times` at their beginning.
    stack: Vec<(String, f64)>,
    /// How often the innermost of them calls itself.
    recursion: f64,
    followed: u32,
    seen: HashSet<String>,
    with_maps: bool,
}

impl<'f> Work<'f> {
    /// Of code that mentions these names.
    pub fn new(functions: &'f Functions, mut sizes: Sizes, names: &HashSet<String>) -> Self {
        sizes.extend(&functions.constants);
        Work {
            functions,
            closures: HashMap::new(),
            sizes,
            nanoseconds: 0.0,
            calls: 0,
            times: 1.0,
            stack: Vec::new(),
            recursion: 0.0,
            followed: 0,
            seen: HashSet::new(),
            with_maps: names.iter().any(|name| name.ends_with("Map") || name.ends_with("Set")),
        }
    }

    fn add(&mut self, nanoseconds: f64) {
        self.nanoseconds += self.times * nanoseconds;
    }

    /// What a loop does in so many turns.
    fn repeat(&mut self, turns: f64, each: f64, body: impl FnOnce(&mut Self)) {
        let before = self.times;
        self.times *= turns;
        self.add(each);
        body(self);
        self.times = before;
    }

    /// A call of what may be a function of the session's own.
    fn follow<'a>(&mut self, name: &str, arguments: impl Iterator<Item = &'a Expr>) {
        if let Some((_, entered)) = self.stack.iter().find(|(on, _)| on == name) {
            self.recursion += self.times / entered;
            return;
        }
        let sizes: Vec<Option<f64>> = arguments.map(|argument| self.sizes.of(argument)).collect();
        let functions = self.functions.named(name);
        for function in functions.into_iter().chain(self.closures.get(name).cloned()) {
            if self.followed < MOST_CALLS && self.times > 0.0 {
                self.followed += 1;
                self.run(name, &function, &sizes);
            }
        }
    }

    fn run(&mut self, name: &str, function: &Function, sizes: &[Option<f64>]) {
        let (outside, before, calls) = (self.sizes.clone(), self.nanoseconds, self.calls);
        let recursion = std::mem::take(&mut self.recursion);
        for (at, parameter) in function.parameters.iter().enumerate() {
            if let Some(parameter) = parameter {
                self.sizes.set(parameter.clone(), sizes.get(at).copied().flatten());
            }
        }
        self.stack.push((name.to_owned(), self.times));
        self.visit_expr(&function.body);
        self.stack.pop();
        let largest = sizes.iter().flatten().copied().reduce(f64::max);
        self.nanoseconds = before + (self.nanoseconds - before) * runs(self.recursion, largest);
        (self.sizes, self.recursion) = (outside, recursion);
        if !self.seen.insert(name.to_owned()) {
            self.calls = calls; // the text of a function counts once
        }
    }
}

/// How often a function runs that calls itself so many times; `largest` is the largest of its arguments, if that is known.
fn runs(calls: f64, largest: Option<f64>) -> f64 {
    match largest {
        _ if calls < 1.0 => 1.0,
        _ if calls < 2.0 => largest.unwrap_or(UNKNOWN).clamp(1.0, UNKNOWN),
        // Each call goes one step towards the end.
        Some(steps) if steps <= 64.0 => 1.6_f64.powf(steps).max(calls.powf(steps / 2.0)),
        // That would never end, so each call halves what there is to do.
        Some(size) => 20.0 * size,
        None => 10.0 * UNKNOWN,
    }
}

impl<'ast> Visit<'ast> for Work<'_> {
    /// Functions count where they are called.
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_local(&mut self, node: &'ast syn::Local) {
        let value = node.init.as_ref().map(|init| &*init.expr);
        match (name_of(&node.pat), value) {
            (Some(name), Some(Expr::Closure(closure))) => {
                self.closures.insert(name, Rc::new(Function::closure(closure)));
            }
            _ => {
                visit::visit_local(self, node);
                self.sizes.bind(&node.pat, value);
            }
        }
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.visit_expr(&node.expr);
        let turns = self.sizes.turns(&node.expr);
        self.sizes.bind_turn(&node.pat, &node.expr);
        self.repeat(turns, ITERATOR, |work| work.visit_block(&node.body));
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        let turns = turns(Some(&node.cond), &node.body, &self.sizes);
        self.repeat(turns, TURN, |work| visit::visit_expr_while(work, node));
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        let turns = turns(None, &node.body, &self.sizes);
        self.repeat(turns, TURN, |work| work.visit_block(&node.body));
    }

    /// Of several branches one is taken: the one that calls its own function most often.
    fn visit_expr_if(&mut self, node: &'ast syn::ExprIf) {
        self.visit_expr(&node.cond);
        let before = self.recursion;
        self.visit_block(&node.then_branch);
        let then = std::mem::replace(&mut self.recursion, before);
        if let Some((_, otherwise)) = &node.else_branch {
            self.visit_expr(otherwise);
        }
        self.recursion = self.recursion.max(then);
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        self.visit_expr(&node.expr);
        let (before, mut most) = (self.recursion, self.recursion);
        for arm in &node.arms {
            self.visit_arm(arm);
            most = most.max(std::mem::replace(&mut self.recursion, before));
        }
        self.recursion = most;
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        self.add(OPERATION);
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_index(&mut self, node: &'ast syn::ExprIndex) {
        self.add(INDEX);
        visit::visit_expr_index(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        self.add(CALL);
        visit::visit_expr_call(self, node);
        if let Expr::Path(function) = &*node.func
            && let Some(name) = function.path.segments.last()
        {
            self.follow(&name.ident.to_string(), node.args.iter());
        }
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        self.calls += 1;
        self.visit_expr(&node.receiver);
        let (name, turns) = (node.method.to_string(), self.sizes.turns(&node.receiver));
        self.add(match name.as_str() {
            name if THROUGH.contains(&name) => ITERATOR * turns,
            name if name.starts_with("sort") => SORT * turns,
            name if self.with_maps && LOOKING.contains(&name) => LOOK_UP,
            _ => METHOD,
        });
        for argument in &node.args {
            match argument {
                Expr::Closure(closure) if EACH.contains(&name.as_str()) => {
                    for input in closure.inputs.iter().rev().take(1) {
                        self.sizes.bind_turn(input, &node.receiver);
                    }
                    self.repeat(turns, ITERATOR, |work| work.visit_expr(&closure.body));
                }
                _ => self.visit_expr(argument),
            }
        }
        self.follow(&name, node.args.iter());
    }

    /// What a macro does itself, such as printing, takes its time whether the cell is optimised or not.
    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        for argument in arguments(&node.tokens).iter().flatten() {
            self.visit_expr(argument);
        }
    }
}
