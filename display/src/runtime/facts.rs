//! What `:vars` shows of a variable besides its name and type: sizes, memory, a value that is short.
//!
//! The kernel generates `report.add("x", (&x).ferrolab_facts())` for each variable. Method resolution takes [`HasFacts`] of
//! the type, else what the library adds for modules (a method of `&&T`), else [`NoFacts`] (a method of `&mut &T`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::channel;
use crate::frame::FromChild;
use crate::mime::MimeBundle;

/// The MIME type under which a report goes to the kernel.
pub const MIME_TYPE: &str = "application/vnd.ferrolab.facts+json";

/// Texts are cut at this many characters.
const TEXT: usize = 40;

/// What is known of a value. Empty texts where there is nothing to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Sizes: `[60000, 3, 32, 32]`, `891 rows × 12 columns`, the number of elements.
    pub shape: String,
    /// Memory that it holds, in bytes, where that is known.
    pub bytes: Option<usize>,
    /// The value itself, if it is short.
    pub value: String,
}

impl Facts {
    /// Facts of a value of this shape.
    pub fn shape(shape: impl Into<String>) -> Self {
        Facts { shape: shape.into(), ..Facts::default() }
    }

    /// Adds the memory that it holds.
    #[must_use]
    pub fn bytes(self, bytes: usize) -> Self {
        Facts { bytes: Some(bytes), ..self }
    }

    /// Adds the value.
    #[must_use]
    pub fn value(self, value: impl Into<String>) -> Self {
        Facts { value: value.into(), ..self }
    }
}

/// A type of which more is known than its name.
pub trait HasFacts {
    fn ferrolab_facts(&self) -> Facts;
}

/// All other types.
pub trait NoFacts {
    fn ferrolab_facts(&mut self) -> Facts;
}

impl<T> NoFacts for &T {
    fn ferrolab_facts(&mut self) -> Facts {
        Facts::default()
    }
}

/// The facts of all variables, on their way to the kernel.
#[derive(Debug, Default)]
pub struct Report(BTreeMap<&'static str, Facts>);

impl Report {
    pub fn add(&mut self, name: &'static str, facts: Facts) {
        self.0.insert(name, facts);
    }

    /// As the result of the cell, of a MIME type that no front end knows: the kernel takes it for itself.
    pub fn send(self) {
        let data = MimeBundle::new().with(MIME_TYPE, json!(self.0));
        channel::send(&FromChild::Result { data, metadata: json!({}) });
    }
}

macro_rules! plain_values {
    ($($type:ty),*) => {$(
        impl HasFacts for $type {
            fn ferrolab_facts(&self) -> Facts {
                Facts::default().bytes(size_of::<Self>()).value(format!("{self:?}"))
            }
        }
    )*};
}

plain_values!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char);

impl HasFacts for str {
    fn ferrolab_facts(&self) -> Facts {
        let mut value: String = self.chars().take(TEXT).collect();
        if value.len() < self.len() {
            value.push('…');
        }
        elements::<u8>(self.len()).value(format!("{value:?}"))
    }
}

impl HasFacts for String {
    fn ferrolab_facts(&self) -> Facts {
        self.as_str().ferrolab_facts()
    }
}

impl<T: HasFacts + ?Sized> HasFacts for &'static T {
    fn ferrolab_facts(&self) -> Facts {
        (**self).ferrolab_facts()
    }
}

fn elements<T>(count: usize) -> Facts {
    Facts::shape(count.to_string()).bytes(count * size_of::<T>())
}

macro_rules! collections {
    ($(<$($parameter:ident),*> $type:ty, $element:ty;)*) => {$(
        impl<$($parameter),*> HasFacts for $type {
            fn ferrolab_facts(&self) -> Facts {
                elements::<$element>(self.len())
            }
        }
    )*};
}

collections! {
    <T> Vec<T>, T;
    <T> [T], T;
    <T> VecDeque<T>, T;
    <T> BTreeSet<T>, T;
    <T, S> HashSet<T, S>, T;
    <K, V> BTreeMap<K, V>, (K, V);
    <K, V, S> HashMap<K, V, S>, (K, V);
}

impl<T, const N: usize> HasFacts for [T; N] {
    fn ferrolab_facts(&self) -> Facts {
        elements::<T>(N)
    }
}

macro_rules! pointers {
    ($($type:ident),*) => {$(
        impl<T: HasFacts + ?Sized> HasFacts for $type<T> {
            fn ferrolab_facts(&self) -> Facts {
                (**self).ferrolab_facts()
            }
        }
    )*};
}

pointers!(Box, Rc, Arc);

#[cfg(test)]
mod tests {
    use super::*;

    /// As the kernel asks.
    macro_rules! facts {
        ($value:expr) => {
            (&$value).ferrolab_facts()
        };
    }

    #[test]
    fn numbers_and_texts_tell_their_value_and_collections_their_length() {
        assert_eq!(facts!(1.5_f64), Facts::default().bytes(8).value("1.5"));
        assert_eq!(facts!("añb"), Facts::shape("4").bytes(4).value("\"añb\""));
        assert_eq!(facts!(vec![1_u16; 3]), Facts::shape("3").bytes(6));
        assert_eq!(facts!([0.0_f32; 4]), Facts::shape("4").bytes(16));
        assert_eq!(facts!(Arc::new(vec![(); 2])).shape, "2");
    }

    #[test]
    fn a_type_of_which_nothing_is_known_has_empty_facts() {
        struct Opaque;
        assert_eq!(facts!(Opaque), Facts::default());
        assert_eq!(facts!(Box::new(Opaque)), Facts::default());
        assert_eq!(facts!(|| 1), Facts::default());
    }

    #[test]
    fn a_long_text_is_cut() {
        assert!(facts!("é".repeat(100)).value.chars().count() < 50);
    }
}
