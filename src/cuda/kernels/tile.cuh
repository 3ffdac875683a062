// A tile of a matrix product: what a block of 256 threads adds up. Matrix products and convolutions differ only in where the values of
// the two operands lie, which their loaders know.
//
// Every step, all threads together read a strip of both operands, as deep as a tile's DEPTH, into shared memory; each then multiplies
// its rows by its columns in registers. The next strip is read meanwhile, into the other of two places.
#pragma once
#include "common.cuh"

#define TILE_THREADS 256
#define TILE_KERNEL extern "C" __global__ void __launch_bounds__(TILE_THREADS, 2)

// Rows and columns of a block, how deep a strip is, rows and columns of a thread: multiples of 4.
template <int R, int C, int D, int TALL_, int WIDE_> struct TileSizes {
    static constexpr int ROWS = R, COLUMNS = C, DEPTH = D, TALL = TALL_, WIDE = WIDE_;
    static_assert(R / TALL_ * (C / WIDE_) == TILE_THREADS, "one thread for every part");
};
using Large = TileSizes<128, 128, 8, 8, 8>;
using Small = TileSizes<64, 64, 16, 4, 4>;
// Where loaders need registers too.
using Medium = TileSizes<128, 64, 8, 8, 4>;
// For few columns, or few rows.
using Narrow = TileSizes<128, 32, 16, 4, 4>;
using Flat = TileSizes<32, 128, 16, 4, 4>;

// A strip in shared memory, the lines (rows of the left operand, columns of the right) side by side. Lines of 4 more than needed keep
// threads that write along the depth out of each other's banks.
template <int LINES, int DEPTH> struct Strip {
    static constexpr int EACH = LINES * DEPTH / TILE_THREADS;
    float values[DEPTH][LINES + 4];

    // Which line and depth a thread's first value is for, and how far apart its others are: neighbouring threads take what lies together
    // in memory, along the depth or along the lines.
    template <bool ALONG_DEPTH> static unsigned line() { return ALONG_DEPTH ? threadIdx.x / DEPTH : threadIdx.x % LINES; }
    template <bool ALONG_DEPTH> static unsigned depth() { return ALONG_DEPTH ? threadIdx.x % DEPTH : threadIdx.x / LINES; }
    template <bool ALONG_DEPTH> static constexpr int apart() { return TILE_THREADS / (ALONG_DEPTH ? DEPTH : LINES); }

    template <bool ALONG_DEPTH> void put(const float (&read)[EACH]) {
        const unsigned at_depth = depth<ALONG_DEPTH>(), at_line = line<ALONG_DEPTH>();
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            const unsigned on = i * apart<ALONG_DEPTH>();
            values[at_depth + (ALONG_DEPTH ? 0 : on)][at_line + (ALONG_DEPTH ? on : 0)] = read[i];
        }
    }

    // A thread's COUNT lines: groups of 4, the first from `first` on.
    template <int COUNT> void get(unsigned depth, unsigned first, float (&to)[COUNT]) const {
#pragma unroll
        for (int i = 0; i < COUNT; i += 4) {
            const float4 four = *reinterpret_cast<const float4 *>(&values[depth][first + i * (LINES / COUNT)]);
            to[i] = four.x, to[i + 1] = four.y, to[i + 2] = four.z, to[i + 3] = four.w;
        }
    }
};

// A thread's place in its block, in groups of 4 rows and of 4 columns: a warp covers 4 of the first by 8 of the second.
template <class Sizes> unsigned first_row() {
    constexpr unsigned warps = Sizes::COLUMNS / Sizes::WIDE / 8;
    return (threadIdx.x / 32 / warps * 4 + threadIdx.x % 32 / 8) * 4;
}
template <class Sizes> unsigned first_column() {
    constexpr unsigned warps = Sizes::COLUMNS / Sizes::WIDE / 8;
    return (threadIdx.x / 32 % warps * 8 + threadIdx.x % 8) * 4;
}

// The sums of a thread's rows and columns over so many values of depth.
template <class Sizes, class Left, class Right>
void add_up(Left left, Right right, unsigned depth, float (&sums)[Sizes::TALL][Sizes::WIDE]) {
    using LeftStrip = Strip<Sizes::ROWS, Sizes::DEPTH>;
    using RightStrip = Strip<Sizes::COLUMNS, Sizes::DEPTH>;
    __shared__ __align__(16) LeftStrip lefts[2];
    __shared__ __align__(16) RightStrip rights[2];
    const unsigned row = first_row<Sizes>(), column = first_column<Sizes>();
    const unsigned steps = (depth + Sizes::DEPTH - 1) / Sizes::DEPTH;
#pragma unroll
    for (int i = 0; i < Sizes::TALL; i++) {
#pragma unroll
        for (int j = 0; j < Sizes::WIDE; j++) {
            sums[i][j] = 0.0f;
        }
    }
    for (unsigned step = 0; step <= steps; step++) {
        // The strip of this step is read while that of the step before is multiplied.
        const bool more = step < steps;
        float of_left[LeftStrip::EACH], of_right[RightStrip::EACH];
        if (more) {
            left.read(of_left);
            right.read(of_right);
        }
        if (step > 0) {
            const LeftStrip &lefts_now = lefts[(step - 1) % 2];
            const RightStrip &rights_now = rights[(step - 1) % 2];
#pragma unroll
            for (int at = 0; at < Sizes::DEPTH; at++) {
                float a[Sizes::TALL], b[Sizes::WIDE];
                lefts_now.get(at, row, a);
                rights_now.get(at, column, b);
#pragma unroll
                for (int i = 0; i < Sizes::TALL; i++) {
#pragma unroll
                    for (int j = 0; j < Sizes::WIDE; j++) {
                        sums[i][j] += a[i] * b[j];
                    }
                }
            }
        }
        if (more) {
            lefts[step % 2].template put<Left::ALONG_DEPTH>(of_left);
            rights[step % 2].template put<Right::ALONG_DEPTH>(of_right);
            __syncthreads();
        }
    }
}

