//! What lanes do together: shuffles, votes, matches, reductions, atomics.

use crate::run;

/// Lanes 0 to 63: two warps.
fn lanes() -> Vec<u64> {
    (0..64).collect()
}

#[track_caller]
fn check(instruction: &str, expected: impl Fn(u64) -> u64) {
    let found = run(instruction, &[&lanes(), &vec![1; 64]]);
    let wanted: Vec<u64> = lanes().into_iter().map(expected).collect();
    assert_eq!(found, wanted, "{instruction}");
}

#[test]
fn a_shuffle_reads_another_lane_or_its_own_at_the_edge() {
    check("shfl.sync.down.b32 %r0, %r1, 1, 31, -1", |lane| if lane % 32 == 31 { lane } else { lane + 1 });
    check("shfl.sync.up.b32 %r0, %r1, 2, 0, -1", |lane| if lane % 32 < 2 { lane } else { lane - 2 });
    check("shfl.sync.bfly.b32 %r0, %r1, 16, 31, -1", |lane| lane ^ 16);
    check("shfl.sync.idx.b32 %r0, %r1, 5, 31, -1", |lane| lane / 32 * 32 + 5);
    // Segments of eight lanes.
    check("shfl.sync.down.b32 %r0, %r1, 4, 0x181f, -1", |lane| if lane % 8 < 4 { lane + 4 } else { lane });
    check("mov.b32 %r0, 0; shfl.sync.down.b32 _|%p4, %r1, 1, 31, -1; selp.u32 %r0, 1, 0, %p4", |lane| {
        u64::from(lane % 32 != 31)
    });
}

#[test]
fn votes_ask_every_lane() {
    check("vote.sync.ballot.b32 %r0, %p1, -1", |_| 0xaaaa_aaaa);
    check("vote.sync.any.pred %p0, %p1, -1", |_| 1);
    check("vote.sync.all.pred %p0, !%p1, -1", |_| 0);
    check("vote.sync.uni.pred %p0, %p2, -1", |_| 1);
    check("activemask.b32 %r0", |_| 0xffff_ffff);
}

#[test]
fn a_match_finds_lanes_with_the_same_value() {
    check("and.b32 %r0, %r1, 3; match.any.sync.b32 %r0, %r0, -1", |lane| 0x1111_1111 << (lane % 4));
    check("mov.b32 %r0, 7; match.all.sync.b32 %r0|%p4, %r0, -1", |_| 0xffff_ffff);
    check("match.all.sync.b32 %r0|%p4, %r1, -1", |_| 0);
}

#[test]
fn a_reduction_combines_the_warp() {
    check("redux.sync.add.s32 %r0, %r1, -1", |lane| if lane < 32 { 496 } else { 496 + 1024 });
    check("redux.sync.max.u32 %r0, %r1, -1", |lane| if lane < 32 { 31 } else { 63 });
}

#[test]
fn special_registers_tell_where_a_thread_is() {
    check("mov.u32 %r0, %laneid", |lane| lane % 32);
    check("mov.u32 %r0, %warpid", |lane| lane / 32);
    check("mov.u32 %r0, %nwarpid", |_| 2);
    check("mov.u32 %r0, %lanemask_lt", |lane| (1 << (lane % 32)) - 1);
    check("mov.u32 %r0, %lanemask_ge", |lane| u64::from(u32::MAX << (lane % 32)));
    check("mov.u32 %r0, %lanemask_gt", |lane| u64::from((u64::from(u32::MAX) << (lane % 32 + 1)) as u32));
    check("mov.u32 %r0, %ntid.x", |_| 64);
}
