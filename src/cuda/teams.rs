//! Launches of kernels that treat rows one by one: `kernels/teams.cuh`.

use super::Gpu;
use super::launch::{BLOCK, Launch, WARP_ROW};

/// From this length on a block has twice as many threads.
const LONG_ROW: usize = 8192;

impl Gpu {
    /// A kernel for so many rows of a length; `with` says what it takes beside their number.
    pub(super) fn by_rows<'a>(
        &'static self,
        file: &'static str,
        name: &str,
        [rows, len]: [usize; 2],
        with: impl FnOnce(Launch<'a>) -> Launch<'a>,
    ) {
        let kernel = |kind: &str| with(self.kernel(file, &format!("{name}_{kind}")).with(rows));
        if len <= WARP_ROW {
            kernel("warp").blocks([rows.div_ceil(BLOCK as usize / 32), 1, 1], [BLOCK, 1, 1]);
        } else {
            kernel("block").blocks([rows, 1, 1], [if len < LONG_ROW { BLOCK } else { 2 * BLOCK }, 1, 1]);
        }
    }
}
