//! `crf`: the negative log-likelihood of tag sequences under a linear chain, and the likeliest sequence.

use super::log_sum;
use crate::array::{Array, Layout};
use crate::autograd;
use crate::cpu::buffer::Buffer;
use crate::cuda::{self, Chains, Gpu};
use crate::raw::Raw;

/// The weights of a chain of `L` tags: how likely a tag follows another, begins and ends a sequence.
#[derive(Clone, Copy)]
pub struct Chain<'a> {
    /// `[L, L]`: from the row's tag to the column's.
    pub transitions: &'a Raw,
    /// `[L]`.
    pub start: &'a Raw,
    /// `[L]`.
    pub end: &'a Raw,
}

/// The values of a chain, in double precision: sums of many exponentials lose too much in single.
struct Weights {
    tags: usize,
    transitions: Vec<f64>,
    start: Vec<f64>,
    end: Vec<f64>,
}

impl Chain<'_> {
    /// The batch, the steps and the number of tags, if all belongs together.
    #[track_caller]
    fn checked(&self, emissions: &Raw, lengths: &[usize]) -> [usize; 3] {
        let sizes = emissions.sizes();
        let &[n, steps, tags] = &sizes[..] else {
            panic!("crf: expected emissions [batch, steps, tags], got shape {sizes:?}")
        };
        let expected = [vec![tags, tags], vec![tags], vec![tags]];
        let found = [self.transitions.sizes(), self.start.sizes(), self.end.sizes()];
        assert!(found == expected, "crf: weights of shapes {found:?} do not belong to {tags} tags");
        assert!(
            lengths.len() == n,
            "crf: expected a length for each of {n} sequences, got {}",
            lengths.len()
        );
        if let Some(length) = lengths.iter().find(|&&length| length == 0 || length > steps) {
            panic!("crf: a length of {length} is not between 1 and {steps}");
        }
        [n, steps, tags]
    }

    fn weights(&self) -> Weights {
        let double = |raw: &Raw| raw.to_vec().into_iter().map(f64::from).collect();
        Weights {
            tags: self.start.len(),
            transitions: double(self.transitions),
            start: double(self.start),
            end: double(self.end),
        }
    }

    fn on_gpu(&self, gpu: &'static Gpu, emissions: &Raw, sizes: [usize; 3], lengths: &[usize]) -> Chains {
        let arrays = [emissions, self.transitions, self.start, self.end].map(Raw::array);
        Chains::new(gpu, sizes, arrays.each_ref(), lengths)
    }
}

/// The mean over the batch of the negative log-likelihood of `tags`, given emissions `[batch, steps, L]` (Lafferty et al. 2001).
/// Of sequence `i` the first `lengths[i]` steps count; `tags` holds `steps` tags a sequence, whatever stands behind its length.
///
/// ***Panics*** if sizes do not belong together, a tag is not below `L`, or a length is 0 or more than the steps.
#[track_caller]
pub fn crf(emissions: &Raw, chain: Chain, tags: &[usize], lengths: &[usize]) -> Raw {
    let [n, steps, count] = chain.checked(emissions, lengths);
    assert!(tags.len() == n * steps, "crf: expected {} tags, got {}", n * steps, tags.len());
    let mut given = lengths.iter().enumerate().flat_map(|(i, &length)| &tags[i * steps..][..length]);
    if let Some(tag) = given.find(|&&tag| tag >= count) {
        panic!("crf: there is no tag {tag} among {count}");
    }
    let parents = [emissions, chain.transitions, chain.start, chain.end];
    if let Some(gpu) = cuda::active() {
        let keep = autograd::is_enabled() && parents.iter().any(|parent| parent.is_tracked());
        let chains = chain.on_gpu(gpu, emissions, [n, steps, count], lengths);
        let (loss, ways) = gpu.crf(&chains, tags, keep);
        return Raw::from_op("crf", loss, &parents, move |gradient, wanted| {
            let Some(ways) = &ways else { unreachable!("kept wherever a parent is tracked") };
            gpu.crf_slopes(gradient, &chains, ways, wanted)
        });
    }
    let weights = chain.weights();
    let values: Vec<f64> = emissions.to_vec().into_iter().map(f64::from).collect();
    let mut loss = 0.0;
    let mut slopes = Slopes::new(n * steps * count, count);
    for (i, &length) in lengths.iter().enumerate() {
        let tags = &tags[i * steps..][..length];
        let at = i * steps * count;
        loss += slopes.add_sequence(&weights, &values[at..at + length * count], tags, at);
    }
    let loss = Array::full(&[], (loss / n as f64) as f32);
    Raw::from_op("crf", loss, &parents, move |gradient, wanted| {
        let factor = f64::from(gradient.values()[0]) / n as f64;
        let of = |values: &[f64], sizes: &[usize]| {
            let mut scaled = Buffer::scratch(values.len());
            scaled.iter_mut().zip(values).for_each(|(to, from)| *to = (from * factor) as f32);
            Array::new(sizes, Layout::RowMajor, scaled)
        };
        vec![
            wanted[0].then(|| of(&slopes.emissions, &[n, steps, count])),
            wanted[1].then(|| of(&slopes.transitions, &[count, count])),
            wanted[2].then(|| of(&slopes.start, &[count])),
            wanted[3].then(|| of(&slopes.end, &[count])),
        ]
    })
}

