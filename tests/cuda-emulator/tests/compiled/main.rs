//! Kernels as NVRTC compiles them, against the same computation in Rust.

use ferrolab_cuda_emulator::{Argument, Device, FaultKind, Launch, Module};

const COMPILED: &str = include_str!("kernels.ptx");

fn device() -> Device {
    Device::new(Module::parse(COMPILED).unwrap_or_else(|error| panic!("{error}")))
}

#[track_caller]
fn launch(device: &mut Device, name: &str, launch: &Launch, arguments: &[Argument]) {
    device.launch(name, launch, arguments).unwrap_or_else(|fault| panic!("{fault}"));
}

fn blocks(blocks: u32, threads: u32) -> Launch {
    Launch { grid: [blocks, 1, 1], block: [threads, 1, 1], ..Launch::default() }
}

/// A kernel of one thread a number, with so many results each.
#[track_caller]
fn map<T: ferrolab_cuda_emulator::Plain>(name: &str, from: &[T], results: usize) -> Vec<T> {
    let mut device = device();
    let count = from.len();
    let (x, y) = (device.upload(from), device.allocate(count * results * size_of::<T>()));
    let arguments = [Argument::U32(count as u32), Argument::U64(x), Argument::U64(y)];
    launch(&mut device, name, &blocks(count.div_ceil(128) as u32, 128), &arguments);
    device.download(y, count * results).unwrap()
}

#[test]
fn the_functions_of_f32_come_within_three_units_of_the_last_place() {
    let x: Vec<f32> = (0..500).map(|index| (index as f32 - 250.0) / 38.7).collect();
    let functions: [fn(f32) -> f64; 8] = [
        |v| f64::from(v.abs() + 0.1).powf(1.7f32.into()),
        |v| f64::from(v * 1e6).sin(),
        |v| f64::from(v).exp(),
        |v| f64::from(v).abs().ln_1p(),
        |v| f64::from(v).tanh(),
        |v| ((v * 10.0).round() + v.floor() + (v * 3.0).trunc() + (v * 7.0).round_ties_even()).into(),
        |v| f64::from(v) / f64::from(0.3f32),
        |v| f64::from(v).abs().sqrt(),
    ];
    for (found, v) in map("functions", &x, 8).chunks(8).zip(&x) {
        for (index, function) in functions.iter().enumerate() {
            let exact = function(*v);
            let unit = f64::from((exact as f32).abs().next_up() - (exact as f32).abs());
            let distance = (f64::from(found[index]) - exact).abs() / unit;
            assert!(distance <= 3.0, "function {index} of {v}: {} instead of {exact}", found[index]);
        }
    }
}

#[test]
fn the_power_of_f64_is_a_call() {
    assert!(COMPILED.contains("call.uni"));
    let x: Vec<f64> = (0..200).map(|index| (f64::from(index) - 100.0) / 7.3).collect();
    for (found, v) in map("power", &x, 1).iter().zip(&x) {
        let exact = (v.abs() + 0.1).powf(1.7);
        assert!(((found - exact) / exact).abs() < 1e-15, "{found} instead of {exact}");
    }
}

#[test]
fn divergent_choices_come_together_again() {
    let x: Vec<i32> = (0..1000).map(|index| index * 7919 - 3_000_000).collect();
    let expected = x.iter().map(|&v| match v % 9 {
        0 => v * 3,
        1 => v ^ 77,
        2 => v.count_ones() as i32,
        3 => v.leading_zeros() as i32,
        4 => v / 7,
        5 => v.reverse_bits(),
        6 => v % 5 + 100,
        7 => -v,
        _ => v.abs() - 1,
    });
    assert_eq!(map("choices", &x, 1), expected.collect::<Vec<_>>());
}

#[test]
fn arrays_of_a_thread_are_sorted_in_local_memory() {
    let x: Vec<i32> = (0..300).map(|index| index * 7919 % 1013 - 500).collect();
    let expected = (0..x.len()).map(|index| {
        let mut sixteen: Vec<i32> = (0..16).map(|k| x[(index + k) % x.len()]).collect();
        sixteen.sort();
        sixteen[(x[index] & 15) as usize]
    });
    assert_eq!(map("sort_sixteen", &x, 1), expected.collect::<Vec<_>>());
}

