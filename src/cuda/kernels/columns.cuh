// What kernels share that put values of a column together, by blocks of 256 threads that lie over [size, inner]: up to 32 columns wide, so
// that a warp reads memory in one run, and as high as threads are left. A column may be cut into parts, whose results are put together by
// another launch, always in the same order.
#pragma once
#include "common.cuh"

// [outer, size, inner] becomes [outer, parts, inner]; `chunk` values of a column are a part, the last may have fewer.
struct Columns {
    unsigned outer, size, inner, chunk, parts;
};

// What of it a thread sees to: its column, where that begins, and the rows from `first` on, in steps of `step`.
struct Place {
    unsigned width, height, row, column, outer, part, first, end;
    // Whether there is such a column for the thread.
    bool inside;

    explicit Place(const Columns &of) {
        width = min(of.inner, 32u);
        height = 256 / width;
        row = threadIdx.x / width;
        const unsigned tiles = (of.inner + width - 1) / width;
        part = blockIdx.x % of.parts;
        const unsigned tile = blockIdx.x / of.parts % tiles;
        outer = blockIdx.x / of.parts / tiles;
        column = tile * width + threadIdx.x % width;
        inside = row < height && column < of.inner;
        first = part * of.chunk + row;
        end = min(of.size, (part + 1) * of.chunk);
    }

    // Where the value of a row lies.
    unsigned at(const Columns &of, unsigned s) const { return (outer * of.size + s) * of.inner + column; }

    // Where the result belongs, and whether this thread has it.
    unsigned result(const Columns &of) const { return (outer * of.parts + part) * of.inner + column; }
    bool has_result() const { return inside && row == 0; }

    // Calls `step(s, lane)` for every row of the thread, in four independent lanes.
    template <class Step> void walk(Step step) const {
        if (!inside) {
            return;
        }
        unsigned s = first;
        for (; s + 3 * height < end; s += 4 * height) {
#pragma unroll
            for (unsigned lane = 0; lane < 4; lane++) {
                step(s + lane * height, lane);
            }
        }
        for (; s < end; s += height) {
            step(s, 0);
        }
    }

    // What `join` makes of the values that the threads of a column have, for its first one. All of a block must come here.
    template <class T, class Join> T of_column(T value, Join join) const {
        __shared__ T values[256];
        // Those of the reduction before may still be read.
        __syncthreads();
        values[threadIdx.x] = value;
        for (unsigned rows = height; rows > 1;) {
            const unsigned half = (rows + 1) / 2;
            __syncthreads();
            if (row + half < rows) {
                values[threadIdx.x] = join(values[threadIdx.x], values[threadIdx.x + half * width]);
            }
            rows = half;
        }
        return values[threadIdx.x];
    }
};
