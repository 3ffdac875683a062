// relu with a learnt slope below zero: values that share one lie side by side in runs, and the slopes of the runs go round.
#include "common.cuh"

extern "C" __global__ void prelu(unsigned n, unsigned run, unsigned slopes, const float *x, const float *weight, float *y) {
    FOR_EACH(i, n) y[i] = x[i] > 0.0f ? x[i] : weight[i / run % slopes] * x[i];
}

extern "C" __global__ void prelu_slope(unsigned n, unsigned run, unsigned slopes, const float *g, const float *x, const float *weight,
                                       float *dx) {
    FOR_EACH(i, n) dx[i] = x[i] > 0.0f ? g[i] : weight[i / run % slopes] * g[i];
}

// What each value says of its slope.
extern "C" __global__ void prelu_parameter(unsigned n, const float *g, const float *x, float *dw) {
    FOR_EACH(i, n) dw[i] = fminf(x[i], 0.0f) * g[i];
}
