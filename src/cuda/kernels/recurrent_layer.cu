// Recurrent cells over all steps in one launch, for few hidden values: a block goes through a sequence with the weights of the states in
// registers.
//
//     forward_CELL_WIDTH(s, wh, bx, bh, gates, u, first, olds, last, y)
//     backward_CELL_WIDTH(s, wh, gates, u, olds, dy, last, slopes, state_slopes, first)
//
// WIDTH is the greatest number of hidden values. A block has WIDTH threads a gate, each of which has the weights of one gate of one
// hidden value; those of the first gate compute the cell. The grid has a block a sequence.
#include "cells.cuh"

struct Layer {
    unsigned batch, steps, hidden;
    unsigned reverse;
    // Rows of a sequence in y and its gradient. No outputs are there if `outputs` is 0.
    unsigned rows, outputs;
    // Values from the first states of one sequence to those of the next, and of the last ones.
    unsigned first_stride, last_stride;
    // How many steps each sequence has. Null: all.
    const unsigned *lengths;

    unsigned place(unsigned step) const { return reverse ? steps - 1 - step : step; }
    unsigned length(unsigned sequence) const { return lengths ? lengths[sequence] : steps; }
};

// Of values in shared memory with a thread's weights.
template <unsigned WIDTH> float product(const float (&values)[WIDTH], const float (&weights)[WIDTH]) {
    float sum = 0.0f;
#pragma unroll
    for (unsigned k = 0; k < WIDTH; k += 4) {
        const float4 four = *reinterpret_cast<const float4 *>(&values[k]);
        sum += four.x * weights[k] + four.y * weights[k + 1] + four.z * weights[k + 2] + four.w * weights[k + 3];
    }
    return sum;
}

// `gates` hold what the inputs say, [batch, steps, gates, hidden], without biases. If `olds` are there, they get the states before each
// step, [batch, steps, hidden], `gates` what the gates let through, and `u` what the state says to a GRU's n.
template <class Cell, unsigned WIDTH>
void forward(const Layer &s, const float *wh, const float *bx, const float *bh, float *gates, float *u, States first, States olds,
             States last, float *y) {
    __shared__ __align__(16) float state[WIDTH];
    __shared__ float sums[Cell::GATES][WIDTH], of_state[WIDTH];
    const unsigned gate = threadIdx.x / WIDTH, unit = threadIdx.x % WIDTH, sequence = blockIdx.x;
    const bool there = unit < s.hidden, own = there && gate == 0;
    const unsigned row = gate * s.hidden + unit, length = s.length(sequence);
    float weights[WIDTH];
#pragma unroll
    for (unsigned k = 0; k < WIDTH; k++) {
        weights[k] = there && k < s.hidden ? wh[row * s.hidden + k] : 0.0f;
    }
    const float of_input = there ? bx[row] : 0.0f, of_hidden = there ? bh[row] : 0.0f;
    float h = own ? first.h[sequence * s.first_stride + unit] : 0.0f;
    float c = Cell::HAS_C && own ? first.c[sequence * s.first_stride + unit] : 0.0f;
    for (unsigned step = 0; step < s.steps; step++) {
        const unsigned place = s.place(step), at = sequence * s.steps + place;
        if (own && olds.h) {
            olds.h[at * s.hidden + unit] = h;
            if (Cell::HAS_C) {
                olds.c[at * s.hidden + unit] = c;
            }
        }
        if (place < length) {
            const float input = there ? gates[at * Cell::GATES * s.hidden + row] : 0.0f;
            if (gate == 0) {
                state[unit] = h;
            }
            __syncthreads();
            const float sum = product(state, weights) + of_hidden;
            const bool apart = Cell::HAS_U && gate == 2;
            sums[gate][unit] = input + of_input + (apart ? 0.0f : sum);
            if (apart) {
                of_state[unit] = sum;
            }
            __syncthreads();
            if (own) {
                float values[Cell::GATES];
#pragma unroll
                for (unsigned i = 0; i < Cell::GATES; i++) {
                    values[i] = sums[i][unit];
                }
                const float of_u = Cell::HAS_U ? of_state[unit] : 0.0f;
                h = Cell::forward(values, of_u, h, c);
                if (olds.h) {
#pragma unroll
                    for (unsigned i = 0; i < Cell::GATES; i++) {
                        gates[(at * Cell::GATES + i) * s.hidden + unit] = values[i];
                    }
                    if (Cell::HAS_U) {
                        u[at * s.hidden + unit] = of_u;
                    }
                }
            }
        }
        if (own && s.outputs) {
            y[(sequence * s.rows + place) * s.hidden + unit] = place < length ? h : 0.0f;
        }
    }
    if (own && last.h) {
        last.h[sequence * s.last_stride + unit] = h;
        if (Cell::HAS_C) {
            last.c[sequence * s.last_stride + unit] = c;
        }
    }
}

