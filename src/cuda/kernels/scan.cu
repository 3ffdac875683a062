// Running sums and products along the middle one of three axes, [outer, size, inner], and what comes back of gradients. The lines along
// that axis are walked from their first value to their last or, `backwards`, the other way round.
//
//     NAME_threads(lines, Line, ...)   a thread for each line
//     NAME_blocks(lines, Line, ...)    a block of 256 threads for each, eight values a thread at a time
#include "common.cuh"

struct Line {
    unsigned size, inner, backwards;

    unsigned step(unsigned s) const { return backwards ? size - 1 - s : s; }
    unsigned at(unsigned line, unsigned step) const { return (line / inner * size + step) * inner + line % inner; }
};

// A walk of a kind knows what `nothing` is, what a value `load`s, how two results `join`, and what to `store` given the results before the
// value and with it.

struct RunningSum {
    const float *x;
    float *y;

    static float nothing() { return 0.0f; }
    float load(unsigned at, unsigned, const Line &) const { return x[at]; }
    static float join(float a, float b) { return a + b; }
    void store(unsigned at, unsigned, unsigned, const Line &, float, float with) const { y[at] = with; }
};

struct RunningProduct {
    const float *x;
    float *y;

    static float nothing() { return 1.0f; }
    float load(unsigned at, unsigned, const Line &) const { return x[at]; }
    static float join(float a, float b) { return a * b; }
    void store(unsigned at, unsigned, unsigned, const Line &, float, float with) const { y[at] = with; }
};

// The product of all but one value: forwards g times those before it, and then, backwards, times those behind it.
struct OtherProduct {
    const float *g, *x;
    float *dx;

    static float nothing() { return 1.0f; }
    float load(unsigned at, unsigned, const Line &) const { return x[at]; }
    static float join(float a, float b) { return a * b; }
    void store(unsigned at, unsigned line, unsigned, const Line &along, float before, float) const {
        dx[at] = along.backwards ? dx[at] * before : g[line] * before;
    }
};

// What comes back to the values of running products y, backwards: from a value on, `later` is its gradient and what the next one's `later`
// makes of it, later[i] = g[i] + x[i + 1] later[i + 1]. As a function of what was before: factor * before + later.
struct Later {
    float factor, later;
};

struct RunningProductSlope {
    const float *g, *x, *y;
    float *dx;

    static Later nothing() { return {1.0f, 0.0f}; }
    Later load(unsigned at, unsigned step, const Line &along) const {
        return {step + 1 < along.size ? x[at + along.inner] : 0.0f, g[at]};
    }
    static Later join(Later a, Later b) {
        // Nothing stays nothing, however great a product of many values gets.
        return {a.factor * b.factor, (a.later == 0.0f ? 0.0f : a.later * b.factor) + b.later};
    }
    void store(unsigned at, unsigned, unsigned step, const Line &along, Later, Later with) const {
        dx[at] = (step > 0 ? y[at - along.inner] : 1.0f) * with.later;
    }
};

template <class Walk> void by_threads(unsigned lines, const Line &along, const Walk &walk) {
    FOR_EACH(line, lines) {
        auto before = Walk::nothing();
        for (unsigned s = 0; s < along.size; s++) {
            const unsigned step = along.step(s), at = along.at(line, step);
            const auto with = Walk::join(before, walk.load(at, step, along));
            walk.store(at, line, step, along, before, with);
            before = with;
        }
    }
}

#define EACH 8
template <class T, class Walk> void by_blocks(unsigned lines, const Line &along, const Walk &walk) {
    __shared__ T totals[256];
    for (unsigned line = blockIdx.x; line < lines; line += gridDim.x) {
        T before = Walk::nothing();
        for (unsigned start = 0; start < along.size; start += 256 * EACH) {
            const unsigned first = start + threadIdx.x * EACH;
            T values[EACH], total = Walk::nothing();
#pragma unroll
            for (unsigned k = 0; k < EACH; k++) {
                const unsigned step = along.step(first + k);
                values[k] = first + k < along.size ? walk.load(along.at(line, step), step, along) : Walk::nothing();
                total = Walk::join(total, values[k]);
            }
            // What the threads up to each one come to.
            totals[threadIdx.x] = total;
            for (unsigned distance = 1; distance < 256; distance *= 2) {
                __syncthreads();
                const T sum = threadIdx.x >= distance ? Walk::join(totals[threadIdx.x - distance], total) : total;
                __syncthreads();
                totals[threadIdx.x] = total = sum;
            }
            __syncthreads();
            T with = threadIdx.x > 0 ? Walk::join(before, totals[threadIdx.x - 1]) : before;
            before = Walk::join(before, totals[255]);
            __syncthreads();
#pragma unroll
            for (unsigned k = 0; k < EACH; k++) {
                const T earlier = with;
                with = Walk::join(earlier, values[k]);
                if (first + k < along.size) {
                    const unsigned step = along.step(first + k);
                    walk.store(along.at(line, step), line, step, along, earlier, with);
                }
            }
        }
    }
}

#define SCAN(name, T, parameters, walk)                                                                                          \
    extern "C" __global__ void name##_threads parameters { by_threads(lines, along, walk); }                                     \
    extern "C" __global__ void name##_blocks parameters { by_blocks<T>(lines, along, walk); }
SCAN(sum, float, (unsigned lines, Line along, const float *x, float *y), (RunningSum{x, y}))
SCAN(product, float, (unsigned lines, Line along, const float *x, float *y), (RunningProduct{x, y}))
SCAN(other_product, float, (unsigned lines, Line along, const float *g, const float *x, float *dx), (OtherProduct{g, x, dx}))
SCAN(product_slope, Later, (unsigned lines, Line along, const float *g, const float *x, const float *y, float *dx),
     (RunningProductSlope{g, x, y, dx}))
