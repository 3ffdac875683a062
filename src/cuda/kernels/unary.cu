// Formulas of one value.
#include "common.cuh"

extern "C" __global__ void neg(unsigned n, const float *x, float *y, float a, float b) { FOR_EACH(i, n) y[i] = -x[i]; }
