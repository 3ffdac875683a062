// Matrix products by tiles: c = a b, and what follows at once.
//
//     product_SIZES_ORDER(p, a, b, bias, clamped, low, high, to)
//
// SIZES are those of a tile. ORDER says whether the values of a lie together along its rows (`n`) or its columns (`t`, a is the transpose
// of what is in memory), and the same of b. A grid is tiles x parts x batch. Where the sums over the depth are cut into parts, for more
// blocks, `to` takes the parts and `sum_parts` puts them together.
#pragma once
#include "tile.cuh"

struct Product {
    unsigned rows, columns, depth;
    // How far apart rows and columns are, of a and of b.
    unsigned a_row, a_column, b_row, b_column;
    // The same for matrices of a batch.
    unsigned a_next, b_next, to_next;
    // Into how many parts the depth is cut, how deep they are, how far apart their results.
    unsigned parts, part_depth, part_next;
};

template <class Sizes, bool A_ALONG, bool B_ALONG>
void product(const Product &p, const float *a, const float *b, const Finish &finish, float *to) {
    const unsigned batch = blockIdx.z, part = blockIdx.y;
    const unsigned tiles = (p.rows + Sizes::ROWS - 1) / Sizes::ROWS;
    const unsigned row = blockIdx.x % tiles * Sizes::ROWS, column = blockIdx.x / tiles * Sizes::COLUMNS;
    const unsigned begin = part * p.part_depth, end = p.depth - begin < p.part_depth ? p.depth : begin + p.part_depth;
    a += (unsigned long long)batch * p.a_next;
    b += (unsigned long long)batch * p.b_next;
    float sums[Sizes::TALL][Sizes::WIDE];
    add_up<Sizes>(Matrix<Sizes::ROWS, Sizes::DEPTH, A_ALONG>(a, p.a_row, p.a_column, row, p.rows, begin, end),
                  Matrix<Sizes::COLUMNS, Sizes::DEPTH, B_ALONG>(b, p.b_column, p.b_row, column, p.columns, begin, end), end - begin,
                  sums);
    const unsigned first = batch * p.to_next + part * p.part_next, to_row = p.columns;
    write<Sizes>(sums, row, column, p.rows, p.columns, [=](unsigned row) { return first + row * to_row; }, finish, to);
}

#define PRODUCT(name, Sizes, a_along, b_along)                                                                                   \
    TILE_KERNEL name(Product p, const float *a, const float *b, const float *bias, const float *clamped, float low, float high,  \
                     float *to) {                                                                                                \
        product<Sizes, a_along, b_along>(p, a, b, {bias, low, high, clamped}, to);                                               \
    }
#define PRODUCTS(name, Sizes)                                                                                                    \
    PRODUCT(name##_nn, Sizes, true, false)                                                                                       \
    PRODUCT(name##_nt, Sizes, true, true)                                                                                        \
    PRODUCT(name##_tn, Sizes, false, false)                                                                                      \
    PRODUCT(name##_tt, Sizes, false, true)
