// All gradients of a model at once.
//
//     NAME(rows, count, ...)     a block of 256 threads for each chunk of an array, see rows.cuh
#include "common.cuh"
#include "rows.cuh"

inline bool is_finite(float x) { return fabsf(x) < __int_as_float(0x7f800000); }

// Multiplies in place. Where that gives an infinity or NaN, *found becomes 1.
extern "C" __global__ void scale(const Row *rows, unsigned count, float factor, unsigned *found) {
    const Chunk chunk = chunk_of_block(rows, count);
    bool finite = true;
    for (unsigned i = chunk.start + 4 * threadIdx.x; i < chunk.whole; i += 4 * blockDim.x) {
        float values[4];
        load(chunk.row.values + i, values);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            values[k] *= factor;
            finite = finite && is_finite(values[k]);
        }
        store(chunk.row.values + i, values);
    }
    const unsigned i = chunk.whole + threadIdx.x;
    if (i < chunk.end) {
        const float value = chunk.row.values[i] * factor;
        finite = finite && is_finite(value);
        chunk.row.values[i] = value;
    }
    if (!finite) {
        atomicOr(found, 1u);
    }
}

// The sum of the squares of every chunk.
extern "C" __global__ void squares(const Row *rows, unsigned count, double *sums) {
    const Chunk chunk = chunk_of_block(rows, count);
    double sum = 0.0;
    for (unsigned i = chunk.start + 4 * threadIdx.x; i < chunk.whole; i += 4 * blockDim.x) {
        float values[4];
        load(chunk.row.values + i, values);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            sum += double(values[k]) * double(values[k]);
        }
    }
    const unsigned i = chunk.whole + threadIdx.x;
    if (i < chunk.end) {
        sum += double(chunk.row.values[i]) * double(chunk.row.values[i]);
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = sum;
    }
}

// The sum of n numbers, by one block.
extern "C" __global__ void total(unsigned n, const double *numbers, double *to) {
    double sum = 0.0;
    for (unsigned i = threadIdx.x; i < n; i += blockDim.x) {
        sum += numbers[i];
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
        *to = sum;
    }
}
