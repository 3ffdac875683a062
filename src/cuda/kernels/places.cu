// Where along the middle one of three axes, [outer, size, inner], the greatest or the smallest value lies: the first of equal ones; NaN wins.
// `candidates`, if there are any, are positions among which is chosen: those that another launch has found in parts of the axis, of which
// there are so many as the kernel is told.
//
//     NAME_each(results, candidates' number, size, inner, x, candidates, positions)   a thread for each result
//     NAME_columns(Columns, size, x, candidates, positions)                           blocks; see columns.cuh
#include "columns.cuh"

// A value and its position; no value, which loses against all, is of no position.
struct Pick {
    float value;
    unsigned position;
};
#define NOWHERE 0xffffffffu

struct Greater {
    static float worst() { return -__int_as_float(0x7f800000); }
    static bool wins(float a, float b) { return a > b; }
};
struct Less {
    static float worst() { return __int_as_float(0x7f800000); }
    static bool wins(float a, float b) { return a < b; }
};

template <class Order> struct Better {
    Pick operator()(Pick a, Pick b) const { return wins(b, a) ? b : a; }
    static bool wins(Pick a, Pick b) {
        const bool a_unknown = a.value != a.value, b_unknown = b.value != b.value;
        if (a_unknown || b_unknown) {
            return a_unknown && (!b_unknown || a.position < b.position);
        }
        return Order::wins(a.value, b.value) || (a.value == b.value && a.position < b.position);
    }
};

// What `candidates` says of a value of [outer, number, inner], or its own position.
inline Pick candidate(const float *x, const unsigned *candidates, unsigned size, unsigned inner, unsigned outer, unsigned s,
                      unsigned number, unsigned column) {
    const unsigned position = candidates == nullptr ? s : candidates[(outer * number + s) * inner + column];
    return {x[(outer * size + position) * inner + column], position};
}

template <class Order>
void pick_each(unsigned n, unsigned number, unsigned size, unsigned inner, const float *x, const unsigned *candidates,
               unsigned *positions) {
    const Better<Order> better;
    FOR_EACH(i, n) {
        Pick best = candidate(x, candidates, size, inner, i / inner, 0, number, i % inner);
        for (unsigned s = 1; s < number; s++) {
            best = better(best, candidate(x, candidates, size, inner, i / inner, s, number, i % inner));
        }
        positions[i] = best.position;
    }
}

template <class Order>
void pick_columns(const Columns &of, unsigned size, const float *x, const unsigned *candidates, unsigned *positions) {
    const Better<Order> better;
    const Place place(of);
    Pick best[4];
#pragma unroll
    for (int lane = 0; lane < 4; lane++) {
        best[lane] = {Order::worst(), NOWHERE};
    }
    place.walk([&](unsigned s, unsigned lane) {
        best[lane] = better(best[lane], candidate(x, candidates, size, of.inner, place.outer, s, of.size, place.column));
    });
    const Pick found = place.of_column(better(better(best[0], best[1]), better(best[2], best[3])), better);
    if (place.has_result()) {
        positions[place.result(of)] = found.position;
    }
}

#define PICK(name, Order)                                                                                                        \
    extern "C" __global__ void name##_each(unsigned n, unsigned number, unsigned size, unsigned inner, const float *x,           \
                                           const unsigned *candidates, unsigned *positions) {                                    \
        pick_each<Order>(n, number, size, inner, x, candidates, positions);                                                      \
    }                                                                                                                            \
    extern "C" __global__ void name##_columns(Columns of, unsigned size, const float *x, const unsigned *candidates,             \
                                              unsigned *positions) {                                                             \
        pick_columns<Order>(of, size, x, candidates, positions);                                                                 \
    }
PICK(greatest, Greater)
PICK(least, Less)

// The values at positions.
extern "C" __global__ void picked(unsigned n, unsigned size, unsigned inner, const float *x, const unsigned *positions, float *y) {
    FOR_EACH(i, n) y[i] = x[(i / inner * size + positions[i]) * inner + i % inner];
}

// The way back: everything where it was picked, over a divisor, and 0 elsewhere. `g` is one value for each position, or for all of them.
extern "C" __global__ void picked_slope(unsigned n, unsigned size, unsigned inner, const float *g, unsigned one_for_all, float divisor,
                                        const unsigned *positions, float *dx) {
    FOR_EACH(i, n) {
        const unsigned at = i / (size * inner) * inner + i % inner;
        dx[i] = positions[at] == i / inner % size ? g[one_for_all ? 0 : at] / divisor : 0.0f;
    }
}
