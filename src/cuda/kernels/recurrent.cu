// Recurrent cells, one step of all sequences: the product of the states with their weights and the formulas of the cell behind it, so
// that a step is one launch. Products over all steps (of the inputs, of the weights' gradients) are matrix products of their own.
//
//     forward_CELL(s, wh, bx, bh, gates, u, old, new, y)
//     backward_CELL(s, later, wh, gates, u, olds, dy, ds, slopes, state_slopes)
//
// A block of 256 threads treats 16 sequences and 16 hidden values, each thread one value of one sequence with all its gates.
#include "cells.cuh"

#define TALL 16
#define WIDE 16
// How much of the sums is in shared memory at a time. Rows of 4 more: eight threads read 16 bytes of as many rows at once.
#define DEPTH 32
#define LINE (DEPTH + 4)

struct Step {
    unsigned batch, steps, hidden;
    // The place in the sequence that is treated.
    unsigned place;
    // Rows of a sequence in y and its gradient. No outputs are there if `outputs` is 0.
    unsigned rows, outputs;
    // Values from the states of one sequence to those of the next, before the step and after it.
    unsigned old_stride, new_stride;
    // How many steps each sequence has. Null: all.
    const unsigned *lengths;

    bool reaches(unsigned sequence) const { return !lengths || place < lengths[sequence]; }
};

// A thread's sequence and hidden value, and the first ones of its block.
struct Place {
    unsigned first_row, first_unit, row, unit;

    Place(const Step &s) {
        const unsigned across = (s.hidden + WIDE - 1) / WIDE;
        first_row = blockIdx.x / across * TALL, first_unit = blockIdx.x % across * WIDE;
        row = first_row + threadIdx.x / WIDE, unit = first_unit + threadIdx.x % WIDE;
    }

    bool is_there(const Step &s) const { return row < s.batch && unit < s.hidden; }
};

// `gates` hold what the inputs say, [batch, steps, gates, hidden], without biases, and get what the gates let through. `u`, [batch, steps,
// hidden], is kept for the gradient unless it is null.
template <class Cell>
void forward(const Step &s, const float *wh, const float *bx, const float *bh, float *gates, float *u, States old, States next, float *y) {
    __shared__ __align__(16) float states[TALL][LINE], weights[Cell::GATES][WIDE][LINE];
    const Place at(s);
    const unsigned line = threadIdx.x / DEPTH, column = threadIdx.x % DEPTH;
    float sums[Cell::GATES] = {};
    for (unsigned first = 0; first < s.hidden; first += DEPTH) {
        __syncthreads();
#pragma unroll
        for (unsigned i = line; i < TALL; i += 256 / DEPTH) {
            const bool inside = first + column < s.hidden;
            const unsigned row = at.first_row + i, unit = at.first_unit + i;
            states[i][column] = inside && row < s.batch ? old.h[row * s.old_stride + first + column] : 0.0f;
#pragma unroll
            for (unsigned gate = 0; gate < Cell::GATES; gate++) {
                const unsigned place = (gate * s.hidden + unit) * s.hidden + first + column;
                weights[gate][i][column] = inside && unit < s.hidden ? wh[place] : 0.0f;
            }
        }
        __syncthreads();
#pragma unroll
        for (unsigned k = 0; k < DEPTH; k += 4) {
#pragma unroll
            for (unsigned gate = 0; gate < Cell::GATES; gate++) {
                sums[gate] += dot(&states[threadIdx.x / WIDE][k], &weights[gate][threadIdx.x % WIDE][k]);
            }
        }
    }
    if (!at.is_there(s)) {
        return;
    }
    const unsigned own = at.row * s.old_stride + at.unit, step = at.row * s.steps + s.place;
    float h = old.h[own], c = Cell::HAS_C ? old.c[own] : 0.0f;
    const bool reaches = s.reaches(at.row);
    if (reaches) {
        float *of_step = gates + step * Cell::GATES * s.hidden + at.unit;
        float of_u = 0.0f;
#pragma unroll
        for (unsigned gate = 0; gate < Cell::GATES; gate++) {
            const unsigned unit = gate * s.hidden + at.unit;
            const float of_state = sums[gate] + bh[unit];
            sums[gate] = of_step[gate * s.hidden] + bx[unit];
            if (Cell::HAS_U && gate == 2) {
                of_u = of_state;
            } else {
                sums[gate] += of_state;
            }
        }
        h = Cell::forward(sums, of_u, h, c);
#pragma unroll
        for (unsigned gate = 0; gate < Cell::GATES; gate++) {
            of_step[gate * s.hidden] = sums[gate];
        }
        if (Cell::HAS_U && u) {
            u[step * s.hidden + at.unit] = of_u;
        }
    }
    next.h[at.row * s.new_stride + at.unit] = h;
    if (Cell::HAS_C) {
        next.c[at.row * s.new_stride + at.unit] = c;
    }
    if (s.outputs) {
        y[(at.row * s.rows + s.place) * s.hidden + at.unit] = reaches ? h : 0.0f;
    }
}

