// Where the values of rows stand when these are in order, by Batcher's bitonic sort (1968). Each value becomes a key of 64 bits: its rank
// among all floats above, its position in the row below, so that no two keys are alike and equal values keep their order. A row has as
// many keys as the next power of two; those too many come last.
//
// A step puts keys that are `distance` apart in order, upwards and downwards in turn every `length` keys, and upwards in the end. Steps
// of distances within a tile are made in shared memory, by a block for each tile.
#include "common.cuh"

typedef unsigned long long Key;

constexpr unsigned TILE = 2048;

// Lengths and distances are powers of two.
struct Rows {
    // Keys of all rows; of one.
    unsigned keys, length;
    unsigned columns, descending;

    unsigned row(unsigned at) const { return at / length; }
    unsigned place(unsigned at) const { return at & (length - 1); }
};

// NaN is the greatest, both zeros are alike.
inline unsigned rank(float value) {
    if (value != value) {
        return 0xffffffff;
    }
    const unsigned bits = __float_as_uint(value + 0.0f);
    return bits >> 31 ? ~bits : bits | 0x80000000;
}

inline Key key(const float *x, unsigned at, const Rows &rows) {
    const unsigned column = rows.place(at);
    if (at >= rows.keys || column >= rows.columns) {
        return ~Key(0);
    }
    const unsigned upwards = rank(x[rows.row(at) * rows.columns + column]);
    return Key(rows.descending ? ~upwards : upwards) << 32 | column;
}

// The first key of a pair, of all pairs of a distance.
inline unsigned first_of(unsigned pair, unsigned distance) { return 2 * pair - (pair & (distance - 1)); }

inline void put_in_order(Key &a, Key &b, bool upwards) {
    if ((a > b) == upwards) {
        const Key other = a;
        a = b, b = other;
    }
}

// The steps from a distance on down to 1 in the tile that begins at a key of all.
inline void steps(Key *tile, unsigned at, unsigned distance, unsigned length, const Rows &rows) {
    for (; distance > 0; distance /= 2) {
        __syncthreads();
        for (unsigned pair = threadIdx.x; pair < TILE / 2; pair += blockDim.x) {
            const unsigned first = first_of(pair, distance);
            put_in_order(tile[first], tile[first + distance], (rows.place(at + first) & length) == 0);
        }
    }
    __syncthreads();
}

// Of a tile whose rows are in order, the positions of the first keys that are wanted of each; otherwise its keys.
inline void write(const Key *tile, unsigned at, bool in_order, const Rows &rows, Key *keys, unsigned wanted, unsigned *positions) {
    for (unsigned i = threadIdx.x; i < TILE; i += blockDim.x) {
        const unsigned place = rows.place(at + i);
        if (!in_order) {
            keys[at + i] = tile[i];
        } else if (at + i < rows.keys && place < wanted) {
            positions[rows.row(at + i) * wanted + place] = unsigned(tile[i]);
        }
    }
}

// Puts every tile in order.
extern "C" __global__ void sort_tiles(Rows rows, const float *x, Key *keys, unsigned wanted, unsigned *positions) {
    __shared__ Key tile[TILE];
    const unsigned at = blockIdx.x * TILE;
    for (unsigned i = threadIdx.x; i < TILE; i += blockDim.x) {
        tile[i] = key(x, at + i, rows);
    }
    const unsigned longest = rows.length < TILE ? rows.length : TILE;
    for (unsigned length = 2; length <= longest; length *= 2) {
        steps(tile, at, length / 2, length, rows);
    }
    __syncthreads();
    write(tile, at, rows.length <= TILE, rows, keys, wanted, positions);
}

// A step of a distance of at least a tile.
extern "C" __global__ void sort_step(unsigned pairs, Rows rows, Key *keys, unsigned distance, unsigned length) {
    FOR_EACH(pair, pairs) {
        const unsigned first = first_of(pair, distance);
        put_in_order(keys[first], keys[first + distance], (rows.place(first) & length) == 0);
    }
}

// The steps of the distances within a tile that end a length.
extern "C" __global__ void sort_within_tiles(Rows rows, Key *keys, unsigned length, unsigned wanted, unsigned *positions) {
    __shared__ Key tile[TILE];
    const unsigned at = blockIdx.x * TILE;
    for (unsigned i = threadIdx.x; i < TILE; i += blockDim.x) {
        tile[i] = keys[at + i];
    }
    steps(tile, at, TILE / 2, length, rows);
    write(tile, at, length == rows.length, rows, keys, wanted, positions);
}
