// The gradients of attention (attention.cu), whose weights are made again from the scores and the number that was kept for each row.
//
// Names end in the greatest width of a head.
#include "attention.cuh"

// The gradient of the queries. `along` gets, for each row, the product of y and its gradient, which `of_keys` needs.
template <unsigned WIDTH, unsigned COUNT>
void of_queries(const Attention &s, const float *q, const float *k, const float *v, const float *y, const float *dy,
                const float *logs, float *along, float *dq) {
    constexpr unsigned COLUMNS = COUNT / 16;
    __shared__ Rows<OWN, WIDTH> queries, gradients;
    __shared__ Rows<COUNT, WIDTH> others;
    __shared__ Rows<OWN, COUNT> slopes;
    const Piece piece(s, s.queries);
    const unsigned stride = s.heads * s.width;
    const unsigned of_head = piece.start(s, s.queries, stride);
    k += piece.start(s, s.keys, s.stride);
    v += piece.start(s, s.keys, s.stride);
    queries.load(q + piece.start(s, s.queries, s.stride), s.stride, piece.first, s.queries, s.width);
    gradients.load(dy + of_head, stride, piece.first, s.queries, s.width);
    __syncthreads();
    float log[4], mean[4];
#pragma unroll
    for (unsigned i = 0; i < 4; i++) {
        const unsigned row = own_row() + i, query = piece.first + row;
        float product = 0.0f;
        for (unsigned column = lane(); query < s.queries && column < s.width; column += 16) {
            product += gradients.values[row][column] * y[of_head + query * stride + column];
        }
        mean[i] = of_half(product, Sum());
        const unsigned place = piece.which * s.queries + query;
        log[i] = query < s.queries ? logs[place] : INFINITE;
        if (lane() == 0 && query < s.queries) {
            along[place] = mean[i];
        }
    }
    Part<WIDTH> sums;
    for (unsigned first = 0; first < last_key(s, piece); first += COUNT) {
        __syncthreads();
        others.load(v, s.stride, first, s.keys, s.width);
        __syncthreads();
        float of_weights[4][COLUMNS], scores[4][COLUMNS];
        multiply(gradients, others, of_weights);
        __syncthreads();
        others.load(k, s.stride, first, s.keys, s.width);
        __syncthreads();
        multiply(queries, others, scores);
        const unsigned sees = seen<false, COUNT>(s, piece, first);
#pragma unroll
        for (unsigned c = 0; c < COLUMNS; c++) {
            float factors[4];
            draw<false>(s, piece, first + lane() + 16 * c, factors);
#pragma unroll
            for (unsigned i = 0; i < 4; i++) {
                const float weight = sees >> (i * COLUMNS + c) & 1 ? expf(scores[i][c] * s.scale - log[i]) : 0.0f;
                const float slope = of_weights[i][c] * factors[i] - mean[i];
                slopes.values[own_row() + i][lane() + 16 * c] = weight * slope * s.scale;
            }
        }
        __syncthreads();
        sums.add(slopes, others);
    }
    sums.store(dq + piece.start(s, s.queries, s.stride), s.stride, piece.first, s.queries, s.width);
}

// The gradients of keys and values: here the rows are keys, and the queries are gone over in pieces.
template <unsigned WIDTH, unsigned COUNT>
void of_keys(const Attention &s, const float *q, const float *k, const float *v, const float *dy, const float *logs,
             const float *along, float *dk, float *dv) {
    constexpr unsigned COLUMNS = COUNT / 16;
    __shared__ Rows<OWN, WIDTH> keys, values;
    __shared__ Rows<COUNT, WIDTH> others;
    __shared__ Rows<OWN, COUNT> weights;
    const Piece piece(s, s.keys);
    const unsigned stride = s.heads * s.width;
    const unsigned own = piece.start(s, s.keys, s.stride);
    q += piece.start(s, s.queries, s.stride);
    dy += piece.start(s, s.queries, stride);
    keys.load(k + own, s.stride, piece.first, s.keys, s.width);
    values.load(v + own, s.stride, piece.first, s.keys, s.width);
    Part<WIDTH> of_keys, of_values;
    for (unsigned first = s.causal ? piece.first / COUNT * COUNT : 0; first < s.queries; first += COUNT) {
        float shares[4][COLUMNS], slopes[4][COLUMNS], factors[COLUMNS][4];
        __syncthreads();
        others.load(q, s.stride, first, s.queries, s.width);
        __syncthreads();
        multiply(keys, others, shares);
        __syncthreads();
        others.load(dy, stride, first, s.queries, s.width);
        const unsigned sees = seen<true, COUNT>(s, piece, first);
#pragma unroll
        for (unsigned c = 0; c < COLUMNS; c++) {
            const unsigned column = lane() + 16 * c, query = first + column;
            const float log = query < s.queries ? logs[piece.which * s.queries + query] : INFINITE;
            draw<true>(s, piece, query, factors[c]);
#pragma unroll
            for (unsigned i = 0; i < 4; i++) {
                shares[i][c] = sees >> (i * COLUMNS + c) & 1 ? expf(shares[i][c] * s.scale - log) : 0.0f;
                weights.values[own_row() + i][column] = shares[i][c] * factors[c][i];
            }
        }
        __syncthreads();
        multiply(values, others, slopes);
        of_values.add(weights, others);
        __syncthreads();
        others.load(q, s.stride, first, s.queries, s.width);
#pragma unroll
        for (unsigned c = 0; c < COLUMNS; c++) {
            const unsigned column = lane() + 16 * c, query = first + column;
            const float mean = query < s.queries ? along[piece.which * s.queries + query] : 0.0f;
#pragma unroll
            for (unsigned i = 0; i < 4; i++) {
                const float slope = slopes[i][c] * factors[c][i] - mean;
                weights.values[own_row() + i][column] = shares[i][c] * slope * s.scale;
            }
        }
        __syncthreads();
        of_keys.add(weights, others);
    }
    of_keys.store(dk + own, s.stride, piece.first, s.keys, s.width);
    of_values.store(dv + own, s.stride, piece.first, s.keys, s.width);
}

// The gradients go over COUNT rows at a time, as many as shared memory holds.
#define HEADS(WIDTH, COUNT)                                                                                                      \
    extern "C" __global__ void __launch_bounds__(THREADS, 2)                                                                     \
        of_queries_##WIDTH(Attention s, const float *q, const float *k, const float *v, const float *y, const float *dy,         \
                           const float *logs, float *along, float *dq) {                                                         \
        of_queries<WIDTH, COUNT>(s, q, k, v, y, dy, logs, along, dq);                                                            \
    }                                                                                                                            \
    extern "C" __global__ void __launch_bounds__(THREADS, 2)                                                                     \
        of_keys_##WIDTH(Attention s, const float *q, const float *k, const float *v, const float *dy, const float *logs,         \
                        const float *along, float *dk, float *dv) {                                                              \
        of_keys<WIDTH, COUNT>(s, q, k, v, dy, logs, along, dk, dv);                                                              \
    }
HEADS(32, 32)
HEADS(64, 32)
HEADS(128, 16)
