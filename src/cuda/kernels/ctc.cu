// Connectionist temporal classification, src/loss/ctc.rs, in 64 bits, as on the CPU.
//
// The paths of a sequence lead through 2 * labels + 1 states: its labels, with blanks around each. A table has a value for each of its
// frames and states; a sequence's part of it is behind those of the sequences before, as if each had all frames.
#include "teams.cuh"

struct Batch {
    // Of each sequence: how many of its frames count, and where its labels begin; behind the last, where its labels end.
    const unsigned *lengths, *starts;
    // The labels; and in what order those of a sequence are sorted: their places in it, those of equal labels as they come.
    const unsigned *labels, *sorted;
    unsigned frames, batch, classes, blank, zero_infinity, sum;
};

inline double infinity() { return __longlong_as_double(0x7ff0000000000000); }

inline bool infinite(double x) { return fabs(x) == infinity(); }

// ln(exp(a) + exp(b) + exp(c)).
inline double log_sum(double a, double b, double c) {
    const double greatest = fmax(fmax(a, b), c);
    if (greatest == -infinity()) {
        return greatest;
    }
    return greatest + log(exp(a - greatest) + exp(b - greatest) + exp(c - greatest));
}

struct Sequence {
    unsigned frames, labels, states;
    const unsigned *label, *sorted;
    // Where its part of a table begins.
    unsigned long long start;
    double weight;

    Sequence(const Batch &of, unsigned n) {
        const unsigned first = of.starts[n];
        frames = of.lengths[n], labels = of.starts[n + 1] - first, states = 2 * labels + 1;
        label = of.labels + first, sorted = of.sorted + first;
        start = (2ull * first + n) * of.frames;
        weight = of.sum ? 1.0 : 1.0 / (double(max(labels, 1)) * of.batch);
    }

    unsigned class_of(unsigned state, const Batch &of) const { return state % 2 ? label[state / 2] : of.blank; }
    unsigned long long in_table(unsigned frame) const { return start + (unsigned long long)frame * states; }
};

inline const float *row_of(const Batch &of, const float *x, unsigned frame, unsigned n) {
    return x + ((unsigned long long)frame * of.batch + n) * of.classes;
}

// For each frame and state ln of the probability of all paths from the beginning to there or, `backwards`, from there to the end; both with
// the frame. A block takes a sequence; it may have any number of threads.
extern "C" __global__ void walk(Batch of, const float *x, unsigned backwards, double *table) {
    FOR_ROWS(Block, n, of.batch) {
        const Sequence one(of, n);
        // The walk as if it went forwards: backwards it looks the same from the other end.
        const auto frame = [&](unsigned step) { return backwards ? one.frames - 1 - step : step; };
        const auto state = [&](unsigned i) { return backwards ? one.states - 1 - i : i; };
        const auto at = [&](unsigned step, unsigned i) { return row_of(of, x, frame(step), n)[one.class_of(state(i), of)]; };
        // Not between two equal labels.
        const auto may_jump = [&](unsigned i) { return i % 2 && i > 2 && one.label[state(i) / 2] != one.label[state(i - 2) / 2]; };
        const unsigned lane = Block::lane();
        // What a thread's first state needs is read a step before.
        float next = lane < one.states && one.frames > 0 ? at(0, lane) : 0.0f;
        for (unsigned step = 0; step < one.frames; step++) {
            const float first = next;
            if (lane < one.states && step + 1 < one.frames) {
                next = at(step + 1, lane);
            }
            double *const now = table + one.in_table(frame(step));
            const double *const before = backwards ? now + one.states : now - one.states;
            FOR_LANES(Block, i, one.states) {
                const double x = i == lane ? first : at(step, i), none = -infinity();
                double value = i < 2 ? x : none;
                if (step > 0) {
                    value = log_sum(before[state(i)], i > 0 ? before[state(i - 1)] : none, may_jump(i) ? before[state(i - 2)] : none) + x;
                }
                now[state(i)] = value;
            }
            __syncthreads();
        }
    }
}

inline bool left_out(const Batch &of, double loss) { return of.zero_infinity && infinite(loss); }

// What each sequence costs, given the walk forwards, and their weighted sum. For one block.
extern "C" __global__ void total(Batch of, const double *forwards, double *losses, float *sum) {
    double sum_of_thread = 0.0;
    FOR_LANES(Block, n, of.batch) {
        const Sequence one(of, n);
        // Without frames nothing can be said.
        double loss = one.labels > 0 ? infinity() : 0.0;
        if (one.frames > 0) {
            // A path ends in the last label or in the blank behind it.
            const double *const last = forwards + one.in_table(one.frames - 1) + one.states - 1;
            loss = -log_sum(last[0], one.labels > 0 ? last[-1] : -infinity(), -infinity());
        }
        losses[n] = loss;
        sum_of_thread += left_out(of, loss) ? 0.0 : loss * one.weight;
    }
    const double all = block_sum(sum_of_thread);
    if (threadIdx.x == 0) {
        *sum = float(all);
    }
}

// What comes back to a frame of a sequence: minus the probability that it shows a class, given the target. The probabilities of its states
// replace what the walk backwards has found.
template <class Team>
void slope_rows(unsigned rows, const Batch &of, const float *g, const float *x, const double *losses, const double *forwards,
                double *backwards, float *dx) {
    FOR_ROWS(Team, row, rows) {
        const unsigned frame = row / of.batch, n = row % of.batch;
        const Sequence one(of, n);
        const double loss = losses[n], scale = double(*g) * one.weight;
        const float *const from = row_of(of, x, frame, n);
        float *const to = dx + (from - x);
        const bool counts = frame < one.frames && !left_out(of, loss);
        const double elsewhere = infinite(loss) ? __longlong_as_double(0x7ff8000000000000) : 0.0;
        FOR_LANES(Team, i, of.classes) to[i] = counts ? float(scale * elsewhere) : 0.0f;
        if (!counts || infinite(loss)) {
            continue;
        }
        const double *const before = forwards + one.in_table(frame);
        double *const behind = backwards + one.in_table(frame);
        double blanks = 0.0;
        FOR_LANES(Team, s, one.states) {
            // Both walks have counted the frame. Where it makes a state impossible, both are.
            const double counted = from[one.class_of(s, of)];
            const double probability = exp(before[s] + (counted == -infinity() ? behind[s] : behind[s] - counted) + loss);
            behind[s] = probability;
            blanks += s % 2 ? 0.0 : probability;
        }
        blanks = Team::sum(blanks);
        Team::wait();
        if (Team::lane() == 0) {
            to[of.blank] = float(scale * (0.0 - blanks));
        }
        // The first of equal labels adds up all of them.
        FOR_LANES(Team, k, one.labels) {
            const unsigned label = one.label[one.sorted[k]];
            if (k > 0 && one.label[one.sorted[k - 1]] == label) {
                continue;
            }
            double slope = 0.0;
            for (unsigned j = k; j < one.labels && one.label[one.sorted[j]] == label; j++) {
                slope -= behind[2 * one.sorted[j] + 1];
            }
            to[label] = float(scale * slope);
        }
    }
}
BY_ROWS(slope,
        (unsigned rows, Batch of, const float *g, const float *x, const double *losses, const double *forwards, double *backwards,
         float *dx),
        (rows, of, g, x, losses, forwards, backwards, dx))