/// The slopes of the sum of the losses: how often tags and pairs of tags are expected, less how often they occur.
struct Slopes {
    emissions: Vec<f64>,
    transitions: Vec<f64>,
    start: Vec<f64>,
    end: Vec<f64>,
}

impl Slopes {
    fn new(emissions: usize, tags: usize) -> Slopes {
        Slopes {
            emissions: vec![0.0; emissions],
            transitions: vec![0.0; tags * tags],
            start: vec![0.0; tags],
            end: vec![0.0; tags],
        }
    }

    /// Adds one sequence, whose emissions lie at `at`; its loss.
    fn add_sequence(&mut self, weights: &Weights, emissions: &[f64], tags: &[usize], at: usize) -> f64 {
        let (count, steps) = (weights.tags, tags.len());
        let emission = |step: usize| &emissions[step * count..][..count];
        let transition = |from: usize, to: usize| weights.transitions[from * count + to];
        // The logarithms of the weights of all ways to a tag, and from it on.
        let mut forward: Vec<Vec<f64>> =
            vec![(0..count).map(|tag| weights.start[tag] + emission(0)[tag]).collect()];
        for step in 1..steps {
            let before = &forward[step - 1];
            let to = |to: usize| {
                log_sum((0..count).map(|from| before[from] + transition(from, to))) + emission(step)[to]
            };
            forward.push((0..count).map(to).collect());
        }
        let mut backward = vec![weights.end.clone(); steps];
        for step in (0..steps - 1).rev() {
            let behind = backward[step + 1].clone();
            let from = |from: usize| {
                log_sum((0..count).map(|to| transition(from, to) + emission(step + 1)[to] + behind[to]))
            };
            backward[step] = (0..count).map(from).collect();
        }
        let all = log_sum((0..count).map(|tag| forward[steps - 1][tag] + weights.end[tag]));

        let mut own = weights.start[tags[0]] + weights.end[tags[steps - 1]];
        self.start[tags[0]] -= 1.0;
        self.end[tags[steps - 1]] -= 1.0;
        for step in 0..steps {
            own += emission(step)[tags[step]];
            self.emissions[at + step * count + tags[step]] -= 1.0;
            for tag in 0..count {
                let expected = (forward[step][tag] + backward[step][tag] - all).exp();
                self.emissions[at + step * count + tag] += expected;
                if step == 0 {
                    self.start[tag] += expected;
                }
                if step + 1 == steps {
                    self.end[tag] += expected;
                }
            }
            if step > 0 {
                own += transition(tags[step - 1], tags[step]);
                self.transitions[tags[step - 1] * count + tags[step]] -= 1.0;
                for (from, before) in forward[step - 1].iter().enumerate() {
                    for (to, behind) in backward[step].iter().enumerate() {
                        let way = before + transition(from, to);
                        let expected = way + emission(step)[to] + behind - all;
                        self.transitions[from * count + to] += expected.exp();
                    }
                }
            }
        }
        all - own
    }
}

