// How many examples a classifier gets right.
#include "common.cuh"

// Rows of `columns` scores, a warp for each: adds to *right those whose greatest score is that of the label. The first of equal scores
// counts, and NaN is the greatest. *right is a whole number below 2^24, so that the order of adding does not matter.
extern "C" __global__ void count_right(unsigned rows, const float *scores, unsigned columns, const unsigned *labels, float *right) {
    const unsigned lane = threadIdx.x % 32, warps = gridDim.x * blockDim.x / 32;
    for (unsigned row = (blockIdx.x * blockDim.x + threadIdx.x) / 32; row < rows; row += warps) {
        const float *own = scores + row * columns;
        unsigned best = min(lane, columns - 1);
        float greatest = own[best];
        for (unsigned i = lane + 32; i < columns; i += 32) {
            const float score = own[i];
            if (score > greatest || (score != score && greatest == greatest)) {
                greatest = score, best = i;
            }
        }
#pragma unroll
        for (int distance = 16; distance > 0; distance /= 2) {
            const float score = __shfl_xor_sync(0xffffffff, greatest, distance);
            const unsigned i = __shfl_xor_sync(0xffffffff, best, distance);
            const bool alike = score == greatest || (score != score && greatest != greatest);
            if (alike ? i < best : score > greatest || score != score) {
                greatest = score, best = i;
            }
        }
        if (lane == 0 && best == labels[row]) {
            atomicAdd(right, 1.0f);
        }
    }
}
