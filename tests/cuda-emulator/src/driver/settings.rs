//! What the environment says about the device.

use std::str::FromStr;

/// The device as it shows itself.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub devices: i32,
    pub capability: (i32, i32),
    pub memory: usize,
    /// The version of CUDA that the driver is for.
    pub driver: i32,
    pub seed: u64,
    pub instruction_limit: u64,
    /// Copies to ordinary memory of the host come as late as those to page-locked memory.
    pub late_pageable_copies: bool,
}

impl Settings {
    /// From `FERROLAB_EMULATOR_DEVICES`, `_CAPABILITY`, `_MEMORY`, `_DRIVER`, `_SEED`, `_INSTRUCTIONS` and `_LATE_COPIES`.
    pub fn from_environment() -> Self {
        let capability: String = variable("CAPABILITY", "8.6".into());
        let numbers: Vec<i32> = capability.split('.').filter_map(|part| part.parse().ok()).collect();
        let [major, minor] = numbers[..] else {
            panic!("FERROLAB_EMULATOR_CAPABILITY is `{capability}`, expected something like 8.6");
        };
        Self {
            devices: variable("DEVICES", 1),
            capability: (major, minor),
            memory: variable("MEMORY", 8 << 30),
            driver: variable("DRIVER", 12040),
            seed: variable("SEED", 0),
            instruction_limit: variable("INSTRUCTIONS", 20_000_000_000),
            late_pageable_copies: variable("LATE_COPIES", 0u8) != 0,
        }
    }
}

fn variable<T: FromStr>(name: &str, default: T) -> T {
    let name = format!("FERROLAB_EMULATOR_{name}");
    match std::env::var(&name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name} is `{value}`, which is not understood")),
        Err(_) => default,
    }
}
