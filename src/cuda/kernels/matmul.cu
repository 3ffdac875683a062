// Matrix products by small tiles, and with operands of few lines; what puts parts of sums together.
#include "matmul.cuh"

PRODUCTS(product_small, Small)

// Products of which one operand has at most FEW lines (its rows if it is a, its columns if it is b): bound by reading the other, once.
// `few` and `many` are the operands of a Product turned so that `few` is a; the result may be turned too.
struct FewLines {
    unsigned few, many, depth;
    unsigned few_line, few_depth, many_line, many_depth, to_few, to_many;
    // The column of a result is that of `few`, or of `many`.
    unsigned few_is_column;
    unsigned few_next, many_next, to_next;
    unsigned parts, part_depth, part_next;
};

template <int FEW> struct FewSums {
    float sums[FEW];
    // Of lines that are not there, the last one's: they are not written.
    unsigned places[FEW];

    FewSums(const FewLines &p) {
#pragma unroll
        for (int i = 0; i < FEW; i++) {
            sums[i] = 0.0f;
            places[i] = (i < p.few ? i : p.few - 1) * p.few_line;
        }
    }

    void add(const float *few, float value) {
#pragma unroll
        for (int i = 0; i < FEW; i++) {
            sums[i] += few[places[i]] * value;
        }
    }
};

inline void write_of_few(const FewLines &p, unsigned i, unsigned line, float sum, const Finish &finish, float *to) {
    const unsigned at = blockIdx.z * p.to_next + blockIdx.y * p.part_next + i * p.to_few + line * p.to_many;
    to[at] = finish(sum, p.few_is_column ? i : line, at);
}

// Where the values of `many` lie together along the depth: a warp a line.
template <int FEW> void few_along(const FewLines &p, const float *few, const float *many, const Finish &finish, float *to) {
    const unsigned lane = threadIdx.x % 32, line = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    const unsigned begin = blockIdx.y * p.part_depth, end = p.depth - begin < p.part_depth ? p.depth : begin + p.part_depth;
    if (line >= p.many) {
        return;
    }
    few += (unsigned long long)blockIdx.z * p.few_next;
    many += (unsigned long long)blockIdx.z * p.many_next + (unsigned long long)line * p.many_line;
    FewSums<FEW> sums(p);
#pragma unroll 4
    for (unsigned at = begin + lane; at < end; at += 32) {
        sums.add(few + (unsigned long long)at * p.few_depth, many[(unsigned long long)at * p.many_depth]);
    }
#pragma unroll
    for (int i = 0; i < FEW; i++) {
        const float sum = of_warp(sums.sums[i], Sum());
        if (lane == 0 && i < p.few) {
            write_of_few(p, i, line, sum, finish, to);
        }
    }
}

// Where they lie together along the lines: a thread a line, and the warps of a block share out the depth.
template <int FEW> void few_across(const FewLines &p, const float *few, const float *many, const Finish &finish, float *to) {
    __shared__ float of_warps[FEW][8][32];
    const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32, line = blockIdx.x * 32 + lane;
    const unsigned begin = blockIdx.y * p.part_depth, end = p.depth - begin < p.part_depth ? p.depth : begin + p.part_depth;
    few += (unsigned long long)blockIdx.z * p.few_next;
    many += (unsigned long long)blockIdx.z * p.many_next + (unsigned long long)line * p.many_line;
    FewSums<FEW> sums(p);
    if (line < p.many) {
#pragma unroll 4
        for (unsigned at = begin + warp; at < end; at += 8) {
            sums.add(few + (unsigned long long)at * p.few_depth, many[(unsigned long long)at * p.many_depth]);
        }
    }
#pragma unroll
    for (int i = 0; i < FEW; i++) {
        of_warps[i][warp][lane] = sums.sums[i];
    }
    __syncthreads();
    if (warp < p.few && line < p.many) {
        float sum = 0.0f;
#pragma unroll
        for (int i = 0; i < 8; i++) {
            sum += of_warps[warp][i][lane];
        }
        write_of_few(p, warp, line, sum, finish, to);
    }
}

#define FEW_LINES(name, lines)                                                                                                   \
    TILE_KERNEL name(FewLines p, const float *few, const float *many, const float *bias, const float *clamped, float low,        \
                     float high, float *to) {                                                                                    \
        lines(p, few, many, {bias, low, high, clamped}, to);                                                                     \
    }
FEW_LINES(one_along, few_along<1>)
FEW_LINES(four_along, few_along<4>)
FEW_LINES(one_across, few_across<1>)
FEW_LINES(four_across, few_across<4>)

// Puts parts of n values together, one after the other, finished. The rows of `columns` values may be matrices of `tall` columns, which
// are turned: 1 leaves all as it is.
extern "C" __global__ void sum_parts(unsigned n, unsigned parts, const float *from, unsigned columns, unsigned tall, const float *bias,
                                     const float *clamped, float low, float high, float *to) {
    const Finish finish = {bias, low, high, clamped};
    FOR_EACH(i, n) {
        float sum = from[i];
#pragma unroll 4
        for (unsigned part = 1; part < parts; part++) {
            sum += from[part * n + i];
        }
        if (tall == 1) {
            to[i] = finish(sum, bias ? i % columns : 0, i);
            continue;
        }
        const unsigned column = i % columns, at = i - column + column % tall * (columns / tall) + column / tall;
        to[at] = finish(sum, column, at);
    }
}
