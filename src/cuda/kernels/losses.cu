// Losses that compare a prediction p and a target t value by value, with numbers a and b of the loss:
//
//     NAME_total(n, p, t, a, b, totals)                  the sum of the losses of each block's pairs
//     NAME_by_prediction(n, p, t, a, b, g, count, dp)    the slope of the mean, g of all of it
//     NAME_by_target(n, p, t, a, b, g, count, dt)
//
// and losses of rows.
#include "teams.cuh"

#define TOTAL(parameters, value)                                                                                                \
    parameters {                                                                                                                \
        float total = 0.0f;                                                                                                     \
        FOR_EACH(i, n) {                                                                                                        \
            [[maybe_unused]] const float p = first[i], t = second[i];                                                           \
            total += value;                                                                                                     \
        }                                                                                                                       \
        total = block_sum(total);                                                                                               \
        if (threadIdx.x == 0) {                                                                                                 \
            totals[blockIdx.x] = total;                                                                                         \
        }                                                                                                                       \
    }
#define SLOPE(name, slope)                                                                                                      \
    extern "C" __global__ void name(unsigned n, const float *first, const float *second, float a, float b, const float *g,      \
                                    float count, float *to) {                                                                   \
        const float scale = *g / count;                                                                                         \
        FOR_EACH(i, n) {                                                                                                        \
            [[maybe_unused]] const float p = first[i], t = second[i];                                                           \
            to[i] = scale * (slope);                                                                                            \
        }                                                                                                                       \
    }
