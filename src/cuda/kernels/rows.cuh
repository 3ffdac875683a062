// A launch over many arrays of different lengths: a table with a row for each, and a block for each chunk of one of them.
#pragma once

#define CHUNK 4096

struct Row {
    float *values;
    // Of optimisers: the gradient and what is remembered, in one or two slots.
    const float *gradient;
    float *slots[2];
    // The first block is the one behind those of the row before.
    unsigned length, first_block;
};

// What this block is for: the values from `start` to before `end` of a row; four at a time up to `whole`.
struct Chunk {
    Row row;
    unsigned start, whole, end;
};

inline Chunk chunk_of_block(const Row *rows, unsigned count) {
    // The last row that does not begin behind this block.
    unsigned low = 0, high = count;
    while (high - low > 1) {
        const unsigned middle = (low + high) / 2;
        if (rows[middle].first_block <= blockIdx.x) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Chunk chunk;
    chunk.row = rows[low];
    chunk.start = (blockIdx.x - chunk.row.first_block) * CHUNK;
    chunk.end = min(chunk.row.length, chunk.start + CHUNK);
    chunk.whole = chunk.start + (chunk.end - chunk.start) / 4 * 4;
    return chunk;
}
