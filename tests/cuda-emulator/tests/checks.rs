//! Each check of the machine, with a small kernel that has exactly that bug.

use ferrolab_cuda_emulator::{Argument, Device, Fault, FaultKind, Launch, Module};

/// A kernel `k` with a pointer as its only parameter, in `%l1`; `%r1` is the thread, `%r2` the block.
fn device(declarations: &str, body: &str) -> Device {
    let text = format!(
        ".version 7.8\n.target sm_60\n.address_size 64\n{declarations}
.visible .entry k(.param .u64 data) {{
.reg .b32 %r<16>; .reg .b64 %l<16>; .reg .f32 %f<8>; .reg .pred %p<8>;
ld.param.u64 %l1, [data]; mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x; mul.wide.u32 %l2, %r1, 4; add.s64 %l3, %l1, %l2;
{body}
ret; }}"
    );
    Device::new(Module::parse(&text).unwrap_or_else(|error| panic!("{error}")))
}

fn size(blocks: u32, threads: u32) -> Launch {
    Launch { grid: [blocks, 1, 1], block: [threads, 1, 1], ..Launch::default() }
}

/// Runs the kernel on 64 numbers and expects this fault.
#[track_caller]
fn fails(kind: FaultKind, body: &str, blocks: u32, threads: u32) -> Fault {
    let mut device = device("", body);
    let data = device.upload(&[1u32; 64]);
    let fault = device.launch("k", &size(blocks, threads), &[Argument::U64(data)]).expect_err("a fault");
    assert_eq!(fault.kind, kind, "{fault}");
    *fault
}

#[track_caller]
fn works(body: &str, blocks: u32, threads: u32) -> Vec<u32> {
    let mut device = device("", body);
    let data = device.upload(&[1u32; 64]);
    device
        .launch("k", &size(blocks, threads), &[Argument::U64(data)])
        .unwrap_or_else(|fault| panic!("{fault}"));
    device.download(data, 64).unwrap()
}

#[test]
fn a_read_beyond_the_end_names_the_line_the_thread_and_the_distance() {
    let fault = fails(FaultKind::OutOfBounds, "ld.global.u32 %r3, [%l3+252];", 1, 3);
    assert_eq!((fault.line, fault.thread, fault.block), (8, Some([1, 0, 0]), Some([0, 0, 0])));
    let text = fault.to_string();
    assert!(text.contains("`ld.global.u32 %r3, [%l3+252];`"), "{text}");
    assert!(text.contains("4 bytes beyond the end of an allocation of 256 bytes"), "{text}");
}

#[test]
fn a_write_before_the_beginning_is_out_of_bounds() {
    let fault = fails(FaultKind::OutOfBounds, "st.global.u32 [%l1+-4], %r1;", 1, 1);
    assert!(fault.what.contains("4 bytes before an allocation of 256 bytes"), "{fault}");
}

#[test]
fn a_null_pointer_is_named() {
    let fault = fails(FaultKind::OutOfBounds, "mov.u64 %l4, 0; ld.global.u32 %r3, [%l4];", 1, 1);
    assert!(fault.what.contains("null pointer"), "{fault}");
}

#[test]
fn an_access_across_the_end_of_an_allocation_is_out_of_bounds() {
    fails(FaultKind::OutOfBounds, "ld.global.u64 %l4, [%l1+256];", 1, 1);
    fails(FaultKind::OutOfBounds, "ld.global.v4.u32 {%r3, %r4, %r5, %r6}, [%l1+256];", 1, 1);
}

#[test]
fn a_vector_must_be_aligned_to_its_whole_size() {
    let fault = fails(FaultKind::Misaligned, "ld.global.v4.u32 {%r3, %r4, %r5, %r6}, [%l1+8];", 1, 1);
    assert!(fault.what.contains("no multiple of 16"), "{fault}");
    fails(FaultKind::Misaligned, "st.global.u32 [%l1+2], %r1;", 1, 1);
}

#[test]
fn freed_memory_is_never_touched_and_never_freed_again() {
    let mut device = device("", "ld.global.u32 %r3, [%l3];");
    let data = device.upload(&[1u32; 64]);
    device.free(data).unwrap();
    let fault = device.launch("k", &size(1, 1), &[Argument::U64(data)]).unwrap_err();
    assert_eq!(fault.kind, FaultKind::UseAfterFree, "{fault}");
    let fault = device.free(data).unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidFree);
    assert!(fault.what.contains("freed twice"), "{fault}");
    assert_eq!(device.free(data + 4).unwrap_err().kind, FaultKind::InvalidFree);
}