// What the slopes of the step at the place `later`, `depth` values a sequence, say to the states before it.
inline float of_gates(const Step &s, const Place &at, unsigned later, unsigned depth, const float *wh, const float *slopes) {
    __shared__ __align__(16) float lines[TALL][LINE];
    __shared__ float weights[DEPTH][WIDE];
    const unsigned line = threadIdx.x / DEPTH, column = threadIdx.x % DEPTH;
    float sum = 0.0f;
    for (unsigned first = 0; first < depth; first += DEPTH) {
        __syncthreads();
#pragma unroll
        for (unsigned i = line; i < TALL; i += 256 / DEPTH) {
            const unsigned row = at.first_row + i;
            const bool inside = first + column < depth && row < s.batch;
            lines[i][column] = inside ? slopes[(row * s.steps + later) * depth + first + column] : 0.0f;
        }
#pragma unroll
        for (unsigned i = threadIdx.x / WIDE; i < DEPTH; i += 256 / WIDE) {
            weights[i][threadIdx.x % WIDE] = first + i < depth && at.unit < s.hidden ? wh[(first + i) * s.hidden + at.unit] : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (unsigned k = 0; k < DEPTH; k += 4) {
            const float4 slope = *reinterpret_cast<const float4 *>(&lines[threadIdx.x / WIDE][k]);
            const unsigned unit = threadIdx.x % WIDE;
            sum += slope.x * weights[k][unit] + slope.y * weights[k + 1][unit] + slope.z * weights[k + 2][unit] +
                   slope.w * weights[k + 3][unit];
        }
    }
    return sum;
}

// `olds` are the states before each step, [batch, steps, hidden]; `ds` are the gradients of those after this step, but for the way through
// the gates of the step at the place `later`, which is none if that is `steps`; they become those before it. `slopes` are those of
// what the inputs say, `state_slopes` of what the states say: the same memory if the cell has no u.
template <class Cell>
void backward(const Step &s, unsigned later, const float *wh, const float *gates, const float *u, States olds, const float *dy, States ds,
              float *slopes, float *state_slopes) {
    const Place at(s);
    const unsigned depth = later < s.steps ? Cell::GATES * s.hidden : 0;
    const float through_gates = of_gates(s, at, later, depth, wh, state_slopes);
    if (!at.is_there(s)) {
        return;
    }
    const unsigned own = at.row * s.hidden + at.unit, step = at.row * s.steps + s.place;
    const unsigned first = step * Cell::GATES * s.hidden + at.unit, here = step * s.hidden + at.unit;
    float dh = ds.h[own] + through_gates, values[Cell::GATES] = {}, du = 0.0f;
    if (s.reaches(at.row)) {
        if (s.outputs) {
            dh += dy[(at.row * s.rows + s.place) * s.hidden + at.unit];
        }
#pragma unroll
        for (unsigned gate = 0; gate < Cell::GATES; gate++) {
            values[gate] = gates[first + gate * s.hidden];
        }
        float dc = Cell::HAS_C ? ds.c[own] : 0.0f;
        const float of_u = Cell::HAS_U ? u[here] : 0.0f, old_c = Cell::HAS_C ? olds.c[here] : 0.0f;
        Cell::backward(values, of_u, du, olds.h[here], old_c, dh, dc);
        if (Cell::HAS_C) {
            ds.c[own] = dc;
        }
    }
    ds.h[own] = dh;
#pragma unroll
    for (unsigned gate = 0; gate < Cell::GATES; gate++) {
        slopes[first + gate * s.hidden] = values[gate];
        if (Cell::HAS_U) {
            state_slopes[first + gate * s.hidden] = gate == 2 ? du : values[gate];
        }
    }
}

#define CELL(name, Cell)                                                                                                         \
    extern "C" __global__ void forward_##name(Step s, const float *wh, const float *bx, const float *bh, float *gates, float *u,  \
                                              States old, States next, float *y) {                                               \
        forward<Cell>(s, wh, bx, bh, gates, u, old, next, y);                                                                    \
    }                                                                                                                            \
    extern "C" __global__ void backward_##name(Step s, unsigned later, const float *wh, const float *gates, const float *u,      \
                                               States olds, const float *dy, States ds, float *slopes, float *state_slopes) {    \
        backward<Cell>(s, later, wh, gates, u, olds, dy, ds, slopes, state_slopes);                                              \
    }
CELL(tanh, Tanh)
CELL(relu, Relu)
CELL(gru, Gru)
CELL(lstm, Lstm)

// The states before the first step, whose place is the step's, put where the gradient looks for them.
extern "C" __global__ void begin(Step s, States from, States to) {
    FOR_EACH(i, s.batch * s.hidden) {
        const unsigned row = i / s.hidden, unit = i % s.hidden;
        const unsigned place = (row * s.steps + s.place) * s.hidden + unit;
        to.h[place] = from.h[row * s.old_stride + unit];
        if (to.c) {
            to.c[place] = from.c[row * s.old_stride + unit];
        }
    }
}

// The gradient of these states: what is left of `ds` when the first step, at the place `later`, has been gone through.
extern "C" __global__ void end(Step s, unsigned later, unsigned depth, const float *wh, const float *state_slopes, States ds, States to) {
    const Place at(s);
    const float through_gates = of_gates(s, at, later, depth, wh, state_slopes);
    if (at.is_there(s)) {
        const unsigned own = at.row * s.hidden + at.unit, place = at.row * s.new_stride + at.unit;
        to.h[place] = ds.h[own] + through_gates;
        if (to.c) {
            to.c[place] = ds.c[own];
        }
    }
}
