//! The CUDA driver behind its C interface: handles, queues, deferred execution, statistics.
//!
//! Everything is behind one lock. What is asynchronous is only queued, and runs when CUDA promises that it has run:
//! see [`queue`](self).

mod api_context;
mod api_copy;
mod api_device;
mod api_emulator;
mod api_function;
mod api_graph;
mod api_memory;
mod api_module;
mod api_stream;
mod capture;
mod code;
mod names;
mod queue;
mod settings;
mod statistics;
mod work;

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::machine::{Fault, FaultKind, Memory, Random, Trouble};
use crate::ptx::Module;
use capture::Capture;
use settings::Settings;
use statistics::Statistics;

pub(crate) use api_module::place_variables;
pub(crate) use code::{Code, Outcome};
pub(crate) use queue::{Event, Stream};
pub(crate) use work::{LibraryCall, Work};

/// The legacy default stream.
pub(crate) const DEFAULT_STREAM: usize = 0;

/// A module and the addresses of its variables.
#[derive(Debug)]
pub(crate) struct LoadedModule {
    pub module: Module,
    pub variables: Vec<u64>,
}

/// A kernel of a loaded module.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub handle_of_module: usize,
    pub module: Arc<LoadedModule>,
    pub kernel: usize,
    pub most_dynamic_shared: usize,
}

/// The state of the driver.
pub(crate) struct Driver {
    pub settings: Settings,
    pub memory: Memory,
    pub random: Random,
    pub modules: HashMap<usize, Arc<LoadedModule>>,
    pub functions: HashMap<usize, Function>,
    pub streams: BTreeMap<usize, Stream>,
    pub events: HashMap<usize, Event>,
    pub captures: HashMap<usize, Capture>,
    pub graphs: HashMap<usize, Arc<Vec<Work>>>,
    pub executables: HashMap<usize, Arc<Vec<Work>>>,
    pub pools: HashSet<usize>,
    /// Page-locked memory of the host: where it begins and how long it is.
    pub pinned: BTreeMap<usize, usize>,
    pub statistics: Statistics,
    /// How often each device's primary context was retained.
    pub retained: HashMap<i32, usize>,
    pub initialised: bool,
    /// The error that broke the context, until it is released.
    broken: Option<Code>,
    last_fault: String,
    next_handle: usize,
    sequence: u64,
}

static DRIVER: LazyLock<Mutex<Driver>> =
    LazyLock::new(|| Mutex::new(Driver::new(Settings::from_environment())));

thread_local! {
    /// The current context of this thread: zero, or a device's number and one.
    static CURRENT: Cell<usize> = const { Cell::new(0) };
    /// Host functions of a stream must not call the driver.
    static IN_HOST_FUNCTION: Cell<bool> = const { Cell::new(false) };
}

/// What a call needs to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    Initialised,
    /// A current context, and one that no fault has broken.
    Context,
}

/// Runs a call of the interface: locks the driver, checks what the call needs, and turns panics into an error.
pub(crate) fn call(needs: Needs, body: impl FnOnce(&mut Driver) -> Outcome) -> u32 {
    if IN_HOST_FUNCTION.get() {
        return Code::NOT_PERMITTED.0;
    }
    let mut driver = DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
    let checked = match needs {
        _ if needs != Needs::Nothing && !driver.initialised => Err(Code::NOT_INITIALIZED),
        Needs::Context if CURRENT.get() == 0 => Err(Code::INVALID_CONTEXT),
        Needs::Context => driver.broken.map_or(Ok(()), Err),
        _ => Ok(()),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| checked.and_then(|()| body(&mut driver))));
    match outcome {
        Ok(Ok(())) => 0,
        Ok(Err(code)) => code.0,
        Err(_) => Code::UNKNOWN.0,
    }
}

impl Driver {
    fn new(settings: Settings) -> Self {
        Self {
            memory: Memory::new(settings.memory),
            random: Random::new(settings.seed),
            modules: HashMap::new(),
            functions: HashMap::new(),
            streams: BTreeMap::from([(DEFAULT_STREAM, Stream::new(true))]),
            events: HashMap::new(),
            captures: HashMap::new(),
            graphs: HashMap::new(),
            executables: HashMap::new(),
            pools: HashSet::new(),
            pinned: BTreeMap::new(),
            statistics: Statistics::default(),
            retained: HashMap::new(),
            initialised: false,
            broken: None,
            last_fault: String::new(),
            next_handle: 0x1000,
            sequence: 0,
            settings,
        }
    }

    /// A handle that was never given out.
    pub fn fresh_handle(&mut self) -> usize {
        self.next_handle += 16;
        self.next_handle
    }

    /// The error that broke the context, if one did.
    pub fn broken(&self) -> Outcome {
        self.broken.map_or(Ok(()), Err)
    }

    /// Tells about a mistake that a call returns as an error.
    pub fn complain(&mut self, call: &str, trouble: Trouble) {
        self.report(Fault::outside(call, trouble));
    }

    fn report(&mut self, fault: Fault) {
        self.last_fault = fault.to_string();
        eprintln!("ferrolab-cuda-emulator: {fault}");
    }

    /// A fault on the device: nothing works any more, as on a GPU.
    pub fn break_context(&mut self, fault: Fault) {
        self.broken.get_or_insert(Code::of_fault(fault.kind));
        self.statistics.faults += 1;
        self.report(fault);
        for stream in self.streams.values_mut() {
            stream.queue.clear();
        }
        for event in self.events.values_mut() {
            event.completed = event.recorded;
        }
    }

    pub fn last_fault(&self) -> &str {
        &self.last_fault
    }

    /// Everything that belongs to a context goes with its last release; what was still allocated has leaked.
    pub fn release_everything(&mut self) {
        if self.broken.is_none() {
            let _ = self.run_everything();
        }
        let variables: usize = self.modules.values().map(|module| module.variables.len()).sum();
        self.statistics.leaked = self.memory.live().saturating_sub(variables);
        self.memory.clear();
        self.modules.clear();
        self.functions.clear();
        self.streams = BTreeMap::from([(DEFAULT_STREAM, Stream::new(true))]);
        self.events.clear();
        self.captures.clear();
        self.graphs.clear();
        self.executables.clear();
        self.pools.clear();
        self.broken = None;
    }
}

/// The trouble of a free that frees nothing.
pub(crate) fn invalid_free(address: u64) -> Trouble {
    Trouble {
        kind: FaultKind::InvalidFree,
        what: format!("0x{address:x} is freed, but no live allocation starts there"),
    }
}
