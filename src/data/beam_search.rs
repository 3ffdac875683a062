//! [`BeamSearch`]: the likeliest sequences of a model that gives the next token, found among the best beginnings.

/// How to search.
///
/// ```
/// use ferrolab::data::BeamSearch;
/// // A model of three tokens that counts upwards; 2 ends a sequence.
/// let next = |beginnings: &[Vec<usize>]| -> Vec<Vec<f32>> {
///     beginnings.iter().map(|b| if b.len() == 1 { vec![0.1, 0.8, 0.1] } else { vec![0.1, 0.2, 0.7] }).collect()
/// };
/// let best = BeamSearch::new(0, 2).width(2).longest(5).run(|b| next(b).iter().map(|row| row.iter().map(|p| p.ln()).collect()).collect());
/// assert_eq!(best[0].tokens, [1]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeamSearch {
    start: usize,
    end: usize,
    width: usize,
    longest: usize,
    length_penalty: f32,
}

/// A sequence that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Without the tokens that start and end it.
    pub tokens: Vec<usize>,
    /// The logarithm of its probability.
    pub log_probability: f32,
    /// What it was ranked by: the logarithm divided by the length penalty.
    pub score: f32,
}

/// What gives the logarithms of the probabilities behind some beginnings, and of which sequence each is the beginning.
type Next<'a> = dyn FnMut(&[usize], &[Vec<usize>]) -> Vec<Vec<f32>> + 'a;

impl BeamSearch {
    /// Sequences from the token `start` to the token `end`: of the 4 best beginnings, at most 50 tokens, no length penalty.
    pub fn new(start: usize, end: usize) -> Self {
        BeamSearch { start, end, width: 4, longest: 50, length_penalty: 0.0 }
    }

    /// How many beginnings are followed; 1 is greedy search.
    ///
    /// ***Panics*** if that is none.
    #[track_caller]
    pub fn width(mut self, width: usize) -> Self {
        assert!(width > 0, "a beam is at least 1 wide");
        self.width = width;
        self
    }

    /// The most tokens of a sequence; one that has not ended by then ends there.
    pub fn longest(mut self, tokens: usize) -> Self {
        self.longest = tokens;
        self
    }

    /// Favours longer sequences: scores are divided by `((5 + length) / 6)^alpha` (Wu et al. 2016,
    /// <https://arxiv.org/abs/1609.08144>, who take 0.6). At 0 short ones win, each token being less than certain.
    pub fn length_penalty(mut self, alpha: f32) -> Self {
        self.length_penalty = alpha;
        self
    }

    /// The best sequences, the best first, at most as many as the beam is wide. `next` gives the logarithms of the
    /// probabilities of every token behind each beginning; a beginning starts with the start token.
    ///
    /// ***Panics*** if `next` does not give a row for each beginning.
    #[track_caller]
    pub fn run(&self, mut next: impl FnMut(&[Vec<usize>]) -> Vec<Vec<f32>>) -> Vec<Hypothesis> {
        self.search(1, &mut |_, beginnings| next(beginnings)).pop().unwrap_or_default()
    }

    /// Looks for `count` sequences at once, such as the translations of `count` sentences, so that the model computes them in
    /// one batch: of each what [`run`](Self::run) gives. `next` is told which sequence each beginning belongs to, a number
    /// below `count`; all beginnings are equally long.
    ///
    /// ```
    /// use ferrolab::data::BeamSearch;
    /// // Two sequences to be copied; 0 starts a sequence and 1 ends it.
    /// let sources = [vec![5, 3, 1], vec![2, 1, 1]];
    /// let best = BeamSearch::new(0, 1).width(2).longest(3).run_batch(2, |which, beginnings| {
    ///     let row = |(&which, beginning): (&usize, &Vec<usize>)| {
    ///         let right = sources[which][beginning.len() - 1];
    ///         (0..6).map(|token| if token == right { -0.1 } else { -5.0 }).collect()
    ///     };
    ///     which.iter().zip(beginnings).map(row).collect()
    /// });
    /// assert_eq!((&best[0][0].tokens[..], &best[1][0].tokens[..]), (&[5, 3][..], &[2][..]));
    /// ```
    ///
    /// ***Panics*** if `next` does not give a row for each beginning.
    #[track_caller]
    pub fn run_batch(
        &self,
        count: usize,
        mut next: impl FnMut(&[usize], &[Vec<usize>]) -> Vec<Vec<f32>>,
    ) -> Vec<Vec<Hypothesis>> {
        self.search(count, &mut next)
    }

