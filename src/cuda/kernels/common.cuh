// What kernels share: how threads share out values, and how they put their results together.
//
// Every kernel takes a grid of one dimension and blocks of 256 threads, unless it says otherwise, and goes on in steps of the whole
// grid, so that a grid of any size gives the same result. Numbers of values are below 2^31; the host refuses more.
//
// NVRTC compiles functions without a word for both sides as device code (--device-as-default-execution-space).
#pragma once

// Runs the statement behind it for every i below n, shared out over all threads of the grid.
// Of 32 bits, which is cheaper: n and the threads of a grid are each below 2^31, so that i never wraps.
#define FOR_EACH(i, n) for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += gridDim.x * blockDim.x)

// The same for n of 64 bits.
#define FOR_EACH_WIDE(i, n)                                                                                                      \
    for (unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x; i < (n);                              \
         i += (unsigned long long)gridDim.x * blockDim.x)

// Four values at once; their addresses are multiples of 16, as are those of all arrays.
inline void load(const float *from, float (&to)[4]) {
    const float4 four = *reinterpret_cast<const float4 *>(from);
    to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
}

inline void store(float *to, const float (&from)[4]) {
    *reinterpret_cast<float4 *>(to) = make_float4(from[0], from[1], from[2], from[3]);
}

// Reductions: always in the same order, so that a result has the same bits every time.

struct Sum {
    template <class T> T operator()(T a, T b) const { return a + b; }
};

// NaN is passed over, as on the CPU.
struct Greatest {
    float operator()(float a, float b) const { return fmaxf(a, b); }
    double operator()(double a, double b) const { return fmax(a, b); }
};

// What `join` makes of the values of a warp's 32 threads, for every one of them. All of them must come here.
template <class T, class Join> T of_warp(T value, Join join) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        value = join(value, __shfl_xor_sync(0xffffffff, value, distance));
    }
    return value;
}

// The same of a block's threads, a multiple of 32 and at most 1024; `nothing` is what `join` leaves others as they are with.
template <class T, class Join> T of_block(T value, T nothing, Join join) {
    __shared__ T of_warps[32];
    const unsigned lane = threadIdx.x % 32;
    value = of_warp(value, join);
    // Those of the reduction before may still be read.
    __syncthreads();
    if (lane == 0) {
        of_warps[threadIdx.x / 32] = value;
    }
    __syncthreads();
    return of_warp(lane < blockDim.x / 32 ? of_warps[lane] : nothing, join);
}

template <class T> T block_sum(T value) { return of_block(value, T(0), Sum()); }

// Minus infinity where all are NaN.
inline float block_greatest(float value) {
    const float least = -__int_as_float(0x7f800000);
    return of_block(fmaxf(value, least), least, Greatest());
}

// Formulas with the CPU's treatment of zeros, infinities and NaN.

// NaN stays.
inline float clamp(float x, float low, float high) {
    x = x < low ? low : x;
    return x > high ? high : x;
}

// A gradient on its way back through a clamp: zero where the clamped value lies at a bound.
inline float clamp_slope(float gradient, float clamped, float low, float high) {
    return clamped > low && (clamped < high || high == __int_as_float(0x7f800000)) ? gradient : 0.0f;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// ln(1 + exp(x)) without overflow.
inline float softplus(float x) { return (x < 0.0f ? 0.0f : x) + log1pf(expf(-fabsf(x))); }
