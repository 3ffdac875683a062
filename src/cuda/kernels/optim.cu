// Steps of optimisers: one launch for all parameters of a model, in place. The formulas are those of src/optim, in their order.
//
//     NAME(rows, count, rule)     a block for each CHUNK values of a parameter; the rule is the optimiser's numbers
//
// Every row of the table is a parameter with its gradient; its first block is the one behind those of the row before.
#include "common.cuh"

#define CHUNK 4096

struct Row {
    float *values;
    const float *gradient;
    // What is remembered. The second is of no meaning for who keeps one.
    float *slots[2];
    unsigned length, first_block;
};

// The row that this block is for: the last that does not begin behind it.
inline Row row_of_block(const Row *rows, unsigned count) {
    unsigned low = 0, high = count;
    while (high - low > 1) {
        const unsigned middle = (low + high) / 2;
        if (rows[middle].first_block <= blockIdx.x) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return rows[low];
}

// Applies a rule to every value of this block's chunk: to four at a time, but for the last up to three of a parameter.
template <int SLOTS, class Rule> void step(const Row *rows, unsigned count, Rule rule) {
    const Row row = row_of_block(rows, count);
    const unsigned start = (blockIdx.x - row.first_block) * CHUNK, end = min(row.length, start + CHUNK);
    const unsigned whole = start + (end - start) / 4 * 4;
    for (unsigned i = start + 4 * threadIdx.x; i < whole; i += 4 * blockDim.x) {
        float values[4], gradient[4], slots[SLOTS][4];
        load(row.values + i, values);
        load(row.gradient + i, gradient);
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            load(row.slots[s] + i, slots[s]);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            if constexpr (SLOTS == 1) {
                rule(values[k], slots[0][k], gradient[k]);
            } else {
                rule(values[k], slots[0][k], slots[1][k], gradient[k]);
            }
        }
        store(row.values + i, values);
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            store(row.slots[s] + i, slots[s]);
        }
    }
    const unsigned i = whole + threadIdx.x;
    if (i < end) {
        if constexpr (SLOTS == 1) {
            rule(row.values[i], row.slots[0][i], row.gradient[i]);
        } else {
            rule(row.values[i], row.slots[0][i], row.slots[1][i], row.gradient[i]);
        }
    }
}

#define OPTIMISER(name, Rule, slots)                                                                                             \
    extern "C" __global__ void name(const Row *rows, unsigned count, Rule rule) { step<slots>(rows, count, rule); }

// AdamW as well: `decay` is what is added to the gradient, `shrink` what the parameter is multiplied with first.
struct Adam {
    float beta1, beta2, epsilon, rate, inverse_root, decay, shrink;

    void operator()(float &value, float &mean, float &square, float gradient) const {
        value *= shrink;
        gradient += decay * value;
        mean = beta1 * mean + (1.0f - beta1) * gradient;
        square = beta2 * square + (1.0f - beta2) * gradient * gradient;
        value -= rate * mean / (sqrtf(square) * inverse_root + epsilon);
    }
};
OPTIMISER(adam, Adam, 2)

struct Sgd {
    float rate, momentum, decay;

    void operator()(float &value, float &velocity, float gradient) const {
        velocity = momentum * velocity + gradient + decay * value;
        value -= rate * velocity;
    }
};
OPTIMISER(sgd, Sgd, 1)

struct Nesterov {
    float rate, momentum, decay;

    void operator()(float &value, float &velocity, float gradient) const {
        gradient += decay * value;
        velocity = momentum * velocity + gradient;
        value -= rate * (gradient + momentum * velocity);
    }
};
OPTIMISER(sgd_nesterov, Nesterov, 1)

struct RmsProp {
    float rate, alpha, epsilon, momentum, decay;

    void operator()(float &value, float &square, float &velocity, float gradient) const {
        gradient += decay * value;
        square = alpha * square + (1.0f - alpha) * gradient * gradient;
        velocity = momentum * velocity + gradient / (sqrtf(square) + epsilon);
        value -= rate * velocity;
    }
};
OPTIMISER(rms_prop, RmsProp, 2)

struct Adagrad {
    float rate, epsilon, decay;

    void operator()(float &value, float &squares, float gradient) const {
        gradient += decay * value;
        squares += gradient * gradient;
        value -= rate * gradient / (sqrtf(squares) + epsilon);
    }
};
OPTIMISER(adagrad, Adagrad, 1)
