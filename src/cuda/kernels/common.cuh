// What all kernels share: how threads share out the work.
//
// Convention of every kernel: a grid of one dimension, blocks of 256 threads unless it says otherwise, and a loop in steps of the
// whole grid, so that any grid is right. Numbers of values are below 2^31; the host refuses more.
#pragma once

// Runs the statement after it for every i below n, shared out over all threads of the grid.
// i grows past n before the loop ends: 2^31 and the threads of a grid together stay below 2^32.
#define FOR_EACH(i, n) for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += gridDim.x * blockDim.x)
