//! What can be queued on a stream, and what happens when its turn comes.

use std::sync::Arc;

use super::{Driver, Function, IN_HOST_FUNCTION};
use crate::machine::{Fault, Launch, Memory, Trouble};

/// Memory of the host that a queued copy reads or writes when it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostPointer(pub *mut u8);

// SAFETY: the program promises, as with CUDA, that the memory stays valid until the stream was synchronised; the pointer is only
// used under the driver's lock.
unsafe impl Send for HostPointer {}
// SAFETY: as above.
unsafe impl Sync for HostPointer {}

/// A function of the program that a stream calls.
pub(crate) type HostFunction = unsafe extern "C" fn(*mut std::ffi::c_void);

/// A call of another library that runs on a stream.
pub(crate) type LibraryCall = Arc<dyn Fn(&mut Memory) -> Result<(), Box<Trouble>> + Send + Sync>;

/// A piece of work of a stream.
#[derive(Clone)]
pub(crate) enum Work {
    Launch {
        function: Function,
        launch: Launch,
    },
    /// Bytes that were taken when the copy was queued.
    WriteBytes {
        to: u64,
        bytes: Arc<[u8]>,
    },
    /// Bytes that are read when the copy runs: from page-locked memory, or in a graph.
    ToDevice {
        to: u64,
        from: HostPointer,
        length: usize,
    },
    ToHost {
        to: HostPointer,
        from: u64,
        length: usize,
    },
    OnDevice {
        to: u64,
        from: u64,
        length: usize,
    },
    Set {
        to: u64,
        pattern: [u8; 4],
        width: usize,
        count: usize,
    },
    Record {
        event: usize,
        generation: u64,
    },
    Wait {
        event: usize,
        generation: u64,
    },
    Allocate {
        address: u64,
    },
    Free {
        address: u64,
    },
    Call {
        function: HostFunction,
        argument: HostPointer,
    },
    Library {
        name: &'static str,
        call: LibraryCall,
    },
}

impl Driver {
    /// Does a piece of work now.
    pub fn perform(&mut self, work: &Work) -> Result<(), Box<Fault>> {
        let called =
            |name: &'static str| move |trouble: Box<Trouble>| Box::new(Fault::outside(name, *trouble));
        match work {
            Work::Launch { function, launch } => return self.launch(function, launch),
            Work::WriteBytes { to, bytes } => {
                self.statistics.to_device.add(bytes.len());
                self.memory.write(*to, bytes).map_err(called("a copy to the device"))?;
            }
            Work::ToDevice { to, from, length } => {
                self.statistics.to_device.add(*length);
                let target =
                    self.memory.span(*to, *length, "write").map_err(called("a copy to the device"))?;
                // SAFETY: the program promised this memory until the stream is synchronised, which is what runs this.
                unsafe { std::ptr::copy_nonoverlapping(from.0, target.as_mut_ptr(), target.len()) };
            }
            Work::ToHost { to, from, length } => {
                self.statistics.to_host.add(*length);
                let bytes = self.memory.read(*from, *length).map_err(called("a copy to the host"))?;
                // SAFETY: as above.
                unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to.0, bytes.len()) };
            }
            Work::OnDevice { to, from, length } => {
                self.statistics.on_device.add(*length);
                self.memory.copy(*to, *from, *length).map_err(called("a copy on the device"))?;
            }
            Work::Set { to, pattern, width, count } => {
                self.statistics.sets += 1;
                let span =
                    self.memory.span(*to, width * count, "write").map_err(called("a set of memory"))?;
                for element in span.chunks_exact_mut(*width) {
                    element.copy_from_slice(&pattern[..*width]);
                }
            }
            Work::Record { event, generation } => {
                if let Some(event) = self.events.get_mut(event) {
                    event.completed = event.completed.max(*generation);
                    event.time = Some(std::time::Instant::now());
                }
            }
            Work::Wait { .. } => {}
            Work::Allocate { address } => self.memory.set_pending(*address, false),
            Work::Free { address } => self.memory.free(*address).map_err(called("cuMemFreeAsync"))?,
            Work::Call { function, argument } => {
                IN_HOST_FUNCTION.set(true);
                // SAFETY: the program gave the function together with its argument.
                unsafe { function(argument.0.cast()) };
                IN_HOST_FUNCTION.set(false);
            }
            Work::Library { name, call } => {
                self.statistics.library_calls += 1;
                call(&mut self.memory).map_err(called(name))?;
            }
        }
        Ok(())
    }

    fn launch(&mut self, function: &Function, launch: &Launch) -> Result<(), Box<Fault>> {
        let LoadedParts { module, kernel } = LoadedParts::of(function);
        self.statistics.launches += 1;
        *self.statistics.kernels.entry(kernel.name.clone()).or_default() += 1;
        // Each launch has an order of its own, also when a graph repeats it.
        let launch = Launch { seed: self.random.number(), ..launch.clone() };
        let report = launch.run(module, kernel, &function.module.variables, &mut self.memory)?;
        self.statistics.instructions += report.instructions;
        Ok(())
    }
}

struct LoadedParts<'f> {
    module: &'f crate::ptx::Module,
    kernel: &'f crate::ptx::Kernel,
}

impl<'f> LoadedParts<'f> {
    fn of(function: &'f Function) -> Self {
        let module = &function.module.module;
        Self { module, kernel: &module.kernels[function.kernel] }
    }
}
