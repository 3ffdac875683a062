//! How the last expression of a cell is shown, chosen by its type while the cell compiles.
//!
//! The kernel generates, for the last expression `e`:
//!
//! ```ignore
//! match &(e) { value => { use …{PickShow as _, PickPlain as _, DebugDisplay as _, NameDisplay as _};
//!                         (&&Probe(value)).pick().evcxr_display() } }
//! ```
//!
//! Method resolution then finds, in this order ("autoref specialisation"): [`Show`]; a method `evcxr_display` of the type
//! itself, by which many plotting crates show themselves in evcxr; `Debug`; the name of the type.
//!
//! With a format of the user's own (`:fmt {:#?}`), [`PickView`] stands for [`PickShow`], and a trait that the kernel writes into
//! the cell, around [`show_text`], for [`DebugDisplay`].

use std::cell::Cell;
use std::fmt::{self, Debug, Write};

use serde_json::json;

use super::Never;
use crate::channel;
use crate::frame::FromChild;
use crate::mime::{MimeBundle, Show};
use crate::type_name::short;

/// Longest `Debug` text that is sent.
const LONGEST: usize = 64 * 1024;
/// A `Debug` text longer than this is set over several lines, if it has fields to put on them.
const LINE: usize = 100;
/// But not over more lines than this.
const LINES: usize = 40;

/// Wraps the value for the first choice: has it a rich view?
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// First choice: it has.
pub trait PickShow<'a> {
    type Shown: ?Sized;
    fn pick(&self) -> Shown<'a, Self::Shown>;
}

/// [`Show`], and the type of an expression that never ends (`panic!()`, `loop {}`): the compiler decides late that
/// something is of this type, and by then it has taken the first choice. A trait of its own, because an `impl Show` for
/// this type would exclude all others in other crates.
pub trait Rich {
    fn rich_bundle(&self) -> MimeBundle;
}

impl<T: Show + ?Sized> Rich for T {
    fn rich_bundle(&self) -> MimeBundle {
        self.bundle()
    }
}

impl Rich for Never {
    fn rich_bundle(&self) -> MimeBundle {
        *self
    }
}

/// The most usual values. They would be shown by `Debug` all the same, but the compiler looks through every `impl Debug` of two
/// hundred crates before it takes that step: a third of its work on `1 + 1`.
macro_rules! rich_by_debug {
    ($($type:ty)*) => {
        $(impl Rich for $type {
            fn rich_bundle(&self) -> MimeBundle {
                debug_bundle(&self)
            }
        })*
    };
}

rich_by_debug! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 bool char str &str String }

impl<'a, T: Rich + ?Sized> PickShow<'a> for &Probe<'a, T> {
    type Shown = T;
    fn pick(&self) -> Shown<'a, T> {
        Shown(self.0)
    }
}

/// First choice where the user has said how `Debug` is to write: only what has a view that is no text.
pub trait PickView<'a> {
    type Shown: ?Sized;
    fn pick(&self) -> Shown<'a, Self::Shown>;
}

/// [`Rich`] without the most usual values.
pub trait View: Rich {}

impl<T: Show + ?Sized> View for T {}
impl View for Never {}

impl<'a, T: View + ?Sized> PickView<'a> for &Probe<'a, T> {
    type Shown = T;
    fn pick(&self) -> Shown<'a, T> {
        Shown(self.0)
    }
}

/// Second choice: the plain reference, for the methods below.
pub trait PickPlain<'a> {
    type Plain: ?Sized;
    fn pick(&self) -> &'a Self::Plain;
}

impl<'a, T: ?Sized> PickPlain<'a> for Probe<'a, T> {
    type Plain = T;
    fn pick(&self) -> &'a T {
        self.0
    }
}

/// A value with a rich view.
pub struct Shown<'a, T: ?Sized>(&'a T);

impl<T: Rich + ?Sized> Shown<'_, T> {
    pub fn evcxr_display(&self) {
        show(self.0.rich_bundle());
    }
}

