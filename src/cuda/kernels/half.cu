// Numbers of 16 bits from and to 32: arrays as graphs keep them inside `autocast`.
#include "common.cuh"
#include "half.cuh"

// Two at a time; an odd last one alone.
#define WAYS(Half, name)                                                                                                         \
    extern "C" __global__ void to_##name(unsigned n, const float *x, unsigned short *halves) {                                   \
        FOR_EACH(i, (n + 1) / 2) {                                                                                               \
            if (2 * i + 1 < n) {                                                                                                 \
                const float2 pair = reinterpret_cast<const float2 *>(x)[i];                                                      \
                reinterpret_cast<ushort2 *>(halves)[i] = make_ushort2(Half::from_float(pair.x), Half::from_float(pair.y));       \
            } else {                                                                                                             \
                halves[2 * i] = Half::from_float(x[2 * i]);                                                                      \
            }                                                                                                                    \
        }                                                                                                                        \
    }                                                                                                                            \
    extern "C" __global__ void from_##name(unsigned n, const unsigned short *halves, float *x) {                                 \
        FOR_EACH(i, (n + 1) / 2) {                                                                                               \
            if (2 * i + 1 < n) {                                                                                                 \
                const ushort2 pair = reinterpret_cast<const ushort2 *>(halves)[i];                                               \
                reinterpret_cast<float2 *>(x)[i] = make_float2(Half::to_float(pair.x), Half::to_float(pair.y));                  \
            } else {                                                                                                             \
                x[2 * i] = Half::to_float(halves[2 * i]);                                                                        \
            }                                                                                                                    \
        }                                                                                                                        \
    }                                                                                                                            \
    extern "C" __global__ void round_to_##name(unsigned n, const float *x, float *y) {                                           \
        FOR_EACH(i, n) y[i] = Half::to_float(Half::from_float(x[i]));                                                            \
    }
WAYS(F16, f16)
WAYS(Bf16, bf16)