// What the slopes of the gates say to the states: each thread's part, of one gate, is put together by those of the first one.
template <class Cell, unsigned WIDTH>
float of_gates(const float (&slopes)[Cell::GATES][WIDTH], const float (&weights)[WIDTH], float (&parts)[Cell::GATES][WIDTH]) {
    const unsigned gate = threadIdx.x / WIDTH, unit = threadIdx.x % WIDTH;
    parts[gate][unit] = product(slopes[gate], weights);
    __syncthreads();
    float sum = 0.0f;
#pragma unroll
    for (unsigned i = 0; i < Cell::GATES; i++) {
        sum += parts[i][unit];
    }
    return sum;
}

// `last` are the gradients of the last states, null where there are none; `first` get those of the first ones, unless they are null.
// `slopes` are those of what the inputs say, `state_slopes` of what the states say: the same memory if the cell has no u.
template <class Cell, unsigned WIDTH>
void backward(const Layer &s, const float *wh, const float *gates, const float *u, States olds, const float *dy, States last, float *slopes,
              float *state_slopes, States first) {
    __shared__ __align__(16) float of_states[Cell::GATES][WIDTH];
    __shared__ float values[Cell::GATES][WIDTH], parts[Cell::GATES][WIDTH];
    const unsigned gate = threadIdx.x / WIDTH, unit = threadIdx.x % WIDTH, sequence = blockIdx.x;
    const bool there = unit < s.hidden, own = there && gate == 0;
    const unsigned length = s.length(sequence);
    float weights[WIDTH];
#pragma unroll
    for (unsigned k = 0; k < WIDTH; k++) {
        weights[k] = there && k < s.hidden ? wh[(gate * s.hidden + k) * s.hidden + unit] : 0.0f;
    }
    of_states[gate][unit] = 0.0f;
    float dh = own && last.h ? last.h[sequence * s.last_stride + unit] : 0.0f;
    float dc = Cell::HAS_C && own && last.h ? last.c[sequence * s.last_stride + unit] : 0.0f;
    for (unsigned step = s.steps; step-- > 0;) {
        const unsigned place = s.place(step), at = sequence * s.steps + place;
        const unsigned here = at * s.hidden + unit, row = (at * Cell::GATES + gate) * s.hidden + unit;
        if (place >= length) {
            if (there) {
                slopes[row] = 0.0f;
                state_slopes[row] = 0.0f;
            }
            continue;
        }
        const float value = there ? gates[row] : 0.0f;
        const float output = own && s.outputs ? dy[(sequence * s.rows + place) * s.hidden + unit] : 0.0f;
        const float old_h = own ? olds.h[here] : 0.0f, old_c = Cell::HAS_C && own ? olds.c[here] : 0.0f;
        const float of_u = Cell::HAS_U && own ? u[here] : 0.0f;
        // Those of the step before have been read now.
        __syncthreads();
        values[gate][unit] = value;
        dh += of_gates<Cell, WIDTH>(of_states, weights, parts) + output;
        if (own) {
            float of_cell[Cell::GATES], du = 0.0f;
#pragma unroll
            for (unsigned i = 0; i < Cell::GATES; i++) {
                of_cell[i] = values[i][unit];
            }
            Cell::backward(of_cell, of_u, du, old_h, old_c, dh, dc);
#pragma unroll
            for (unsigned i = 0; i < Cell::GATES; i++) {
                const unsigned to = (at * Cell::GATES + i) * s.hidden + unit;
                of_states[i][unit] = Cell::HAS_U && i == 2 ? du : of_cell[i];
                slopes[to] = of_cell[i];
                if (Cell::HAS_U) {
                    state_slopes[to] = of_states[i][unit];
                }
            }
        }
    }
    __syncthreads();
    dh += of_gates<Cell, WIDTH>(of_states, weights, parts);
    if (own && first.h) {
        first.h[sequence * s.first_stride + unit] = dh;
        if (Cell::HAS_C) {
            first.c[sequence * s.first_stride + unit] = dc;
        }
    }
}

#define CELL(name, Cell, WIDTH)                                                                                                  \
    extern "C" __global__ void __launch_bounds__(Cell::GATES *WIDTH)                                                             \
        forward_##name##_##WIDTH(Layer s, const float *wh, const float *bx, const float *bh, float *gates, float *u,             \
                                 States first, States olds, States last, float *y) {                                             \
        forward<Cell, WIDTH>(s, wh, bx, bh, gates, u, first, olds, last, y);                                                     \
    }                                                                                                                            \
    extern "C" __global__ void __launch_bounds__(Cell::GATES *WIDTH)                                                             \
        backward_##name##_##WIDTH(Layer s, const float *wh, const float *gates, const float *u, States olds, const float *dy,    \
                                  States last, float *slopes, float *state_slopes, States first) {                               \
        backward<Cell, WIDTH>(s, wh, gates, u, olds, dy, last, slopes, state_slopes, first);                                     \
    }
#define CELLS(WIDTH) CELL(tanh, Tanh, WIDTH) CELL(relu, Relu, WIDTH) CELL(gru, Gru, WIDTH) CELL(lstm, Lstm, WIDTH)
CELLS(32)
CELLS(64)
