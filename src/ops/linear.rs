//! `linear`: x Wᵀ + b, the fully connected layer.

use super::matmul::matrix_sizes;
use super::reshape;
use crate::array::{Array, Finish, Layout};
use crate::compute::{self, Matrix, product, product_on_gpu, row_sum};
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::{self, Right, finished_gemm};
use crate::cpu::gemv::{self, gemv};
use crate::cpu::tile::UNBOUNDED;
use crate::raw::Raw;

/// `x Wᵀ + b`: `x` is `[n, inputs]`, `weight` is `[outputs, inputs]` as in PyTorch, `bias` is `[outputs]`.
///
/// ***Panics*** if the sizes do not agree.
#[track_caller]
pub fn linear(x: &Raw, weight: &Raw, bias: Option<&Raw>) -> Raw {
    let ([n, i], [o, i2]) = (matrix_sizes("linear", x), matrix_sizes("linear", weight));
    assert!(i == i2, "linear: the input {:?} does not fit the weight {:?}", x.sizes(), weight.sizes());
    if let Some(bias) = bias {
        assert!(bias.sizes() == [o], "linear: expected a bias of shape [{o}], got {:?}", bias.sizes());
    }
    let (input, kept) = (x.kept().for_product(), weight.kept().for_product());
    input.make(); // one operation waits at most, not a chain of them
    let b = bias.map(|bias| bias.kept().for_product().array());
    let (x_values, w) = (input.array().row_major(), kept.array());
    let operands = (x_values.clone(), w.clone(), b.clone());
    let on_gpu = move |gpu, finish: &Finish| {
        let (x, w, b) = &operands;
        product_on_gpu(gpu, [n, i, o], Matrix::new(x, i), Matrix::transposed(w, i), b.as_ref(), finish)
    };
    let y = compute::deferred(&[n, o], Layout::RowMajor, on_gpu, move |finish: &Finish| {
        if n <= gemv::MOST_ROWS && i * o >= gemv::WORTHWHILE {
            let mut y = Buffer::scratch(n * o);
            let (x, bias, clamp) = (&x_values, b.as_ref().map(Array::values), finish.clamp());
            gemv([n, i, o], x.values(), w.values(), bias, clamp.unwrap_or(UNBOUNDED), &mut y);
            finish.apply_slope(0, &mut y);
            return y;
        }
        let w = Right::TransposedParameter(&w, i);
        product_on_cpu([n, i, o], &x_values, w, b.as_ref().map(Array::values), finish)
    });
    let parents: Vec<&Raw> = [x, weight].into_iter().chain(bias).collect();
    Raw::from_product("linear", y, &parents, move |gradient, wanted| {
        let of_x = wanted[0].then(|| {
            let (gradient, kept) = (gradient.clone(), kept.clone());
            let operands = (gradient.clone(), kept.clone());
            let on_gpu = move |gpu, finish: &Finish| {
                let (gradient, weight) = (&operands.0, operands.1.array());
                product_on_gpu(
                    gpu,
                    [n, o, i],
                    Matrix::new(gradient, o),
                    Matrix::new(&weight, i),
                    None,
                    finish,
                )
            };
            compute::deferred(&[n, i], Layout::RowMajor, on_gpu, move |finish: &Finish| {
                product_on_cpu([n, o, i], &gradient, Right::Parameter(&kept.array(), i), None, finish)
            })
        });
        let of_weight = wanted[1]
            .then(|| product([o, n, i], Matrix::transposed(gradient, o), Matrix::new(&input.array(), i)));
        let of_bias = wanted.get(2).map(|&wanted| wanted.then(|| row_sum(gradient, o)));
        [of_x, of_weight].into_iter().chain(of_bias).collect()
    })
}

/// `a b + bias` for a row-major `a` of `m x k`, finished as is said.
fn product_on_cpu(sizes: [usize; 3], a: &Array, b: Right, bias: Option<&[f32]>, finish: &Finish) -> Buffer {
    let [m, k, n] = sizes;
    let mut values = Buffer::scratch(m * n);
    finished_gemm(sizes, gemm::Matrix::new(a.values(), k), b, bias, finish, &mut values);
    values
}

/// [`linear`] of every row along the last axis: `[.., inputs]` becomes `[.., outputs]`.
///
/// ***Panics*** if the sizes do not agree.
#[track_caller]
pub fn linear_rows(x: &Raw, weight: &Raw, bias: Option<&Raw>) -> Raw {
    let sizes = x.sizes();
    match sizes.split_last() {
        Some((&last, rest)) if rest.len() != 1 => {
            let y = linear(&reshape(x, &[rest.iter().product(), last]), weight, bias);
            let sizes: Vec<usize> = rest.iter().copied().chain([y.sizes()[1]]).collect();
            reshape(&y, &sizes)
        }
        _ => linear(x, weight, bias),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;
    use crate::ops::{relu, relu6};
    use crate::random::Generator;

    fn inputs() -> [Array; 3] {
        [
            Array::from_vec(&[2, 3], vec![1.0, -2.0, 0.5, 0.3, 0.0, 1.5]),
            Array::from_vec(&[2, 3], vec![0.7, 1.0, -1.0, 2.0, 0.1, -0.4]),
            Array::from_vec(&[2], vec![0.5, -0.25]),
        ]
    }

    #[test]
    fn gradient() {
        check_gradient(&inputs(), |x| linear(&x[0], &x[1], Some(&x[2])));
        check_gradient(&inputs()[..2], |x| linear(&x[0], &x[1], None));
        let [x, w, b] = inputs();
        check_gradient(&[x.reshaped(&[1, 2, 3]), w, b], |x| linear_rows(&x[0], &x[1], Some(&x[2])));
    }

    #[test]
    fn every_device_computes_layers_as_the_cpu_does() {
        let mut random = Generator::new(5);
        for rows in [1, 3, 70] {
            let sizes: [&[usize]; 5] = [&[rows, 19], &[45, 19], &[45], &[10, 45], &[10]];
            let inputs = sizes.map(|sizes| random.uniform(sizes, -1.0, 1.0));
            // The clamps are part of the products, on the way there and on the way back.
            agrees_within(1e-4, &inputs, |x| {
                let hidden = relu(&linear(&x[0], &x[1], Some(&x[2])));
                relu6(&linear(&hidden, &x[3], Some(&x[4])))
            });
        }
    }

    #[test]
    fn values() {
        let [x, w, b] = inputs().map(Raw::new);
        // By hand: 1·0.7 - 2·1 - 0.5·1 + 0.5 = -1.3, and so on.
        let expected = [-1.3, 1.35, -0.79, -0.25];
        let y = linear(&x, &w, Some(&b)).to_vec();
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-6), "{y:?}");
    }

    #[test]
    #[should_panic(expected = "linear: the input [2, 3] does not fit the weight [2, 4]")]
    fn the_weight_must_fit() {
        linear(&Raw::new(inputs()[0].clone()), &Raw::new(Array::full(&[2, 4], 0.0)), None);
    }
}
