//! The variables that live between cells.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::pin::Pin;

use crate::frame::Stored;

/// Variables by name. A cell takes out those it mentions and puts them back at its end.
#[derive(Default)]
pub struct Store {
    values: HashMap<String, Kept>,
    /// What lives as long as the process, one of each type.
    residents: HashMap<TypeId, &'static dyn Any>,
}

/// A variable and what the compiler calls its type.
struct Kept {
    value: Box<dyn Any>,
    type_name: &'static str,
}

impl Store {
    /// Moves a variable out.
    ///
    /// # Panics
    /// If there is no such variable, or it has another type: a mistake of the kernel, never of the user.
    pub fn take<T: 'static>(&mut self, name: &str) -> T {
        match self.take_any(name).downcast::<T>() {
            Ok(value) => *value,
            Err(_) => wrong_type(name, type_name::<T>()),
        }
    }

    /// Moves a variable out whose type was compiled under another crate identity.
    ///
    /// When an item is redefined, the kernel compiles all later cells under a new crate identity, so that a `TypeId`
    /// never stands for two layouts. Types whose own definitions did not change then have a new `TypeId` and the same
    /// layout; their values are carried over by this function.
    ///
    /// # Safety
    /// The variable's type must have been compiled from the same definitions as `T`, by the same compiler with the same
    /// flags.
    pub unsafe fn take_same_definition<T: 'static>(&mut self, name: &str) -> T {
        let value = self.take_any(name);
        if size_of_val(&*value) != size_of::<T>() || align_of_val(&*value) != align_of::<T>() {
            wrong_type(name, type_name::<T>());
        }
        // SAFETY: the caller vouches that the box holds a `T`; size and alignment, hence the allocation, agree.
        *unsafe { Box::from_raw(Box::into_raw(value).cast::<T>()) }
    }

    /// Puts a variable back.
    pub fn put<T: 'static>(&mut self, name: &str, value: T) {
        self.put_any(name, Kept { value: Box::new(value), type_name: type_name::<T>() });
    }

    /// The one value of its type that all cells share, such as the runtime of asynchronous cells; made by the first that asks.
    pub fn resident<T: 'static, E>(&mut self, make: impl FnOnce() -> Result<T, E>) -> Result<&'static T, E> {
        let known = self.residents.get(&TypeId::of::<T>()).and_then(|value| value.downcast_ref());
        match known {
            Some(value) => Ok(value),
            None => {
                let value: &'static T = Box::leak(Box::new(make()?));
                self.residents.insert(TypeId::of::<T>(), value);
                Ok(value)
            }
        }
    }

    /// Drops a variable.
    pub(super) fn forget(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// All variables.
    pub(super) fn stored(&self) -> Vec<Stored> {
        let stored = |(name, kept): (&String, &Kept)| Stored {
            name: name.clone(),
            type_name: kept.type_name.to_owned(),
        };
        self.values.iter().map(stored).collect()
    }

    fn take_any(&mut self, name: &str) -> Box<dyn Any> {
        match self.values.remove(name) {
            Some(kept) => kept.value,
            None => panic!("the variable `{name}` is not in the store"),
        }
    }

    fn put_any(&mut self, name: &str, kept: Kept) {
        self.values.insert(name.to_owned(), kept);
    }
}

/// Does nothing. The kernel finds the type of a new variable at the calls of this function in the cell's MIR, so it must
/// never be inlined.
#[inline(never)]
pub fn witness<T: 'static>(_name: &str, _value: &T) {}

/// The same for a value that is only looked at, of which the type is asked.
#[inline(never)]
pub fn any_witness<T: ?Sized>(_name: &str, _value: &T) {}

/// An iterator of a type without a name, as later cells can name it.
pub fn boxed_iterator<I: Iterator + 'static>(iterator: I) -> Box<dyn Iterator<Item = I::Item>> {
    Box::new(iterator)
}

/// A future of a type without a name, as later cells can name it.
pub fn boxed_future<F: Future + 'static>(future: F) -> Pin<Box<dyn Future<Output = F::Output>>> {
    Box::pin(future)
}

#[cold]
fn wrong_type(name: &str, expected: &str) -> ! {
    panic!("the variable `{name}` is not of type `{expected}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_comes_back_as_it_was_put() {
        let mut store = Store::default();
        store.put("words", vec!["a".to_owned()]);
        let mut words: Vec<String> = store.take("words");
        words.push("b".to_owned());
        store.put("words", words);
        assert_eq!(store.take::<Vec<String>>("words"), ["a", "b"]);
        assert!(store.stored().is_empty());
    }

    #[test]
    fn a_resident_is_made_once() {
        let mut store = Store::default();
        assert_eq!(store.resident(|| Err::<u8, _>("no")), Err("no"));
        assert_eq!(store.resident(|| Ok::<_, &str>(1_u8)), Ok(&1));
        assert_eq!(store.resident(|| Ok::<_, &str>(2_u8)), Ok(&1));
        assert!(store.stored().is_empty());
    }

    #[test]
    fn what_is_stored_is_told_with_its_type() {
        let mut store = Store::default();
        store.put("x", 0.5_f32);
        assert_eq!(store.stored(), [Stored { name: "x".to_owned(), type_name: "f32".to_owned() }]);
    }

    #[test]
    #[should_panic(expected = "the variable `n` is not of type `u32`")]
    fn another_type_is_refused() {
        let mut store = Store::default();
        store.put("n", 1_i32);
        store.take::<u32>("n");
    }

    #[test]
    fn a_value_of_the_same_definition_is_carried_over() {
        struct Before(#[allow(dead_code)] f64, #[allow(dead_code)] String);
        struct After(f64, String);
        let mut store = Store::default();
        store.put("p", Before(1.5, "x".to_owned()));
        // SAFETY: the two structs have the same definition.
        let point: After = unsafe { store.take_same_definition("p") };
        assert_eq!((point.0, point.1.as_str()), (1.5, "x"));
    }
}
