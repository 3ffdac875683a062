//! Streams, events and graphs: what is ordered, and what is not.

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUresult, CUstreamCaptureMode};
use cudarc::driver::{DevicePtr, DevicePtrMut, result, sys};

use super::{ADD, Kernel, code, counter, on_emulator, start};

#[test]
fn streams_are_ordered_only_by_events() {
    // A reader on another stream without an event fails for some seed, with an event for none.
    let mut failures = 0;
    for seed in ["1", "2", "3", "4", "5", "6"] {
        for waits in ["no", "yes"] {
            let errors = on_emulator(
                "streams_are_ordered_only_by_events",
                &[("FERROLAB_EMULATOR_SEED", seed), ("WAITS", waits)],
                || {
                    let (context, first) = start();
                    // SAFETY: the events here are the test's own.
                    unsafe { context.disable_event_tracking() };
                    let second = context.new_stream().unwrap();
                    let mut from = first.alloc_zeros::<u32>(4).unwrap();
                    let mut to = second.alloc_zeros::<u32>(4).unwrap();
                    context.synchronize().unwrap();
                    first.memcpy_htod(&[1u32, 2, 3, 4], &mut from).unwrap();
                    if std::env::var("WAITS").unwrap() == "yes" {
                        second.wait(&first.record_event(None).unwrap()).unwrap();
                    }
                    second.memcpy_dtod(&from, &mut to).unwrap();
                    if second.clone_dtoh(&to).unwrap() != [1, 2, 3, 4] {
                        eprintln!("TOO EARLY");
                    }
                    // Keep the first stream's work until here.
                    context.synchronize().unwrap();
                },
            );
            let early = errors.contains("TOO EARLY");
            assert!(!(early && waits == "yes"));
            failures += usize::from(early);
        }
    }
    if std::env::var_os("FERROLAB_EMULATOR_TEST_CHILD").is_none() {
        assert!(failures > 0, "no order of the streams showed the missing event");
    }
}

#[test]
fn events_tell_when_and_polling_ends() {
    on_emulator("events_tell_when_and_polling_ends", &[], || {
        let (_context, stream) = start();
        let timed = Some(sys::CUevent_flags::CU_EVENT_DEFAULT);
        let before = stream.record_event(timed).unwrap();
        let data = stream.clone_htod(&[1f32; 1000]).unwrap();
        let after = stream.record_event(timed).unwrap();
        assert!(!after.is_complete(), "nothing has run yet");
        while !after.is_complete() {}
        assert!(before.elapsed_ms(&after).unwrap() >= 0.0);
        let without = stream.record_event(None).unwrap();
        without.synchronize().unwrap();
        assert_eq!(code(without.elapsed_ms(&after)), CUresult::CUDA_ERROR_INVALID_HANDLE);
        drop(data);
    });
}

#[test]
fn host_functions_run_on_their_stream() {
    on_emulator("host_functions_run_on_their_stream", &[], || {
        unsafe extern "C" fn count(argument: *mut std::ffi::c_void) {
            // SAFETY: the argument is the test's counter.
            unsafe { *argument.cast::<u32>() += 1 };
        }
        let (_context, stream) = start();
        let mut called = 0u32;
        // SAFETY: the counter lives until the stream is synchronised.
        unsafe { result::stream::launch_host_function(stream.cu_stream(), count, (&raw mut called).cast()) }
            .unwrap();
        assert_eq!(called, 0);
        stream.synchronize().unwrap();
        assert_eq!(called, 1);
    });
}

#[test]
fn a_captured_graph_does_its_work_at_every_launch() {
    on_emulator("a_captured_graph_does_its_work_at_every_launch", &[], || {
        let (_context, stream) = start();
        let kernel = Kernel::load(ADD, "add");
        let one = stream.clone_htod(&[1f32; 4]).unwrap();
        let mut sum = stream.alloc_zeros::<f32>(4).unwrap();
        let (one_at, sum_at) = (one.device_ptr(&stream).0, sum.device_ptr_mut(&stream).0);
        stream.synchronize().unwrap();
        stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL).unwrap();
        kernel.add(&stream, 4, one_at, sum_at, sum_at).unwrap();
        kernel.add(&stream, 4, one_at, sum_at, sum_at).unwrap();
        let graph = stream.end_capture(CUgraphInstantiate_flags(0)).unwrap().unwrap();
        assert_eq!(stream.clone_dtoh(&sum).unwrap(), [0.; 4], "capturing does nothing");
        for _ in 0..3 {
            graph.launch().unwrap();
        }
        assert_eq!(stream.clone_dtoh(&sum).unwrap(), [6.; 4]);
        assert_eq!((counter("launches"), counter("graph_launches"), counter("add")), (6, 3, 6));
    });
}

#[test]
fn synchronising_a_captured_stream_ruins_the_capture() {
    on_emulator("synchronising_a_captured_stream_ruins_the_capture", &[], || {
        let (_context, stream) = start();
        stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_GLOBAL).unwrap();
        assert_eq!(code(stream.synchronize()), CUresult::CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        let ended = stream.end_capture(CUgraphInstantiate_flags(0));
        assert_eq!(ended.map(|_| ()).unwrap_err().0, CUresult::CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    });
}
