//! The engine's side of the protocol, for the engines written in Rust (`protocol.py` tells what it is).

use std::collections::HashMap;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use serde_json::{Value, json};

const WARM_UP_STEPS: usize = 3;
const WARM_UP_SECONDS: f64 = 0.3;

/// What is asked for, without how long. `mode` is `train`, `infer` or `-`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Job {
    pub workload: String,
    pub mode: String,
    pub batch: usize,
}

impl Job {
    /// Samples in a step: a product of matrices is one.
    fn samples(&self) -> usize {
        if self.workload == "matmul" { 1 } else { self.batch }
    }
}

/// One repetition of the work.
pub type Step = Box<dyn FnMut()>;

/// Answers requests until the input ends. `build` gives none for a workload that the engine lacks.
pub fn serve(engine: &str, version: &str, build: impl Fn(&Job) -> Option<Step>) {
    let mut steps = HashMap::new();
    send(&json!({"engine": engine, "version": version}));
    for line in stdin().lock().lines() {
        let line = line.expect("the input is text");
        let (job, seconds) = parse(&line).unwrap_or_else(|| panic!("not a request: {line}"));
        let step = steps.entry(job.clone()).or_insert_with(|| build(&job).map(warm_up));
        send(&match step {
            Some(step) => json!({"samples_per_second": measure(step, seconds) * job.samples() as f64}),
            None => json!({"unsupported": "no such workload here"}),
        });
    }
}

fn send(message: &Value) {
    let mut out = stdout().lock();
    writeln!(out, "{message}").and_then(|()| out.flush()).expect("the driver reads");
}

fn parse(line: &str) -> Option<(Job, f64)> {
    let mut words = line.split_whitespace();
    let (workload, mode) = (words.next()?.into(), words.next()?.into());
    let batch = words.next()?.parse().ok()?;
    Some((Job { workload, mode, batch }, words.next()?.parse().ok()?))
}

fn warm_up(mut step: Step) -> Step {
    let start = Instant::now();
    let mut done = 0;
    while done < WARM_UP_STEPS || start.elapsed().as_secs_f64() < WARM_UP_SECONDS {
        step();
        done += 1;
    }
    step
}

/// Whole steps until the time is over: steps a second.
fn measure(step: &mut Step, seconds: f64) -> f64 {
    let start = Instant::now();
    let mut steps = 0;
    loop {
        black_box(&mut *step)();
        steps += 1;
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed >= seconds {
            return f64::from(steps) / elapsed;
        }
    }
}
