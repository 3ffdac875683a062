//! Generics, traits, lifetimes, iterators.

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("a generic function")
            .cell("fn largest<T: PartialOrd + Copy>(v: &[T]) -> T { let mut m = v[0]; for &x in v { if x > m { m = x; } } m }", Nothing)
            .cell("(largest(&[1, 5, 2]), largest(&[0.5, 0.25]))", Result("(5, 0.5)")),
        behaviour("a generic struct with a default and a bound")
            .cell("#[derive(Debug, Clone, Default)] struct Wrapper<T = i32> where T: Clone { value: T }", Nothing)
            .cell("let w = Wrapper { value: \"x\" }; let d: Wrapper = Wrapper::default();", Nothing)
            .cell("format!(\"{w:?} {d:?}\")", Result("\"Wrapper { value: \\\"x\\\" } Wrapper { value: 0 }\"")),
        behaviour("const generics")
            .cell("#[derive(Debug)] struct Matrix<const R: usize, const C: usize>([[f32; C]; R]); impl<const R: usize, const C: usize> Matrix<R, C> { fn size(&self) -> usize { R * C } }", Nothing)
            .cell("let m = Matrix([[1.0; 3]; 2]);", Nothing)
            .cell("m.size()", Result("6")),
        behaviour("lifetimes in functions and structs")
            .cell("struct Words<'a> { text: &'a str } impl<'a> Words<'a> { fn first(&self) -> &'a str { self.text.split(' ').next().unwrap_or(\"\") } }", Nothing)
            .cell("let w = Words { text: \"hello world\" };", Nothing)
            .cell("w.first()", Result("\"hello\"")),
        behaviour("an impl Trait as argument and result")
            .cell("fn evens(n: impl Iterator<Item = i32>) -> impl Iterator<Item = i32> { n.filter(|i| i % 2 == 0) }", Nothing)
            .cell("evens(0..7).collect::<Vec<_>>()", Result("[0, 2, 4, 6]")),
        behaviour("a value of an impl Trait is kept where its own type has a name")
            .cell("fn numbers() -> impl Iterator<Item = i32> { 0..3 }", Nothing)
            .cell("let n = numbers();", Fine).cell("n.count()", Result("3"))
            .differs(
                ferrolab_kernel::engine::Kind::Evcxr,
                "the cell that makes it is refused",
                &[Nothing, Fails("CompileError", "type"), Fails("E0425", "n")],
            ),
        behaviour("a trait with a default method, an associated type and a constant")
            .cell("trait Shape { const SIDES: u32; type Unit: std::fmt::Debug + Default; fn unit(&self) -> Self::Unit { Default::default() } }", Nothing)
            .cell("struct Square; impl Shape for Square { const SIDES: u32 = 4; type Unit = f32; }", Nothing)
            .cell("(Square::SIDES, Square.unit())", Result("(4, 0.0)")),
        behaviour("dyn traits in a vector")
            .cell("trait Area { fn area(&self) -> f64; } struct Sq(f64); struct Re(f64, f64); impl Area for Sq { fn area(&self) -> f64 { self.0 * self.0 } } impl Area for Re { fn area(&self) -> f64 { self.0 * self.1 } }", Nothing)
            .cell("let shapes: Vec<Box<dyn Area>> = vec![Box::new(Sq(2.0)), Box::new(Re(1.0, 3.0))];", Nothing)
            .cell("shapes.iter().map(|s| s.area()).sum::<f64>()", Result("7.0")),
        behaviour("derives: ordering, hash, equality, default")
            .cell("#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)] struct V { n: u8, s: String }", Nothing)
            .cell("use std::collections::HashSet; let a = V { n: 1, ..V::default() }; let set: HashSet<V> = [a.clone(), a.clone()].into(); (set.len(), a > V::default())", Result("(1, true)")),
        behaviour("operators on a type of one's own")
            .cell("use std::ops::{Add, Index}; #[derive(Debug, Clone, Copy)] struct V2(f32, f32); impl Add for V2 { type Output = V2; fn add(self, o: V2) -> V2 { V2(self.0 + o.0, self.1 + o.1) } } impl Index<usize> for V2 { type Output = f32; fn index(&self, i: usize) -> &f32 { if i == 0 { &self.0 } else { &self.1 } } }", Nothing)
            .cell("let v = V2(1.0, 2.0) + V2(3.0, 4.0); v[1]", Result("6.0"))
            .cell("v", Result("V2(4.0, 6.0)")),
        behaviour("a trait for a type of the standard library")
            .cell("trait Double { fn double(&self) -> Self; } impl Double for i32 { fn double(&self) -> i32 { self * 2 } } impl<T: Double> Double for Option<T> { fn double(&self) -> Self { self.as_ref().map(Double::double) } }", Nothing)
            .cell("Some(21).double()", Result("Some(42)")),
        behaviour("an iterator of one's own")
            .cell("struct Fib(u32, u32); impl Iterator for Fib { type Item = u32; fn next(&mut self) -> Option<u32> { let n = self.0; (self.0, self.1) = (self.1, self.0 + self.1); Some(n) } }", Nothing)
            .cell("Fib(0, 1).skip(1).step_by(2).take(4).collect::<Vec<_>>()", Result("[1, 2, 5, 13]")),
        behaviour("iterator chains with zip, fold, windows, sort and a range backwards")
            .cell("let mut v: Vec<i32> = (1..=5).rev().collect(); v.sort_by_key(|n| (n % 2, *n)); v", Result("[2, 4, 1, 3, 5]"))
            .cell("v.windows(2).zip(&v).fold(0, |sum, (w, x)| sum + w[0] * w[1] - x)", Result("20")),
        behaviour("generics with closures as arguments")
            .cell("fn compose<A, B, C>(f: impl Fn(A) -> B, g: impl Fn(B) -> C) -> impl Fn(A) -> C { move |a| g(f(a)) }", Nothing)
            .cell("compose(|x: i32| x + 1, |y| y.to_string())(41)", Result("\"42\"")),
        behaviour("higher ranked lifetimes")
            .cell("fn apply(f: &dyn for<'a> Fn(&'a str) -> &'a str) -> String { f(\" x \").to_owned() }", Nothing)
            .cell("apply(&|s| s.trim())", Result("\"x\"")),
        behaviour("the library's tensors go from cell to cell")
            .cell("use ferrolab::prelude::*;", Nothing)
            .cell("let t = Tensor::<Rank2<2, 2>>::from_vec(vec![1.0, 2.0, 3.0, 4.0]);", Nothing)
            .cell("let u = t.matmul(&t);", Nothing)
            .cell("u.sum().item()", Result("54.0")),
    ]
}
