// Formulas of two values at the same place, and what comes back of a gradient g; copies by strides.
//
// Gradients that need no kernel of their own: add gives g and g, sub g and neg(g), mul mul(g, b) and mul(g, a), and div gives its dividend
// div(g, b). The result may be one of the operands.
#include "common.cuh"

#define BINARY(name, result)                                                                                                     \
    extern "C" __global__ void name(unsigned n, const float *first, const float *second, float *to) {                            \
        FOR_EACH(i, n) {                                                                                                         \
            const float a = first[i], b = second[i];                                                                             \
            to[i] = result;                                                                                                      \
        }                                                                                                                        \
    }

BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a * b)
BINARY(div, a / b)
// NaN wins.
BINARY(maximum, a > b || a != a ? a : b)
BINARY(minimum, a < b || a != a ? a : b)

// Of the divisor: d(a/b)/db = -a/b^2 = -y/b, y the quotient.
extern "C" __global__ void div_slope(unsigned n, const float *g, const float *b, const float *y, float *db) {
    FOR_EACH(i, n) db[i] = -(g[i] / b[i]) * y[i];
}

// Of a. It gets all where it wins, half where both are equal. For the gradient of b: the operands the other way round.
#define EXTREMUM_SLOPE(name, wins)                                                                                               \
    extern "C" __global__ void name##_slope(unsigned n, const float *g, const float *first, const float *second, float *da) {    \
        FOR_EACH(i, n) {                                                                                                         \
            const float a = first[i], b = second[i];                                                                             \
            da[i] = g[i] * (wins ? 1.0f : a == b ? 0.5f : 0.0f);                                                                 \
        }                                                                                                                        \
    }
EXTREMUM_SLOPE(maximum, a > b)
EXTREMUM_SLOPE(minimum, a < b)

extern "C" __global__ void accumulate(unsigned n, const float *part, float *sum) {
    FOR_EACH(i, n) sum[i] += part[i];
}

// The values of `row` added to every row of as many columns.
extern "C" __global__ void add_row(unsigned n, const float *x, const float *row, unsigned columns, float *to) {
    FOR_EACH(i, n) to[i] = x[i] + row[i % columns];
}

// A walk through memory in the row-major order of six sizes, the last the fastest: a step along an axis is a stride of so many values,
// which may be 0 or negative; the first value lies at `start`. Fewer axes have sizes of 1 in front. All places are below 2^31.
struct Walk {
    unsigned start;
    unsigned sizes[6];
    int strides[6];

    unsigned place(unsigned i) const {
        unsigned at = start;
#pragma unroll
        for (int axis = 5; axis > 0; axis--) {
            at += i % sizes[axis] * strides[axis];
            i /= sizes[axis];
        }
        return at + i * strides[0];
    }
};

// The values along a walk, side by side.
extern "C" __global__ void strided_read(unsigned n, Walk walk, const float *from, float *to) {
    FOR_EACH(i, n) to[i] = from[walk.place(i)];
}

// The way back: values side by side to their places along a walk, none of which comes twice. The others stay as they are.
extern "C" __global__ void strided_write(unsigned n, Walk walk, const float *from, float *to) {
    FOR_EACH(i, n) to[walk.place(i)] = from[i];
}
