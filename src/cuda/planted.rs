//! Bugs planted in what ships, one at a time, to see that this library's own tests catch them on the emulator: changes to the PTX
//! when it is loaded, and slips of the host code, which asks [`is`] where one can be planted.

use std::borrow::Cow;
use std::sync::LazyLock;

/// The environment variable that names the bug.
pub(super) const VARIABLE: &str = "FERROLAB_PLANTED_BUG";

static PLANTED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var(VARIABLE).ok());

/// Whether this bug is planted now.
pub(super) fn is(name: &str) -> bool {
    PLANTED.as_deref() == Some(name)
}

/// A change to the PTX of a kernel.
pub(super) struct Change {
    pub(super) name: &'static str,
    file: &'static str,
    kernel: &'static str,
    /// What stands in the line that changes, and which of these lines it is, from 0.
    line: (&'static str, usize),
    /// What is written there for what; nothing: the line goes.
    instead: Option<(&'static str, &'static str)>,
    /// The tests that must fail.
    pub(super) caught_by: &'static str,
}

const fn change(
    name: &'static str,
    [file, kernel]: [&'static str; 2],
    line: (&'static str, usize),
    instead: Option<(&'static str, &'static str)>,
    caught_by: &'static str,
) -> Change {
    Change { name, file, kernel, line, instead, caught_by }
}

pub(super) const CHANGES: &[Change] = &[
    change(
        "a barrier lost in a product",
        ["matmul", "product_small_nn"],
        ("bar.sync", 0),
        None,
        "ops::matmul",
    ),
    change("a barrier lost in a sum", ["reduce", "sum_columns"], ("bar.sync", 1), None, "ops::sum"),
    change(
        "a barrier lost in a softmax",
        ["softmax", "softmax_block"],
        ("bar.sync", 1),
        None,
        "ops::softmax",
    ),
    change("a barrier lost in a sort", ["sort", "sort_tiles"], ("bar.sync", 0), None, "cuda::sort"),
    change("a barrier lost in a chain of tags", ["crf", "ways"], ("bar.sync", 0), None, "crf"),
    change("a bounds check lost", ["binary", "sub"], ("@%p1 bra", 0), None, "ops::sub"),
    change(
        "one value too many",
        ["binary", "mul"],
        ("setp.ge.u32", 0),
        Some(("setp.ge", "setp.gt")),
        "ops::mul::",
    ),
    change(
        "a step of a warp's sum lost",
        ["reduce", "sum_warps"],
        ("shfl.sync", 0),
        Some(("bfly", "idx")),
        "ops::sum",
    ),
    change(
        "every block takes the first one's values",
        ["binary", "sub"],
        ("%ctaid.x", 0),
        Some(("%ctaid.x", "0")),
        "self_test",
    ),
    change(
        "arguments in the wrong order",
        ["binary", "div"],
        ("div_param_1", 0),
        Some(("param_1", "param_2")),
        "ops::div::",
    ),
    change(
        "half a value off",
        ["unary", "bounded_value"],
        ("st.global.f32", 0),
        Some(("]", "+2]")),
        "ops::relu::",
    ),
    change(
        "an atomic that is none",
        ["accuracy", "count_right"],
        ("atom.global.add.f32", 0),
        Some(("atom.global.add.f32", "ld.global.f32")),
        "accuracy",
    ),
    change(
        "a sum that starts at one",
        ["reduce", "sum_each"],
        ("0f00000000", 0),
        Some(("0f00000000", "0f3F800000")),
        "ops::sum",
    ),
    change(
        "a stride for another axis",
        ["binary", "strided_read"],
        ("div.u32", 0),
        Some(("div.u32", "max.u32")),
        "ops::transpose",
    ),
    change(
        "a wrong factor of the random numbers",
        ["dropout", "philox_words"],
        ("mul.wide.u32", 1),
        Some(("-766435501", "-766435503")),
        "dropout",
    ),
    change(
        "NaN that loses",
        ["pool", "max_pool_value"],
        ("setp.nan", 0),
        Some(("setp.nan", "setp.num")),
        "pool2d",
    ),
];

/// Slips of the host code, and the tests that must fail.
pub(super) const SLIPS: &[(&str, &str)] = &[
    ("a download that does not wait", "ops::add::"),
    ("memory freed before it is used", "ops::exp"),
    ("memory freed twice", "ops::exp"),
    ("a wrong leading dimension", "cuda::product"),
    ("operands rounded unasked", "cuda::convolution"),
    ("pinned memory handed out too early", "ops::sub::"),
];

/// The PTX of a file with the bug that is planted in it.
pub(super) fn in_(file: &str, ptx: &'static str) -> Cow<'static, str> {
    match CHANGES.iter().find(|change| change.file == file && is(change.name)) {
        Some(change) => change.made_to(ptx).into(),
        None => ptx.into(),
    }
}

impl Change {
    fn made_to(&self, ptx: &str) -> String {
        let begin = ptx.find(&format!(".entry {}(", self.kernel)).expect("there is such a kernel");
        let end = begin + ptx[begin..].find("\n}").expect("a kernel ends");
        let (needle, number) = self.line;
        let lines = ptx[begin..end].lines().scan(begin, |at, line| {
            let start = *at;
            *at += line.len() + 1;
            Some((start, line))
        });
        let (at, line) = lines
            .filter(|(_, line)| line.contains(needle) && !line.trim_start().starts_with('.'))
            .nth(number)
            .unwrap_or_else(|| panic!("`{}` cannot be planted: the kernel has no such line", self.name));
        let changed = match self.instead {
            Some((from, to)) => line.replacen(from, to, 1),
            None => String::new(),
        };
        assert!(changed != line, "`{}` cannot be planted: nothing changes in `{line}`", self.name);
        [&ptx[..at], &changed, &ptx[at + line.len()..]].concat()
    }
}
