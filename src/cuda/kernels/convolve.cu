// Convolutions of channels-last pictures, as matrix products whose operands are read where they lie: no patches are copied out.
//
// A row is a pixel of the result, the depth runs over the places of the kernel and the channels behind each of them. A gradient of the
// input is of the same form: each of its pixels reads the pixels of dy that it had a part in, from last to first. Where the stride is
// not 1, pixels that are neighbours read different places of the kernel: one launch makes every stride-th pixel, with those it reads.
#include "divider.cuh"
#include "tile.cuh"

struct Convolution {
    // Of the product, for one group. The result's pixels come image by image, row by row; `by_pixels` are those of an image.
    unsigned rows, columns, depth;
    Divider by_pixels, by_width;
    // What is read: its size, all its channels, those of a group.
    int height, width;
    unsigned all_channels, channels;
    // Where the pixel (0, 0) of the result begins to read, how far the next one is, and how far the next place of the kernel.
    int first_y, first_x, step_y, step_x, tap_y, tap_x;
    unsigned taps_x;
    // Where results go: size of the whole picture, all its channels, the first pixel and how far the next one is.
    unsigned to_height, to_width, to_channels, to_y, to_x, to_step_y, to_step_x;
    // How far apart the weights of two groups are.
    unsigned weight_next;
    // Into how many parts the depth is cut, how deep they are, how far apart their results.
    unsigned parts, part_depth, part_next;

    // The image, row and column of a result, or of a pixel that a weight's gradient is summed over.
    void pixel(unsigned number, unsigned &image, unsigned &y, unsigned &x) const {
        image = by_pixels.quotient(number);
        number -= image * by_pixels.by;
        y = by_width.quotient(number);
        x = number - y * by_width.by;
    }
};

// The left operand: what the pixels of the result read, along the depth.
template <int LINES, int DEPTH> struct Patches {
    static constexpr bool ALONG_DEPTH = true;
    using Into = Strip<LINES, DEPTH>;

    const float *from;
    int height, width, all_channels, channels, tap_y, tap_x;
    unsigned taps_x;
    // For each of a thread's rows, where it begins to read: a place in memory, and a row and a column of the picture.
    int place[Into::EACH], y[Into::EACH], x[Into::EACH];
    // The place of the kernel and the channel that are read next, and how far the place is from the first.
    int on_y, on_x, channel;
    unsigned column, depth, end;

    Patches(const Convolution &c, const float *from, unsigned first_row, unsigned begin, unsigned end)
        : from(from), height(c.height), width(c.width), all_channels(c.all_channels), channels(c.channels), tap_y(c.tap_y),
          tap_x(c.tap_x), taps_x(c.taps_x), depth(begin + Into::template depth<true>()), end(end) {
#pragma unroll
        for (int i = 0; i < Into::EACH; i++) {
            const unsigned row = first_row + Into::template line<true>() + i * Into::template apart<true>();
            unsigned image, at_y, at_x;
            c.pixel(row, image, at_y, at_x);
            y[i] = int(at_y) * c.step_y + c.first_y;
            x[i] = int(at_x) * c.step_x + c.first_x;
            place[i] = ((int(image) * height + y[i]) * width + x[i]) * all_channels;
            if (row >= c.rows) {
                // Outside of any picture.
                y[i] = -(1 << 30);
            }
        }
        const unsigned tap = depth / c.channels;
        channel = depth % c.channels;
        column = tap % taps_x;
        on_y = int(tap / taps_x) * tap_y;
        on_x = int(column) * tap_x;
    }

    void read(float (&to)[Into::EACH]) {
        const int on = (on_y * width + on_x) * all_channels + channel;
#pragma unroll
        for (int i = 0; i < Into::EACH; i++) {
            const bool inside = depth < end && unsigned(y[i] + on_y) < unsigned(height) && unsigned(x[i] + on_x) < unsigned(width);
            to[i] = inside ? from[place[i] + on] : 0.0f;
        }
        depth += DEPTH;
        channel += DEPTH;
        while (channel >= channels) {
            channel -= channels;
            column++;
            on_x += tap_x;
            if (column == taps_x) {
                column = 0;
                on_x = 0;
                on_y += tap_y;
            }
        }
    }
};

// The weight of a group is a matrix: places of the kernel and channels by output channels.
template <class Sizes>
void convolve(const Convolution &c, const float *x, const float *weight, const Finish &finish, float *to) {
    const unsigned group = blockIdx.z / c.parts, part = blockIdx.z % c.parts;
    const unsigned tiles = (c.rows + Sizes::ROWS - 1) / Sizes::ROWS;
    const unsigned row = blockIdx.x % tiles * Sizes::ROWS, column = blockIdx.x / tiles * Sizes::COLUMNS;
    const unsigned begin = part * c.part_depth, end = c.depth - begin < c.part_depth ? c.depth : begin + c.part_depth;
    weight += group * c.weight_next;
    float sums[Sizes::TALL][Sizes::WIDE];
    add_up<Sizes>(Patches<Sizes::ROWS, Sizes::DEPTH>(c, x + group * c.channels, row, begin, end),
                  Matrix<Sizes::COLUMNS, Sizes::DEPTH, false>(weight, 1, c.columns, column, c.columns, begin, end), end - begin, sums);
    const unsigned first = part * c.part_next + group * c.columns;
    const auto place = [&](unsigned row) {
        unsigned image, y, x;
        c.pixel(row, image, y, x);
        const unsigned pixel = (image * c.to_height + c.to_y + y * c.to_step_y) * c.to_width + c.to_x + x * c.to_step_x;
        return first + pixel * c.to_channels;
    };
    const Finish of_group = {finish.bias ? finish.bias + group * c.columns : nullptr, finish.low, finish.high, finish.clamped};
    write<Sizes>(sums, row, column, c.rows, c.columns, place, of_group, to);
}