#[test]
fn memory_that_was_never_written_is_not_read() {
    let mut device = device("", "ld.global.u32 %r3, [%l3];");
    let data = device.allocate(256);
    let launch = |device: &mut Device| device.launch("k", &size(1, 2), &[Argument::U64(data)]);
    assert_eq!(launch(&mut device).unwrap_err().kind, FaultKind::Uninitialised);
    device.memory().write(data, &[0; 4]).unwrap();
    let fault = launch(&mut device).unwrap_err();
    assert_eq!(fault.thread, Some([1, 0, 0]), "the first number is there now");
    device.memory().write(data, &[0; 8]).unwrap();
    launch(&mut device).unwrap();
    assert_eq!(device.download::<u32>(data, 3).unwrap_err().kind, FaultKind::Uninitialised);
    device.memory().forget(data, 8).unwrap();
    assert_eq!(launch(&mut device).unwrap_err().kind, FaultKind::Uninitialised);
}

#[test]
fn a_copy_keeps_unwritten_bytes_unwritten() {
    let mut device = device("", "");
    let (from, to) = (device.allocate(16), device.allocate(16));
    device.memory().write(from, &[7; 6]).unwrap();
    device.memory().copy(to, from, 16).unwrap();
    assert_eq!(device.download::<u8>(to, 6).unwrap(), [7; 6]);
    assert_eq!(device.download::<u8>(to, 7).unwrap_err().kind, FaultKind::Uninitialised);
}

#[test]
fn bytes_beside_each_other_are_told_apart() {
    // Each block writes its own byte of the same word.
    let body = "cvt.u64.u32 %l4, %r2; add.s64 %l4, %l1, %l4; st.global.u8 [%l4], %r2;";
    assert_eq!(works(body, 4, 1)[0], 0x0302_0100);
}

#[test]
fn two_blocks_that_write_different_values_to_one_place_race() {
    let fault = fails(FaultKind::BlockRace, "st.global.u32 [%l1], %r2;", 2, 1);
    assert!(fault.what.contains("of the same launch wrote"), "{fault}");
}

#[test]
fn a_block_that_reads_what_another_writes_races() {
    // Block 0 writes, the others read: found in whatever order they run.
    let body = "setp.eq.u32 %p1, %r2, 0; @%p1 st.global.u32 [%l1], 5; @!%p1 ld.global.u32 %r3, [%l1];";
    for seed in 0..8 {
        let mut device = device("", body);
        let data = device.upload(&[1u32; 64]);
        let fault = device.launch("k", &Launch { seed, ..size(3, 1) }, &[Argument::U64(data)]).unwrap_err();
        assert_eq!(fault.kind, FaultKind::BlockRace);
    }
}

#[test]
fn atomics_equal_values_and_later_launches_do_not_race() {
    assert_eq!(works("red.global.add.u32 [%l1], 1;", 8, 32)[0], 257);
    assert_eq!(works("st.global.u32 [%l1], 9;", 8, 32)[0], 9);
    let mut device = device("", "ld.global.u32 %r3, [%l1]; add.u32 %r3, %r3, 1; st.global.u32 [%l1], %r3;");
    let data = device.upload(&[1u32]);
    for _ in 0..3 {
        device.launch("k", &size(1, 1), &[Argument::U64(data)]).unwrap();
    }
    assert_eq!(device.download::<u32>(data, 1).unwrap(), [4]);
}

#[test]
fn an_atomic_and_a_plain_write_to_one_place_race() {
    let body = "setp.eq.u32 %p1, %r2, 0; @%p1 st.global.u32 [%l1], 5; @!%p1 red.global.add.u32 [%l1], 1;";
    fails(FaultKind::BlockRace, body, 2, 1);
}

