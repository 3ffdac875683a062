//! Vector registers: one trait for AVX-512, AVX2 and portable code, and which of them this machine has.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::sync::LazyLock;

/// The instruction sets with code of their own. The widest that the machine has is chosen when the program runs, so
/// that one build is fast everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What every processor of the target has: SSE2 on x86-64, NEON on aarch64.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

static LEVEL: LazyLock<Level> = LazyLock::new(|| {
    let available = available();
    match std::env::var("FERROLAB_ISA") {
        Ok(wanted) if !wanted.is_empty() => {
            available.iter().copied().find(|level| level.name() == wanted).unwrap_or_else(|| {
                let names: Vec<&str> = available.iter().map(|level| level.name()).collect();
                panic!("FERROLAB_ISA={wanted}: expected one of {}, which this machine has", names.join(", "))
            })
        }
        _ => available.last().copied().unwrap_or(Level::Portable),
    }
});

impl Level {
    /// An instruction set of this machine whose registers are full with so many values, if there is one; not wider than
    /// this one.
    pub fn at_most(self, values: usize) -> Level {
        match self {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if values < Level::Avx512.lanes() => Level::Avx2,
            other => other,
        }
    }

    /// Values that a register holds.
    pub fn lanes(self) -> usize {
        match self {
            Level::Portable => Portable::LANES,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => __m256::LANES,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => __m512::LANES,
        }
    }

    /// As in the variable `FERROLAB_ISA`.
    pub fn name(self) -> &'static str {
        match self {
            Level::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        }
    }
}

/// The widest instruction set of this machine, or the one that the environment variable `FERROLAB_ISA` names.
pub fn level() -> Level {
    *LEVEL
}

/// Every instruction set of this machine, the widest last.
pub fn available() -> Vec<Level> {
    #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut))]
    let mut levels = vec![Level::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        if avx2 {
            levels.push(Level::Avx2);
        }
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if avx2 && wide {
            levels.push(Level::Avx512);
        }
    }
    levels
}

/// Runs `body` compiled for the widest instruction set of this machine: ordinary loops inside it are vectorised
/// with it, as long as everything they call is inlined.
#[inline(always)]
pub fn vectorised<R>(body: impl FnOnce() -> R) -> R {
    vectorised_for(level(), body)
}