    #[track_caller]
    fn search(&self, count: usize, next: &mut Next<'_>) -> Vec<Vec<Hypothesis>> {
        let new = || Beam { beginnings: vec![(vec![self.start], 0.0)], ended: Vec::new(), decided: false };
        let mut beams: Vec<Beam> = std::iter::repeat_with(new).take(count).collect();
        for _ in 0..self.longest {
            ferrolab_display::poll();
            let open = beams.iter().enumerate().filter(|(_, beam)| !beam.decided);
            let (which, tokens): (Vec<usize>, Vec<Vec<usize>>) = open
                .flat_map(|(which, beam)| {
                    beam.beginnings.iter().map(move |(tokens, _)| (which, tokens.clone()))
                })
                .unzip();
            if tokens.is_empty() {
                break;
            }
            let rows = next(&which, &tokens);
            let (expected, found) = (tokens.len(), rows.len());
            assert!(
                expected == found,
                "beam search: expected a row for each of {expected} beginnings, got {found}"
            );
            let mut rows = &rows[..];
            for beam in beams.iter_mut().filter(|beam| !beam.decided) {
                let (here, others) = rows.split_at(beam.beginnings.len());
                self.step(beam, here);
                rows = others;
            }
        }
        beams.into_iter().map(|beam| self.result(beam)).collect()
    }

    /// Makes every beginning of a sequence one token longer, `rows` being what may follow, and keeps the best.
    fn step(&self, beam: &mut Beam, rows: &[Vec<f32>]) {
        let beginnings = &beam.beginnings;
        let mut steps: Vec<(usize, usize, f32)> = Vec::new();
        for (which, row) in rows.iter().enumerate() {
            steps
                .extend(row.iter().enumerate().map(|(token, log)| (which, token, beginnings[which].1 + log)));
        }
        // Of equal ones the earlier, so that the same model gives the same sequences.
        let order = |a: &(usize, usize, f32), b: &(usize, usize, f32)| {
            b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1)))
        };
        // Twice the width: enough to go on with even if half of them end here.
        if steps.len() > 2 * self.width {
            steps.select_nth_unstable_by(2 * self.width, order);
            steps.truncate(2 * self.width);
        }
        steps.sort_unstable_by(order);
        let mut longer = Vec::with_capacity(self.width);
        for (rank, (which, token, log_probability)) in steps.into_iter().enumerate() {
            if log_probability == f32::NEG_INFINITY {
                continue;
            }
            if token == self.end {
                // Only what is among the best ends here; the other places are there to go on with.
                if rank >= self.width {
                    continue;
                }
                beam.ended.push(self.hypothesis(&beginnings[which].0, log_probability));
            } else if longer.len() < self.width {
                longer.push(([&beginnings[which].0[..], &[token]].concat(), log_probability));
            }
        }
        beam.beginnings = longer;
        self.sort(&mut beam.ended);
        beam.decided = beam.beginnings.first().is_none_or(|best| self.is_decided(&beam.ended, best.1));
    }

    fn result(&self, beam: Beam) -> Vec<Hypothesis> {
        let mut found = beam.ended;
        if !beam.decided {
            found.extend(beam.beginnings.iter().map(|(tokens, log)| self.hypothesis(tokens, *log)));
            self.sort(&mut found);
        }
        found
    }

    /// The best first, at most as many as the beam is wide.
    fn sort(&self, found: &mut Vec<Hypothesis>) {
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(self.width);
    }

    /// Whether no beginning can become better than what has ended: its logarithm can only fall. Greedy search ends with the
    /// first end, whatever a length penalty promises to longer sequences.
    fn is_decided(&self, ended: &[Hypothesis], best: f32) -> bool {
        if self.width == 1 {
            return !ended.is_empty();
        }
        let lightest = self.penalty(self.longest);
        ended.len() == self.width && ended.last().is_some_and(|worst| worst.score >= best / lightest)
    }

    fn hypothesis(&self, tokens: &[usize], log_probability: f32) -> Hypothesis {
        let tokens = tokens[1..].to_vec();
        let score = log_probability / self.penalty(tokens.len());
        Hypothesis { tokens, log_probability, score }
    }

    fn penalty(&self, length: usize) -> f32 {
        ((5.0 + length as f32) / 6.0).powf(self.length_penalty)
    }
}

