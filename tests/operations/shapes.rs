//! Operations that move values: other sizes, other orders, pieces, picks.

use ferrolab::Raw;
use ferrolab::ops;
use ferrolab::ops::Side;

use super::Cases;

#[test]
fn other_sizes_and_orders_equal_pytorch() {
    let cases = Cases::new("operations");
    cases.all("reshape", |sizes, x| ops::reshape(&x[0], sizes));
    cases.all("flatten", |_, x| ops::flatten(&x[0]));
    cases.all("squeeze", |at, x| ops::squeeze(&x[0], at[0]));
    cases.all("unsqueeze", |at, x| ops::unsqueeze(&x[0], at[0]));
    cases.all("transpose", |_, x| ops::transpose(&x[0]));
    cases.all("permute", |order, x| ops::permute(&x[0], order));
    cases.all("flip", |at, x| ops::flip(&x[0], at[0]));
    cases.all("roll", |at, x| ops::roll(&x[0], at[0], 2));
    cases.all("roll_back", |at, x| ops::roll(&x[0], at[0], -3));
    cases.all("repeat", |at, x| ops::repeat(&x[0], at[0], 3));
    cases.all("broadcast", |sizes, x| ops::broadcast_to(&x[0], sizes));
}

#[test]
fn diagonals_and_triangles_equal_pytorch() {
    let cases = Cases::new("operations");
    cases.all("diag", |_, x| ops::diag(&x[0]));
    cases.all("diagonal", |_, x| ops::diagonal(&x[0]));
    cases.all("trace", |_, x| ops::trace(&x[0]));
    cases.all("tril", |_, x| ops::tril(&x[0], 0));
    cases.all("triu", |_, x| ops::triu(&x[0], 0));
    cases.all("outer", |_, x| ops::outer(&x[0], &x[1]));
}

#[test]
fn pieces_equal_pytorch() {
    // The pieces times 1, 2, .., joined again: a piece in the wrong place is found out.
    let scaled = |parts: Vec<Raw>, axis: usize| {
        let parts: Vec<Raw> = (1..).zip(&parts).map(|(i, part)| ops::mul_scalar(part, i as f32)).collect();
        ops::cat(&parts, axis)
    };
    let cases = Cases::new("operations");
    cases.all("slice", |at, x| ops::slice(&x[0], at[0], at[1], at[2]));
    cases.all("narrow", |at, x| ops::narrow(&x[0], at[0], at[1]..at[1] + at[2]));
    cases.all("select", |at, x| ops::select(&x[0], at[0], at[1]));
    cases.all("split", |at, x| scaled(ops::split(&x[0], at[0], &at[1..]), at[0]));
    cases.all("chunk", |at, x| scaled(ops::chunk(&x[0], at[0], at[1]), at[0]));
    cases.all("cat", |at, x| ops::cat(x, at[0]));
    cases.all("stack", |at, x| ops::stack(x, at[0]));
}

#[test]
fn picks_equal_pytorch() {
    let cases = Cases::new("operations");
    cases.all("index_select", |at, x| ops::index_select(&x[0], at[0], &at[1..]));
    // Along the last axis, three places or two for each that there is.
    let last = |x: &Raw| x.sizes().len() - 1;
    let picked = |x: &Raw| if last(x) == 0 { vec![3] } else { vec![2, 3, 2] };
    cases.all("gather", |at, x| ops::gather(&x[0], last(&x[0]), at, &picked(&x[0])));
    cases.all("scatter_add", |at, x| ops::scatter_add(&x[0], last(&x[0]), at, &x[1]));
    cases.all("select_class", |at, x| ops::select_class(&x[0], at[0]));
    let mask = |x: &Raw| ops::gt(x, Side::Number(0.5));
    cases.all("where", |_, x| ops::where_(&mask(&x[0]), &x[1], &x[2]));
    cases.all("masked_fill", |_, x| ops::masked_fill(&x[1], &mask(&x[0]), 3.5));
}
