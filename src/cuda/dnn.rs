//! cuDNN, where the machine has it: found when the program runs, used for large convolutions, not needed.

mod plan;

use std::collections::HashMap;
use std::sync::Arc;

use cudarc::cudnn::{result, sys};

use super::library::Library;
use super::product::WORTH_ASKING;
use super::statistics::note_launch;
use super::{Gpu, Memory, tf32};
use crate::array::Array;
use crate::cpu::patches::PatchSizes;
pub(super) use plan::Pass;
use plan::Plan;

/// From this version on a part of cuDNN that is missing is an error of the call; before, it ended the program.
const OLDEST: usize = 90_000;

/// What cuDNN keeps for a GPU.
pub(super) struct Dnn {
    handle: sys::cudnnHandle_t,
    /// How to compute what was asked for before, exactly or with TF32; none if cuDNN does not.
    plans: HashMap<(Pass, PatchSizes, bool), Option<Arc<Plan>>>,
}

// SAFETY: cuDNN lets any thread use a handle and descriptors, one at a time, which the mutex around them sees to.
unsafe impl Send for Dnn {}

impl Library for Dnn {
    const SWITCH: &'static str = "FERROLAB_CUDNN";
    type Handle = sys::cudnnHandle_t;

    fn is_present() -> bool {
        // SAFETY: looks for the library and loads it, which runs the code that NVIDIA's library runs when it is loaded.
        unsafe { sys::is_culib_present() && result::get_version() >= OLDEST }
    }

    fn create() -> Option<Self::Handle> {
        result::create_handle().ok()
    }

    fn new(handle: Self::Handle, gpu: &Gpu) -> Option<Self> {
        // SAFETY: handle and stream live as long as the process.
        unsafe { result::set_stream(handle, gpu.context.stream().cast()) }.ok()?;
        Some(Dnn { handle, plans: HashMap::new() })
    }
}

/// A pass that cuDNN computes. It is not locked meanwhile: the weight that is put in order for it may be a convolution's result.
struct Planned {
    key: (Pass, PatchSizes, bool),
    plan: Arc<Plan>,
}

impl Planned {
    /// From two operands to the result, in the order of the pass. Whether it has been done; what has failed is not tried again.
    fn run(self, gpu: &'static Gpu, memory: [&Memory; 3]) -> bool {
        let Some(mut dnn) = gpu.dnn.lock(gpu) else { return false };
        let done = match Memory::<u8>::try_scratch(gpu, self.plan.workspace()) {
            Ok(workspace) => self.plan.run(dnn.handle, memory, &workspace).is_ok(),
            // Our own kernels need none.
            Err(_) => false,
        };
        if done {
            note_launch();
        } else {
            dnn.plans.insert(self.key, None);
        }
        done
    }
}

/// Whether cuDNN is to be asked: as for products, and neither for groups, which it is slow at, nor where there are more zeros on
/// one side of the pictures, which it does not know.
pub(super) fn is_worth_asking(s: &PatchSizes) -> bool {
    let sizes = [s.batch, s.out_size[0], s.out_size[1], s.out_channels, s.channels, s.kernel[0], s.kernel[1]];
    let large = sizes.into_iter().fold(1, usize::saturating_mul) >= WORTH_ASKING;
    let even = |axis: usize| {
        let reach = s.dilation[axis] * (s.kernel[axis] - 1) + 1;
        let room = (s.size[axis] + 2 * s.padding[axis]).checked_sub(reach);
        room.is_some_and(|room| room / s.stride[axis] + 1 == s.out_size[axis])
    };
    s.groups == 1 && large && [0, 1].into_iter().all(even)
}

impl Gpu {
    /// The convolution of `x` with `weight`, not ended. Whether it has been done.
    pub(super) fn dnn_convolution(
        &'static self,
        s: &PatchSizes,
        x: &Memory,
        weight: &Array,
        to: &Memory,
    ) -> bool {
        let Some(planned) = self.dnn_plan(Pass::Forward, s) else { return false };
        planned.run(self, [x, &self.weight_channels_last(s, weight), to])
    }

    /// The gradient with respect to the input, not ended. Whether it has been done.
    pub(super) fn dnn_of_input(
        &'static self,
        s: &PatchSizes,
        dy: &Memory,
        weight: &Array,
        to: &Memory,
    ) -> bool {
        let Some(planned) = self.dnn_plan(Pass::OfInput, s) else { return false };
        planned.run(self, [&self.weight_channels_last(s, weight), dy, to])
    }

    /// The gradient with respect to the weight, if cuDNN computes it.
    pub(super) fn dnn_of_weight(&'static self, s: &PatchSizes, x: &Memory, dy: &Memory) -> Option<Memory> {
        let planned = self.dnn_plan(Pass::OfWeight, s)?;
        let (channels, places) = (s.channels / s.groups, s.kernel[0] * s.kernel[1]);
        let to = Memory::scratch(self, s.out_channels * channels * places);
        let done = planned.run(self, [x, dy, &to]);
        let strides = [channels * places, 1, channels];
        done.then(|| self.read(&to, 0, &[s.out_channels, channels, places], &strides))
    }

    /// How cuDNN computes a pass, if it is there and does.
    fn dnn_plan(&'static self, pass: Pass, s: &PatchSizes) -> Option<Planned> {
        let mut dnn = self.dnn.lock(self)?;
        let (key, handle) = ((pass, *s, tf32::is_allowed()), dnn.handle);
        let make = || Plan::new(handle, pass, s, key.2).ok().flatten().map(Arc::new);
        let plan = dnn.plans.entry(key).or_insert_with(make).clone()?;
        Some(Planned { key, plan })
    }

    /// The weight with its channels last, as pictures have them.
    fn weight_channels_last(&'static self, s: &PatchSizes, weight: &Array) -> Arc<Memory> {
        let (channels, places) = (s.channels / s.groups, s.kernel[0] * s.kernel[1]);
        weight.ordered_on_gpu(self, ("channels last", [s.out_channels, channels, places, 0]), |weight| {
            let strides = [channels * places, 1, places];
            self.read(weight, 0, &[s.out_channels, places, channels], &strides)
        })
    }
}
