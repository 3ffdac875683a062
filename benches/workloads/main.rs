//! The workloads that ferrolab is compared with other libraries by; `benches/peers.sh` drives it beside them.
//!
//! ```text
//! cargo bench -p ferrolab --bench workloads -- cnn train 32 1.0
//! ```
//!
//! Without arguments it reads such requests from standard input, `WORKLOAD MODE BATCH SECONDS`, and answers each with a line
//! of JSON. What a request needs is built and warmed up the first time that it comes.

mod models;
mod peak;
mod scale;

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

/// One step of some work, to be repeated.
pub type Step = Box<dyn FnMut()>;

/// Work, and how much of what is counted (examples, products) one step does.
pub struct Work {
    pub step: Step,
    pub count: usize,
}

/// Steps before the first measurement: buffers are there and the caches warm then.
const WARM_UP: usize = 3;

fn main() {
    // Cargo adds an argument of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut works = HashMap::new();
    if !arguments.is_empty() {
        return println!("{}", answer(&arguments.join(" "), &mut works));
    }
    say(&format!(r#"{{"engine": "ferrolab", "version": "{}"}}"#, env!("CARGO_PKG_VERSION")));
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a request");
        say(&answer(line.trim(), &mut works));
    }
}

fn say(line: &str) {
    println!("{line}");
    std::io::stdout().flush().expect("someone who reads the answers");
}

fn answer(request: &str, works: &mut HashMap<String, Option<Work>>) -> String {
    let parts: Vec<&str> = request.split_whitespace().collect();
    let (name, seconds) = match parts[..] {
        [workload, mode, batch, seconds] => ([workload, mode, batch], seconds.parse().expect("seconds")),
        [workload, mode, batch] => ([workload, mode, batch], 1.0),
        _ => return format!(r#"{{"unsupported": "expected WORKLOAD MODE BATCH SECONDS, got {request}"}}"#),
    };
    if name[0] == "peak" {
        return format!(r#"{{"gflops": {:.1}}}"#, peak::gflops(2, seconds));
    }
    let work = works.entry(name.join(" ")).or_insert_with(|| build(name));
    match work {
        Some(work) => format!(r#"{{"samples_per_second": {:.2}}}"#, rate(work, seconds)),
        None => format!(r#"{{"unsupported": "{request}"}}"#),
    }
}

fn build([workload, mode, batch]: [&str; 3]) -> Option<Work> {
    let batch: usize = batch.parse().ok()?;
    let mut work = models::work(workload, mode, batch).or_else(|| scale::work(workload, mode, batch))?;
    (0..WARM_UP).for_each(|_| (work.step)());
    Some(work)
}

/// How much of the work is done in a second.
fn rate(work: &mut Work, seconds: f64) -> f64 {
    let (start, mut steps) = (Instant::now(), 0);
    // The clock is read once in about a millisecond.
    let mut at_a_time = 1;
    loop {
        let lap = Instant::now();
        (0..at_a_time).for_each(|_| (work.step)());
        steps += at_a_time;
        if lap.elapsed() < Duration::from_millis(1) {
            at_a_time *= 2;
        }
        let passed = start.elapsed().as_secs_f64();
        if passed >= seconds {
            return (steps * work.count) as f64 / passed;
        }
    }
}
