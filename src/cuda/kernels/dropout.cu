// Dropout: its mask is never stored but drawn again on the way back, from the same seed.
#include "common.cuh"
#include "random.cuh"

// Every value times `factor` where its random number is below `kept`, times 0 elsewhere.
extern "C" __global__ void dropout(unsigned n, const float *x, unsigned long long seed, float kept, float factor, float *y) {
    FOR_EACH(four, (n + 3) / 4) {
        float random[4], values[4];
        uniform(four, seed, random);
        const unsigned i = 4 * four;
        if (i + 4 <= n) {
            load(x + i, values);
#pragma unroll
            for (int k = 0; k < 4; k++) {
                values[k] *= random[k] < kept ? factor : 0.0f;
            }
            store(y + i, values);
        } else {
#pragma unroll
            for (int k = 0; k < 3; k++) {
                if (i + k < n) {
                    y[i + k] = x[i + k] * (random[k] < kept ? factor : 0.0f);
                }
            }
        }
    }
}

// The generator alone, for its tests: six numbers of `from`, a counter and a key, give four.
extern "C" __global__ void philox_words(unsigned n, const unsigned *from, unsigned *to) {
    FOR_EACH(i, n) {
        const unsigned *in = from + 6 * i;
        const uint4 words = philox(make_uint4(in[0], in[1], in[2], in[3]), make_uint2(in[4], in[5]));
        to[4 * i] = words.x, to[4 * i + 1] = words.y, to[4 * i + 2] = words.z, to[4 * i + 3] = words.w;
    }
}
