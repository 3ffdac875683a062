//! Says what is being done and how long it took: a spinner with the latest detail in a terminal, plain lines elsewhere.

use std::cell::Cell;
use std::fmt;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a long step shows that it goes on where there is no terminal, as in the log of a CI.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Does one step and shows it; `work` gets a function by which it tells what it is at.
pub fn step<T, E>(label: &str, work: impl FnOnce(&dyn Fn(&str)) -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    let spinner = spinner(label);
    let said = Cell::new(start);
    let result = work(&|detail: &str| {
        let detail = one_line(detail);
        if spinner.is_hidden() && said.get().elapsed() > SIGN_OF_LIFE {
            said.set(Instant::now());
            eprintln!("  {label} ({}): {detail}", Took(start.elapsed()));
        }
        spinner.set_message(detail);
    });
    spinner.finish_and_clear();
    let mark = if result.is_ok() { '✓' } else { '✗' };
    eprintln!("{mark} {label} ({})", Took(start.elapsed()));
    result
}

/// A spinner on standard error; hidden where that is no terminal.
pub fn spinner(label: &str) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // The template is a constant that indicatif knows; its default would do as well.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {elapsed}  {msg}") {
        spinner.set_style(style);
    }
    spinner.set_prefix(label.to_owned());
    if std::io::stderr().is_terminal() {
        spinner.enable_steady_tick(Duration::from_millis(100));
    }
    spinner
}

/// The first line that says something, short enough for the end of a line.
pub fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A time as people read it: `0.31 s`, `12.3 s`, `3 min 20 s`.
pub struct Took(pub Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        match seconds {
            ..10.0 => write!(f, "{seconds:.2} s"),
            10.0..60.0 => write!(f, "{seconds:.1} s"),
            _ => write!(f, "{} min {} s", self.0.as_secs() / 60, self.0.as_secs() % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable() {
        let took = |seconds| Took(Duration::from_secs_f64(seconds)).to_string();
        assert_eq!([took(0.314), took(12.34), took(200.0)], ["0.31 s", "12.3 s", "3 min 20 s"]);
    }

    #[test]
    fn details_are_one_short_line() {
        assert_eq!(one_line("\n  let é = 1;\nlet b = 2;"), "let é = 1;");
        assert_eq!(one_line(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
