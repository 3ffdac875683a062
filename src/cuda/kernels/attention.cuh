// Attention in tiles: what its kernels share.
//
// Blocks have 128 threads and treat 32 rows of one head of one sequence: a warp half takes four rows, a thread every sixteenth
// column. The grid has a block for each 32 rows of each head of each sequence. No array has more than 2^31 values.
#pragma once
#include "common.cuh"
#include "random.cuh"

#define OWN 32
#define THREADS 128
#define INFINITE __int_as_float(0x7f800000)

struct Attention {
    unsigned heads, queries, keys, width;
    // Values from one row of q, k, v and their gradients to the next.
    unsigned stride;
    // Whether a query sees the keys up to its own place only.
    unsigned causal;
    float scale;
    // The share of the weights that is kept; they are made greater by its inverse. They are drawn anew by every kernel.
    float kept;
    unsigned long long seed;
    // Of each sequence, which keys there are; of each query, which keys it sees. Null: all.
    const unsigned char *there, *pairs;
};

// Which rows a block treats.
struct Piece {
    // The head, counted over all sequences; the sequence; the first row.
    unsigned which, sequence, first;

    Piece(const Attention &s, unsigned rows) {
        const unsigned pieces = (rows + OWN - 1) / OWN;
        which = blockIdx.x / pieces;
        sequence = which / s.heads;
        // The last ones first: where only earlier keys are seen, they have most to do.
        first = (pieces - 1 - blockIdx.x % pieces) * OWN;
    }

    // Where the head begins in rows of so many values.
    unsigned start(const Attention &s, unsigned rows, unsigned stride) const {
        return sequence * rows * stride + which % s.heads * s.width;
    }
};

// The rows and the columns of a thread.
inline unsigned own_row() { return threadIdx.x / 16 * 4; }
inline unsigned lane() { return threadIdx.x % 16; }

// Neighbouring values of shared memory, 8 or 16 bytes.
inline void load(const float *from, float (&to)[2]) {
    const float2 two = *reinterpret_cast<const float2 *>(from);
    to[0] = two.x, to[1] = two.y;
}

// Rows of a head. The four values behind each let eight threads read from eight rows at once.
template <unsigned COUNT, unsigned WIDTH> struct Rows {
    __align__(16) float values[COUNT][WIDTH + 4];

    // Rows from `first` on of those that begin at `from`; zeros beyond the last of them and beyond the width of a head.
    void load(const float *from, unsigned stride, unsigned first, unsigned rows, unsigned width) {
        const unsigned column = threadIdx.x % WIDTH, begin = threadIdx.x / WIDTH;
#pragma unroll 4
        for (unsigned i = 0; i < COUNT; i += THREADS / WIDTH) {
            const unsigned row = first + begin + i;
            const bool inside = row < rows && column < width;
            values[begin + i][column] = inside ? from[row * stride + column] : 0.0f;
        }
    }
};

// A thread's part of 32 rows of results, one for each column of a head.
template <unsigned WIDTH> struct Part {
    static constexpr unsigned COUNT = WIDTH / 16, TOGETHER = COUNT < 4 ? COUNT : 4;
    float values[4][COUNT] = {};

    static unsigned column(unsigned i) { return i / TOGETHER * 16 * TOGETHER + lane() * TOGETHER + i % TOGETHER; }

    // Adds the product of weights, 32 rows of them, with rows.
    template <unsigned ROWS> void add(const Rows<OWN, ROWS> &weights, const Rows<ROWS, WIDTH> &rows) {
#pragma unroll 1
        for (unsigned j = 0; j < ROWS; j += 4) {
            float weight[4][4];
#pragma unroll
            for (unsigned i = 0; i < 4; i++) {
                load(&weights.values[own_row() + i][j], weight[i]);
            }
#pragma unroll
            for (unsigned k = 0; k < 4; k++) {
#pragma unroll
                for (unsigned c = 0; c < COUNT; c += TOGETHER) {
                    float row[TOGETHER];
                    load(&rows.values[j + k][column(c)], row);
#pragma unroll
                    for (unsigned i = 0; i < 4; i++) {
#pragma unroll
                        for (unsigned n = 0; n < TOGETHER; n++) {
                            values[i][c + n] += weight[i][k] * row[n];
                        }
                    }
                }
            }
        }
    }

    // Rows from `first` on of those that begin at `to`.
    void store(float *to, unsigned stride, unsigned first, unsigned rows, unsigned width) const {
#pragma unroll
        for (unsigned i = 0; i < 4; i++) {
            const unsigned row = first + own_row() + i;
#pragma unroll
            for (unsigned c = 0; c < COUNT; c++) {
                if (row < rows && column(c) < width) {
                    to[row * stride + column(c)] = values[i][c];
                }
            }
        }
    }
};