#define PAIR(name, value, by_prediction, by_target)                                                                             \
    TOTAL(extern "C" __global__ void name##_total(unsigned n, const float *first, const float *second, float a, float b,        \
                                                  float *totals), value)                                                        \
    SLOPE(name##_by_prediction, by_prediction)                                                                                  \
    SLOPE(name##_by_target, by_target)

PAIR(mse, (p - t) * (p - t), 2.0f * (p - t), -2.0f * (p - t))

// Where both are equal, flat; NaN stays.
inline float direction(float d) { return d > 0.0f ? 1.0f : d < 0.0f ? -1.0f : d; }
PAIR(mae, fabsf(p - t), direction(p - t), -direction(p - t))

// a: where the line begins.
inline float huber(float d, float delta) { return d <= delta ? 0.5f * d * d : delta * (d - 0.5f * delta); }
PAIR(huber, huber(fabsf(p - t), a), clamp(p - t, -a, a), -clamp(p - t, -a, a))

inline float smooth_l1(float d, float beta) { return d < beta ? 0.5f * d * d / beta : d - 0.5f * beta; }
PAIR(smooth_l1, smooth_l1(fabsf(p - t), a), clamp((p - t) / a, -1.0f, 1.0f), -clamp((p - t) / a, -1.0f, 1.0f))

PAIR(kl_div, t > 0.0f ? t * (logf(t) - p) : 0.0f, -t, t > 0.0f ? logf(t) + 1.0f - p : 0.0f)

// a: the quantile.
inline float pinball_slope(float p, float t, float quantile) { return t > p ? -quantile : t < p ? 1.0f - quantile : 0.0f; }
PAIR(pinball, fmaxf(a * (t - p), (a - 1.0f) * (t - p)), pinball_slope(p, t, a), -pinball_slope(p, t, a))

// ln(1 + exp(-x))
inline float of_no(float x) { return softplus(-x); }

// Of a score x, with gamma and alpha: the probability of yes, how much of it is missed, the cross entropy and its weight.
struct Focal {
    float p, miss, cross_entropy, alpha;

    Focal(float x, float t, float alpha_of_yes) {
        p = sigmoid(x);
        // Not 0, whose power below 1 has no slope.
        miss = fmaxf(p + t - 2.0f * p * t, 1.17549435e-38f);
        cross_entropy = (1.0f - t) * x + of_no(x);
        alpha = alpha_of_yes * t + (1.0f - alpha_of_yes) * (1.0f - t);
    }
    float value(float gamma) const { return alpha * powf(miss, gamma) * cross_entropy; }
    float by_score(float t, float gamma) const {
        const float of_miss = gamma * powf(miss, gamma - 1.0f) * (1.0f - 2.0f * t) * p * (1.0f - p);
        return alpha * (powf(miss, gamma) * (p - t) + of_miss * cross_entropy);
    }
    float by_target(float x, float gamma, float alpha_of_yes) const {
        const float of_miss = gamma * powf(miss, gamma - 1.0f) * (1.0f - 2.0f * p);
        return (2.0f * alpha_of_yes - 1.0f) * powf(miss, gamma) * cross_entropy +
               alpha * (of_miss * cross_entropy - powf(miss, gamma) * x);
    }
};
PAIR(focal, Focal(p, t, b).value(a), Focal(p, t, b).by_score(t, a), Focal(p, t, b).by_target(p, a, b))

// Scores of yes and no; the weight of yes for each place of the last axis, or one for all, in front of the other arguments.
extern "C" __global__ void bce_total(unsigned columns, const float *weights, unsigned n, const float *x, const float *y, float *totals) {
    float total = 0.0f;
    FOR_EACH(i, n) total += (1.0f - y[i]) * x[i] + (1.0f + (weights[i % columns] - 1.0f) * y[i]) * of_no(x[i]);
    total = block_sum(total);
    if (threadIdx.x == 0) {
        totals[blockIdx.x] = total;
    }
}
extern "C" __global__ void bce_by_prediction(unsigned columns, const float *weights, unsigned n, const float *x, const float *y,
                                             const float *g, float count, float *dx) {
    const float scale = *g / count;
    FOR_EACH(i, n) {
        const float w = weights[i % columns];
        dx[i] = scale * ((1.0f - y[i]) - (1.0f + (w - 1.0f) * y[i]) / (1.0f + expf(x[i])));
    }
}
extern "C" __global__ void bce_by_target(unsigned columns, const float *weights, unsigned n, const float *x, const float *y,
                                         const float *g, float count, float *dy) {
    const float scale = *g / count;
    FOR_EACH(i, n) dy[i] = scale * ((weights[i % columns] - 1.0f) * of_no(x[i]) - x[i]);
}

// The cosine of two rows, their squared lengths, and what the row costs: alike ones should have a great cosine, others one below the margin.
// In 64 bits, as on the CPU: the cosines of rows that nearly agree differ in their last digits.
extern "C" __global__ void cosine_embedding(unsigned rows, unsigned width, const float *a, const float *b, const unsigned *alike,
                                            float margin, double *angles, float *losses) {
    const unsigned lane = Warp::lane();
    FOR_ROWS(Warp, row, rows) {
        double squares[2] = {0.0, 0.0}, product = 0.0;
        for (unsigned i = lane; i < width; i += 32) {
            const double x = a[row * width + i], y = b[row * width + i];
            squares[0] += x * x;
            squares[1] += y * y;
            product += x * y;
        }
        // What keeps the cosine of a row of zeros a number.
        squares[0] = of_warp(squares[0], Sum()) + 1e-12;
        squares[1] = of_warp(squares[1], Sum()) + 1e-12;
        const double cosine = of_warp(product, Sum()) / sqrt(squares[0] * squares[1]);
        if (lane == 0) {
            angles[3 * row] = cosine;
            angles[3 * row + 1] = squares[0];
            angles[3 * row + 2] = squares[1];
            losses[row] = float(alike[row] ? 1.0 - cosine : cosine > margin ? cosine - margin : 0.0);
        }
    }
}

extern "C" __global__ void cosine_embedding_slope(unsigned n, unsigned width, const float *g, const float *a, const float *b,
                                                  const unsigned *alike, float margin, float count, const double *angles, float *da,
                                                  float *db) {
    const float scale = *g / count;
    FOR_EACH(i, n) {
        const unsigned row = i / width;
        const float cosine = float(angles[3 * row]), along = float(angles[3 * row + 1]), beside = float(angles[3 * row + 2]);
        const float factor = alike[row] ? -scale : angles[3 * row] > margin ? scale : 0.0f;
        const float lengths = sqrtf(along) * sqrtf(beside);
        da[i] = factor * (b[i] / lengths - cosine * a[i] / along);
        db[i] = factor * (a[i] / lengths - cosine * b[i] / beside);
    }
}

// The distances of a row from the one that should be near and from the one that should be far, and how much they violate the margin.
#define EPSILON 1e-6f
extern "C" __global__ void triplet_margin(unsigned rows, unsigned width, const float *anchor, const float *positive,
                                          const float *negative, float margin, float *distances, float *losses) {
    const unsigned lane = Warp::lane();
    FOR_ROWS(Warp, row, rows) {
        float near = 0.0f, far = 0.0f;
        for (unsigned i = lane; i < width; i += 32) {
            const float x = anchor[row * width + i];
            const float to_near = x - positive[row * width + i] + EPSILON, to_far = x - negative[row * width + i] + EPSILON;
            near += to_near * to_near;
            far += to_far * to_far;
        }
        near = sqrtf(of_warp(near, Sum()));
        far = sqrtf(of_warp(far, Sum()));
        if (lane == 0) {
            distances[2 * row] = near;
            distances[2 * row + 1] = far;
            losses[row] = fmaxf(near - far + margin, 0.0f);
        }
    }
}

extern "C" __global__ void triplet_margin_slope(unsigned n, unsigned width, const float *g, const float *anchor, const float *positive,
                                                const float *negative, float count, const float *distances, const float *losses,
                                                float *by_anchor, float *by_positive, float *by_negative) {
    const float scale = *g / count;
    FOR_EACH(i, n) {
        const unsigned row = i / width;
        const bool violated = losses[row] > 0.0f;
        const float to_near = violated ? scale * (anchor[i] - positive[i] + EPSILON) / distances[2 * row] : 0.0f;
        const float to_far = violated ? scale * (anchor[i] - negative[i] + EPSILON) / distances[2 * row + 1] : 0.0f;
        by_anchor[i] = to_near - to_far;
        by_positive[i] = -to_near;
        by_negative[i] = to_far;
    }
}
