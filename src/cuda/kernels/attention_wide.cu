// Attention in wide heads, whose weights are written, as [batch, heads, queries, keys]: the products with queries, keys and values are
// matrix products, and here is what is done in between. A block of 256 threads treats a row, one query of one head of one sequence.
#include "attention.cuh"

struct Row {
    unsigned which, sequence, query, start;

    Row(const Attention &s) {
        which = blockIdx.x / s.queries, sequence = which / s.heads;
        query = blockIdx.x % s.queries, start = blockIdx.x * s.keys;
    }

    bool sees(const Attention &s, unsigned key) const {
        return (!s.causal || key <= query) && (!s.there || s.there[sequence * s.keys + key]) &&
               (!s.pairs || s.pairs[query * s.keys + key]);
    }

    // What a weight is multiplied with: 0 if it is dropped.
    float factor(const Attention &s, unsigned key) const {
        if (s.kept == 1.0f) {
            return 1.0f;
        }
        float random[4];
        uniform(make_uint4(key / 4, query, which, 0), s.seed, random);
        const float number = key % 4 == 0 ? random[0] : key % 4 == 1 ? random[1] : key % 4 == 2 ? random[2] : random[3];
        return number < s.kept ? 1.0f / s.kept : 0.0f;
    }
};

// From products of queries and keys to weights, in place.
extern "C" __global__ void weigh(Attention s, float *weights) {
    const Row row(s);
    float *scores = weights + row.start, greatest = -INFINITE, total = 0.0f;
    for (unsigned key = threadIdx.x; key < s.keys; key += blockDim.x) {
        greatest = row.sees(s, key) ? fmaxf(greatest, scores[key]) : greatest;
    }
    greatest = block_greatest(greatest);
    for (unsigned key = threadIdx.x; key < s.keys; key += blockDim.x) {
        const bool sees = greatest != -INFINITE && row.sees(s, key);
        scores[key] = sees ? expf((scores[key] - greatest) * s.scale) : 0.0f;
        total += scores[key];
    }
    total = block_sum(total);
    for (unsigned key = threadIdx.x; greatest != -INFINITE && key < s.keys; key += blockDim.x) {
        scores[key] /= total;
    }
}

// The weights without those that are dropped.
extern "C" __global__ void drop(Attention s, const float *weights, float *to) {
    const Row row(s);
    for (unsigned key = threadIdx.x; key < s.keys; key += blockDim.x) {
        to[row.start + key] = weights[row.start + key] * row.factor(s, key);
    }
}

// From the gradients of the weights without those that are dropped to those of the products of queries and keys, in place.
extern "C" __global__ void slopes(Attention s, const float *weights, float *gradients) {
    const Row row(s);
    float along = 0.0f;
    for (unsigned key = threadIdx.x; key < s.keys; key += blockDim.x) {
        const unsigned at = row.start + key;
        gradients[at] *= row.factor(s, key);
        along += gradients[at] * weights[at];
    }
    along = block_sum(along);
    for (unsigned key = threadIdx.x; key < s.keys; key += blockDim.x) {
        const unsigned at = row.start + key;
        gradients[at] = weights[at] * (gradients[at] - along) * s.scale;
    }
}