/// Shows by `Debug`. A method of the same name that the type has itself comes first.
pub trait DebugDisplay {
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> DebugDisplay for T {
    fn evcxr_display(&self) {
        show_debug(&self);
    }
}

/// Shows the name of the type: all that is known of the value.
pub trait NameDisplay {
    fn evcxr_display(&mut self);
}

impl<T: ?Sized> NameDisplay for &T {
    // `&mut self`: the last that method resolution tries.
    fn evcxr_display(&mut self) {
        show_name(std::any::type_name::<T>());
    }
}

// What is generic above is compiled anew in every cell; it only forwards to these.

fn show_debug(value: &dyn Debug) {
    show(debug_bundle(value));
}

fn debug_bundle(value: &dyn Debug) -> MimeBundle {
    MimeBundle::new().text(debug_text(value))
}

fn show_name(name: &str) {
    show(MimeBundle::new().text(name));
}

/// Shows a text that the cell has written by a format of the user's own.
pub fn show_text(text: fmt::Arguments<'_>) {
    show(MimeBundle::new().text(limited(text)));
}

thread_local! {
    /// The type of the result that comes next, if it is to be told.
    static TYPE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// The result that is shown next is told with its type (`:types`).
pub fn with_type<T: ?Sized>(_value: &T) {
    TYPE.set(Some(std::any::type_name::<T>()));
}

fn show(mut data: MimeBundle) {
    let type_name = TYPE.take();
    if data.is_empty() {
        return;
    }
    if let (Some(type_name), Some(text)) = (type_name, data.plain()) {
        let text = format!(": {} = {text}", short(type_name));
        data = data.text(text);
    }
    channel::send(&FromChild::Result { data, metadata: json!({}) });
}

/// `{:?}` while it is short, `{:#?}` for a longer value with fields, cut when endless.
fn debug_text(value: &dyn Debug) -> String {
    let line = limited(format_args!("{value:?}"));
    if line.chars().count() <= LINE || line.contains('\n') || !line.contains(" { ") {
        return line;
    }
    let lines = limited(format_args!("{value:#?}"));
    if lines.lines().count() <= LINES { lines } else { line }
}

fn limited(text: fmt::Arguments<'_>) -> String {
    /// Takes no more than `LONGEST` bytes, then stops the formatting, which may be of millions of numbers.
    struct Limited(String);
    impl Write for Limited {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            if self.0.len() + text.len() > LONGEST {
                self.0.push_str(" … (cut: too long to show)");
                return Err(fmt::Error);
            }
            self.0.push_str(text);
            Ok(())
        }
    }
    let mut limited = Limited(String::new());
    let _ = limited.write_fmt(text);
    limited.0
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    // Not `PickView`: it stands for `PickShow` where the user has a format.
    use super::{LONGEST, PickPlain, PickShow, Probe, Rich, Shown, debug_text};

    /// Which of the choices the compiler takes.
    macro_rules! choice {
        ($value:expr) => {
            match &($value) {
                #[allow(unused_imports)]
                value => (&&Probe(value)).pick().chosen(),
            }
        };
    }

    // The same ladder as `evcxr_display`, telling which step was taken.
    trait DebugChosen {
        fn chosen(&self) -> &'static str;
    }
    impl<T: Debug + ?Sized> DebugChosen for T {
        fn chosen(&self) -> &'static str {
            "Debug"
        }
    }
    trait NameChosen {
        fn chosen(&mut self) -> &'static str;
    }
    impl<T: ?Sized> NameChosen for &T {
        fn chosen(&mut self) -> &'static str {
            "name"
        }
    }
    impl<T: Rich + ?Sized> Shown<'_, T> {
        fn chosen(&self) -> &'static str {
            "Show"
        }
    }

    #[derive(Debug)]
    struct Own;
    impl Own {
        fn chosen(&self) -> &'static str {
            "its own method"
        }
    }
    struct Silent;

    #[test]
    fn a_rich_view_comes_before_an_own_method_before_debug_before_the_name() {
        assert_eq!(choice!(crate::Html("x")), "Show");
        assert_eq!(choice!(&crate::Html("x")), "Show");
        assert_eq!(choice!(()), "Show");
        assert_eq!(choice!(Own), "its own method");
        assert_eq!(choice!(vec![1, 2]), "Debug");
        assert_eq!(choice!(&5), "Debug");
        assert_eq!(choice!(Silent), "name");
    }

    #[test]
    fn the_most_usual_values_need_no_search_for_debug() {
        assert_eq!(choice!(1 + 1), "Show");
        assert_eq!(choice!(0.5), "Show");
        assert_eq!(choice!("text"), "Show");
        assert_eq!(choice!(*"text"), "Show");
        assert_eq!(choice!(String::new()), "Show");
    }

    #[test]
    fn a_short_value_takes_one_line_and_a_struct_with_long_fields_several() {
        #[derive(Debug)]
        #[allow(dead_code)]
        struct Config {
            name: String,
        }
        assert_eq!(debug_text(&"é\n"), r#""é\n""#);
        assert_eq!(debug_text(&Config { name: "a".into() }), r#"Config { name: "a" }"#);
        assert!(debug_text(&Config { name: "a".repeat(100) }).starts_with("Config {\n"));
        assert!(!debug_text(&vec![1.5; 200]).contains('\n'));
    }

    #[test]
    fn an_endless_value_is_cut() {
        let text = debug_text(&vec![0; 1_000_000]);
        assert!(text.len() < LONGEST + 100 && text.ends_with("too long to show)"));
    }
}
