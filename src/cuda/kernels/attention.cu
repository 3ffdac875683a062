// Scaled dot-product attention in heads: softmax(q kᵀ · scale) v, the weights of which are never written (Dao et al. 2022,
// https://arxiv.org/abs/2205.14135). A block goes over the keys in pieces and corrects what it has summed up when a greater score
// comes; all that is kept is a number for each row, with which the gradients make the weights again.
//
// Names end in the greatest width of a head.
#include "attention.cuh"

// y is [batch, queries, heads · width]. `logs` get, for each row, the number that a score times the scale has to be lowered by to be
// the logarithm of a weight.
template <unsigned WIDTH>
void forward(const Attention &s, const float *q, const float *k, const float *v, float *y, float *logs) {
    constexpr unsigned COUNT = 32, COLUMNS = COUNT / 16;
    __shared__ Rows<OWN, WIDTH> queries;
    __shared__ Rows<COUNT, WIDTH> others;
    __shared__ Rows<OWN, COUNT> weights;
    const Piece piece(s, s.queries);
    k += piece.start(s, s.keys, s.stride);
    v += piece.start(s, s.keys, s.stride);
    queries.load(q + piece.start(s, s.queries, s.stride), s.stride, piece.first, s.queries, s.width);
    Part<WIDTH> sums;
    // Of each row the greatest score, and a thread's part of the sum of the weights.
    float greatest[4] = {-INFINITE, -INFINITE, -INFINITE, -INFINITE}, total[4] = {};
    for (unsigned first = 0; first < last_key(s, piece); first += COUNT) {
        __syncthreads();
        others.load(k, s.stride, first, s.keys, s.width);
        __syncthreads();
        float scores[4][COLUMNS];
        multiply(queries, others, scores);
        __syncthreads();
        others.load(v, s.stride, first, s.keys, s.width);
        const unsigned sees = seen<false, COUNT>(s, piece, first);
        float factors[COLUMNS][4];
#pragma unroll
        for (unsigned c = 0; c < COLUMNS; c++) {
            draw<false>(s, piece, first + lane() + 16 * c, factors[c]);
        }
#pragma unroll
        for (unsigned i = 0; i < 4; i++) {
            float now = greatest[i];
#pragma unroll
            for (unsigned c = 0; c < COLUMNS; c++) {
                scores[i][c] = sees >> (i * COLUMNS + c) & 1 ? scores[i][c] : -INFINITE;
                now = fmaxf(now, scores[i][c]);
            }
            now = of_half(now, Greatest());
            // Where nothing is seen yet, anything finite will do.
            const float from = now == -INFINITE ? 0.0f : now;
            const float shrink = expf((greatest[i] - from) * s.scale);
            greatest[i] = now;
            total[i] *= shrink;
#pragma unroll
            for (unsigned c = 0; c < Part<WIDTH>::COUNT; c++) {
                sums.values[i][c] *= shrink;
            }
#pragma unroll
            for (unsigned c = 0; c < COLUMNS; c++) {
                const float weight = expf((scores[i][c] - from) * s.scale);
                total[i] += weight;
                weights.values[own_row() + i][lane() + 16 * c] = weight * factors[c][i];
            }
        }
        __syncthreads();
        sums.add(weights, others);
    }
#pragma unroll
    for (unsigned i = 0; i < 4; i++) {
        const unsigned query = piece.first + own_row() + i;
        const float all = of_half(total[i], Sum());
        const bool nothing = greatest[i] == -INFINITE;
#pragma unroll
        for (unsigned c = 0; c < Part<WIDTH>::COUNT; c++) {
            sums.values[i][c] = nothing ? 0.0f : sums.values[i][c] / all;
        }
        if (lane() == 0 && query < s.queries) {
            logs[piece.which * s.queries + query] = nothing ? INFINITE : greatest[i] * s.scale + logf(all);
        }
    }
    const unsigned stride = s.heads * s.width;
    sums.store(y + piece.start(s, s.queries, stride), stride, piece.first, s.queries, s.width);
}

// The weights themselves, [batch, heads, queries, keys].
template <unsigned WIDTH> void show(const Attention &s, const float *q, const float *k, const float *logs, float *weights) {
    constexpr unsigned COUNT = 32, COLUMNS = COUNT / 16;
    __shared__ Rows<OWN, WIDTH> queries;
    __shared__ Rows<COUNT, WIDTH> keys;
    const Piece piece(s, s.queries);
    k += piece.start(s, s.keys, s.stride);
    queries.load(q + piece.start(s, s.queries, s.stride), s.stride, piece.first, s.queries, s.width);
    for (unsigned first = 0; first < s.keys; first += COUNT) {
        __syncthreads();
        keys.load(k, s.stride, first, s.keys, s.width);
        __syncthreads();
        float scores[4][COLUMNS];
        multiply(queries, keys, scores);
        const unsigned sees = seen<false, COUNT>(s, piece, first);
#pragma unroll
        for (unsigned i = 0; i < 4; i++) {
#pragma unroll
            for (unsigned c = 0; c < COLUMNS; c++) {
                const unsigned query = piece.first + own_row() + i, key = first + lane() + 16 * c;
                if (query < s.queries && key < s.keys) {
                    const unsigned row = piece.which * s.queries + query;
                    const bool here = sees >> (i * COLUMNS + c) & 1;
                    weights[row * s.keys + key] = here ? expf(scores[i][c] * s.scale - logs[row]) : 0.0f;
                }
            }
        }
    }
}

#define HEADS(WIDTH)                                                                                                             \
    extern "C" __global__ void __launch_bounds__(THREADS, 2)                                                                     \
        forward_##WIDTH(Attention s, const float *q, const float *k, const float *v, float *y, float *logs) {                    \
        forward<WIDTH>(s, q, k, v, y, logs);                                                                                     \
    }                                                                                                                            \
    extern "C" __global__ void __launch_bounds__(THREADS, 2)                                                                     \
        weights_##WIDTH(Attention s, const float *q, const float *k, const float *logs, float *weights) {                        \
        show<WIDTH>(s, q, k, logs, weights);                                                                                     \
    }
HEADS(32)
HEADS(64)
HEADS(128)
