//! A device for tests in Rust, without the interface in C.

use crate::driver::place_variables;
use crate::machine::{Fault, FaultKind, Launch, LaunchReport, Memory, Trouble};
use crate::ptx::Module;

/// An argument of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    U32(u32),
    I32(i32),
    U64(u64),
    F32(f32),
    F64(f64),
    /// The bytes of a structure or array passed by value.
    Bytes(Vec<u8>),
}

impl Argument {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::U32(value) => value.to_le_bytes().into(),
            Self::I32(value) => value.to_le_bytes().into(),
            Self::U64(value) => value.to_le_bytes().into(),
            Self::F32(value) => value.to_le_bytes().into(),
            Self::F64(value) => value.to_le_bytes().into(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

/// A device with one module on it. What is launched runs at once.
///
/// ```
/// use ferrolab_cuda_emulator::{Argument, Device, Launch, Module};
///
/// let module = Module::parse(
///     ".version 7.8\n.target sm_60\n.address_size 64
///     .visible .entry twice(.param .u64 data) {
///         .reg .u64 %rd<4>; .reg .u32 %r<2>; .reg .f32 %f<3>;
///         ld.param.u64 %rd1, [data];
///         mov.u32 %r1, %tid.x;
///         mul.wide.u32 %rd2, %r1, 4;
///         add.s64 %rd3, %rd1, %rd2;
///         ld.global.f32 %f1, [%rd3];
///         add.f32 %f2, %f1, %f1;
///         st.global.f32 [%rd3], %f2;
///         ret;
///     }",
/// )?;
/// let mut device = Device::new(module);
/// let data = device.upload(&[1f32, 2., 3.]);
/// device.launch("twice", &Launch { block: [3, 1, 1], ..Launch::default() }, &[Argument::U64(data)])?;
/// assert_eq!(device.download::<f32>(data, 3)?, [2., 4., 6.]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Device {
    module: Module,
    variables: Vec<u64>,
    memory: Memory,
}

/// A plain number that memory of the device can hold.
pub trait Plain: Copy {
    /// Its bytes.
    fn to_bytes(self) -> Vec<u8>;
    /// From as many bytes as it has.
    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! plain {
    ($($number:ty),*) => {$(
        impl Plain for $number {
            fn to_bytes(self) -> Vec<u8> {
                self.to_le_bytes().into()
            }
            fn from_bytes(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().unwrap_or_default())
            }
        }
    )*};
}
plain!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

impl Device {
    /// A device with one gigabyte and this module.
    pub fn new(module: Module) -> Self {
        let mut memory = Memory::new(1 << 30);
        let variables = place_variables(&module, &mut memory).unwrap_or_default();
        Self { module, variables, memory }
    }

    /// The device's memory.
    pub fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// The address of a variable of the module.
    pub fn variable(&self, name: &str) -> Option<u64> {
        self.module
            .variables
            .iter()
            .position(|variable| variable.name == name)
            .map(|index| self.variables[index])
    }

    /// Allocates memory that nothing is written to yet.
    ///
    /// ***Panics*** if there is not enough.
    #[track_caller]
    pub fn allocate(&mut self, bytes: usize) -> u64 {
        self.memory.allocate(bytes).expect("the emulated device has no more memory")
    }

    /// Allocates memory for these numbers and writes them there.
    ///
    /// ***Panics*** if there is not enough.
    #[track_caller]
    pub fn upload<T: Plain>(&mut self, numbers: &[T]) -> u64 {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_bytes()).collect();
        let address = self.allocate(bytes.len().max(1));
        self.memory.write(address, &bytes).expect("the range was just allocated");
        address
    }

    /// Reads numbers back.
    pub fn download<T: Plain>(&mut self, address: u64, count: usize) -> Result<Vec<T>, Box<Fault>> {
        let bytes = self.memory.read(address, count * size_of::<T>());
        let bytes = bytes.map_err(|trouble| Box::new(Fault::outside("a copy to the host", *trouble)))?;
        Ok(bytes.chunks_exact(size_of::<T>()).map(T::from_bytes).collect())
    }

    /// Frees what starts at this address.
    pub fn free(&mut self, address: u64) -> Result<(), Box<Fault>> {
        self.memory.free(address).map_err(|trouble| Box::new(Fault::outside("a free", *trouble)))
    }

    /// Runs a kernel; the parameters of `launch` are replaced by the arguments.
    pub fn launch(
        &mut self,
        name: &str,
        launch: &Launch,
        arguments: &[Argument],
    ) -> Result<LaunchReport, Box<Fault>> {
        let wrong =
            |what: String| Box::new(Fault::outside(name, *Trouble::new(FaultKind::InvalidLaunch, what)));
        let Some(kernel) = self.module.kernel(name) else {
            return Err(wrong("the module has no such kernel".into()));
        };
        if arguments.len() != kernel.parameters.len() {
            let (given, wanted) = (arguments.len(), kernel.parameters.len());
            return Err(wrong(format!("{given} arguments, but the kernel takes {wanted}")));
        }
        let mut parameters = vec![0; kernel.parameter_bytes()];
        for (parameter, argument) in kernel.parameters.iter().zip(arguments) {
            let bytes = argument.bytes();
            if bytes.len() != parameter.size {
                let (given, wanted) = (bytes.len(), parameter.size);
                return Err(wrong(format!(
                    "`{}` has {given} bytes, but the kernel takes {wanted}",
                    parameter.name
                )));
            }
            parameters[parameter.offset..parameter.offset + parameter.size].copy_from_slice(&bytes);
        }
        let launch = Launch { parameters, ..launch.clone() };
        launch.run(&self.module, kernel, &self.variables, &mut self.memory)
    }
}
