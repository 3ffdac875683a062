//! The two faces of a progress bar: a line of text and a strip of HTML. Pure functions of its state.

use std::fmt::Write;
use std::time::Duration;

use super::State;
use crate::mime::{MimeBundle, escape};

/// Width of the text bar in characters.
const WIDTH: usize = 30;

impl State {
    /// Both faces.
    pub(super) fn bundle(&self) -> MimeBundle {
        MimeBundle::new().html(self.html()).text(self.line())
    }

    /// One line of text: `epoch  67% ████████████████████░░░░░░░░░░ 2/3 · 4.0 s · 2.0 s left · loss 0.5`.
    pub(super) fn line(&self) -> String {
        let mut line = String::new();
        if !self.label.is_empty() {
            let _ = write!(line, "{} ", self.label);
        }
        if let Some(part) = self.part() {
            let full = (part * WIDTH as f64).round() as usize;
            let _ = write!(line, "{:3.0}% {}{} ", part * 100.0, "█".repeat(full), "░".repeat(WIDTH - full));
        }
        line + &self.facts()
    }

    /// A strip that reads well on a white and on a black page: grey translucent track, one accent colour, text in the
    /// page's own colour. Inline styles only, for notebooks shown as static pages.
    fn html(&self) -> String {
        let part = self.part();
        let colour = if self.finished.is_some() { "#2e9e5b" } else { "#2f7fd6" };
        let mut html = String::from(
            "<div style=\"display:flex;align-items:center;gap:0.7em;font-size:13px;font-variant-numeric:tabular-nums\">",
        );
        if !self.label.is_empty() {
            let _ = write!(html, "<span>{}</span>", escape(&self.label));
        }
        if let Some(part) = part {
            let _ = write!(
                html,
                "<div style=\"width:240px;height:10px;border-radius:5px;background-color:rgba(128,128,128,0.25);overflow:hidden\">\
                 <div style=\"width:{:.1}%;height:100%;background-color:{colour}\"></div></div><span>{:.0}%</span>",
                part * 100.0,
                part * 100.0
            );
        }
        let _ = write!(html, "<span style=\"opacity:0.75\">{}</span></div>", escape(&self.facts()));
        html
    }

    /// Steps, times and message.
    fn facts(&self) -> String {
        let spent = self.finished.unwrap_or_else(|| self.started.elapsed());
        let mut facts = match self.total {
            Some(total) => format!("{}/{total}", self.done),
            None => self.done.to_string(),
        };
        let _ = write!(facts, " · {}", short(spent));
        if let (Some(total), None, 1..) = (self.total, self.finished, self.done)
            && total > self.done
        {
            let left = spent.mul_f64((total - self.done) as f64 / self.done as f64);
            let _ = write!(facts, " · {} left", short(left));
        }
        if !self.message.is_empty() {
            let _ = write!(facts, " · {}", self.message);
        }
        facts
    }

    /// The part that is done, from 0 to 1; `None` when the total is unknown.
    fn part(&self) -> Option<f64> {
        match self.total? {
            0 => Some(1.0),
            total => Some((self.done as f64 / total as f64).min(1.0)),
        }
    }
}

/// A duration for people: `0.4 s`, `12.3 s`, `3 min 05 s`, `1 h 12 min`.
fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn half_done() -> State {
        State {
            label: "epoch <1>".to_owned(),
            message: "loss 0.5".to_owned(),
            done: 1,
            total: Some(2),
            started: Instant::now(),
            drawn: None,
            finished: Some(Duration::from_secs(65)),
        }
    }

    #[test]
    fn the_line_tells_label_part_steps_time_and_message() {
        let bar = "█".repeat(15) + &"░".repeat(15);
        assert_eq!(half_done().line(), format!("epoch <1>  50% {bar} 1/2 · 1 min 05 s · loss 0.5"));
    }

    #[test]
    fn the_html_escapes_what_the_user_wrote() {
        let html = half_done().html();
        assert!(html.contains("epoch &lt;1&gt;") && html.contains("width:50.0%"), "{html}");
    }

    #[test]
    fn more_steps_than_the_total_still_fit_the_bar() {
        let state = State { done: 5, ..half_done() };
        assert!(state.line().contains("100%"));
    }

    #[test]
    fn an_unknown_total_shows_the_count_only() {
        let state = State { total: None, ..half_done() };
        assert_eq!(state.line(), "epoch <1> 1 · 1 min 05 s · loss 0.5");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(short(Duration::from_millis(420)), "0.4 s");
        assert_eq!(short(Duration::from_secs(4320)), "1 h 12 min");
    }
}
