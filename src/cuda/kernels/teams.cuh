// What kernels share that treat rows one by one: a warp takes a short row, a block a long one. Each is written once, for a team of either
// kind, and compiled for both: NAME_warp, of blocks of 256 threads, and NAME_block.
#pragma once
#include "common.cuh"

struct Warp {
    static unsigned lane() { return threadIdx.x % 32; }
    static unsigned size() { return 32; }
    static unsigned number() { return blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32; }
    static unsigned count() { return gridDim.x * (blockDim.x / 32); }
    // Until all have come here; what they wrote before can be read behind it.
    static void wait() { __syncwarp(); }
    template <class T> static T sum(T value) { return of_warp(value, Sum()); }
    static float greatest(float value) { return of_warp(value, Greatest()); }
};

struct Block {
    static unsigned lane() { return threadIdx.x; }
    static unsigned size() { return blockDim.x; }
    static unsigned number() { return blockIdx.x; }
    static unsigned count() { return gridDim.x; }
    static void wait() { __syncthreads(); }
    template <class T> static T sum(T value) { return block_sum(value); }
    static float greatest(float value) { return block_greatest(value); }
};

// Runs the statement behind it for every row of a team.
#define FOR_ROWS(Team, row, rows) for (unsigned row = Team::number(); row < (rows); row += Team::count())

// Runs it for every place of a row that falls to the thread.
#define FOR_LANES(Team, i, len) for (unsigned i = Team::lane(); i < (len); i += Team::size())

// A kernel for teams of both kinds.
#define BY_ROWS(name, parameters, arguments)                                                                                     \
    extern "C" __global__ void name##_warp parameters { name##_rows<Warp> arguments; }                                           \
    extern "C" __global__ void name##_block parameters { name##_rows<Block> arguments; }

inline bool infinite(float x) { return fabsf(x) == __int_as_float(0x7f800000); }

// The greatest x of a row and the sum of exp(x - greatest), found in one walk through it.
struct Exponentials {
    float greatest, sum;

    // Of a row whose values `of` knows. For every thread of the team.
    template <class Team, class Of> static Exponentials of_row(unsigned len, Of of) {
        float greatest = -__int_as_float(0x7f800000), sum = 0.0f;
        FOR_LANES(Team, i, len) {
            const float x = of(i);
            if (x > greatest) {
                sum *= expf(greatest - x);
                greatest = x;
            }
            sum += expf(x - finite(greatest));
        }
        const float all = Team::greatest(greatest);
        sum *= greatest == all ? 1.0f : expf(greatest - all);
        return {all, Team::sum(sum)};
    }

    // As the shift of exponents: infinite ones leave nothing to be shifted.
    static float finite(float greatest) { return infinite(greatest) ? 0.0f : greatest; }

    // The logarithm of the sum of exp(x): an infinite one where it is.
    float logarithm() const { return finite(greatest) + logf(sum); }

    // The same as softmax knows it, which has no answer where the greatest is infinite.
    float known_logarithm() const { return infinite(greatest) ? __int_as_float(0x7fffffff) : greatest + logf(sum); }
};
