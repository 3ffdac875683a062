// Pooling of channels-last pictures: a thread a value, neighbouring threads neighbouring channels. In the gradients, a value of the input
// looks at all windows that it lies in: nothing is added by two threads.
#include "divider.cuh"
#include "tile.cuh"

struct Windows {
    // Of what threads are for: results, or values of the input in a gradient.
    Divider by_channels, by_width, by_height;
    int height, width, out_height, out_width;
    int window_y, window_x;
    Divider by_stride_y, by_stride_x;
    int padding_y, padding_x;
};

// A thread's channel, pixel and image.
struct Value {
    unsigned channel, column, row, image;

    Value(const Windows &w, unsigned i) {
        channel = i;
        column = w.by_channels.divide(channel);
        row = w.by_width.divide(column);
        image = w.by_height.divide(row);
    }
};

// Calls `f` with the place in `x` and the number of every pixel of a result's window, row by row, the padding left out.
template <class F> void each_in_window(const Windows &w, const Value &at, F f) {
    const int top = int(at.row * w.by_stride_y.by) - w.padding_y, left = int(at.column * w.by_stride_x.by) - w.padding_x;
    for (int y = top < 0 ? 0 : top; y < top + w.window_y && y < w.height; y++) {
        for (int x = left < 0 ? 0 : left; x < left + w.window_x && x < w.width; x++) {
            f(((at.image * w.height + y) * w.width + x) * w.by_channels.by + at.channel, (y - top) * w.window_x + x - left);
        }
    }
}

// The first and behind the last window that a pixel lies in, along an axis.
inline void windows_of(int padded, int window, const Divider &stride, int windows, int &first, int &end) {
    first = padded < window ? 0 : stride.quotient(padded - window) + 1;
    end = stride.quotient(padded) + 1;
    end = end < windows ? end : windows;
}

// Calls `f` with the place of the result of every window that a value of the input lies in, and its pixel's number in there.
template <class F> void each_window(const Windows &w, const Value &at, F f) {
    const int padded_y = int(at.row) + w.padding_y, padded_x = int(at.column) + w.padding_x;
    int y, end_y, first_x, end_x;
    windows_of(padded_y, w.window_y, w.by_stride_y, w.out_height, y, end_y);
    windows_of(padded_x, w.window_x, w.by_stride_x, w.out_width, first_x, end_x);
    for (; y < end_y; y++) {
        for (int x = first_x; x < end_x; x++) {
            const int number = (padded_y - y * int(w.by_stride_y.by)) * w.window_x + padded_x - x * int(w.by_stride_x.by);
            f(((at.image * w.out_height + y) * w.out_width + x) * w.by_channels.by + at.channel, number);
        }
    }
}

// The greatest values, and in `places`, unless that is null, the number of the pixel that each is from, the first if there are several.
// NaN is passed over; or, if `nan_wins`, it is the greatest, and from no pixel at all.
template <class Place> void greatest(const Windows &w, unsigned n, const float *x, unsigned nan_wins, float *to, Place *places) {
    FOR_EACH(i, n) {
        float most = -__int_as_float(0x7f800000);
        int place = -1;
        each_in_window(w, Value(w, i), [&](unsigned at, int number) {
            const float value = x[at];
            if (value > most || place < 0) {
                most = value > most ? value : most;
                place = number;
            }
            most = nan_wins && value != value ? value : most;
        });
        to[i] = most;
        if (places) {
            places[i] = most != most ? Place(-1) : Place(place);
        }
    }
}

// The gradient of every result for the pixel that it is from.
template <class Place>
void greatest_slope(const Windows &w, unsigned n, const float *dy, const Place *places, const Finish &finish, float *dx) {
    FOR_EACH(i, n) {
        float sum = 0.0f;
        each_window(w, Value(w, i), [&](unsigned at, int number) {
            if (places[at] == Place(number)) {
                sum += dy[at];
            }
        });
        dx[i] = finish(sum, 0, i);
    }
}

// Places of 8 bits, for windows of at most 255 pixels, or of 32.
#define MAX_POOL(name, Place)                                                                                                    \
    extern "C" __global__ void name##_value(Windows w, unsigned n, const float *x, unsigned nan_wins, float *to, Place *places) { \
        greatest(w, n, x, nan_wins, to, places);                                                                                 \
    }                                                                                                                            \
    extern "C" __global__ void name##_slope(Windows w, unsigned n, const float *dy, const Place *places, const float *bias,      \
                                            const float *clamped, float low, float high, float *dx) {                            \
        greatest_slope(w, n, dy, places, {bias, low, high, clamped}, dx);                                                        \
    }
MAX_POOL(max_pool, unsigned char)
MAX_POOL(max_pool_wide, unsigned)

// Means, where the zeros of the padding count; `share` is one value's.
extern "C" __global__ void avg_pool_value(Windows w, unsigned n, const float *x, float share, float *to) {
    FOR_EACH(i, n) {
        float sum = 0.0f;
        each_in_window(w, Value(w, i), [&](unsigned at, int) { sum += x[at] * share; });
        to[i] = sum;
    }
}
extern "C" __global__ void avg_pool_slope(Windows w, unsigned n, const float *dy, float share, float *dx) {
    FOR_EACH(i, n) {
        float sum = 0.0f;
        each_window(w, Value(w, i), [&](unsigned at, int) { sum += dy[at] * share; });
        dx[i] = sum;
    }
}
