//! `ctc`: a sequence of labels read from longer sequences of frames, without knowing which frame shows which label.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use crate::cuda::{self, Sequences};
use crate::ops::log_sum;
use crate::raw::Raw;
use crate::shape::{Const, Dim};
use crate::tensor::Tensor;

/// Connectionist temporal classification (Graves et al. 2006, <https://doi.org/10.1145/1143844.1143891>): for speech and
/// handwriting, where a frame shows a part of a letter. PyTorch's `ctc_loss` with its defaults.
///
/// `log_probabilities`, `[frames, batch, C]`, are those of a [`log_softmax`](Tensor::log_softmax) over `C - 1` labels and the
/// blank, class 0. A target is the list of labels that one sequence shows; `lengths` are the numbers of its frames that
/// count. The loss of a sequence is `-ln` of the probability of all ways to say its target: each label over one frame or
/// several, blanks between labels as one likes, but at least one between two equal ones. It is divided by the number of
/// labels, and the mean is taken over the batch.
///
/// ```
/// use ferrolab::prelude::*;
/// // Three frames, one sequence, classes blank, `a`, `b`: undecided everywhere.
/// let x = Tensor::<Rank3<3, 1, 3>>::zeros().log_softmax();
/// let loss = loss::ctc(&x, &[[1, 2]], &[3]);
/// // aab, abb, _ab, a_b and ab_ say `ab`: five of 27 ways; two labels.
/// assert!((loss.item() - (27f32 / 5.0).ln() / 2.0).abs() < 1e-6);
/// ```
///
/// A target that does not fit into its frames has an infinite loss and a gradient that is not a number: see
/// [`Ctc::zero_infinity`].
///
/// ***Panics*** as [`Ctc::of`] does.
#[inline]
#[track_caller]
pub fn ctc<T: Dim, N: Dim, const C: usize>(
    log_probabilities: &Tensor<(T, N, Const<C>)>,
    targets: &[impl AsRef<[usize]>],
    lengths: &[usize],
) -> Tensor<()> {
    Ctc::new().of(log_probabilities, targets, lengths)
}

/// [`ctc`] with choices, PyTorch's `CTCLoss`.
///
/// ```
/// use ferrolab::loss::Ctc;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank3<2, 2, 3>>::zeros().log_softmax();
/// // The second sequence would need a blank between its equal labels, and has no frame for it.
/// let targets: [&[usize]; 2] = [&[0], &[1, 1]];
/// let loss = Ctc::new().blank(2).zero_infinity().sum().of(&x, &targets, &[2, 2]);
/// assert!((loss.item() - 3f32.ln()).abs() < 1e-6); // 0_, _0 and 00, of nine ways
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Ctc {
    pub(crate) blank: usize,
    pub(crate) zero_infinity: bool,
    pub(crate) sum: bool,
}

impl Ctc {
    /// The plain [`ctc`]: class 0 is the blank.
    pub fn new() -> Self {
        Self::default()
    }

    /// The class that stands for no label.
    pub fn blank(mut self, class: usize) -> Self {
        self.blank = class;
        self
    }

    /// Counts a sequence whose target does not fit into its frames as 0, with the gradient 0.
    pub fn zero_infinity(mut self) -> Self {
        self.zero_infinity = true;
        self
    }

    /// Adds the sequences up, whatever the lengths of their targets.
    pub fn sum(mut self) -> Self {
        self.sum = true;
        self
    }

    /// The loss of these logarithms of probabilities. `targets` and `lengths` have an entry for each sequence.
    ///
    /// ***Panics*** if there are not as many targets and lengths as sequences, if a length is more than there are frames,
    /// or if a label is the blank or no class.
    #[inline]
    #[track_caller]
    pub fn of<T: Dim, N: Dim, const C: usize>(
        &self,
        log_probabilities: &Tensor<(T, N, Const<C>)>,
        targets: &[impl AsRef<[usize]>],
        lengths: &[usize],
    ) -> Tensor<()> {
        let targets = targets.iter().map(|target| target.as_ref().to_vec()).collect();
        Tensor::from_raw(raw(log_probabilities.raw(), targets, lengths, *self))
    }
}

