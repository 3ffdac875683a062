// Values in other places, chosen and compared. Indices have been checked by the host.
#include "common.cuh"

// A tensor as blocks of rows of `inner` values: to[o][i] = from[o][indices[i]].
extern "C" __global__ void pick(unsigned n, const float *from, unsigned from_rows, const unsigned *indices, unsigned count,
                                unsigned inner, float *to) {
    FOR_EACH(i, n) {
        const unsigned column = i % inner, row = i / inner;
        to[i] = from[(row / count * from_rows + indices[row % count]) * inner + column];
    }
}

// The same for rows of whole fours of values; n and `inner` count these.
extern "C" __global__ void pick_fours(unsigned n, const float4 *from, unsigned from_rows, const unsigned *indices, unsigned count,
                                      unsigned inner, float4 *to) {
    FOR_EACH(i, n) {
        const unsigned column = i % inner, row = i / inner;
        to[i] = from[(row / count * from_rows + indices[row % count]) * inner + column];
    }
}

// Sums of rows, always in the same order: the rows of `from` that `members[starts[s]]` up to `members[starts[s + 1]]` name are added
// to the row of `to` that `targets[s]` names or, where its highest bit is set, become a row of `parts`. No row is named by two sums.
extern "C" __global__ void sum_rows(unsigned n, const float *from, unsigned from_rows, const unsigned *targets, const unsigned *starts,
                                    const unsigned *members, unsigned sums, unsigned inner, float *to, unsigned to_rows, float *parts,
                                    unsigned parts_rows) {
    FOR_EACH(i, n) {
        const unsigned column = i % inner, row = i / inner, s = row % sums, outer = row / sums;
        const float *block = from + outer * from_rows * inner + column;
        const unsigned target = targets[s], end = starts[s + 1];
        const bool is_part = target >> 31;
        float *place = is_part ? parts + (outer * parts_rows + (target & 0x7fffffffu)) * inner + column
                               : to + (outer * to_rows + target) * inner + column;
        float sum = is_part ? 0.0f : *place;
#pragma unroll 4
        for (unsigned m = starts[s]; m < end; m++) {
            sum += block[members[m] * inner];
        }
        *place = sum;
    }
}

// The lower triangle of matrices, up to the diagonal that begins in that column of the first row; or the upper, from there on.
extern "C" __global__ void triangle(unsigned n, const float *from, unsigned rows, unsigned columns, int diagonal, unsigned upper,
                                    float *to) {
    FOR_EACH(i, n) {
        const long long column = i % columns, edge = (long long)(i / columns % rows) + diagonal;
        to[i] = (upper ? column >= edge : column <= edge) ? from[i] : 0.0f;
    }
}

// a where the mask says `chosen`, elsewhere b or, where there is none, a number.
extern "C" __global__ void choose(unsigned n, const unsigned char *mask, unsigned chosen, const float *a, const float *b, float number,
                                  float *to) {
    FOR_EACH(i, n) to[i] = (mask[i] != 0) == (chosen != 0) ? a[i] : b ? b[i] : number;
}

// Whether a comparison with another tensor or, where there is none, with a number holds. The bits of `how` say for which order it
// does: less, equal, greater, and none, which is that of NaN.
extern "C" __global__ void compare(unsigned n, const float *x, const float *other, float number, unsigned how, unsigned char *to) {
    FOR_EACH(i, n) {
        const float a = x[i], b = other ? other[i] : number;
        to[i] = how >> (a < b ? 0 : a == b ? 1 : a > b ? 2 : 3) & 1;
    }
}

// Every pixel gets the sum over its factor x factor copies: down the columns, then along the row.
extern "C" __global__ void upsample_nearest_slope(unsigned n, const float *gradient, unsigned width, unsigned factor, float *to) {
    FOR_EACH(i, n) {
        const unsigned wide = width * factor;
        const float *first = gradient + i / width * factor * wide + i % width * factor;
        float sum = 0.0f;
        for (unsigned column = 0; column < factor; column++) {
            float down = 0.0f;
            for (unsigned row = 0; row < factor; row++) {
                down += first[row * wide + column];
            }
            sum += down;
        }
        to[i] = sum;
    }
}

