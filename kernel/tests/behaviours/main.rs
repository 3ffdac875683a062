//! What a notebook may expect of an engine, as data: each theme is a list of behaviours, which run on every engine of this
//! build. Where an engine differs, the list says how and why; nothing is left out.

mod behaviour;
mod errors;
#[path = "../engine/harness.rs"]
#[allow(dead_code)]
mod harness;
mod items;
mod life;
mod output;
mod patterns;
mod syntax;
mod traits;
mod variables;

/// A test of each theme for each engine.
macro_rules! themes {
    ($($theme:ident),*) => {
        mod on_the_direct_engine {
            $(#[test]
            fn $theme() {
                crate::behaviour::all_hold(ferrolab_kernel::engine::Kind::Direct, &crate::$theme::behaviours());
            })*
        }

        #[cfg(feature = "evcxr")]
        mod on_evcxr {
            $(#[test]
            fn $theme() {
                crate::behaviour::all_hold(ferrolab_kernel::engine::Kind::Evcxr, &crate::$theme::behaviours());
            })*
        }

        /// All of them, to be counted.
        fn all() -> usize {
            [$($theme::behaviours().len()),*].into_iter().sum()
        }
    };
}

themes!(errors, items, life, output, patterns, syntax, traits, variables);

#[test]
fn there_are_at_least_eighty() {
    assert!(all() >= 80, "{}", all());
}