// What is done to a sum before it is written.
struct Finish {
    // One for every column; none if null.
    const float *bias;
    // Bounds of the results. Where `clamped` is not null, results are gradients on their way back through a clamp to these bounds, whose
    // results it holds.
    float low, high;
    const float *clamped;

    float operator()(float sum, unsigned column, unsigned at) const {
        sum += bias ? bias[column] : 0.0f;
        return clamped ? clamp_slope(sum, clamped[at], low, high) : clamp(sum, low, high);
    }
};

// Four values that lie together: at once where they are `whole`, otherwise those of the first `count`.
inline float4 read_four(const float *from, bool whole, unsigned count) {
    if (whole) {
        return *reinterpret_cast<const float4 *>(from);
    }
    return {count > 0 ? from[0] : 0.0f, count > 1 ? from[1] : 0.0f, count > 2 ? from[2] : 0.0f, count > 3 ? from[3] : 0.0f};
}
inline void write_four(float *to, bool whole, unsigned count, float4 four) {
    if (whole) {
        *reinterpret_cast<float4 *>(to) = four;
        return;
    }
    if (count > 0) to[0] = four.x;
    if (count > 1) to[1] = four.y;
    if (count > 2) to[2] = four.z;
    if (count > 3) to[3] = four.w;
}

// Writes a thread's sums of the tile whose first row and column are given. `place` tells where the results of a row begin.
template <class Sizes, class Place>
void write(float (&sums)[Sizes::TALL][Sizes::WIDE], unsigned tile_row, unsigned tile_column, unsigned rows, unsigned columns, Place place,
           Finish finish, float *to) {
    const unsigned row_0 = tile_row + first_row<Sizes>(), column_0 = tile_column + first_column<Sizes>();
    const float low = finish.low, high = finish.high;
    // A clamp that is open above has no results at its upper bound: nothing is at least NaN.
    const float bound = high == __int_as_float(0x7f800000) ? __int_as_float(0x7fc00000) : high;
    const auto slope = [=](float gradient, float clamped) {
        gradient = clamped > low ? gradient : 0.0f;
        return clamped >= bound ? 0.0f : gradient;
    };
#pragma unroll
    for (int j = 0; j < Sizes::WIDE; j += 4) {
        const unsigned column = column_0 + j * (Sizes::COLUMNS / Sizes::WIDE), count = column < columns ? columns - column : 0;
        float4 bias = {0.0f, 0.0f, 0.0f, 0.0f};
        if (finish.bias) {
            bias = read_four(finish.bias + column, false, count);
        }
#pragma unroll
        for (int i = 0; i < Sizes::TALL; i++) {
            const unsigned row = row_0 + i / 4 * (Sizes::ROWS * 4 / Sizes::TALL) + i % 4;
            if (row >= rows) {
                continue;
            }
            const unsigned at = place(row) + column;
            const bool whole = count > 3 && reinterpret_cast<unsigned long long>(to + at) % 16 == 0;
            float4 four = {sums[i][j] + bias.x, sums[i][j + 1] + bias.y, sums[i][j + 2] + bias.z, sums[i][j + 3] + bias.w};
            if (finish.clamped) {
                const float4 clamped = read_four(finish.clamped + at, whole, count);
                four = {slope(four.x, clamped.x), slope(four.y, clamped.y), slope(four.z, clamped.z), slope(four.w, clamped.w)};
            } else {
                four = {clamp(four.x, low, high), clamp(four.y, low, high), clamp(four.z, low, high), clamp(four.w, low, high)};
            }
            write_four(to + at, whole, count, four);
        }
    }
}

// A loader of a matrix of fewer than 2^31 values: a step from line to line and one from depth to depth.
template <int LINES, int DEPTH, bool ALONG> struct Matrix {
    static constexpr bool ALONG_DEPTH = ALONG;
    using Into = Strip<LINES, DEPTH>;

    const float *from;
    unsigned at, depth_step, apart, depth, end;
    // A bit for each of a thread's lines: whether it is there.
    unsigned lines_there;

    // From its first line and depth on, below the given ends.
    Matrix(const float *from, unsigned line_step, unsigned depth_step, unsigned first_line, unsigned lines, unsigned begin, unsigned end)
        : from(from), depth_step(depth_step), apart(Into::template apart<ALONG>() * (ALONG ? line_step : depth_step)),
          depth(begin + Into::template depth<ALONG>()), end(end), lines_there(0) {
        const unsigned line = first_line + Into::template line<ALONG>();
        at = line * line_step + depth * depth_step;
#pragma unroll
        for (int i = 0; i < (ALONG ? Into::EACH : 1); i++) {
            lines_there |= (line + i * Into::template apart<ALONG>() < lines) << i;
        }
    }

    void read(float (&to)[Into::EACH]) {
#pragma unroll
        for (int i = 0; i < Into::EACH; i++) {
            const bool line_there = lines_there >> (ALONG ? i : 0) & 1;
            const bool inside = line_there && depth + (ALONG ? 0 : i * Into::template apart<ALONG>()) < end;
            to[i] = inside ? from[at + i * apart] : 0.0f;
        }
        at += DEPTH * depth_step;
        depth += DEPTH;
    }
};
