//! Memory through the driver API: copies that come late, limits, leaks, wrong ranges.

use cudarc::driver::sys::CUresult;
use cudarc::driver::{DevicePtr, DevicePtrMut, result};

use super::{code, counter, fault, on_emulator, start};

#[test]
fn what_is_not_synchronised_is_not_a_number_yet() {
    on_emulator("what_is_not_synchronised_is_not_a_number_yet", &[], || {
        let (context, stream) = start();
        let device = stream.clone_htod(&[1f32, 2.]).unwrap();
        // SAFETY: it is written by the copy.
        let mut host = unsafe { context.alloc_pinned::<f32>(2) }.unwrap();
        let pointer = host.as_mut_ptr().unwrap();
        let (address, _record) = device.device_ptr(&stream);
        // SAFETY: the memory lives until the end of the test.
        unsafe {
            let slice = std::slice::from_raw_parts_mut(pointer, 2);
            result::memcpy_dtoh_async(slice, address, stream.cu_stream()).unwrap();
            assert!(pointer.read_volatile().is_nan(), "the copy has not run");
            stream.synchronize().unwrap();
            assert_eq!([pointer.read_volatile(), pointer.add(1).read_volatile()], [1., 2.]);
        }
    });
}

#[test]
fn page_locked_memory_is_read_when_the_copy_runs_and_other_memory_at_once() {
    on_emulator("page_locked_memory_is_read_when_the_copy_runs_and_other_memory_at_once", &[], || {
        let (context, stream) = start();
        let mut device = stream.alloc_zeros::<u32>(1).unwrap();
        let address = device.device_ptr_mut(&stream).0;
        // SAFETY: it is written before it is read.
        let mut host = unsafe { context.alloc_pinned::<u32>(1) }.unwrap();
        let pinned = host.as_mut_ptr().unwrap();
        let mut pageable = [5u32];
        // SAFETY: both live until the end of the test.
        unsafe {
            result::memcpy_htod_async(address, &pageable, stream.cu_stream()).unwrap();
            pageable[0] = 6;
            assert_eq!(stream.clone_dtoh(&device).unwrap(), [5]);
            pinned.write(7);
            result::memcpy_htod_async(address, std::slice::from_raw_parts(pinned, 1), stream.cu_stream())
                .unwrap();
            pinned.write(8);
        }
        assert_eq!(pageable, [6]);
        assert_eq!(stream.clone_dtoh(&device).unwrap(), [8]);
    });
}

#[test]
fn too_much_memory_is_refused_and_freed_memory_comes_back() {
    on_emulator(
        "too_much_memory_is_refused_and_freed_memory_comes_back",
        &[("FERROLAB_EMULATOR_MEMORY", "4096")],
        || {
            let (context, stream) = start();
            assert_eq!(context.total_mem().unwrap(), 4096);
            let most = stream.alloc_zeros::<u8>(4000).unwrap();
            assert_eq!(code(stream.alloc_zeros::<u8>(200)), CUresult::CUDA_ERROR_OUT_OF_MEMORY);
            assert_eq!(result::mem_get_info().unwrap(), (96, 4096));
            drop(most);
            stream.alloc_zeros::<u8>(200).unwrap();
            assert_eq!(counter("peak_bytes"), 4000);
        },
    );
}

#[test]
fn what_is_not_freed_is_counted_at_the_end() {
    on_emulator("what_is_not_freed_is_counted_at_the_end", &[], || {
        let (context, stream) = start();
        std::mem::forget(stream.clone_htod(&[1u32; 4]).unwrap());
        drop(stream.clone_htod(&[1u32; 4]).unwrap());
        stream.synchronize().unwrap();
        assert_eq!((counter("allocations"), counter("frees"), counter("live_allocations")), (2, 1, 1));
        assert_eq!(counter("live_bytes"), 16);
        drop((stream, context));
        // SAFETY: the forgotten memory holds the context back in cudarc.
        unsafe {
            let device = result::device::get(0).unwrap();
            while result::primary_ctx::release(device).is_ok() {}
        }
        assert_eq!(counter("leaked"), 1);
    });
}

#[test]
fn memory_is_not_there_before_its_stream_has_allocated_it() {
    on_emulator("memory_is_not_there_before_its_stream_has_allocated_it", &[], || {
        let (context, first) = start();
        let second = context.new_stream().unwrap();
        // SAFETY: the order of the streams is wrong on purpose.
        unsafe {
            let address = result::malloc_async(first.cu_stream(), 16).unwrap();
            result::memset_d8_async(address, 0, 16, second.cu_stream()).unwrap();
            // For some order of the streams the set comes too early; 32 tries find one.
            let mut broken = second.synchronize().is_err();
            for _ in 0..32 {
                let Ok(address) = result::malloc_async(first.cu_stream(), 16) else { break };
                let _ = result::memset_d8_async(address, 0, 16, second.cu_stream());
                broken |= second.synchronize().is_err();
            }
            assert!(broken && fault().contains("has not allocated yet"), "{}", fault());
        }
    });
}

#[test]
fn wrong_ranges_handles_and_frees_are_errors_of_the_call() {
    on_emulator("wrong_ranges_handles_and_frees_are_errors_of_the_call", &[], || {
        let (_context, stream) = start();
        let data = stream.clone_htod(&[1u32; 4]).unwrap();
        let address = data.device_ptr(&stream).0;
        // SAFETY: every one of these calls is refused.
        unsafe {
            assert_eq!(
                code(result::memcpy_htod_sync(address, &[0u32; 5])),
                CUresult::CUDA_ERROR_INVALID_VALUE
            );
            assert!(fault().contains("4 bytes beyond the end of an allocation of 16 bytes"), "{}", fault());
            assert_eq!(code(result::free_sync(address + 4)), CUresult::CUDA_ERROR_INVALID_VALUE);
            assert!(fault().contains("InvalidFree"), "{}", fault());
            assert_eq!(code(result::stream::synchronize(0x99 as _)), CUresult::CUDA_ERROR_INVALID_HANDLE);
            assert_eq!(
                code(result::event::record(0x99 as _, stream.cu_stream())),
                CUresult::CUDA_ERROR_INVALID_HANDLE
            );
            assert_eq!(code(result::module::unload(0x99 as _)), CUresult::CUDA_ERROR_INVALID_HANDLE);
            let launched =
                result::launch_kernel(0x99 as _, (1, 1, 1), (1, 1, 1), 0, stream.cu_stream(), &mut []);
            assert_eq!(code(launched), CUresult::CUDA_ERROR_INVALID_HANDLE);
        }
        assert_eq!(stream.clone_dtoh(&data).unwrap(), [1; 4], "nothing is broken");
    });
}
