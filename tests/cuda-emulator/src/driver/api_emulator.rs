//! What the emulator exports beside CUDA: its statistics, its last fault, and memory made as if never written.

use std::ffi::c_char;

use super::statistics::Statistics;
use super::{Code, Driver, Needs, Outcome, call};
use crate::pointers::Out;

/// Writes text with its zero byte, cut to the room there is; the length it would need is the return value.
fn hand_out(buffer: Out<c_char>, room: usize, text: impl FnOnce(&mut Driver) -> String) -> usize {
    let mut needed = 0;
    let _ = call(Needs::Nothing, |driver| {
        let text = text(driver);
        needed = text.len() + 1;
        if room > 0 {
            let kept = text.bytes().take(room - 1).map(|byte| byte as c_char);
            buffer.put_all(&kept.chain([0]).collect::<Vec<_>>());
        }
        Ok(())
    });
    needed
}

/// The text of the last fault or refused call, empty if there was none. Returns how many bytes the whole text takes.
#[unsafe(no_mangle)]
extern "C" fn ferrolab_emulator_fault(buffer: Out<c_char>, room: usize) -> usize {
    hand_out(buffer, room, |driver| driver.last_fault().to_owned())
}

/// The counters as JSON. Returns how many bytes the whole text takes.
#[unsafe(no_mangle)]
extern "C" fn ferrolab_emulator_statistics(buffer: Out<c_char>, room: usize) -> usize {
    hand_out(buffer, room, |driver| {
        let variables: usize = driver.modules.values().map(|module| module.variables.len()).sum();
        let live = driver.memory.live().saturating_sub(variables);
        driver.statistics.to_json(live, driver.memory.used(), driver.memory.peak())
    })
}

/// Sets the counters to zero and the peak to what is allocated now.
#[unsafe(no_mangle)]
extern "C" fn ferrolab_emulator_reset_statistics() {
    let _ = call(Needs::Nothing, |driver| {
        driver.statistics = Statistics::default();
        driver.memory.reset_peak();
        Ok(())
    });
}

/// Makes a range of device memory as if nothing had been written to it: for a pool that hands memory out again.
#[unsafe(no_mangle)]
extern "C" fn ferrolab_emulator_forget(address: u64, length: usize) -> u32 {
    call(Needs::Context, |driver| -> Outcome {
        driver.run_everything()?;
        driver.memory.forget(address, length).map_err(|trouble| {
            driver.complain("ferrolab_emulator_forget", *trouble);
            Code::INVALID_VALUE
        })
    })
}
