// Steps of optimisers: one launch for all parameters of a model, in place. The formulas are those of src/optim, in their order.
//
//     NAME(rows, count, rule)     a block for each chunk of a parameter, see rows.cuh; the rule is the optimiser's numbers
#include "common.cuh"
#include "rows.cuh"

// A number that is rounded after every operation: products and sums are never one. So steps have the same bits as on the CPU; the time
// goes into memory anyway.
struct Number {
    float x;
};
inline Number operator+(Number a, Number b) { return {__fadd_rn(a.x, b.x)}; }
inline Number operator-(Number a, Number b) { return {__fadd_rn(a.x, -b.x)}; }
inline Number operator*(Number a, Number b) { return {__fmul_rn(a.x, b.x)}; }
inline Number operator/(Number a, Number b) { return {__fdiv_rn(a.x, b.x)}; }
inline Number root(Number a) { return {__fsqrt_rn(a.x)}; }

inline void load(const float *from, Number (&to)[4]) {
    float four[4];
    load(from, four);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        to[k].x = four[k];
    }
}

inline void store(float *to, const Number (&from)[4]) {
    const float four[4] = {from[0].x, from[1].x, from[2].x, from[3].x};
    store(to, four);
}

// Applies a rule to every value of this block's chunk: to four at a time, but for the last up to three of a parameter.
template <int SLOTS, class Rule> void step(const Row *rows, unsigned count, Rule rule) {
    const Chunk chunk = chunk_of_block(rows, count);
    const Row &row = chunk.row;
    for (unsigned i = chunk.start + 4 * threadIdx.x; i < chunk.whole; i += 4 * blockDim.x) {
        Number values[4], gradient[4], slots[2][4] = {};
        load(row.values + i, values);
        load(row.gradient + i, gradient);
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            load(row.slots[s] + i, slots[s]);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            rule(values[k], slots[0][k], slots[1][k], gradient[k]);
        }
        store(row.values + i, values);
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            store(row.slots[s] + i, slots[s]);
        }
    }
    const unsigned i = chunk.whole + threadIdx.x;
    if (i < chunk.end) {
        Number value = {row.values[i]}, slots[2] = {};
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            slots[s].x = row.slots[s][i];
        }
        rule(value, slots[0], slots[1], Number{row.gradient[i]});
        row.values[i] = value.x;
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            row.slots[s][i] = slots[s].x;
        }
    }
}

#define OPTIMISER(name, Rule, slots)                                                                                             \
    extern "C" __global__ void name(const Row *rows, unsigned count, Rule rule) { step<slots>(rows, count, rule); }

// AdamW as well: `decay` is what is added to the gradient, `shrink` what the parameter is multiplied with first.
struct Adam {
    Number beta1, beta2, epsilon, rate, inverse_root, decay, shrink;

    void operator()(Number &value, Number &mean, Number &square, Number gradient) const {
        const Number one = {1.0f};
        value = value * shrink;
        gradient = gradient + decay * value;
        mean = beta1 * mean + (one - beta1) * gradient;
        square = beta2 * square + (one - beta2) * gradient * gradient;
        value = value - rate * mean / (root(square) * inverse_root + epsilon);
    }
};
OPTIMISER(adam, Adam, 2)

struct Sgd {
    Number rate, momentum, decay;

    void operator()(Number &value, Number &velocity, Number &, Number gradient) const {
        velocity = momentum * velocity + gradient + decay * value;
        value = value - rate * velocity;
    }
};
OPTIMISER(sgd, Sgd, 1)

struct Nesterov {
    Number rate, momentum, decay;

    void operator()(Number &value, Number &velocity, Number &, Number gradient) const {
        gradient = gradient + decay * value;
        velocity = momentum * velocity + gradient;
        value = value - rate * (gradient + momentum * velocity);
    }
};
OPTIMISER(sgd_nesterov, Nesterov, 1)

struct RmsProp {
    Number rate, alpha, epsilon, momentum, decay;

    void operator()(Number &value, Number &square, Number &velocity, Number gradient) const {
        const Number one = {1.0f};
        gradient = gradient + decay * value;
        square = alpha * square + (one - alpha) * gradient * gradient;
        velocity = momentum * velocity + gradient / (root(square) + epsilon);
        value = value - rate * velocity;
    }
};
OPTIMISER(rms_prop, RmsProp, 2)

struct Adagrad {
    Number rate, epsilon, decay;

    void operator()(Number &value, Number &squares, Number &, Number gradient) const {
        gradient = gradient + decay * value;
        squares = squares + gradient * gradient;
        value = value - rate * gradient / (root(squares) + epsilon);
    }
};
OPTIMISER(adagrad, Adagrad, 1)