// The products of a thread's four rows with every sixteenth of the others.
template <unsigned COUNT, unsigned WIDTH>
void multiply(const Rows<OWN, WIDTH> &own, const Rows<COUNT, WIDTH> &others, float (&products)[4][COUNT / 16]) {
#pragma unroll
    for (unsigned i = 0; i < 4; i++) {
#pragma unroll
        for (unsigned c = 0; c < COUNT / 16; c++) {
            products[i][c] = 0.0f;
        }
    }
#pragma unroll 2
    for (unsigned k = 0; k < WIDTH; k += 4) {
        float a[4][4];
#pragma unroll
        for (unsigned i = 0; i < 4; i++) {
            load(&own.values[own_row() + i][k], a[i]);
        }
#pragma unroll
        for (unsigned c = 0; c < COUNT / 16; c++) {
            float b[4];
            load(&others.values[lane() + 16 * c][k], b);
#pragma unroll
            for (unsigned i = 0; i < 4; i++) {
                products[i][c] += a[i][0] * b[0] + a[i][1] * b[1] + a[i][2] * b[2] + a[i][3] * b[3];
            }
        }
    }
}

// What `join` makes of the values of 16 threads, for every one of them.
template <class Join> float of_half(float value, Join join) {
#pragma unroll
    for (int distance = 8; distance > 0; distance /= 2) {
        value = join(value, __shfl_xor_sync(0xffffffff, value, distance));
    }
    return value;
}

// Which of a thread's products are of a query and a key that it sees, a bit for each: those of the rows from `own` on, queries or keys,
// with the other ones from `other` on.
template <bool OF_KEYS, unsigned COUNT> unsigned seen(const Attention &s, const Piece &piece, unsigned other) {
    const unsigned first_query = OF_KEYS ? other : piece.first, queries = OF_KEYS ? COUNT : OWN;
    const unsigned first_key = OF_KEYS ? piece.first : other, keys = OF_KEYS ? OWN : COUNT;
    const bool inside = first_query + queries <= s.queries && first_key + keys <= s.keys;
    const bool earlier = !s.causal || first_key + keys <= first_query + 1;
    if (inside && earlier && !s.there && !s.pairs) {
        return ~0u;
    }
    unsigned bits = 0;
#pragma unroll 1
    for (unsigned i = 0; i < COUNT / 4; i++) {
        const unsigned own = own_row() + i / (COUNT / 16), others = lane() + i % (COUNT / 16) * 16;
        const unsigned query = first_query + (OF_KEYS ? others : own), key = first_key + (OF_KEYS ? own : others);
        const bool sees = query < s.queries && key < s.keys && (!s.causal || key <= query) &&
                          (!s.there || s.there[piece.sequence * s.keys + key]) && (!s.pairs || s.pairs[query * s.keys + key]);
        bits |= unsigned(sees) << i;
    }
    return bits;
}

// What the weights of four queries, the first of which is a multiple of 4, and a key are multiplied with: 0 for those that are dropped.
inline float4 drawn(const Attention &s, const Piece &piece, unsigned query, unsigned key) {
    float random[4];
    uniform(make_uint4(query / 4, key, piece.which, 0), s.seed, random);
    const float factor = 1.0f / s.kept;
    return make_float4(random[0] < s.kept ? factor : 0.0f, random[1] < s.kept ? factor : 0.0f, random[2] < s.kept ? factor : 0.0f,
                       random[3] < s.kept ? factor : 0.0f);
}

// The same for a thread's four rows and one of the others: if the rows are keys, four threads draw for one key each and share.
template <bool OF_KEYS> void draw(const Attention &s, const Piece &piece, unsigned other, float (&factors)[4]) {
    const unsigned own = piece.first + own_row();
    if (s.kept == 1.0f) {
        factors[0] = factors[1] = factors[2] = factors[3] = 1.0f;
    } else if (OF_KEYS) {
        const unsigned number = threadIdx.x % 4;
        const float4 four = drawn(s, piece, other, own + number);
#pragma unroll
        for (unsigned i = 0; i < 4; i++) {
            const unsigned from = threadIdx.x % 32 / 4 * 4 + i;
            const float x = __shfl_sync(0xffffffff, four.x, from), y = __shfl_sync(0xffffffff, four.y, from);
            const float z = __shfl_sync(0xffffffff, four.z, from), w = __shfl_sync(0xffffffff, four.w, from);
            factors[i] = number == 0 ? x : number == 1 ? y : number == 2 ? z : w;
        }
    } else {
        const float4 four = drawn(s, piece, own, other);
        factors[0] = four.x, factors[1] = four.y, factors[2] = four.z, factors[3] = four.w;
    }
}

// How many keys the queries of a piece see at most.
inline unsigned last_key(const Attention &s, const Piece &piece) {
    return s.causal ? min(s.keys, piece.first + OWN) : s.keys;
}
