//! cuDNN, where the machine has it: found when the program runs, used for large convolutions, not needed.

mod plan;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cudarc::cudnn::{result, sys};

use super::product::WORTH_ASKING;
use super::statistics::note_launch;
use super::{Gpu, Memory, tf32};
use crate::array::Array;
use crate::cpu::patches::PatchSizes;
pub(super) use plan::Pass;
use plan::Plan;

/// From this version on a part of cuDNN that is missing is an error of the call; before, it ended the program.
const OLDEST: usize = 90_000;

/// What cuDNN keeps for a GPU; none if it is not there.
#[derive(Default)]
pub(super) struct Dnn(OnceLock<Option<Mutex<Library>>>);

struct Library {
    handle: sys::cudnnHandle_t,
    /// How to compute what was asked for before, exactly or with TF32; none if cuDNN does not.
    plans: HashMap<(Pass, PatchSizes, bool), Option<Plan>>,
}

// SAFETY: cuDNN lets any thread use a handle and descriptors, one at a time, which the mutex around them sees to.
unsafe impl Send for Library {}

impl Dnn {
    pub(super) fn is_there(&self, gpu: &Gpu) -> bool {
        self.library(gpu).is_some()
    }

    fn library(&self, gpu: &Gpu) -> Option<&Mutex<Library>> {
        self.0.get_or_init(|| Library::new(gpu).map(Mutex::new)).as_ref()
    }
}

impl Library {
    fn new(gpu: &Gpu) -> Option<Library> {
        if std::env::var("FERROLAB_CUDNN").is_ok_and(|value| value == "0") {
            return None;
        }
        // SAFETY: looks for the library and loads it, which runs the code that NVIDIA's library runs when it is loaded.
        if !unsafe { sys::is_culib_present() } || result::get_version() < OLDEST {
            return None;
        }
        gpu.bind();
        // It may be the kept memory that it has no room for.
        let again = |_| gpu.pool.give_up(gpu).ok().and_then(|()| result::create_handle().ok()).ok_or(());
        let handle = result::create_handle().or_else(again).ok()?;
        // SAFETY: handle and stream live as long as the process.
        unsafe { result::set_stream(handle, gpu.context.stream().cast()) }.ok()?;
        Some(Library { handle, plans: HashMap::new() })
    }

    fn plan(&mut self, pass: Pass, s: &PatchSizes) -> Option<&Plan> {
        let tf32 = tf32::is_allowed();
        let plan = match self.plans.entry((pass, *s, tf32)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Plan::new(self.handle, pass, s, tf32).ok().flatten()),
        };
        plan.as_ref()
    }

    /// Does not try again what has failed.
    fn give_up(&mut self, pass: Pass, s: &PatchSizes) {
        self.plans.insert((pass, *s, tf32::is_allowed()), None);
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
        let pass = Pass::Forward;
        self.dnn_can(pass, s) && self.dnn_run(pass, s, [x, &self.weight_channels_last(s, weight), to])
    }

    /// The gradient with respect to the input, not ended. Whether it has been done.
    pub(super) fn dnn_of_input(
        &'static self,
        s: &PatchSizes,
        dy: &Memory,
        weight: &Array,
        to: &Memory,
    ) -> bool {
        let pass = Pass::OfInput;
        self.dnn_can(pass, s) && self.dnn_run(pass, s, [&self.weight_channels_last(s, weight), dy, to])
    }

    /// The gradient with respect to the weight, if cuDNN computes it.
    pub(super) fn dnn_of_weight(&'static self, s: &PatchSizes, x: &Memory, dy: &Memory) -> Option<Memory> {
        let (channels, places) = (s.channels / s.groups, s.kernel[0] * s.kernel[1]);
        let pass = Pass::OfWeight;
        if !self.dnn_can(pass, s) {
            return None;
        }
        let to = Memory::scratch(self, s.out_channels * channels * places);
        let done = self.dnn_run(pass, s, [x, dy, &to]);
        let strides = [channels * places, 1, channels];
        done.then(|| self.read(&to, 0, &[s.out_channels, channels, places], &strides))
    }

    /// The weight with its channels last, as pictures have them.
    fn weight_channels_last(&'static self, s: &PatchSizes, weight: &Array) -> Arc<Memory> {
        let (channels, places) = (s.channels / s.groups, s.kernel[0] * s.kernel[1]);
        weight.ordered_on_gpu(self, ("channels last", [s.out_channels, channels, places, 0]), |weight| {
            let strides = [channels * places, 1, places];
            self.read(weight, 0, &[s.out_channels, places, channels], &strides)
        })
    }

    /// Whether cuDNN is there and computes this.
    fn dnn_can(&'static self, pass: Pass, s: &PatchSizes) -> bool {
        let Some(library) = self.dnn.library(self) else { return false };
        self.bind();
        library.lock().unwrap_or_else(PoisonError::into_inner).plan(pass, s).is_some()
    }

    /// A pass from two operands to its result, in the order of the pass. Whether it has been done.
    fn dnn_run(&'static self, pass: Pass, s: &PatchSizes, memory: [&Memory; 3]) -> bool {
        let Some(library) = self.dnn.library(self) else { return false };
        let mut library = library.lock().unwrap_or_else(PoisonError::into_inner);
        self.bind();
        let handle = library.handle;
        let Some(plan) = library.plan(pass, s) else { return false };
        let done = match Memory::<u8>::try_scratch(self, plan.workspace()) {
            Ok(workspace) => plan.run(handle, memory, &workspace).is_ok(),
            // Our own kernels need none.
            Err(_) => false,
        };
        if done {
            note_launch();
        } else {
            library.give_up(pass, s);
        }
        done
    }
}
