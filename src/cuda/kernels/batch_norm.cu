// Channels brought to mean 0 and variance 1 over the batch. The channels are the columns of a matrix: values of a channel lie `channels`
// places apart.
#include "columns.cuh"

// Of some values: their number, their mean, and the sum of the squared distances from it.
struct Moments {
    float count, mean, squares;
};

struct Joined {
    Moments operator()(Moments a, Moments b) const {
        if (a.count == 0.0f || b.count == 0.0f) {
            return a.count == 0.0f ? b : a;
        }
        const float count = a.count + b.count, share = b.count / count, apart = b.mean - a.mean;
        return {count, a.mean + apart * share, a.squares + b.squares + apart * apart * a.count * share};
    }
};

// Those of parts of each column.
extern "C" __global__ void moments_columns(Columns of, const float *x, Moments *parts) {
    const Place place(of);
    // Distances are taken from the thread's first value, which is about as far off the mean as the others.
    const float pivot = place.inside && place.first < place.end ? x[place.at(of, place.first)] : 0.0f;
    float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f}, squares[4] = {0.0f, 0.0f, 0.0f, 0.0f}, count = 0.0f;
    place.walk([&](unsigned s, unsigned lane) {
        const float apart = x[place.at(of, s)] - pivot;
        sums[lane] += apart;
        squares[lane] += apart * apart;
        count += 1.0f;
    });
    const float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    const float shift = count > 0.0f ? sum / count : 0.0f;
    const float rest = (squares[0] + squares[1]) + (squares[2] + squares[3]) - sum * shift;
    // Rounding may leave less than nothing; NaN stays.
    const Moments found = place.of_column(Moments{count, pivot + shift, rest < 0.0f ? 0.0f : rest}, Joined());
    if (place.has_result()) {
        parts[place.result(of)] = found;
    }
}

// Mean and variance of each column, of its parts, and what distances from the mean are multiplied with.
extern "C" __global__ void moments_join(Columns of, const Moments *parts, float epsilon, float *means, float *variances, float *scales) {
    const Place place(of);
    const Joined join;
    Moments found[4] = {};
    place.walk([&](unsigned s, unsigned lane) { found[lane] = join(found[lane], parts[place.at(of, s)]); });
    const Moments all = place.of_column(join(join(found[0], found[1]), join(found[2], found[3])), join);
    if (place.has_result()) {
        const float variance = all.squares / all.count;
        means[place.column] = all.mean;
        variances[place.column] = variance;
        scales[place.column] = 1.0f / sqrtf(variance + epsilon);
    }
}

extern "C" __global__ void scale_of(unsigned n, const float *variances, float epsilon, float *scales) {
    FOR_EACH(i, n) scales[i] = 1.0f / sqrtf(variances[i] + epsilon);
}

extern "C" __global__ void batch_norm(unsigned n, unsigned channels, const float *x, const float *means, const float *scales,
                                      const float *weight, const float *bias, float *y) {
    FOR_EACH(i, n) {
        const unsigned c = i % channels;
        y[i] = (x[i] - means[c]) * scales[c] * weight[c] + bias[c];
    }
}

// What comes back to weight and bias, from parts of each column.
extern "C" __global__ void batch_norm_parameters(Columns of, const float *dy, const float *x, const float *means, const float *scales,
                                                 float *dw, float *db) {
    const Place place(of);
    const float mean = place.inside ? means[place.column] : 0.0f, scale = place.inside ? scales[place.column] : 0.0f;
    float along[4] = {0.0f, 0.0f, 0.0f, 0.0f}, sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    place.walk([&](unsigned s, unsigned lane) {
        const unsigned at = place.at(of, s);
        along[lane] += dy[at] * ((x[at] - mean) * scale);
        sums[lane] += dy[at];
    });
    const float of_weight = place.of_column((along[0] + along[1]) + (along[2] + along[3]), Sum());
    const float of_bias = place.of_column((sums[0] + sums[1]) + (sums[2] + sums[3]), Sum());
    if (place.has_result()) {
        dw[place.result(of)] = of_weight;
        db[place.result(of)] = of_bias;
    }
}

// What comes back to the values: what changes mean and variance of the channel is taken out.
extern "C" __global__ void batch_norm_slope(unsigned n, unsigned channels, float count, const float *dy, const float *x,
                                            const float *means, const float *scales, const float *weight, const float *dw,
                                            const float *db, float *dx) {
    FOR_EACH(i, n) {
        const unsigned c = i % channels;
        const float normal = (x[i] - means[c]) * scales[c];
        dx[i] = (dy[i] - db[c] / count - normal * (dw[c] / count)) * (weight[c] * scales[c]);
    }
}

// The same where mean and variance were known before.
extern "C" __global__ void batch_norm_with_slope(unsigned n, unsigned channels, const float *dy, const float *scales, const float *weight,
                                                 float *dx) {
    FOR_EACH(i, n) dx[i] = dy[i] * scales[i % channels] * weight[i % channels];
}

// Running means and variances, which follow those of a batch. Its variance counts `unbiased` times: as that of all data.
extern "C" __global__ void follow(unsigned n, const float *running_means, const float *means, const float *running_variances,
                                  const float *variances, float momentum, float unbiased, float *new_means, float *new_variances) {
    FOR_EACH(i, n) {
        new_means[i] = (1.0f - momentum) * running_means[i] + momentum * means[i];
        new_variances[i] = (1.0f - momentum) * running_variances[i] + momentum * unbiased * variances[i];
    }
}
