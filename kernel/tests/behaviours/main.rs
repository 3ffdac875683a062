//! What a notebook may expect of an engine, as data: each theme is a list of behaviours, which run on the engine that
//! `FERROLAB_ENGINE` names. Where an engine differs, the list says how and why; nothing is left out.

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

/// A test of each theme.
macro_rules! themes {
    ($($theme:ident),*) => {
        $(#[test]
        fn $theme() {
            crate::behaviour::all_hold(crate::harness::kind(), &crate::$theme::behaviours());
        })*

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
