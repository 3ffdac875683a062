//! The most multiplications and additions that the processor can do: what the others are a share of.

use std::hint::black_box;
use std::time::Instant;

/// GFLOP/s of threads that do nothing but fused multiply-add in registers.
pub fn gflops(threads: usize, seconds: f64) -> f64 {
    let (width, run) = kernel();
    let rates = std::thread::scope(|scope| {
        let run = move || {
            let (start, mut rounds) = (Instant::now(), 0);
            while start.elapsed().as_secs_f64() < seconds {
                // SAFETY: `kernel` chose it by the instruction sets of this machine.
                black_box(unsafe { run(black_box(0.999)) });
                rounds += 1;
            }
            (rounds * ROUND * REGISTERS * width * 2) as f64 / start.elapsed().as_secs_f64()
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        handles.into_iter().map(|handle| handle.join().expect("a thread")).sum::<f64>()
    });
    rates / 1e9
}

const ROUND: usize = 100_000;
/// Independent sums: enough that none waits for its own last result.
const REGISTERS: usize = 12;

type Kernel = unsafe fn(f32) -> f32;

/// The widest registers and the loop for them.
fn kernel() -> (usize, Kernel) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return (16, avx512);
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return (8, avx2);
        }
    }
    (4, portable)
}

/// A function that adds up products in registers, for one instruction set: what makes a register of one value, the fused
/// operation, what makes a value of a register, and the independent sums, one by one: a loop over them is not what stays of
/// it when the compiler is through.
macro_rules! kernel {
    ($name:ident, $target:literal, $splat:path, $fused:path, $first:path, $($sum:ident)*) => {
        #[target_feature(enable = $target)]
        unsafe fn $name(factor: f32) -> f32 {
            $(let mut $sum = $splat(black_box(factor));)*
            let factor = $splat(factor);
            for _ in 0..ROUND {
                $($sum = $fused(factor, factor, $sum);)*
            }
            [$($first($sum)),*].iter().sum()
        }
    };
}
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
#[cfg(target_arch = "x86_64")]
kernel!(avx512, "avx512f,avx2,fma", _mm512_set1_ps, _mm512_fmadd_ps, _mm512_cvtss_f32, a b c d e f g h i j k l);
#[cfg(target_arch = "x86_64")]
kernel!(avx2, "avx2,fma", _mm256_set1_ps, _mm256_fmadd_ps, _mm256_cvtss_f32, a b c d e f g h i j k l);

/// What the compiler makes of it without an instruction set.
unsafe fn portable(factor: f32) -> f32 {
    let mut sums: [[f32; 4]; REGISTERS] = [[factor; 4]; REGISTERS].map(black_box);
    for _ in 0..ROUND {
        for sum in sums.iter_mut().flatten() {
            *sum = *sum * factor + factor;
        }
    }
    sums.iter().flatten().sum()
}