#[test]
fn the_last_block_may_read_what_the_others_fenced() {
    // Each block writes its number, fences it and takes a ticket; the last one sums.
    let body = "mul.wide.u32 %l4, %r2, 4; add.s64 %l4, %l1, %l4; st.global.u32 [%l4+4], %r2;
        FENCE atom.global.add.u32 %r3, [%l1], 1; setp.ne.u32 %p1, %r3, 4; @%p1 ret;
        ld.global.u32 %r4, [%l1+4]; ld.global.u32 %r5, [%l1+8]; ld.global.u32 %r6, [%l1+12]; ld.global.u32 %r7, [%l1+16];
        add.u32 %r4, %r4, %r5; add.u32 %r6, %r6, %r7; add.u32 %r4, %r4, %r6; st.global.u32 [%l1+20], %r4;";
    assert_eq!(works(&body.replace("FENCE", "membar.gl;"), 4, 1)[5], 6);
    fails(FaultKind::BlockRace, &body.replace("FENCE", ""), 4, 1);
}

#[test]
fn the_read_only_cache_is_not_for_what_the_kernel_writes() {
    fails(FaultKind::ReadOnly, "st.global.u32 [%l3], 1; ld.global.nc.u32 %r3, [%l3];", 1, 1);
}

const SHARED: &str = ".shared .align 4 .b8 tile[256]; mov.u64 %l4, tile; add.s64 %l5, %l4, %l2;";

#[test]
fn a_missing_barrier_between_warps_is_a_race() {
    // Each thread reads what its partner in the other warp wrote.
    let body = format!(
        "{SHARED} st.shared.u32 [%l5], 0; bar.sync 0; st.shared.u32 [%l5], %r1; BARRIER
        xor.b32 %r4, %r1, 32; mul.wide.u32 %l6, %r4, 4; add.s64 %l6, %l4, %l6; ld.shared.u32 %r3, [%l6];
        st.global.u32 [%l3], %r3;"
    );
    let fault = fails(FaultKind::SharedRace, &body.replace("BARRIER", ""), 1, 64);
    assert!(fault.what.contains("__syncthreads() is missing"), "{fault}");
    assert_eq!(works(&body.replace("BARRIER", "bar.sync 0;"), 1, 64)[..2], [32, 33]);
}

#[test]
fn a_barrier_is_also_missing_before_memory_is_written_again() {
    let body = format!(
        "{SHARED} st.shared.u32 [%l5], %r1; bar.sync 0; xor.b32 %r4, %r1, 32; mul.wide.u32 %l6, %r4, 4; add.s64 %l6, %l4, %l6;
        ld.shared.u32 %r3, [%l6]; BARRIER add.u32 %r5, %r1, 1; st.shared.u32 [%l5], %r5;"
    );
    fails(FaultKind::SharedRace, &body.replace("BARRIER", ""), 1, 64);
    works(&body.replace("BARRIER", "bar.sync 0;"), 1, 64);
}

#[test]
fn lanes_of_a_warp_need_a_warp_barrier() {
    let body = format!("{SHARED} st.shared.u32 [%l5], %r1; BARRIER ld.shared.u32 %r3, [%l4];");
    let fault = fails(FaultKind::WarpRace, &body.replace("BARRIER", ""), 1, 32);
    assert!(fault.what.contains("__syncwarp() is missing"), "{fault}");
    works(&body.replace("BARRIER", "bar.warp.sync -1;"), 1, 32);
}

#[test]
fn shared_atomics_do_not_race_with_each_other() {
    let body = format!(
        "{SHARED} setp.eq.u32 %p1, %r1, 0; @%p1 st.shared.u32 [%l4], 0; bar.sync 0; red.shared.add.u32 [%l4], 1; bar.sync 0;
        ld.shared.u32 %r3, [%l4]; st.global.u32 [%l3], %r3;"
    );
    assert_eq!(works(&body, 1, 64), [64; 64]);
}

#[test]
fn shared_memory_starts_unwritten_in_every_block() {
    let body = format!(
        "{SHARED} setp.eq.u32 %p1, %r2, 0; @%p1 st.shared.u32 [%l5], 1; @!%p1 ld.shared.u32 %r3, [%l5];"
    );
    works(&body, 1, 1);
    fails(FaultKind::Uninitialised, &body, 2, 1);
}

#[test]
fn an_index_beyond_a_shared_variable_does_not_reach_the_next() {
    let body = "
        .shared .align 4 .b8 one[16]; .shared .align 4 .b8 two[16]; mov.u64 %l4, one; st.shared.u32 [%l4+16], %r1;";
    let fault = fails(FaultKind::OutOfBounds, body, 1, 1);
    assert!(fault.what.contains("byte 16 of a variable of 16 bytes"), "{fault}");
}