// Where a value between pixels of a line lies: behind the first, `along` of the way to the second.
struct Source {
    unsigned first, second;
    float along;
};

// Each operation rounded by itself, as on the CPU.
inline Source source(unsigned i, unsigned old, float scale) {
    const float at = fmaxf(__fadd_rn(__fmul_rn(float(i) + 0.5f, scale), -0.5f), 0.0f);
    const unsigned first = min(unsigned(at), old - 1);
    return {first, min(first + 1, old - 1), at - float(first)};
}

// Maps of `old_rows` x `old_columns` pixels, of which one becomes new_rows / old_rows and so on.
struct Scaling {
    unsigned old_rows, old_columns, new_rows, new_columns;

    float down() const { return float(old_rows) / float(new_rows); }
    float along() const { return float(old_columns) / float(new_columns); }
};

extern "C" __global__ void upsample_bilinear(unsigned n, const float *from, Scaling sizes, float *to) {
    FOR_EACH(i, n) {
        const unsigned line = i / sizes.new_columns;
        const Source row = source(line % sizes.new_rows, sizes.old_rows, sizes.down());
        const Source column = source(i % sizes.new_columns, sizes.old_columns, sizes.along());
        const float *map = from + line / sizes.new_rows * sizes.old_rows * sizes.old_columns;
        const float *top = map + row.first * sizes.old_columns, *bottom = map + row.second * sizes.old_columns;
        float sum = (1.0f - row.along) * (1.0f - column.along) * top[column.first];
        sum += (1.0f - row.along) * column.along * top[column.second];
        sum += row.along * (1.0f - column.along) * bottom[column.first];
        to[i] = sum + row.along * column.along * bottom[column.second];
    }
}

// The places of a new line that may have taken from place i of the old one: from the first up to before the end.
inline void takers(unsigned i, unsigned old, unsigned fresh, float scale, unsigned &first, unsigned &end) {
    // What lies within one pixel of i, and one more on both sides, because numbers are rounded.
    const float low = (float(i) - 0.5f) / scale - 1.5f, high = (float(i) + 1.5f) / scale + 1.5f;
    first = i == 0 || low < 0.0f ? 0 : min(unsigned(low), fresh);
    end = i + 1 == old || high > float(fresh) ? fresh : unsigned(high);
}

// How much of place i a new place takes.
inline float share(const Source &of, unsigned i) {
    return (of.first == i ? 1.0f - of.along : 0.0f) + (of.second == i ? of.along : 0.0f);
}

extern "C" __global__ void upsample_bilinear_slope(unsigned n, const float *gradient, Scaling sizes, float *to) {
    FOR_EACH(i, n) {
        const unsigned line = i / sizes.old_columns, y = line % sizes.old_rows, x = i % sizes.old_columns;
        const float *map = gradient + line / sizes.old_rows * sizes.new_rows * sizes.new_columns;
        unsigned first_row, end_row, first_column, end_column;
        takers(y, sizes.old_rows, sizes.new_rows, sizes.down(), first_row, end_row);
        takers(x, sizes.old_columns, sizes.new_columns, sizes.along(), first_column, end_column);
        float sum = 0.0f;
        for (unsigned row = first_row; row < end_row; row++) {
            const float down = share(source(row, sizes.old_rows, sizes.down()), y);
            if (down == 0.0f) {
                continue;
            }
            for (unsigned column = first_column; column < end_column; column++) {
                const float part = down * share(source(column, sizes.old_columns, sizes.along()), x);
                sum += part == 0.0f ? 0.0f : part * map[row * sizes.new_columns + column];
            }
        }
        to[i] = sum;
    }
}