/// The likeliest tags of each sequence, as many as its length says (Viterbi 1967).
///
/// ***Panics*** as [`crf`] does.
#[track_caller]
pub fn crf_decode(emissions: &Raw, chain: Chain, lengths: &[usize]) -> Vec<Vec<usize>> {
    let [n, steps, count] = chain.checked(emissions, lengths);
    // Without tags there is none that a kernel could find.
    if let Some(gpu) = cuda::active().filter(|_| count > 0) {
        let best = gpu.crf_decode(&chain.on_gpu(gpu, emissions, [n, steps, count], lengths));
        let tags =
            |(best, &length): (&[u32], &usize)| best[..length].iter().map(|&tag| tag as usize).collect();
        return best.chunks(steps.max(1)).zip(lengths).map(tags).collect();
    }
    let weights = chain.weights();
    let values: Vec<f64> = emissions.to_vec().into_iter().map(f64::from).collect();
    let decode = |(i, &length): (usize, &usize)| {
        let emission = |step: usize| &values[(i * steps + step) * count..][..count];
        let mut scores: Vec<f64> = (0..count).map(|tag| weights.start[tag] + emission(0)[tag]).collect();
        // For each step and tag, the tag before it on the best way.
        let mut origins: Vec<Vec<usize>> = Vec::with_capacity(length);
        for step in 1..length {
            let way = |to: usize| {
                let ways = (0..count).map(|from| scores[from] + weights.transitions[from * count + to]);
                let (from, best) = greatest(ways);
                (from, best + emission(step)[to])
            };
            let ways: Vec<(usize, f64)> = (0..count).map(way).collect();
            origins.push(ways.iter().map(|way| way.0).collect());
            scores = ways.into_iter().map(|way| way.1).collect();
        }
        let (mut tag, _) = greatest(scores.iter().zip(&weights.end).map(|(score, end)| score + end));
        let mut tags = vec![tag];
        for origins in origins.iter().rev() {
            tag = origins[tag];
            tags.push(tag);
        }
        tags.reverse();
        tags
    };
    lengths.iter().enumerate().map(decode).collect()
}

/// The first of the greatest values, and where it is.
fn greatest(values: impl Iterator<Item = f64>) -> (usize, f64) {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, now| if now.1 > best.1 { now } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    fn array(sizes: &[usize], seed: usize) -> Array {
        let value = |i: usize| ((i * 37 + seed * 11) % 23) as f32 / 10.0 - 1.0;
        Array::from_vec(sizes, (0..sizes.iter().product()).map(value).collect())
    }

    #[test]
    fn gradient() {
        let inputs = [array(&[2, 4, 3], 1), array(&[3, 3], 2), array(&[3], 3), array(&[3], 4)];
        let tags = [0, 1, 2, 2, 1, 0, 9, 9]; // behind the length of the second sequence stands anything
        check_gradient(&inputs, |x| {
            crf(&x[0], Chain { transitions: &x[1], start: &x[2], end: &x[3] }, &tags, &[4, 2])
        });
    }

    #[test]
    fn all_sequences_together_are_certain_and_the_likeliest_is_found() {
        let [emissions, transitions, start, end] =
            [array(&[1, 3, 3], 5), array(&[3, 3], 6), array(&[3], 7), array(&[3], 8)].map(Raw::new);
        let chain = Chain { transitions: &transitions, start: &start, end: &end };
        let mut total = 0.0;
        let mut best = (0.0, vec![]);
        for code in 0..27 {
            let tags = vec![code / 9, code / 3 % 3, code % 3];
            let likelihood = (-crf(&emissions, chain, &tags, &[3]).to_vec()[0]).exp();
            total += likelihood;
            if likelihood > best.0 {
                best = (likelihood, tags);
            }
        }
        assert!((total - 1.0).abs() < 1e-5, "{total}");
        assert_eq!(crf_decode(&emissions, chain, &[3]), [best.1]);
    }

    #[test]
    #[should_panic(expected = "crf: there is no tag 3 among 3")]
    fn a_tag_must_exist() {
        let [emissions, transitions, start, end] =
            [array(&[1, 2, 3], 5), array(&[3, 3], 6), array(&[3], 7), array(&[3], 8)].map(Raw::new);
        crf(&emissions, Chain { transitions: &transitions, start: &start, end: &end }, &[0, 3], &[2]);
    }
}