#define CONVOLVE(name, Sizes)                                                                                                    \
    TILE_KERNEL name(Convolution c, const float *x, const float *weight, const float *bias, const float *clamped, float low,     \
                     float high, float *to) {                                                                                    \
        convolve<Sizes>(c, x, weight, {bias, low, high, clamped}, to);                                                           \
    }
CONVOLVE(convolve_medium, Medium)
CONVOLVE(convolve_small, Small)
CONVOLVE(convolve_narrow, Narrow)

// The right operand of a weight's gradient: for the pixels of the result, along the depth, what they read at the places of the kernel.
template <int LINES, int DEPTH> struct ReadPixels {
    static constexpr bool ALONG_DEPTH = false;
    using Into = Strip<LINES, DEPTH>;

    const Convolution &c;
    const float *from;
    // Of this thread's column: how far it reads from where a pixel begins to.
    int on_y, on_x, on;
    unsigned depth, end;

    ReadPixels(const Convolution &c, const float *x, unsigned first_column, unsigned begin, unsigned end)
        : c(c), from(x), depth(begin + Into::template depth<false>()), end(end) {
        const unsigned line = first_column + Into::template line<false>(), tap = line / c.channels;
        on_y = int(tap / c.taps_x) * c.tap_y + c.first_y;
        on_x = int(tap % c.taps_x) * c.tap_x + c.first_x;
        on = line % c.channels;
        if (line >= c.columns) {
            // Outside of any picture.
            on_y = -(1 << 30);
        }
    }

    void read(float (&to)[Into::EACH]) {
#pragma unroll
        for (int i = 0; i < Into::EACH; i++) {
            const unsigned pixel = depth + i * Into::template apart<false>();
            unsigned image, at_y, at_x;
            c.pixel(pixel, image, at_y, at_x);
            const int y = int(at_y) * c.step_y + on_y, x = int(at_x) * c.step_x + on_x;
            const bool inside = pixel < end && unsigned(y) < unsigned(c.height) && unsigned(x) < unsigned(c.width);
            to[i] = inside ? from[((int(image) * c.height + y) * c.width + x) * int(c.all_channels) + on] : 0.0f;
        }
        depth += DEPTH;
    }
};

// The gradient of a weight: rows are output channels, columns places of the kernel and channels, the depth are all pixels of dy, whose
// channels are `to_channels`. Parts for sum_parts, each of all groups.
template <class Sizes> void of_weight(const Convolution &c, const float *x, const float *dy, float *to) {
    const unsigned group = blockIdx.z / c.parts, part = blockIdx.z % c.parts;
    const unsigned tiles = (c.rows + Sizes::ROWS - 1) / Sizes::ROWS;
    const unsigned row = blockIdx.x % tiles * Sizes::ROWS, column = blockIdx.x / tiles * Sizes::COLUMNS;
    const unsigned begin = part * c.part_depth, end = c.depth - begin < c.part_depth ? c.depth : begin + c.part_depth;
    float sums[Sizes::TALL][Sizes::WIDE];
    add_up<Sizes>(Matrix<Sizes::ROWS, Sizes::DEPTH, false>(dy + group * c.rows, 1, c.to_channels, row, c.rows, begin, end),
                  ReadPixels<Sizes::COLUMNS, Sizes::DEPTH>(c, x + group * c.channels, column, begin, end), end - begin, sums);
    const unsigned first = part * c.part_next + group * c.rows * c.columns, columns = c.columns;
    const Finish finish = {nullptr, -__int_as_float(0x7f800000), __int_as_float(0x7f800000), nullptr};
    write<Sizes>(sums, row, column, c.rows, c.columns, [=](unsigned row) { return first + row * columns; }, finish, to);
}

#define OF_WEIGHT(name, Sizes)                                                                                                   \
    TILE_KERNEL name(Convolution c, const float *x, const float *dy, float *to) { of_weight<Sizes>(c, x, dy, to); }
OF_WEIGHT(of_weight_medium, Medium)
OF_WEIGHT(of_weight_small, Small)
OF_WEIGHT(of_weight_flat, Flat)

// The weight, [out channels, channels of a group, places of the kernel], as [group, place, a, b]: the places in the order of a table, if
// there is one, and a and b the channels of the group and its output channels, or the other way round (`back`).
extern "C" __global__ void order_weight(unsigned n, const float *weight, unsigned out_channels, unsigned channels, unsigned places,
                                        const unsigned *table, unsigned back, float *to) {
    FOR_EACH(i, n) {
        const unsigned many = back ? channels : out_channels, others = back ? out_channels : channels;
        const unsigned b = i % many, a = i / many % others, place = i / many / others % places, group = i / many / others / places;
        const unsigned o = back ? a : b, channel = back ? b : a;
        to[i] = weight[((group * out_channels + o) * channels + channel) * places + (table ? table[place] : place)];
    }
}
