// How badly scores predict classes. A target that is no class is that of a row that does not count; `weights` may be missing.
// A row asks for `kept` times the weight of its target's class, and, where `evenly` is not 0, for `evenly` times the weight of every class.
#include "teams.cuh"

inline float weight_of(const float *weights, unsigned at) { return weights == nullptr ? 1.0f : weights[at]; }

// What every row costs, and the logarithm of the sum of its exponentials.
template <class Team>
void cross_entropy_rows(unsigned rows, unsigned classes, const float *x, const unsigned *targets, const float *weights, float kept,
                        float evenly, float *log_sums, float *losses) {
    FOR_ROWS(Team, row, rows) {
        const unsigned target = targets[row];
        const float *const from = x + row * classes;
        float log_sum = 0.0f, loss = 0.0f;
        if (target < classes) {
            log_sum = Exponentials::of_row<Team>(classes, [&](unsigned i) { return from[i]; }).known_logarithm();
            loss = kept * weight_of(weights, target) * (log_sum - from[target]);
            if (evenly != 0.0f) {
                float all = 0.0f;
                FOR_LANES(Team, i, classes) all += evenly * weight_of(weights, i) * (log_sum - from[i]);
                loss += Team::sum(all);
            }
        }
        if (Team::lane() == 0) {
            log_sums[row] = log_sum;
            losses[row] = loss;
        }
    }
}
BY_ROWS(cross_entropy,
        (unsigned rows, unsigned classes, const float *x, const unsigned *targets, const float *weights, float kept, float evenly,
         float *log_sums, float *losses),
        (rows, classes, x, targets, weights, kept, evenly, log_sums, losses))

// The slope: what the softmax gives each class, less what was asked for. `everywhere` is all that is asked for evenly.
extern "C" __global__ void cross_entropy_slope(unsigned n, unsigned classes, const float *g, float divisor, const float *x,
                                               const unsigned *targets, const float *weights, float kept, float evenly,
                                               float everywhere, const float *log_sums, float *dx) {
    const float scale = *g / divisor;
    FOR_EACH(i, n) {
        const unsigned row = i / classes, class_ = i % classes, target = targets[row];
        float slope = 0.0f;
        if (target < classes) {
            const float wanted = kept * weight_of(weights, target);
            slope = expf(x[i] - log_sums[row]) * (wanted + everywhere);
            slope -= class_ == target ? wanted : 0.0f;
            slope -= evenly != 0.0f ? evenly * weight_of(weights, class_) : 0.0f;
            slope *= scale;
        }
        dx[i] = slope;
    }
}
