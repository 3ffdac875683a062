// Rows of `len` values brought to mean 0 and variance 1, then scaled and shifted by their channels: a row holds `channels` channels, side by
// side and equally long, of `all` that have a weight and a bias; the next row's channels follow, and begin again behind the last one. Of a
// layer norm every value is a channel.
#include "columns.cuh"
#include "teams.cuh"

struct Groups {
    unsigned len, channels, all;

    // The channel of the first value of a row, and how many values a channel has.
    unsigned first(unsigned row) const { return row * channels % all; }
    unsigned spatial() const { return len / channels; }
};

template <class Team>
void normalised_rows(unsigned rows, Groups groups, const float *x, const float *weight, const float *bias, float epsilon, float *means,
                     float *scales, float *y) {
    const unsigned len = groups.len, spatial = groups.spatial();
    FOR_ROWS(Team, row, rows) {
        const float *const from = x + row * len;
        float sum = 0.0f;
        FOR_LANES(Team, i, len) sum += from[i];
        const float mean = Team::sum(sum) / float(len);
        float squares = 0.0f;
        FOR_LANES(Team, i, len) squares += (from[i] - mean) * (from[i] - mean);
        const float scale = 1.0f / sqrtf(Team::sum(squares) / float(len) + epsilon);
        if (Team::lane() == 0) {
            means[row] = mean;
            scales[row] = scale;
        }
        const unsigned first = groups.first(row);
        FOR_LANES(Team, i, len) {
            const unsigned channel = first + (spatial == 1 ? i : i / spatial);
            y[row * len + i] = (from[i] - mean) * scale * weight[channel] + bias[channel];
        }
    }
}
BY_ROWS(normalised,
        (unsigned rows, Groups groups, const float *x, const float *weight, const float *bias, float epsilon, float *means, float *scales,
         float *y),
        (rows, groups, x, weight, bias, epsilon, means, scales, y))

// What comes back to the values: what changes mean and variance of the row is taken out.
template <class Team>
void normalised_slope_rows(unsigned rows, Groups groups, const float *dy, const float *x, const float *weight, const float *means,
                           const float *scales, float *dx) {
    const unsigned len = groups.len, spatial = groups.spatial();
    FOR_ROWS(Team, row, rows) {
        const unsigned start = row * len, first = groups.first(row);
        const float mean = means[row], scale = scales[row];
        float along_one = 0.0f, along_normal = 0.0f;
        FOR_LANES(Team, i, len) {
            const float g = dy[start + i] * weight[first + (spatial == 1 ? i : i / spatial)];
            along_one += g;
            along_normal += g * ((x[start + i] - mean) * scale);
        }
        along_one = Team::sum(along_one) / float(len);
        along_normal = Team::sum(along_normal) / float(len);
        FOR_LANES(Team, i, len) {
            // Rounded as in the sum, so that nothing is left of a row of one value.
            const float g = __fmul_rn(dy[start + i], weight[first + (spatial == 1 ? i : i / spatial)]);
            dx[start + i] = (g - along_one - (x[start + i] - mean) * scale * along_normal) * scale;
        }
    }
}
BY_ROWS(normalised_slope,
        (unsigned rows, Groups groups, const float *dy, const float *x, const float *weight, const float *means, const float *scales,
         float *dx),
        (rows, groups, dy, x, weight, means, scales, dx))

// What comes back to weight and bias from each channel of each example, of `spatial` values.
template <class Team>
void normalised_parameters_rows(unsigned rows, unsigned spatial, unsigned channels, const float *dy, const float *x, const float *means,
                                const float *scales, float *dw, float *db) {
    FOR_ROWS(Team, row, rows) {
        const unsigned start = row * spatial;
        const float mean = means[row / channels], scale = scales[row / channels];
        float along = 0.0f, sum = 0.0f;
        FOR_LANES(Team, i, spatial) {
            along += dy[start + i] * ((x[start + i] - mean) * scale);
            sum += dy[start + i];
        }
        along = Team::sum(along);
        sum = Team::sum(sum);
        if (Team::lane() == 0) {
            dw[row] = along;
            db[row] = sum;
        }
    }
}
BY_ROWS(normalised_parameters,
        (unsigned rows, unsigned spatial, unsigned channels, const float *dy, const float *x, const float *means, const float *scales,
         float *dw, float *db),
        (rows, spatial, channels, dy, x, means, scales, dw, db))

// The same where every value is a channel: the sums over parts of the examples.
extern "C" __global__ void normalised_parameters_columns(Columns of, unsigned channels, const float *dy, const float *x,
                                                         const float *means, const float *scales, float *dw, float *db) {
    const Place place(of);
    const unsigned groups = of.inner / channels, group = place.column / channels;
    float along[4] = {0.0f, 0.0f, 0.0f, 0.0f}, sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    place.walk([&](unsigned s, unsigned lane) {
        const unsigned at = place.at(of, s), row = s * groups + group;
        along[lane] += dy[at] * ((x[at] - means[row]) * scales[row]);
        sums[lane] += dy[at];
    });
    const float of_weight = place.of_column((along[0] + along[1]) + (along[2] + along[3]), Sum());
    const float of_bias = place.of_column((sums[0] + sums[1]) + (sums[2] + sums[3]), Sum());
    if (place.has_result()) {
        dw[place.result(of)] = of_weight;
        db[place.result(of)] = of_bias;
    }
}
