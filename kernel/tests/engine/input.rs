//! Cells that ask the person in front of them.

use crate::harness::{Session, drawn, failing, text};
use ferrolab_kernel::engine::{Answer, StreamName};

fn line(text: &str) -> Answer {
    Answer::Text(text.to_owned())
}

#[test]
fn input_and_password_give_the_line_that_was_typed() {
    let mut session = Session::after(&["use ferrolab::prelude::*;"]);
    session.will_answer([line("Ada"), line("sesam")]);
    assert_eq!(
        session.result("(input(\"Your name: \")?, password(String::from(\"Key: \"))?)"),
        "(\"Ada\", \"sesam\")"
    );
    assert_eq!(session.asked(), [("Your name: ".to_owned(), false), ("Key: ".to_owned(), true)]);
}

#[test]
fn a_refused_input_is_an_error_that_says_so() {
    let mut session = Session::after(&["use ferrolab::prelude::*; let kept = 1;"]);
    session.will_answer([Answer::Refused, Answer::Ended]);
    let error = session.fails("let name = input(\"Your name: \")?;");
    assert_eq!(error.ename, failing("InputError"));
    assert!(error.evalue.contains("allow_stdin is false"), "{}", error.evalue);
    let ended = session.result("matches!(input(\"\"), Err(InputError::Ended)) && kept == 1");
    assert_eq!(ended, "true");
}

#[test]
fn a_cell_interrupted_while_it_asks_keeps_its_variables() {
    let mut session = Session::after(&["use ferrolab::prelude::*; let kept = 1;"]);
    let questions = session.questions();
    let error = session.interrupted_when(move || questions() == 1, "let _ = kept;\nlet name = input(\"\")?;");
    assert_eq!(error.ename, "Interrupted");
    assert!(drawn(&error).contains("cell 2:2:1"), "{}", drawn(&error));
    session.will_answer([line("7")]);
    assert_eq!(session.result("input(\"\")?.parse::<i32>()? + kept"), "8");
}

#[cfg(target_os = "linux")]
mod standard_input {
    use super::*;

    const READ: &str = "let mut line = String::new(); let count = std::io::stdin().read_line(&mut line)?;";

    #[test]
    fn lines_are_asked_for_when_they_are_read() {
        let mut session = Session::new();
        session.will_answer([line("häh"), line("2"), line("3")]);
        let output = "print!(\"what? \");\nlet mut line = String::new();\nstd::io::stdin().read_line(&mut line)?;\nprint!(\"{line:?}\");";
        assert_eq!(text(&session.ok(output), StreamName::Stdout), "what? \"häh\\n\"");
        let sum =
            "std::io::stdin().lines().take(2).map(|line| line.unwrap().parse::<i32>().unwrap()).sum::<i32>()";
        assert_eq!(session.result(sum), "5");
        assert_eq!(session.asked(), vec![(String::new(), false); 3]);
    }

    #[test]
    fn a_line_longer_than_a_pipe_arrives_whole() {
        let mut session = Session::new();
        session.will_answer([line(&"x".repeat(300_000))]);
        assert_eq!(session.result(&format!("{READ} count")), "300001");
    }

    #[test]
    fn it_is_at_its_end_when_refused_and_the_next_cell_may_ask_again() {
        let mut session = Session::new();
        session.will_answer([Answer::Refused, line("again")]);
        assert_eq!(session.result(&format!("{READ} count")), "0");
        assert_eq!(session.result(&format!("{READ} line")), "\"again\\n\"");
    }

    #[test]
    fn a_read_that_is_interrupted_ends_the_cell_with_its_variables_kept() {
        let mut session = Session::after(&["let kept = 1; let other = 2;"]);
        for code in [READ, &format!("{READ} line.trim().parse::<i32>().unwrap()")] {
            session.asked();
            let questions = session.questions();
            assert_eq!(session.interrupted_when(move || questions() == 1, code).ename, "Interrupted");
            assert_eq!(session.result("kept + other"), "3");
        }
        session.will_answer([line("4")]);
        assert_eq!(
            session.result("let mut s = String::new(); std::io::stdin().read_line(&mut s)?; s"),
            "\"4\\n\""
        );
    }

    #[test]
    fn a_program_that_the_cell_starts_can_read_too() {
        let mut session = Session::new();
        for program in ["new(\"cat\")", "new(\"sh\").args([\"-c\", \"cat; true\"])"] {
            session.will_answer([line("from the person"), Answer::Ended]);
            let code = format!("std::process::Command::{program}.status()?;");
            assert_eq!(text(&session.ok(&code), StreamName::Stdout), "from the person\n", "{program}");
        }
    }
}
