//! Every group of instructions against Rust's own arithmetic, on edge cases.

mod bits;
mod conversions;
mod floats;
mod halves;
mod integers;
mod together;

use ferrolab_cuda_emulator::{Argument, Device, Launch, Module};

/// Runs one instruction, or several, on rows of values and returns what is left in its first operand.
///
/// The sources are `%h1` to `%h3` (16 bits), `%r1` to `%r3`, `%f1` to `%f3`, `%l1` to `%l3`, `%d1` to `%d3` and `%p1` to `%p3`;
/// the result is the register of the same letter with the number 0.
#[track_caller]
pub fn run(instruction: &str, sources: &[&[u64]]) -> Vec<u64> {
    let letter = result_letter(instruction);
    let text = kernel(instruction, letter);
    let module = Module::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut device = Device::new(module);
    let count = sources[0].len();
    let zeros = vec![0u64; count];
    let addresses: Vec<Argument> = (0..3)
        .map(|index| Argument::U64(device.upload(sources.get(index).copied().unwrap_or(&zeros))))
        .collect();
    let out = device.upload(&zeros);
    let arguments = [&addresses[..], &[Argument::U64(out), Argument::U32(count as u32)]].concat();
    let launch = Launch { grid: [count.div_ceil(64) as u32, 1, 1], block: [64, 1, 1], ..Launch::default() };
    device.launch("k", &launch, &arguments).unwrap_or_else(|fault| panic!("{fault}"));
    device.download(out, count).unwrap()
}

fn result_letter(instruction: &str) -> char {
    let at = instruction.find('%').expect("an instruction with registers");
    instruction[at + 1..].chars().next().unwrap()
}

fn kernel(instruction: &str, letter: char) -> String {
    let back = match letter {
        'h' => "cvt.u64.u16 %x9, %h0;",
        'r' => "cvt.u64.u32 %x9, %r0;",
        'f' => "mov.b32 %r0, %f0; cvt.u64.u32 %x9, %r0;",
        'd' => "mov.b64 %x9, %d0;",
        'p' => "selp.u64 %x9, 1, 0, %p0;",
        _ => "mov.b64 %x9, %l0;",
    };
    let mut loads = String::new();
    for (index, name) in ["a", "b", "c"].iter().enumerate() {
        let n = index + 1;
        loads += &format!(
            "ld.param.u64 %x1, [{name}]; add.s64 %x1, %x1, %x0; ld.global.u64 %l{n}, [%x1]; mov.b64 %d{n}, %l{n};
             cvt.u32.u64 %r{n}, %l{n}; mov.b32 %f{n}, %r{n}; cvt.u16.u64 %h{n}, %l{n};
             and.b32 %i1, %r{n}, 1; setp.ne.u32 %p{n}, %i1, 0;\n"
        );
    }
    format!(
        ".version 7.8\n.target sm_80\n.address_size 64
        .visible .entry k(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 out, .param .u32 count) {{
        .reg .b16 %h<8>; .reg .b32 %r<8>; .reg .f32 %f<8>; .reg .f64 %d<8>; .reg .b64 %l<8>; .reg .pred %p<8>, %done;
        .reg .b64 %x<16>; .reg .b32 %i<8>;
        mov.u32 %i1, %ctaid.x; mov.u32 %i2, %ntid.x; mov.u32 %i3, %tid.x; mad.lo.u32 %i0, %i1, %i2, %i3;
        ld.param.u32 %i4, [count]; setp.ge.u32 %done, %i0, %i4; @%done bra END;
        mul.wide.u32 %x0, %i0, 8;
        {loads}
        {instruction};
        {back}
        ld.param.u64 %x2, [out]; add.s64 %x2, %x2, %x0; st.global.u64 [%x2], %x9;
        END: ret; }}"
    )
}

/// Every pair of these values, as two rows.
pub fn pairs(values: &[u64]) -> [Vec<u64>; 2] {
    let count = values.len();
    let first = (0..count * count).map(|index| values[index / count]).collect();
    [first, (0..count * count).map(|index| values[index % count]).collect()]
}

/// Checks an instruction of two sources on every pair of edge cases.
#[track_caller]
pub fn check2(instruction: &str, values: &[u64], expected: impl Fn(u64, u64) -> u64) {
    let [a, b] = pairs(values);
    for (index, found) in run(instruction, &[&a, &b]).into_iter().enumerate() {
        let wanted = expected(a[index], b[index]);
        assert_eq!(
            found, wanted,
            "{instruction} of {:#x} and {:#x}: {found:#x}, not {wanted:#x}",
            a[index], b[index]
        );
    }
}

/// Checks an instruction of one source.
#[track_caller]
pub fn check1(instruction: &str, values: &[u64], expected: impl Fn(u64) -> u64) {
    for (found, value) in run(instruction, &[values]).into_iter().zip(values) {
        let wanted = expected(*value);
        assert_eq!(found, wanted, "{instruction} of {value:#x}: {found:#x}, not {wanted:#x}");
    }
}

/// Checks an instruction of three sources, the third of which goes through its own values.
#[track_caller]
pub fn check3(instruction: &str, values: &[u64], third: &[u64], expected: impl Fn(u64, u64, u64) -> u64) {
    let [a, b] = pairs(values);
    for c in third {
        let row = vec![*c; a.len()];
        for (index, found) in run(instruction, &[&a, &b, &row]).into_iter().enumerate() {
            let wanted = expected(a[index], b[index], *c);
            assert_eq!(
                found, wanted,
                "{instruction} of {:#x}, {:#x} and {c:#x}: {found:#x}, not {wanted:#x}",
                a[index], b[index]
            );
        }
    }
}

/// Numbers at which integer arithmetic may go wrong.
pub const INTEGERS: [u64; 15] = [
    0,
    1,
    2,
    3,
    7,
    0x7f,
    0x80,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0001,
];

/// The bits of floats at which arithmetic may go wrong: zeros, subnormals, the largest, infinities, not-a-number, and plain ones.
pub const SINGLES: [u64; 18] = [
    0,
    0x8000_0000,
    1,
    0x8000_0001,
    0x007f_ffff,
    0x0080_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x3f80_0001,
    0x3eaa_aaab,
    0x4049_0fdb,
    0xc2c8_0000,
    0x4b80_0001,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
];

/// The same for f64.
pub fn doubles() -> Vec<u64> {
    let plain = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        1.0 / 3.0,
        std::f64::consts::PI,
        1e300,
        -1e300,
        1e-300,
        5e-324,
        2e-308,
        123456789.25,
    ];
    let odd = [f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    plain.into_iter().chain(odd).map(f64::to_bits).collect()
}
