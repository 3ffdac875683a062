//! The type of an expression, asked without running it.

use ferrolab_kernel::engine::OptLevel;

use crate::harness::{Session, bundle, drawn};

#[test]
fn the_type_of_an_expression_is_told_and_nothing_runs() {
    let mut session = Session::after(&["let mut words = vec![String::new()]; let x = 2.5_f32;"]);
    for (expression, expected) in [
        ("x", "f32"),
        ("words.iter().map(|word| word.len()).collect::<Vec<_>>()", "Vec<usize>"),
        ("words.into_iter().next()", "Option<String>"),
        ("{ words.clear(); 1_u8 }", "u8"),
        ("ferrolab::Tensor::<ferrolab::Rank2<3, 4>>::zeros()", "Tensor<Rank2<3, 4>>"),
        ("&words[0][..]", "&str"),
    ] {
        assert_eq!(session.engine.type_of(expression, 9).unwrap(), expected, "{expression}");
    }
    assert_eq!(session.result("words.len()"), "1");
}

#[test]
fn what_has_no_type_is_an_error_at_its_place() {
    let mut session = Session::new();
    let error = session.engine.type_of("\n nope + 1", 7).unwrap_err();
    assert_eq!(error.ename, "E0425");
    assert!(drawn(&error).contains("cell 7:2:2"), "{}", drawn(&error));
    assert!(session.engine.type_of("let y = 3;", 7).unwrap_err().evalue.contains("expected an expression"));
    assert!(session.engine.type_of("1 +", 7).is_err());
}

#[test]
fn levels_of_optimisation_and_times_are_those_of_the_last_cell() {
    let mut session = Session::new();
    session.ok("let y = 3_u64;");
    assert!(session.engine.spent().compiling > session.engine.spent().running);
    *session.engine.opt_level() = Some(OptLevel(3));
    assert_eq!(session.result("(0..1000_u64).map(|i| i ^ y).sum::<u64>()"), "499500");
}

#[test]
fn clearing_forgets_variables_and_items() {
    let mut session = Session::after(&["let y = 3; fn f() -> i32 { 1 }"]);
    session.engine.clear().unwrap();
    assert_eq!(session.fails("y").ename, "E0425");
    assert_eq!(session.fails("f()").ename, "E0425");
    assert_eq!(session.result("1 + 1"), "2");
}

#[test]
#[cfg(target_os = "linux")]
fn cells_find_instances_of_generic_functions_and_stand_ins_for_the_linker_in_the_bundle() {
    let bundle = bundle();
    assert_eq!(bundle.links, "extern crate ferrolab_instances as _; ");
    assert_eq!(bundle.loads.len(), 2, "{:?}", bundle.loads);
    let linked =
        bundle.cell_flags.iter().filter(|flag| flag.starts_with("--extern=") && flag.contains("/linker/lib"));
    assert_eq!(linked.count(), 2, "{:?}", bundle.cell_flags);
}
