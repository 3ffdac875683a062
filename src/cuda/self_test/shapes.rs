//! Operations that move values: other sizes, other orders, pieces, picks.

use super::cases::Case;
use crate::dtype::Values;
use crate::ops;
use crate::raw::Raw;

const fn of_block(name: &'static str, run: fn(&[Raw]) -> Raw) -> Case {
    Case::new(name, &[&[6, 4, 33]], run).many(4096)
}

const fn of_matrix(name: &'static str, run: fn(&[Raw]) -> Raw) -> Case {
    Case::new(name, &[&[37, 35]], run).many(32)
}

/// Every third value.
fn thirds(x: &Raw) -> Values<bool> {
    Values::new(&x.sizes(), (0..x.len()).map(|at| at % 3 == 0).collect())
}

/// As many indices below `size`, in no order.
fn indices(count: usize, size: usize) -> Vec<usize> {
    (0..count).map(|at| at * 7 % size).collect()
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_block("broadcast_to", |x| ops::broadcast_to(&x[0], &[3, x[0].sizes()[0], 4, 33])),
        of_block("cat", |x| ops::cat(&[x[0].clone(), ops::neg(&x[0])], 1)),
        of_block("chunk", |x| ops::chunk(&x[0], 1, 2).swap_remove(1)),
        of_matrix("diag", |x| ops::diag(&ops::select(&x[0], 0, 1))),
        Case::new("diagonal", &[&[35, 35]], |x| ops::diagonal(&x[0])),
        of_block("flatten", |x| ops::flatten(&x[0])),
        of_block("flip", |x| ops::flip(&x[0], 2)),
        of_block("gather", |x| {
            let rows = x[0].sizes()[0];
            ops::gather(&x[0], 2, &indices(rows * 4 * 5, 33), &[rows, 4, 5])
        }),
        of_block("index_select", |x| ops::index_select(&x[0], 1, &[3, 0, 3])),
        of_block("masked_fill", |x| ops::masked_fill(&x[0], &thirds(&x[0]), -1.0)),
        of_block("narrow", |x| ops::narrow(&x[0], 1, 1..3)),
        Case::new("outer", &[&[37], &[35]], |x| ops::outer(&x[0], &x[1])),
        Case::new("pad2d", &[&[3, 2, 7, 9]], |x| ops::pad2d(&x[0], [1, 2, 0, 3], 0.5)).many(512),
        of_block("permute", |x| ops::permute(&x[0], &[2, 0, 1])),
        of_block("repeat", |x| ops::repeat(&x[0], 1, 3)),
        of_block("reshape", |x| ops::reshape(&x[0], &[x[0].len() / 3, 3])),
        of_block("roll", |x| ops::roll(&x[0], 2, -5)),
        of_block("scatter_add", |x| {
            let rows = x[0].sizes()[0];
            let source = ops::slice(&x[0], 2, 0, 5);
            ops::scatter_add(&x[0], 2, &indices(rows * 4 * 5, 7), &source)
        }),
        of_block("select", |x| ops::select(&x[0], 1, 2)),
        of_block("slice", |x| ops::slice(&x[0], 2, 4, 11)),
        of_block("split", |x| ops::split(&x[0], 2, &[11, 22]).swap_remove(1)),
        Case::new("squeeze", &[&[6, 1, 33]], |x| ops::squeeze(&x[0], 1)),
        of_block("stack", |x| ops::stack(&[x[0].clone(), ops::neg(&x[0])], 1)),
        Case::new("trace", &[&[35, 35]], |x| ops::trace(&x[0])),
        of_matrix("transpose", |x| ops::transpose(&x[0])),
        of_matrix("tril", |x| ops::tril(&x[0], 1)),
        of_matrix("triu", |x| ops::triu(&x[0], -2)),
        of_block("unsqueeze", |x| ops::unsqueeze(&x[0], 1)),
        Case::new("upsample_nearest2d", &[&[2, 3, 5, 7]], |x| ops::upsample_nearest2d(&x[0], 2)).many(512),
        Case::new("upsample_bilinear2d", &[&[2, 3, 5, 7]], |x| ops::upsample_bilinear2d(&x[0], [9, 8]))
            .many(512),
        of_block("where_", |x| ops::where_(&thirds(&x[0]), &x[0], &ops::neg(&x[0]))),
    ]
}
