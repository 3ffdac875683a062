//! Devices, modules and launches.

use cudarc::driver::sys::CUresult;
use cudarc::driver::{CudaContext, CudaStream, DevicePtr, DevicePtrMut, result, sys};

use super::{ADD, Kernel, code, counter, fault, on_emulator, start};

/// Writes the block's number to a place that all blocks share.
const RACE: &str = ".version 7.8\n.target sm_60\n.address_size 64
.visible .entry race(.param .u64 data) { .reg .b32 %r<2>; .reg .b64 %l<2>;
ld.param.u64 %l1, [data]; mov.u32 %r1, %ctaid.x; st.global.u32 [%l1], %r1; ret; }";

/// Launches the racing kernel.
fn race(stream: &CudaStream, address: u64) {
    let kernel = Kernel::load(RACE, "race");
    kernel.launch(stream, 2, 1, &mut [&raw const address as *mut _]).unwrap();
}

#[test]
fn a_kernel_adds_what_was_copied_to_the_device() {
    on_emulator("a_kernel_adds_what_was_copied_to_the_device", &[], || {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let kernel = Kernel::load(ADD, "add");
        let a = stream.clone_htod(&[1f32, 2., 3.]).unwrap();
        let b = stream.clone_htod(&[10f32, 20., 30.]).unwrap();
        let mut sum = stream.alloc_zeros::<f32>(3).unwrap();
        kernel
            .add(&stream, 3, a.device_ptr(&stream).0, b.device_ptr(&stream).0, sum.device_ptr_mut(&stream).0)
            .unwrap();
        assert_eq!(stream.clone_dtoh(&sum).unwrap(), [11., 22., 33.]);
    });
}

#[test]
fn a_fault_breaks_the_context_until_it_is_released() {
    let errors = on_emulator("a_fault_breaks_the_context_until_it_is_released", &[], || {
        let (context, stream) = start();
        let mut data = stream.alloc_zeros::<u32>(1).unwrap();
        race(&stream, data.device_ptr_mut(&stream).0);
        // The launch itself was accepted: the fault comes with the next synchronisation, and stays.
        assert_eq!(code(stream.synchronize()), CUresult::CUDA_ERROR_LAUNCH_FAILED);
        assert_eq!(code(stream.synchronize()), CUresult::CUDA_ERROR_LAUNCH_FAILED);
        assert_eq!(code(result::mem_get_info()), CUresult::CUDA_ERROR_LAUNCH_FAILED);
        assert!(fault().contains("BlockRace in `race`"), "{}", fault());
        assert_eq!(counter("faults"), 1);
        drop((data, stream, context));
        // SAFETY: cudarc does not release a context after an error, so the test does.
        unsafe {
            let device = result::device::get(0).unwrap();
            while result::primary_ctx::release(device).is_ok() {}
        }
        let (_context, stream) = start();
        assert_eq!(stream.clone_dtoh(&stream.clone_htod(&[3u8]).unwrap()).unwrap(), [3]);
    });
    if !errors.is_empty() {
        assert!(errors.contains("st.global.u32 [%l1], %r1; ret;"), "{errors}");
    }
}

#[test]
fn a_driver_without_a_device_says_so() {
    on_emulator("a_driver_without_a_device_says_so", &[("FERROLAB_EMULATOR_DEVICES", "0")], || {
        assert_eq!(code(CudaContext::new(0)), CUresult::CUDA_ERROR_NO_DEVICE);
    });
}

#[test]
fn the_device_shows_itself_as_the_environment_says() {
    let variables = [("FERROLAB_EMULATOR_CAPABILITY", "7.5"), ("FERROLAB_EMULATOR_DEVICES", "2")];
    on_emulator("the_device_shows_itself_as_the_environment_says", &variables, || {
        assert_eq!(CudaContext::device_count().unwrap(), 2);
        let context = CudaContext::new(1).unwrap();
        assert_eq!(context.compute_capability().unwrap(), (7, 5));
        assert!(context.name().unwrap().contains("emulator"));
        assert_eq!(code(CudaContext::new(2)), CUresult::CUDA_ERROR_INVALID_DEVICE);
        let newer = RACE.replace("sm_60", "sm_80");
        let text = std::ffi::CString::new(newer).unwrap();
        // SAFETY: the text ends with a zero byte.
        let loaded = unsafe { result::module::load_data(text.as_ptr().cast()) };
        assert_eq!(code(loaded), CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU);
        // SAFETY: machine code is recognised by its first bytes.
        let loaded = unsafe { result::module::load_data(c"\x7fELF".as_ptr().cast()) };
        assert_eq!(code(loaded), CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU);
        let loaded = unsafe { result::module::load_data(c".version 7.8 .nonsense".as_ptr().cast()) };
        assert_eq!(code(loaded), CUresult::CUDA_ERROR_INVALID_PTX);
    });
}

#[test]
fn more_shared_memory_must_be_asked_for() {
    on_emulator("more_shared_memory_must_be_asked_for", &[], || {
        let (_context, stream) = start();
        let text = RACE
            .replace(".visible", ".extern .shared .align 16 .b8 pool[];\n.visible")
            .replace("mov.u32 %r1", "mov.u32 %r1, pool; mov.u32 %r1");
        let kernel = Kernel::load(&text, "race");
        let address = 0u64;
        let launch = |bytes| {
            let mut parameters = [&raw const address as *mut std::ffi::c_void];
            // SAFETY: the parameters are those of the kernel; it is never run.
            unsafe {
                result::launch_kernel(
                    kernel.0,
                    (1, 1, 1),
                    (1, 1, 1),
                    bytes,
                    stream.cu_stream(),
                    &mut parameters,
                )
            }
        };
        assert_eq!(code(launch(64 * 1024)), CUresult::CUDA_ERROR_INVALID_VALUE);
        let attribute = sys::CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        // SAFETY: the function is loaded.
        let set = |value| unsafe { result::function::set_function_attribute(kernel.0, attribute, value) };
        assert_eq!(code(set(100 * 1024)), CUresult::CUDA_ERROR_INVALID_VALUE);
        set(64 * 1024).unwrap();
        launch(64 * 1024).unwrap();
        assert_eq!(code(stream.synchronize()), CUresult::CUDA_ERROR_ILLEGAL_ADDRESS, "a null pointer");
    });
}