#[track_caller]
fn raw(x: &Raw, targets: Vec<Vec<usize>>, lengths: &[usize], rule: Ctc) -> Raw {
    let sizes = x.sizes();
    let &[frames, batch, classes] = &sizes[..] else {
        panic!("ctc: expected logarithms of probabilities [frames, batch, classes], got {sizes:?}")
    };
    check(&targets, lengths, [frames, batch, classes], rule.blank);
    let array = x.array().row_major();
    if let Some(gpu) = cuda::active() {
        let sequences = Sequences::new(gpu, &targets, lengths, [frames, batch, classes], rule);
        let (loss, walked) = gpu.ctc(&array, &sequences);
        return Raw::from_op("ctc", loss, &[x], move |gradient, _| {
            vec![Some(gpu.ctc_slope(gradient, &array, &sequences, &walked))]
        });
    }
    let sequences: Vec<Sequence> = targets
        .iter()
        .zip(lengths)
        .map(|(target, &frames)| Sequence::new(target, frames, rule.blank))
        .collect();
    let frames_of = |n: usize| Frames { values: array.values(), batch, classes, n };
    let losses = threads::collect(sequences.len(), |n| sequences[n].loss(&frames_of(n)));
    let weight = move |target: &Vec<usize>| match rule.sum {
        true => 1.0,
        false => 1.0 / (target.len().max(1) * batch) as f64,
    };
    let left_out = move |loss: f64| rule.zero_infinity && loss.is_infinite();
    let counted = losses.iter().zip(&targets).filter(|&(&loss, _)| !left_out(loss));
    let loss = Array::full(&[], counted.map(|(loss, target)| loss * weight(target)).sum::<f64>() as f32);
    Raw::from_op("ctc", loss, &[x], move |gradient, _| {
        let scale = f64::from(gradient.values()[0]);
        let parts = threads::collect(sequences.len(), |n| match left_out(losses[n]) {
            true => Vec::new(),
            false => sequences[n].gradient(&Frames { values: array.values(), batch, classes, n }, losses[n]),
        });
        let mut dx = Buffer::full(frames * batch * classes, 0.0);
        for (n, (part, target)) in parts.iter().zip(&targets).enumerate() {
            let scale = scale * weight(target);
            for (t, part) in part.chunks_exact(classes.max(1)).enumerate() {
                let row = &mut dx[(t * batch + n) * classes..][..classes];
                row.iter_mut().zip(part).for_each(|(dx, part)| *dx = (scale * part) as f32);
            }
        }
        vec![Some(Array::new(&[frames, batch, classes], Layout::RowMajor, dx))]
    })
}

#[track_caller]
fn check(targets: &[Vec<usize>], lengths: &[usize], [frames, batch, classes]: [usize; 3], blank: usize) {
    let (t, l) = (targets.len(), lengths.len());
    assert!(t == batch && l == batch, "ctc: {t} targets and {l} lengths for a batch of {batch} sequences");
    assert!(blank < classes, "ctc: the blank, {blank}, is not one of the {classes} classes 0..{classes}");
    if let Some(length) = lengths.iter().find(|&&length| length > frames) {
        panic!("ctc: a sequence of length {length} does not fit into {frames} frames");
    }
    if let Some(label) = targets.iter().flatten().find(|&&label| label >= classes) {
        panic!("ctc: label {label} is not one of the {classes} classes 0..{classes}");
    }
    assert!(targets.iter().flatten().all(|&label| label != blank), "ctc: a target holds the blank, {blank}");
}

/// The frames of one sequence of a batch.
struct Frames<'a> {
    values: &'a [f32],
    batch: usize,
    classes: usize,
    n: usize,
}

