// Linear chains of tags: how likely sequences of them are, and which is the likeliest. Everything is in 64 bits, as on the CPU: sums of
// many exponentials lose too much in 32. Threads of a block share out the tags, in steps of the whole block.
#include "columns.cuh"

#define MINUS_INFINITY __longlong_as_double(0xfff0000000000000ll)

// Emissions are [batch, steps, tags], transitions [tags, tags], from the row's tag to the column's. What lies behind the length of a
// sequence is never read.
struct Chains {
    unsigned batch, steps, tags;
    const float *emissions, *transitions, *start, *end;
    const unsigned *lengths;

    // Where a step lies among those of all sequences.
    unsigned at(unsigned sequence, unsigned step) const { return sequence * steps + step; }
    double emission(unsigned at, unsigned tag) const { return emissions[at * tags + tag]; }
    double transition(unsigned from, unsigned to) const { return transitions[from * tags + to]; }
};

// What is known of sequences whose tags are given: the logarithms of the weights of all ways up to a tag, and from it on, both without its
// own emission; and of all ways through a sequence.
struct Ways {
    const unsigned *given;
    const double *before, *behind, *all;

    // The logarithm of the weight of all ways up to a tag, with its emission.
    double to(const Chains &of, unsigned at, unsigned tag) const { return before[at * of.tags + tag] + of.emission(at, tag); }

    // How likely a tag is at a step, less 1 where it is the given one.
    double surplus(const Chains &of, unsigned sequence, unsigned step, unsigned tag) const {
        const unsigned at = of.at(sequence, step);
        return exp(to(of, at, tag) + behind[at * of.tags + tag] - all[sequence]) - (given[at] == tag ? 1.0 : 0.0);
    }
};

// The logarithm of the sum of exp(of(i)): minus infinity where all of them are.
template <class Of> double log_sum(unsigned n, Of of) {
    double greatest = MINUS_INFINITY, sum = 0.0;
    for (unsigned i = 0; i < n; i++) {
        greatest = fmax(greatest, of(i));
    }
    if (greatest == MINUS_INFINITY) {
        return greatest;
    }
    for (unsigned i = 0; i < n; i++) {
        sum += exp(of(i) - greatest);
    }
    return greatest + log(sum);
}

// The same for every thread of a block, which share it out.
template <class Of> double log_sum_of_block(unsigned n, Of of) {
    double greatest = MINUS_INFINITY, sum = 0.0;
    for (unsigned i = threadIdx.x; i < n; i += blockDim.x) {
        greatest = fmax(greatest, of(i));
    }
    greatest = of_block(greatest, MINUS_INFINITY, Greatest());
    if (greatest == MINUS_INFINITY) {
        return greatest;
    }
    for (unsigned i = threadIdx.x; i < n; i += blockDim.x) {
        sum += exp(of(i) - greatest);
    }
    return greatest + log(block_sum(sum));
}

// A block for each sequence goes from its first step to its last and finds what its given tags cost. `places` steps of `before` are kept,
// at least two or all. As many blocks again, if they are there, go from the last step to the first: `behind` are the ways of the chain
// that is read backwards, whose transitions are `reversed`.
extern "C" __global__ void ways(Chains of, const float *reversed, const unsigned *given, unsigned places, double *before, double *behind,
                                double *alls, float *losses) {
    const bool backwards = blockIdx.x >= of.batch;
    const unsigned sequence = blockIdx.x % of.batch, length = of.lengths[sequence], tags = of.tags;
    const float *const first = backwards ? of.end : of.start, *const table = backwards ? reversed : of.transitions;
    double *const found = (backwards ? behind : before) + sequence * places * tags;
    // A place before the first step, which is not read.
    unsigned old = 0;
    for (unsigned i = 0; i < length; i++) {
        const unsigned step = backwards ? length - 1 - i : i;
        const double *const ways = found + old % places * tags;
        const unsigned at = of.at(sequence, old);
        for (unsigned to = threadIdx.x; to < tags; to += blockDim.x) {
            const auto way = [&](unsigned from) { return ways[from] + of.emission(at, from) + table[from * tags + to]; };
            found[step % places * tags + to] = i == 0 ? first[to] : log_sum(tags, way);
        }
        old = step;
        __syncthreads();
    }
    if (backwards) {
        return;
    }
    const double *const last = found + old % places * tags;
    const auto through = [&](unsigned tag) { return last[tag] + of.emission(of.at(sequence, old), tag) + of.end[tag]; };
    const double all = log_sum_of_block(tags, through);
    double own = 0.0;
    for (unsigned step = threadIdx.x; step < length; step += blockDim.x) {
        const unsigned at = of.at(sequence, step), tag = given[at];
        own += of.emission(at, tag);
        own += step == 0 ? of.start[tag] : of.transition(given[at - 1], tag);
        own += step + 1 == length ? of.end[tag] : 0.0f;
    }
    own = block_sum(own);
    if (threadIdx.x == 0) {
        alls[sequence] = all;
        losses[sequence] = float(all - own);
    }
}