/// [`vectorised`] for one of the instruction sets that are [`available`].
#[inline(always)]
pub(super) fn vectorised_for<R>(level: Level, body: impl FnOnce() -> R) -> R {
    match level {
        Level::Portable => body(),
        // SAFETY: `level` and `available` found these instruction sets on this machine.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { with_avx2(body) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { with_avx512(body) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(body: impl FnOnce() -> R) -> R {
    body()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
fn with_avx512<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// A register of `LANES` values.
///
/// Its functions are always inlined, so that they become single instructions inside a function compiled for the
/// instruction set.
///
/// # Safety
///
/// All of them may only be called on a machine with the instruction set; `load` and `store` need a pointer to `LANES`
/// values that may be read or written.
pub unsafe trait Vector: Copy {
    const LANES: usize;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self + a b`.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// The greater of the two; where `self` is NaN, NaN.
    unsafe fn at_least(self, low: Self) -> Self;
    /// The lesser of the two; where `self` is NaN, NaN.
    unsafe fn at_most(self, high: Self) -> Self;
    /// `yes` where `a == b`, `no` elsewhere.
    unsafe fn select_equal(a: Self, b: Self, yes: Self, no: Self) -> Self;
    /// `yes` where `a < b`, `no` elsewhere.
    unsafe fn select_less(a: Self, b: Self, yes: Self, no: Self) -> Self;
}

/// Eight values in whatever registers the compiler finds.
#[derive(Clone, Copy)]
pub struct Portable([f32; 8]);

// SAFETY: needs no instruction set beyond the target's.
unsafe impl Vector for Portable {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Portable([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight values, and unaligned reads are allowed.
        Portable(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for eight values, and unaligned writes are allowed.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        // Fused where that is one instruction; elsewhere it would be a call.
        let one = |sum: f32, a: f32, b: f32| {
            if cfg!(target_arch = "aarch64") { a.mul_add(b, sum) } else { sum + a * b }
        };
        Portable(std::array::from_fn(|i| one(self.0[i], a.0[i], b.0[i])))
    }

    #[inline(always)]
    unsafe fn at_least(self, low: Self) -> Self {
        Portable(std::array::from_fn(|i| if low.0[i] > self.0[i] { low.0[i] } else { self.0[i] }))
    }

    #[inline(always)]
    unsafe fn at_most(self, high: Self) -> Self {
        Portable(std::array::from_fn(|i| if high.0[i] < self.0[i] { high.0[i] } else { self.0[i] }))
    }

    #[inline(always)]
    unsafe fn select_equal(a: Self, b: Self, yes: Self, no: Self) -> Self {
        Portable(std::array::from_fn(|i| if a.0[i] == b.0[i] { yes.0[i] } else { no.0[i] }))
    }

    #[inline(always)]
    unsafe fn select_less(a: Self, b: Self, yes: Self, no: Self) -> Self {
        Portable(std::array::from_fn(|i| if a.0[i] < b.0[i] { yes.0[i] } else { no.0[i] }))
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! x86_vector {
    ($register:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $fma:ident, $max:ident, $min:ident, $select:ident) => {
        // SAFETY: each function is one instruction that the caller vouches for, on memory that the caller vouches for.
        unsafe impl Vector for $register {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(value: f32) -> Self {
                // SAFETY: see above.
                unsafe { $splat(value) }
            }

            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                // SAFETY: see above.
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                // SAFETY: see above.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                // SAFETY: see above.
                unsafe { $fma(a, b, self) }
            }

            #[inline(always)]
            unsafe fn at_least(self, low: Self) -> Self {
                // SAFETY: see above. Of NaN and a number the instruction takes the second.
                unsafe { $max(low, self) }
            }

            #[inline(always)]
            unsafe fn at_most(self, high: Self) -> Self {
                // SAFETY: see above.
                unsafe { $min(high, self) }
            }

            #[inline(always)]
            unsafe fn select_equal(a: Self, b: Self, yes: Self, no: Self) -> Self {
                // SAFETY: see above.
                unsafe { $select::<_CMP_EQ_OQ>(a, b, yes, no) }
            }

            #[inline(always)]
            unsafe fn select_less(a: Self, b: Self, yes: Self, no: Self) -> Self {
                // SAFETY: see above.
                unsafe { $select::<_CMP_LT_OQ>(a, b, yes, no) }
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
x86_vector!(
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_fmadd_ps,
    _mm256_max_ps,
    _mm256_min_ps,
    select_avx2
);
#[cfg(target_arch = "x86_64")]
x86_vector!(
    __m512,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_fmadd_ps,
    _mm512_max_ps,
    _mm512_min_ps,
    select_avx512
);

/// # Safety
///
/// The machine must have AVX.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn select_avx2<const HOW: i32>(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
    // SAFETY: the caller vouches for the instruction set.
    unsafe { _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<HOW>(a, b)) }
}

/// # Safety
///
/// The machine must have AVX-512.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn select_avx512<const HOW: i32>(a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
    // SAFETY: the caller vouches for the instruction set.
    unsafe { _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask::<HOW>(a, b), yes) }
}

/// Defines a function that runs a generic one, of the name that follows, with the registers of an instruction set.
macro_rules! for_registers {
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) = $generic:ident) => {
        $(#[$attribute])*
        fn $name(level: $crate::cpu::simd::Level, $($argument: $type),*) {
            use $crate::cpu::simd::{Level, Portable};
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) {
                // SAFETY: the attribute says so.
                unsafe { $generic::<std::arch::x86_64::__m256>($($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn avx512($($argument: $type),*) {
                // SAFETY: the attribute says so.
                unsafe { $generic::<std::arch::x86_64::__m512>($($argument),*) }
            }
            match level {
                // SAFETY: every machine of the target has it.
                Level::Portable => unsafe { $generic::<Portable>($($argument),*) },
                // SAFETY: levels are found on this machine.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { avx512($($argument),*) },
            }
        }
    };
}
pub(crate) use for_registers;