#[test]
fn dynamic_shared_memory_has_the_size_of_the_launch() {
    let body = "mov.u64 %l4, pool; add.s64 %l5, %l4, %l2; st.shared.u32 [%l5], %r1;";
    let mut device = device(".extern .shared .align 16 .b8 pool[];", body);
    let data = device.upload(&[0u32]);
    let mut launch = |bytes| {
        device
            .launch("k", &Launch { dynamic_shared: bytes, ..size(1, 8) }, &[Argument::U64(data)])
            .map(|_| ())
    };
    launch(32).unwrap();
    assert_eq!(launch(28).unwrap_err().kind, FaultKind::OutOfBounds);
    assert_eq!(launch(49 * 1024).unwrap_err().kind, FaultKind::InvalidLaunch);
}

#[test]
fn local_memory_and_parameters_have_ends() {
    fails(
        FaultKind::OutOfBounds,
        ".local .align 4 .b8 own[8]; mov.u64 %l4, own; st.local.u32 [%l4+8], %r1;",
        1,
        1,
    );
    fails(FaultKind::OutOfBounds, "ld.param.u32 %r3, [data+8];", 1, 1);
    works(".local .align 4 .b8 own[8]; mov.u64 %l4, own; st.local.u32 [%l4+4], %r1;", 1, 33);
}

#[test]
fn a_barrier_in_a_branch_that_not_all_threads_take_is_a_fault() {
    let body = "setp.lt.u32 %p1, %r1, 32; @%p1 bra OTHER; bar.sync 0; bra END; OTHER: bar.sync 0; END:";
    let fault = fails(FaultKind::DivergentBarrier, body, 1, 64);
    assert!(fault.what.contains("wait for it at line"), "{fault}");
    // Inside of one warp too.
    fails(FaultKind::DivergentBarrier, &body.replace("32", "16"), 1, 32);
}

#[test]
fn a_barrier_waits_in_vain_for_threads_that_have_exited() {
    let fault = fails(FaultKind::DivergentBarrier, "setp.ge.u32 %p1, %r1, 40; @%p1 ret; bar.sync 0;", 1, 64);
    assert!(fault.what.contains("40 wait at line 8") && fault.what.contains("24 have exited"), "{fault}");
}

#[test]
fn named_barriers_join_the_warps_they_count() {
    // The second warp makes, the first one uses; both know barrier 1.
    let body = format!(
        "{SHARED} setp.lt.u32 %p1, %r1, 32; @%p1 bra USE;
        st.shared.u32 [%l5], %r1; bar.arrive 1, 64; bra END;
        USE: bar.sync 1, 64; ld.shared.u32 %r3, [%l5+128]; st.global.u32 [%l3], %r3; END:"
    );
    assert_eq!(works(&body, 1, 64)[..3], [32, 33, 34]);
    fails(FaultKind::DivergentBarrier, &body.replace("bar.arrive 1", "bar.arrive 2"), 1, 64);
}

#[test]
fn a_barrier_can_count_what_threads_say() {
    let body = "setp.lt.u32 %p1, %r1, 10; bar.red.popc.u32 %r3, 0, %p1; st.global.u32 [%l3], %r3;";
    assert_eq!(works(body, 1, 64), [10; 64]);
    let body = "setp.lt.u32 %p1, %r1, 64; bar.red.and.pred %p2, 0, %p1; selp.u32 %r3, 7, 8, %p2; st.global.u32 [%l3], %r3;";
    assert_eq!(works(body, 1, 64), [7; 64]);
}

#[test]
fn a_shuffle_from_a_lane_without_a_thread_is_a_fault() {
    fails(FaultKind::InactiveLane, "shfl.sync.bfly.b32 %r3, %r1, 16, 31, -1;", 1, 20);
    works("shfl.sync.bfly.b32 %r3, %r1, 16, 31, -1;", 1, 32);
}

#[test]
fn a_shuffle_waits_for_the_lanes_it_names() {
    // Both halves come on their own way to the same shuffle.
    let body = "setp.lt.u32 %p1, %r1, 16; mov.u32 %r4, 5; @%p1 bra JOIN; mov.u32 %r4, 6; JOIN:
        shfl.sync.bfly.b32 %r3, %r4, 16, 31, -1; st.global.u32 [%l3], %r3;";
    assert_eq!(works(body, 1, 32)[..32], [[6; 16], [5; 16]].concat());
    let body = "setp.lt.u32 %p1, %r1, 16; @%p1 shfl.sync.bfly.b32 %r3, %r1, 1, 31, -1; @!%p1 bar.sync 0;";
    let fault = fails(FaultKind::InactiveLane, body, 1, 32);
    assert!(fault.what.contains("32 wait at line 8"), "{fault}");
}