#[test]
fn the_last_block_adds_up_what_all_have_fenced() {
    let mut device = device();
    let x = device.upload(&[1f32; 5001]);
    let (parts, out) = (device.allocate(64), device.allocate(4));
    let arguments = [Argument::U32(5001), Argument::U64(x), Argument::U64(parts), Argument::U64(out)];
    for seed in 0..3 {
        launch(&mut device, "sum", &Launch { seed, ..blocks(16, 256) }, &arguments);
        assert_eq!(device.download::<f32>(out, 1).unwrap(), [10002.0]);
    }
    let tickets = device.variable("tickets").unwrap();
    assert_eq!(device.download::<u32>(tickets, 1).unwrap(), [0]);
    // With half the threads the tree reads sums that nobody wrote.
    let fault = device.launch("sum", &blocks(16, 128), &arguments).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Uninitialised, "{fault}");
}

#[test]
fn bytes_are_counted_in_shared_memory_and_together() {
    let mut device = device();
    let bytes: Vec<u8> = (0..10_000u32).map(|index| (index * index % 251) as u8).collect();
    let (x, counts) = (device.upload(&bytes), device.upload(&[0u32; 256]));
    let arguments = [Argument::U32(10_000), Argument::U64(x), Argument::U64(counts)];
    launch(&mut device, "histogram", &Launch { dynamic_shared: 1024, ..blocks(7, 96) }, &arguments);
    let mut expected = [0u32; 256];
    bytes.iter().for_each(|byte| expected[*byte as usize] += 1);
    assert_eq!(device.download::<u32>(counts, 256).unwrap(), expected);
}

#[test]
fn a_structure_arrives_with_its_padding() {
    let mut device = device();
    let out = device.allocate(64);
    let parts: [&[u8]; 6] = [
        &1.5f32.to_le_bytes(),
        &(-7i32).to_le_bytes(),
        &3i16.to_le_bytes(),
        &[0; 6],
        &2.25f64.to_le_bytes(),
        &9f64.to_le_bytes(),
    ];
    launch(&mut device, "by_value", &blocks(1, 4), &[Argument::Bytes(parts.concat()), Argument::U64(out)]);
    assert_eq!(device.download::<f32>(out, 8).unwrap(), [1.5, -7., 3., 2.25, 1.5, -7., 3., 9.]);
}

#[test]
fn tiles_of_matrices_are_multiplied() {
    let (rows, columns, inner) = (37usize, 21, 50);
    let a: Vec<f32> = (0..rows * inner).map(|index| (index % 17) as f32 - 8.0).collect();
    let b: Vec<f32> = (0..inner * columns).map(|index| (index % 13) as f32 * 0.25).collect();
    let mut device = device();
    let (at_a, at_b, at_c) = (device.upload(&a), device.upload(&b), device.allocate(rows * columns * 4));
    let sizes = [rows, columns, inner].map(|size| Argument::I32(size as i32));
    let arguments = [&sizes[..], &[at_a, at_b, at_c].map(Argument::U64)].concat();
    launch(
        &mut device,
        "matmul",
        &Launch { grid: [2, 3, 1], block: [16, 16, 1], ..Launch::default() },
        &arguments,
    );
    let product = |row: usize, column: usize| {
        (0..inner).map(|k| a[row * inner + k] * b[k * columns + column]).sum::<f32>()
    };
    let expected: Vec<f32> =
        (0..rows * columns).map(|index| product(index / columns, index % columns)).collect();
    assert_eq!(device.download::<f32>(at_c, rows * columns).unwrap(), expected);
}

/// A barrier taken out of compiled code is found, whichever it is.
#[test]
fn every_barrier_of_compiled_kernels_is_needed() {
    let lines: Vec<&str> = COMPILED.lines().collect();
    let start = lines.iter().position(|line| line.contains(".entry matmul")).unwrap();
    let barriers =
        (start..lines.len()).filter(|index| lines[*index].contains("bar.sync")).collect::<Vec<_>>();
    assert!(barriers.len() >= 2);
    for barrier in barriers {
        let text: Vec<&str> =
            lines.iter().enumerate().filter(|(index, _)| *index != barrier).map(|(_, line)| *line).collect();
        let mut device = Device::new(Module::parse(&text.join("\n")).unwrap());
        let (a, b, c) = (device.upload(&[1f32; 1024]), device.upload(&[1f32; 1024]), device.allocate(4096));
        let sizes = [32, 32, 32].map(Argument::I32);
        let arguments = [&sizes[..], &[a, b, c].map(Argument::U64)].concat();
        let launch = Launch { grid: [2, 2, 1], block: [16, 16, 1], ..Launch::default() };
        let fault = device.launch("matmul", &launch, &arguments).expect_err("a race");
        assert!(
            matches!(fault.kind, FaultKind::SharedRace | FaultKind::WarpRace | FaultKind::Uninitialised),
            "{fault}"
        );
    }
}
