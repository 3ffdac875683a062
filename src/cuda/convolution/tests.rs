//! All passes of convolutions, by all tiles, against the CPU's.

use super::*;
use crate::array::Finish;
use crate::cpu::patches;
use crate::cuda;
use crate::cuda::agreement::close_within;
use crate::random::Generator;

/// Sizes of the result included.
fn sizes(
    [batch, channels, out_channels, groups]: [usize; 4],
    size: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
) -> PatchSizes {
    let out_size = [0, 1].map(|axis| {
        (size[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1
    });
    PatchSizes { batch, channels, size, out_channels, out_size, kernel, stride, padding, dilation, groups }
}

/// Every kind of convolution, at sizes that no tile divides.
fn all() -> Vec<PatchSizes> {
    vec![
        sizes([2, 3, 5, 1], [7, 6], [3, 3], [1, 1], [1, 1], [1, 1]),
        sizes([1, 1, 1, 1], [1, 1], [1, 1], [1, 1], [0, 0], [1, 1]),
        sizes([2, 5, 7, 1], [5, 9], [1, 1], [1, 1], [0, 0], [1, 1]),
        sizes([1, 4, 6, 1], [9, 8], [1, 1], [2, 3], [0, 1], [1, 1]),
        sizes([3, 2, 70, 1], [8, 7], [3, 2], [2, 1], [1, 0], [1, 2]),
        sizes([1, 70, 3, 1], [6, 7], [2, 3], [3, 2], [1, 2], [2, 1]),
        sizes([1, 20, 40, 1], [5, 5], [3, 3], [2, 2], [2, 2], [2, 2]),
        sizes([2, 6, 4, 2], [6, 7], [3, 3], [2, 2], [1, 1], [1, 1]),
        sizes([2, 6, 9, 3], [5, 4], [2, 2], [1, 1], [1, 1], [1, 1]),
        sizes([2, 5, 10, 5], [5, 6], [3, 3], [2, 1], [1, 1], [1, 1]),
        // A stride longer than the kernel: some pixels of the input have no part in the result.
        sizes([1, 2, 3, 1], [9, 10], [2, 1], [3, 4], [0, 0], [1, 1]),
        // Large enough for cuDNN, where it is.
        sizes([3, 24, 32, 1], [12, 13], [3, 3], [1, 1], [1, 1], [1, 1]),
        // Depthwise.
        sizes([2, 5, 5, 5], [6, 7], [3, 3], [1, 1], [1, 1], [1, 1]),
        sizes([1, 35, 35, 35], [9, 5], [5, 2], [2, 3], [2, 1], [1, 2]),
    ]
}

fn values(memory: Memory) -> Vec<f32> {
    Array::on_gpu(&[memory.len()], Layout::RowMajor, memory).to_vec()
}

struct Case {
    x: Array,
    dy: Array,
    weight: Array,
    bias: Array,
}

impl Case {
    fn new(s: PatchSizes) -> Case {
        let mut random = Generator::new(3);
        let mut numbers = |len: usize| random.uniform(&[len], -1.0, 1.0);
        let weight = [s.out_channels, s.channels / s.groups, s.kernel[0], s.kernel[1]];
        Case {
            x: numbers(s.batch * s.size[0] * s.size[1] * s.channels),
            dy: numbers(pixels(&s) * s.out_channels),
            weight: numbers(weight.iter().product()).reshaped(&weight),
            bias: numbers(s.out_channels),
        }
    }
}

#[test]
fn every_pass_of_every_convolution_is_the_cpus() {
    let Some(gpu) = cuda::active() else { return };
    for s in all() {
        let case = Case::new(s);
        let (x, dy) = (case.x.memory(gpu), case.dy.memory(gpu));
        let finishes =
            [Finish::Plain, Finish::Clamp([-0.5, 0.75]), Finish::Slope(case.dy.clone(), [-0.5, 0.5])];
        for finish in finishes {
            let ending = Ending::new(gpu, Some(&case.bias), &finish);
            let ours = values(gpu.convolution(&s, &x, &case.weight, &ending));
            let mut expected = vec![0.0; ours.len()];
            let (weight, bias) = (case.weight.values(), Some(case.bias.values()));
            patches::forward(&s, case.x.values(), weight, bias, &finish, &mut expected);
            close_within(1e-4, &expected, &ours, &format!("{s:?}"));
        }
        for finish in [Finish::Plain, Finish::Slope(case.x.clone(), [-0.5, f32::INFINITY])] {
            let ending = Ending::new(gpu, None, &finish);
            let ours = values(gpu.convolution_of_input(&s, &dy, &case.weight, &ending));
            let mut expected = vec![0.0; ours.len()];
            patches::input_gradient(&s, case.dy.values(), case.weight.values(), &mut expected);
            finish.apply(0, &mut expected);
            close_within(1e-4, &expected, &ours, &format!("gradient of the input: {s:?}"));
        }
        let ours = gpu.convolution_of_weight(&s, &x, &dy, case.weight.sizes());
        let expected = patches::weight_gradient(&s, case.x.values(), case.dy.values(), case.weight.sizes());
        close_within(1e-4, expected.values(), &ours.to_vec(), &format!("gradient of the weight: {s:?}"));
    }
}

#[test]
fn cudnn_computes_every_pass_of_every_convolution() {
    let Some(gpu) = cuda::active() else { return };
    if !gpu.dnn.is_there(gpu) {
        return;
    }
    let large = all().into_iter().find(dnn::is_worth_asking).unwrap();
    assert!(!dnn::is_worth_asking(&PatchSizes { out_size: [13, 13], ..large }), "more zeros at the bottom");
    for s in all() {
        let case = Case::new(s);
        let (x, dy) = (case.x.memory(gpu), case.dy.memory(gpu));
        let (y, dx) = (Memory::scratch(gpu, dy.len()), Memory::scratch(gpu, x.len()));
        let mut expected = [vec![0.0; y.len()], vec![0.0; dx.len()]];
        let (inputs, weight) = (case.x.values(), case.weight.values());
        patches::forward(&s, inputs, weight, None, &Finish::Plain, &mut expected[0]);
        patches::input_gradient(&s, case.dy.values(), weight, &mut expected[1]);
        let of_weight = patches::weight_gradient(&s, inputs, case.dy.values(), case.weight.sizes());

        assert!(gpu.dnn_convolution(&s, &x, &case.weight, &y), "{s:?}");
        close_within(1e-5, &expected[0], &values(y), &format!("{s:?}"));
        assert!(gpu.dnn_of_input(&s, &dy, &case.weight, &dx), "{s:?}");
        close_within(1e-5, &expected[1], &values(dx), &format!("gradient of the input: {s:?}"));
        let ours = gpu.dnn_of_weight(&s, &x, &dy).unwrap_or_else(|| panic!("{s:?}"));
        close_within(1e-5, of_weight.values(), &values(ours), &format!("gradient of the weight: {s:?}"));
    }
}

#[test]
fn all_tiles_and_parts_give_the_same() {
    let Some(gpu) = cuda::active() else { return };
    let s = sizes([3, 34, 80, 2], [8, 9], [3, 2], [1, 1], [1, 0], [1, 1]);
    let case = Case::new(s);
    let (x, dy) = (case.x.memory(gpu), case.dy.memory(gpu));
    let (ending, weight) =
        (Ending::new(gpu, Some(&case.bias), &Finish::Plain), gpu.weight_forward(&s, &case.weight));
    let mut expected = vec![0.0; case.dy.len()];
    patches::forward(
        &s,
        case.x.values(),
        case.weight.values(),
        Some(case.bias.values()),
        &Finish::Plain,
        &mut expected,
    );
    let of_weight = patches::weight_gradient(&s, case.x.values(), case.dy.values(), case.weight.sizes());
    for parts in [1, 2] {
        for tiles in [MEDIUM, SMALL, NARROW] {
            let (axes, to) =
                ([0, 1].map(|axis| Axis::forward(&s, axis)), Memory::scratch(gpu, case.dy.len()));
            let pass = Pass { axes, pictures: [input(&s), output(&s)] };
            gpu.convolve(Some((tiles, parts)), &s, pass, [&x, &to], (&weight, 0), &ending);
            close_within(1e-4, &expected, &values(to), &format!("{tiles:?}, {parts} parts"));
        }
        for tiles in [MEDIUM, SMALL, FLAT] {
            let ours = gpu.weight_gradient(Some((tiles, parts)), &s, &x, &dy);
            close_within(
                1e-4,
                of_weight.values(),
                &values(ours),
                &format!("gradient of the weight: {tiles:?}, {parts} parts"),
            );
        }
    }
}