impl Frames<'_> {
    fn at(&self, frame: usize, class: usize) -> f64 {
        f64::from(self.values[(frame * self.batch + self.n) * self.classes + class])
    }
}

/// What one sequence is to say: its labels with blanks around each, which is where the paths through its frames lead.
struct Sequence {
    states: Vec<usize>,
    frames: usize,
}

impl Sequence {
    fn new(target: &[usize], frames: usize, blank: usize) -> Sequence {
        let states = std::iter::once(blank).chain(target.iter().flat_map(|&label| [label, blank])).collect();
        Sequence { states, frames }
    }

    /// `-ln` of the probability of all paths.
    fn loss(&self, x: &Frames) -> f64 {
        if self.frames == 0 {
            return if self.states.len() == 1 { 0.0 } else { f64::INFINITY };
        }
        let alpha = self.forward(x);
        let last = &alpha[(self.frames - 1) * self.states.len()..];
        // A path ends in the last label or in the blank behind it.
        -log_sum(last.iter().rev().take(2).copied())
    }

    /// Whether a path may leave out the blank before state `s`: not between two equal labels.
    fn may_jump(&self, s: usize) -> bool {
        s >= 2 && self.states[s] != self.states[0] && self.states[s] != self.states[s - 2]
    }

    /// For each frame and state `ln` of the probability of all paths that end there, the frame included.
    fn forward(&self, x: &Frames) -> Vec<f64> {
        let len = self.states.len();
        let mut alpha = vec![f64::NEG_INFINITY; self.frames * len];
        for (alpha, &state) in alpha.iter_mut().zip(&self.states).take(2) {
            *alpha = x.at(0, state);
        }
        for t in 1..self.frames {
            let (before, now) = alpha.split_at_mut(t * len);
            let before = &before[(t - 1) * len..];
            for (s, &state) in self.states.iter().enumerate() {
                let from = [true, s >= 1, self.may_jump(s)];
                let from =
                    from.iter().enumerate().filter(|&(_, &open)| open).map(|(back, _)| before[s - back]);
                now[s] = log_sum(from) + x.at(t, state);
            }
        }
        alpha
    }

    /// For each frame and state `ln` of the probability of all paths from there to the end, the frame not included.
    fn backward(&self, x: &Frames) -> Vec<f64> {
        let (len, mut beta) = (self.states.len(), vec![f64::NEG_INFINITY; self.frames * self.states.len()]);
        let end = self.frames * len;
        for s in len.saturating_sub(2)..len {
            beta[end - len + s] = 0.0;
        }
        for t in (1..self.frames).rev() {
            let (before, now) = beta.split_at_mut(t * len);
            let before = &mut before[(t - 1) * len..];
            for (s, before) in before.iter_mut().enumerate() {
                let to = [true, s + 1 < len, s + 2 < len && self.may_jump(s + 2)];
                let to = to.iter().enumerate().filter(|&(_, &open)| open).map(|(on, _)| s + on);
                *before = log_sum(to.map(|s| now[s] + x.at(t, self.states[s])));
            }
        }
        beta
    }

    /// The slopes of the loss, `[frames, classes]`: minus the probability that a frame shows a class, given the target.
    fn gradient(&self, x: &Frames, loss: f64) -> Vec<f64> {
        let mut slopes = vec![0.0; self.frames * x.classes];
        if self.frames == 0 || loss.is_infinite() {
            slopes.fill(f64::NAN);
            return slopes;
        }
        let (alpha, beta) = (self.forward(x), self.backward(x));
        for (t, slopes) in slopes.chunks_exact_mut(x.classes).enumerate() {
            for (s, &class) in self.states.iter().enumerate() {
                let at = t * self.states.len() + s;
                slopes[class] -= (alpha[at] + beta[at] + loss).exp();
            }
        }
        slopes
    }
}

#[cfg(test)]
mod tests;
