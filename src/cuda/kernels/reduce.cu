// Sums and products along the middle one of three axes: [outer, size, inner] becomes [outer, inner].
//
//     NAME_each(outputs, size, inner, x, divisor, to)      a thread for each result: for short axes
//     NAME_warps(rows, size, x, divisor, to)               a warp for each: for rows that are not long
//     NAME_columns(Columns, x, divisor, to)                blocks, for all others; see columns.cuh
//
// The results are divided by `divisor`.
#include "columns.cuh"

struct Product {
    float operator()(float a, float b) const { return a * b; }
};

template <class Join> void each(unsigned n, unsigned size, unsigned inner, const float *x, float nothing, float divisor, float *to) {
    const Join join;
    FOR_EACH(i, n) {
        const float *const from = x + i / inner * size * inner + i % inner;
        float total = nothing;
        for (unsigned s = 0; s < size; s++) {
            total = join(total, from[s * inner]);
        }
        to[i] = total / divisor;
    }
}

template <class Join> void warps(unsigned rows, unsigned size, const float *x, float nothing, float divisor, float *to) {
    const Join join;
    const unsigned lane = threadIdx.x % 32, count = gridDim.x * (blockDim.x / 32);
    for (unsigned row = (blockIdx.x * blockDim.x + threadIdx.x) / 32; row < rows; row += count) {
        float total = nothing;
        for (unsigned s = lane; s < size; s += 32) {
            total = join(total, x[row * size + s]);
        }
        total = of_warp(total, join);
        if (lane == 0) {
            to[row] = total / divisor;
        }
    }
}

template <class Join> void columns(const Columns &of, const float *x, float nothing, float divisor, float *to) {
    const Join join;
    const Place place(of);
    float totals[4] = {nothing, nothing, nothing, nothing};
    place.walk([&](unsigned s, unsigned lane) { totals[lane] = join(totals[lane], x[place.at(of, s)]); });
    const float total = place.of_column(join(join(totals[0], totals[1]), join(totals[2], totals[3])), join);
    if (place.has_result()) {
        to[place.result(of)] = total / divisor;
    }
}

#define REDUCTION(name, Join, nothing)                                                                                           \
    extern "C" __global__ void name##_each(unsigned n, unsigned size, unsigned inner, const float *x, float divisor, float *to) {\
        each<Join>(n, size, inner, x, nothing, divisor, to);                                                                     \
    }                                                                                                                            \
    extern "C" __global__ void name##_warps(unsigned rows, unsigned size, const float *x, float divisor, float *to) {            \
        warps<Join>(rows, size, x, nothing, divisor, to);                                                                        \
    }                                                                                                                            \
    extern "C" __global__ void name##_columns(Columns of, const float *x, float divisor, float *to) {                            \
        columns<Join>(of, x, nothing, divisor, to);                                                                              \
    }
REDUCTION(sum, Sum, 0.0f)
REDUCTION(product, Product, 1.0f)

// The sums of the columns of two matrices alike, in one part.
extern "C" __global__ void sum_two(Columns of, const float *first, const float *second, float *of_first, float *of_second) {
    const Place place(of);
    float firsts[4] = {0.0f, 0.0f, 0.0f, 0.0f}, seconds[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    place.walk([&](unsigned s, unsigned lane) {
        firsts[lane] += first[place.at(of, s)];
        seconds[lane] += second[place.at(of, s)];
    });
    const float a = place.of_column((firsts[0] + firsts[1]) + (firsts[2] + firsts[3]), Sum());
    const float b = place.of_column((seconds[0] + seconds[1]) + (seconds[2] + seconds[3]), Sum());
    if (place.has_result()) {
        of_first[place.result(of)] = a;
        of_second[place.result(of)] = b;
    }
}

// The slope of lengths along the middle axis: g x / length, and 0 where the length is 0.
extern "C" __global__ void length_slope(unsigned n, unsigned size, unsigned inner, const float *g, const float *x,
                                        const float *lengths, float *dx) {
    FOR_EACH(i, n) {
        const unsigned at = i / (size * inner) * inner + i % inner;
        const float length = lengths[at];
        dx[i] = length > 0.0f ? g[at] * x[i] / length : 0.0f;
    }
}
