// Convolutions of each channel by a kernel of its own, of channels-last pictures: a thread a value, neighbouring threads neighbouring
// channels. Weights lie as [places of the kernel, channels].
#include "divider.cuh"
#include "tile.cuh"

struct Depthwise {
    unsigned channels;
    // Of the results, or of dy for a weight's gradient.
    Divider by_channels, by_width, by_height;
    // Of what is read.
    int height, width;
    // Where the pixel (0, 0) begins to read, how far the next one is, and how far the next place of the kernel.
    int first_y, first_x, step_y, step_x, tap_y, tap_x, taps_y, taps_x;
    // The stride of the pixels that are read, where they are results themselves: only multiples of it count.
    Divider by_stride_y, by_stride_x;
};

// The place along an axis, if there is a pixel.
inline bool on_stride(int &at, const Divider &stride, int size) {
    if (at < 0) {
        return false;
    }
    unsigned rest = at;
    at = stride.divide(rest);
    return rest == 0 && at < size;
}

// A convolution, or a gradient of the input where `strided`: then dy is read, whose pixels lie a stride apart.
template <bool STRIDED> void depthwise(const Depthwise &d, unsigned n, const float *x, const float *weight, const Finish &finish, float *to) {
    FOR_EACH(i, n) {
        unsigned channel = i, column = d.by_channels.divide(channel), row = d.by_width.divide(column);
        const unsigned image = d.by_height.divide(row);
        float sum = 0.0f;
        for (int tap_y = 0; tap_y < d.taps_y; tap_y++) {
            int at_y = int(row) * d.step_y + d.first_y + tap_y * d.tap_y;
            if (STRIDED ? !on_stride(at_y, d.by_stride_y, d.height) : unsigned(at_y) >= unsigned(d.height)) {
                continue;
            }
            for (int tap_x = 0; tap_x < d.taps_x; tap_x++) {
                int at_x = int(column) * d.step_x + d.first_x + tap_x * d.tap_x;
                if (STRIDED ? !on_stride(at_x, d.by_stride_x, d.width) : unsigned(at_x) >= unsigned(d.width)) {
                    continue;
                }
                const float value = x[((int(image) * d.height + at_y) * d.width + at_x) * d.channels + channel];
                sum += value * weight[(tap_y * d.taps_x + tap_x) * d.channels + channel];
            }
        }
        to[i] = finish(sum, channel, i);
    }
}

#define DEPTHWISE(name, STRIDED)                                                                                                 \
    extern "C" __global__ void name(Depthwise d, unsigned n, const float *x, const float *weight, const float *bias,             \
                                    const float *clamped, float low, float high, float *to) {                                    \
        depthwise<STRIDED>(d, n, x, weight, {bias, low, high, clamped}, to);                                                     \
    }
DEPTHWISE(depthwise_value, false)
DEPTHWISE(depthwise_strided, true)

// The gradient of a weight. A block sums up part of the pixels of dy for 32 channels and up to TAPS places of the kernel: its warps
// share out the pixels. Parts, [places, channels] each, for sum_parts.
#define TAPS 9
extern "C" __global__ void depthwise_of_weight(Depthwise d, unsigned pixels, unsigned part_pixels, const float *x, const float *dy,
                                               float *to) {
    __shared__ float of_warps[TAPS][8][32];
    const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32, channel = blockIdx.x * 32 + lane;
    const int first_tap = blockIdx.y * TAPS, taps = d.taps_y * d.taps_x;
    const unsigned begin = blockIdx.z * part_pixels, end = pixels - begin < part_pixels ? pixels : begin + part_pixels;
    float sums[TAPS];
    int on_y[TAPS], on_x[TAPS];
#pragma unroll
    for (int i = 0; i < TAPS; i++) {
        const int tap = first_tap + i;
        sums[i] = 0.0f;
        // A place that is not there lies outside of any picture.
        on_y[i] = tap < taps ? tap / d.taps_x * d.tap_y + d.first_y : -(1 << 30);
        on_x[i] = tap % d.taps_x * d.tap_x + d.first_x;
    }
    if (channel < d.channels) {
        for (unsigned pixel = begin + warp; pixel < end; pixel += 8) {
            unsigned column = pixel, row = d.by_width.divide(column);
            const int image = int(d.by_height.divide(row)) * d.height;
            const float gradient = dy[pixel * d.channels + channel];
#pragma unroll
            for (int i = 0; i < TAPS; i++) {
                const int at_y = int(row) * d.step_y + on_y[i], at_x = int(column) * d.step_x + on_x[i];
                if (unsigned(at_y) < unsigned(d.height) && unsigned(at_x) < unsigned(d.width)) {
                    sums[i] += gradient * x[((image + at_y) * d.width + at_x) * d.channels + channel];
                }
            }
        }
    }
#pragma unroll
    for (int i = 0; i < TAPS; i++) {
        of_warps[i][warp][lane] = sums[i];
    }
    __syncthreads();
    for (int i = warp; i < TAPS && first_tap + i < taps; i += 8) {
        float sum = 0.0f;
#pragma unroll
        for (int j = 0; j < 8; j++) {
            sum += of_warps[i][j][lane];
        }
        if (channel < d.channels) {
            to[(blockIdx.z * taps + first_tap + i) * d.channels + channel] = sum;
        }
    }
}

// The weight, [channels, places], as [places, channels].
extern "C" __global__ void depthwise_order(unsigned n, const float *weight, unsigned channels, unsigned places, float *to) {
    FOR_EACH(i, n) to[i] = weight[i % channels * places + i / channels];
}
