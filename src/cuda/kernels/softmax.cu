// Softmax and its logarithm along rows, what comes back of a gradient g, and logarithms of sums of exponentials.
#include "teams.cuh"

template <class Team> void softmax_rows(unsigned rows, unsigned len, const float *x, float *y) {
    FOR_ROWS(Team, row, rows) {
        const float *const from = x + row * len;
        const Exponentials of = Exponentials::of_row<Team>(len, [&](unsigned i) { return from[i]; });
        // As on the CPU, infinite scores have no softmax.
        const float sum = infinite(of.greatest) ? __int_as_float(0x7fffffff) : of.sum;
        FOR_LANES(Team, i, len) y[row * len + i] = expf(from[i] - of.greatest) / sum;
    }
}
BY_ROWS(softmax, (unsigned rows, unsigned len, const float *x, float *y), (rows, len, x, y))

// dx = y (g - the sum of g y)
template <class Team> void softmax_slope_rows(unsigned rows, unsigned len, const float *g, const float *y, float *dx) {
    FOR_ROWS(Team, row, rows) {
        const unsigned start = row * len;
        float along = 0.0f;
        FOR_LANES(Team, i, len) along += g[start + i] * y[start + i];
        along = Team::sum(along);
        FOR_LANES(Team, i, len) dx[start + i] = y[start + i] * (g[start + i] - along);
    }
}
BY_ROWS(softmax_slope, (unsigned rows, unsigned len, const float *g, const float *y, float *dx), (rows, len, g, y, dx))

template <class Team> void log_softmax_rows(unsigned rows, unsigned len, const float *x, float *y) {
    FOR_ROWS(Team, row, rows) {
        const float *const from = x + row * len;
        const float sum = Exponentials::of_row<Team>(len, [&](unsigned i) { return from[i]; }).known_logarithm();
        FOR_LANES(Team, i, len) y[row * len + i] = from[i] - sum;
    }
}
BY_ROWS(log_softmax, (unsigned rows, unsigned len, const float *x, float *y), (rows, len, x, y))

// dx = g - exp(y) times the sum of g
template <class Team> void log_softmax_slope_rows(unsigned rows, unsigned len, const float *g, const float *y, float *dx) {
    FOR_ROWS(Team, row, rows) {
        const unsigned start = row * len;
        float sum = 0.0f;
        FOR_LANES(Team, i, len) sum += g[start + i];
        sum = Team::sum(sum);
        FOR_LANES(Team, i, len) dx[start + i] = g[start + i] - expf(y[start + i]) * sum;
    }
}
BY_ROWS(log_softmax_slope, (unsigned rows, unsigned len, const float *g, const float *y, float *dx), (rows, len, g, y, dx))

// The logarithm of the sum of exp(x) of every chunk of every row, the last of which may be shorter.
template <class Team> void log_sum_rows(unsigned all, unsigned len, unsigned chunk, unsigned chunks, const float *x, float *y) {
    FOR_ROWS(Team, i, all) {
        const unsigned start = i % chunks * chunk;
        const float *const from = x + i / chunks * len + start;
        const float sum = Exponentials::of_row<Team>(min(chunk, len - start), [&](unsigned i) { return from[i]; }).logarithm();
        if (Team::lane() == 0) {
            y[i] = sum;
        }
    }
}
BY_ROWS(log_sum, (unsigned all, unsigned len, unsigned chunk, unsigned chunks, const float *x, float *y), (all, len, chunk, chunks, x, y))

// Its slope along the middle one of three axes, the softmax, which where y is infinite is the formula's.
extern "C" __global__ void log_sum_slope(unsigned n, unsigned size, unsigned inner, const float *g, const float *x, const float *y,
                                         float *dx) {
    FOR_EACH(i, n) {
        const unsigned at = i / (size * inner) * inner + i % inner;
        dx[i] = g[at] * expf(x[i] - Exponentials::finite(y[at]));
    }
}