// The slopes of the mean of what sequences cost: how often tags and pairs of them are expected, less how often they are given.

inline double share(const Chains &of, const float *g) { return double(*g) / of.batch; }

extern "C" __global__ void emissions_slope(unsigned n, Chains of, Ways ways, const float *g, float *to) {
    const double factor = share(of, g);
    FOR_EACH(i, n) {
        const unsigned at = i / of.tags, sequence = at / of.steps, step = at % of.steps;
        to[i] = step < of.lengths[sequence] ? float(factor * ways.surplus(of, sequence, step, i % of.tags)) : 0.0f;
    }
}

// Of start and end: sums over [2, batch, tags], the first steps of all sequences and the last ones, in one part.
extern "C" __global__ void ends_slope(Columns columns, Chains of, Ways ways, const float *g, float *of_start, float *of_end) {
    const Place place(columns);
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    place.walk([&](unsigned sequence, unsigned lane) {
        const unsigned step = place.outer == 0 ? 0 : of.lengths[sequence] - 1;
        sums[lane] += ways.surplus(of, sequence, step, place.column);
    });
    const double sum = place.of_column((sums[0] + sums[1]) + (sums[2] + sums[3]), Sum());
    if (place.has_result()) {
        (place.outer == 0 ? of_start : of_end)[place.column] = float(share(of, g) * sum);
    }
}

// Of transitions: sums over [batch * steps, tags * tags].
extern "C" __global__ void transitions_slope(Columns columns, Chains of, Ways ways, const float *g, float *to) {
    const Place place(columns);
    const unsigned row = place.column / of.tags, column = place.column % of.tags;
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    place.walk([&](unsigned at, unsigned lane) {
        const unsigned sequence = at / of.steps, step = at % of.steps;
        if (step == 0 || step >= of.lengths[sequence]) {
            return;
        }
        const double way = ways.to(of, at - 1, row) + of.transition(row, column);
        const double all = way + of.emission(at, column) + ways.behind[at * of.tags + column] - ways.all[sequence];
        sums[lane] += exp(all) - (ways.given[at - 1] == row && ways.given[at] == column ? 1.0 : 0.0);
    });
    const double sum = place.of_column((sums[0] + sums[1]) + (sums[2] + sums[3]), Sum());
    if (place.has_result()) {
        to[place.result(columns)] = float(share(of, g) * sum);
    }
}

// The first of the greatest of(i); minus infinity at 0 where nothing is greater.
template <class Of> double greatest_of(unsigned n, Of of, unsigned *where) {
    double greatest = MINUS_INFINITY;
    *where = 0;
    for (unsigned i = 0; i < n; i++) {
        const double value = of(i);
        if (value > greatest) {
            greatest = value, *where = i;
        }
    }
    return greatest;
}

// The likeliest tags, a block for each sequence; behind its length they are 0. `scores`, [batch, 2, tags], are the weights of the best ways
// up to a tag, of this step and of the one before; `origins`, [batch, steps, tags], the tags before it on these ways.
extern "C" __global__ void likeliest(Chains of, double *scores, unsigned *origins, unsigned *best) {
    const unsigned sequence = blockIdx.x, length = of.lengths[sequence], tags = of.tags;
    double *const both = scores + sequence * 2 * tags;
    for (unsigned step = 0; step < length; step++) {
        const unsigned at = of.at(sequence, step);
        const double *const old = both + (step + 1) % 2 * tags;
        for (unsigned to = threadIdx.x; to < tags; to += blockDim.x) {
            double score = of.start[to];
            if (step > 0) {
                score = greatest_of(tags, [&](unsigned from) { return old[from] + of.transition(from, to); }, &origins[at * tags + to]);
            }
            both[step % 2 * tags + to] = score + of.emission(at, to);
        }
        __syncthreads();
    }
    for (unsigned step = length + threadIdx.x; step < of.steps; step += blockDim.x) {
        best[of.at(sequence, step)] = 0;
    }
    if (threadIdx.x == 0) {
        const double *const last = both + (length + 1) % 2 * tags;
        unsigned tag;
        greatest_of(tags, [&](unsigned i) { return last[i] + of.end[i]; }, &tag);
        for (unsigned at = of.at(sequence, length - 1);; at--) {
            best[at] = tag;
            if (at == of.at(sequence, 0)) {
                break;
            }
            tag = origins[at * tags + tag];
        }
    }
}