#[test]
fn a_kernel_that_never_ends_is_stopped() {
    let mut device = device("", "AGAIN: bra AGAIN;");
    let data = device.upload(&[0u32]);
    let launch = Launch { instruction_limit: 1_000_000, ..size(1, 1) };
    assert_eq!(device.launch("k", &launch, &[Argument::U64(data)]).unwrap_err().kind, FaultKind::Endless);
}

#[test]
fn a_warp_may_wait_for_another_by_looking() {
    let body = format!(
        "{SHARED} setp.ne.u32 %p1, %r1, 0; @%p1 bra NEXT; st.shared.u32 [%l4], 0; NEXT: bar.sync 0;
        setp.eq.u32 %p1, %r1, 32; @!%p1 bra LOOK; atom.shared.exch.b32 %r3, [%l4], 1; bra END;
        LOOK: setp.ne.u32 %p2, %r1, 0; @%p2 bra END; AGAIN: atom.shared.add.u32 %r3, [%l4], 0; setp.eq.u32 %p2, %r3, 0; @%p2 bra AGAIN; END:"
    );
    for seed in 0..4 {
        let mut device = device("", &body);
        let data = device.upload(&[1u32; 64]);
        device.launch("k", &Launch { seed, ..size(1, 64) }, &[Argument::U64(data)]).unwrap();
    }
}

#[test]
fn traps_and_assertions_are_reported() {
    fails(FaultKind::Trap, "trap;", 1, 1);
    let call = "{ .param .b64 p0; st.param.b64 [p0], %l1; call.uni __assertfail, (p0); }";
    fails(FaultKind::Assertion, call, 1, 1);
}

#[test]
fn a_table_of_branches_has_an_end() {
    let body = "TABLE: .branchtargets ZERO, ONE; brx.idx %r2, TABLE;
        ZERO: st.global.u32 [%l1], 10; ret; ONE: st.global.u32 [%l1+4], 11; ret;";
    assert_eq!(works(body, 2, 1)[..2], [10, 11]);
    fails(FaultKind::InvalidBranch, body, 3, 1);
}

#[test]
fn launches_outside_of_the_limits_are_refused() {
    let mut device = device("", "");
    let data = device.upload(&[0u32]);
    for launch in [
        size(1, 1025),
        size(0, 1),
        size(1, 0),
        Launch { block: [1, 1, 65], ..size(1, 1) },
        Launch { grid: [1, 65536, 1], ..size(1, 1) },
    ] {
        let fault = device.launch("k", &launch, &[Argument::U64(data)]).unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidLaunch, "{launch:?}");
    }
    for arguments in [&[][..], &[Argument::U32(1)], &[Argument::U64(data), Argument::U64(data)]] {
        assert_eq!(device.launch("k", &size(1, 1), arguments).unwrap_err().kind, FaultKind::InvalidLaunch);
    }
}

#[test]
fn constants_can_not_be_written() {
    let mut device =
        device(".const .align 4 .u32 fixed = 3;", "mov.u64 %l4, fixed; st.global.u32 [%l4], %r1;");
    let data = device.upload(&[0u32]);
    assert_eq!(
        device.launch("k", &size(1, 1), &[Argument::U64(data)]).unwrap_err().kind,
        FaultKind::ReadOnly
    );
}

#[test]
fn blocks_run_in_an_order_that_the_seed_decides() {
    let body = "atom.global.add.u32 %r3, [%l1], 1; mul.wide.u32 %l4, %r2, 4; add.s64 %l4, %l1, %l4; st.global.u32 [%l4+4], %r3;";
    let order = |seed| {
        let mut device = device("", body);
        let data = device.upload(&[0u32; 64]);
        device.launch("k", &Launch { seed, ..size(16, 1) }, &[Argument::U64(data)]).unwrap();
        device.download::<u32>(data + 4, 16).unwrap()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
    assert_ne!(order(1), (0..16).collect::<Vec<_>>());
}