/// The search for one sequence.
struct Beam {
    /// What is followed, and the logarithm of its probability; the best first.
    beginnings: Vec<(Vec<usize>, f32)>,
    ended: Vec<Hypothesis>,
    /// Whether nothing better can come.
    decided: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: usize = 3;

    /// Probabilities of the next of four tokens, which depend on all before.
    fn rows(beginnings: &[Vec<usize>]) -> Vec<Vec<f32>> {
        let row = |beginning: &Vec<usize>| {
            let seed = beginning.iter().fold(7usize, |seed, token| seed * 31 + token + 1);
            let weights: Vec<f32> = (0..4).map(|i| 1.0 + ((seed / 3usize.pow(i)) % 17) as f32).collect();
            let sum: f32 = weights.iter().sum();
            weights.iter().map(|weight| (weight / sum).ln()).collect()
        };
        beginnings.iter().map(row).collect()
    }

    /// Every sequence of at most three tokens that ends, and those of three that do not.
    fn all() -> Vec<Hypothesis> {
        let search = BeamSearch::new(0, END).longest(3);
        let (mut found, mut open) = (Vec::new(), vec![(vec![0], 0.0)]);
        for _ in 0..3 {
            let mut longer = Vec::new();
            for (tokens, log) in &open {
                for (token, step) in rows(std::slice::from_ref(tokens))[0].iter().enumerate() {
                    if token == END {
                        found.push(search.hypothesis(tokens, log + step));
                    } else {
                        longer.push(([&tokens[..], &[token]].concat(), log + step));
                    }
                }
            }
            open = longer;
        }
        found.extend(open.iter().map(|(tokens, log)| search.hypothesis(tokens, *log)));
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }

    #[test]
    fn a_wide_beam_finds_what_trying_all_sequences_finds() {
        let best = BeamSearch::new(0, END).width(64).longest(3).run(rows);
        let all = all();
        assert_eq!(best.len(), all.len());
        for (best, all) in best.iter().zip(&all) {
            assert!((best.score - all.score).abs() < 1e-6);
        }
        assert_eq!(best[0].tokens, all[0].tokens);
    }

    #[test]
    fn a_beam_of_one_is_greedy() {
        let greedy = BeamSearch::new(0, END).width(1).longest(6);
        let best = greedy.run(rows);
        assert_eq!(greedy.length_penalty(3.0).run(rows)[0].tokens, best[0].tokens);
        let mut tokens = vec![0];
        for _ in 0..6 {
            let row = &rows(&[tokens.clone()])[0];
            let token = (0..4).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
            if token == END {
                break;
            }
            tokens.push(token);
        }
        assert_eq!(best[0].tokens, tokens[1..]);
    }

    #[test]
    fn a_length_penalty_favours_longer_sequences() {
        let mean = |alpha: f32| {
            let best = BeamSearch::new(0, END).width(6).longest(8).length_penalty(alpha).run(rows);
            best.iter().map(|found| found.tokens.len()).sum::<usize>() as f32 / best.len() as f32
        };
        assert!(mean(2.0) > mean(0.0), "{} and {}", mean(2.0), mean(0.0));
    }

    #[test]
    fn sequences_of_a_batch_do_not_disturb_one_another() {
        // The second and third are told apart by tokens that the model is shown before their beginnings.
        let search = BeamSearch::new(0, END).width(3).longest(6);
        let prefixed = |which: usize, beginning: &[usize]| [&vec![1; which][..], beginning].concat();
        let together = search.run_batch(3, |which, beginnings| {
            let all: Vec<_> = which.iter().zip(beginnings).map(|(&which, b)| prefixed(which, b)).collect();
            rows(&all)
        });
        for (which, together) in together.iter().enumerate() {
            let alone = search.run(|b| rows(&b.iter().map(|b| prefixed(which, b)).collect::<Vec<_>>()));
            assert_eq!(together, &alone);
        }
        assert_ne!(together[0], together[1]);
        assert!(search.run_batch(0, |_, _| unreachable!()).is_empty());
    }
}
