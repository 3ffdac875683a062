//! What a program did, counted.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Counters since the start or the last reset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    pub launches: u64,
    /// Launches of each kernel.
    pub kernels: BTreeMap<String, u64>,
    pub instructions: u64,
    pub to_device: Copies,
    pub to_host: Copies,
    pub on_device: Copies,
    pub sets: u64,
    pub synchronisations: u64,
    pub allocations: u64,
    pub frees: u64,
    pub graph_launches: u64,
    /// Calls of the linear algebra library.
    pub library_calls: u64,
    pub faults: u64,
    /// Allocations that were alive when the context was released.
    pub leaked: usize,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Copies {
    pub count: u64,
    pub bytes: u64,
}

impl Copies {
    pub fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
    }
}

impl Statistics {
    /// The counters as JSON. Names of kernels need no escapes: PTX allows only letters, digits, `_`, `$` and `%`.
    pub fn to_json(&self, live: usize, used: usize, peak: usize) -> String {
        let kernels: Vec<String> =
            self.kernels.iter().map(|(name, count)| format!("\"{name}\":{count}")).collect();
        let mut text = format!("{{\"launches\":{},\"kernels\":{{{}}}", self.launches, kernels.join(","));
        for (name, copies) in
            [("to_device", self.to_device), ("to_host", self.to_host), ("on_device", self.on_device)]
        {
            let _ = write!(text, ",\"{name}\":{{\"count\":{},\"bytes\":{}}}", copies.count, copies.bytes);
        }
        let counters = [
            ("instructions", self.instructions),
            ("sets", self.sets),
            ("synchronisations", self.synchronisations),
            ("allocations", self.allocations),
            ("frees", self.frees),
            ("graph_launches", self.graph_launches),
            ("library_calls", self.library_calls),
            ("faults", self.faults),
            ("live_allocations", live as u64),
            ("live_bytes", used as u64),
            ("peak_bytes", peak as u64),
            ("leaked", self.leaked as u64),
        ];
        for (name, value) in counters {
            let _ = write!(text, ",\"{name}\":{value}");
        }
        text + "}"
    }
}
