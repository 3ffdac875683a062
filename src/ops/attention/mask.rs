//! [`AttentionMask`].

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::cuda::{Gpu, Memory};

/// Which keys a query must not look at.
///
/// ```
/// use ferrolab::ops::AttentionMask;
/// let mask = AttentionMask::causal().lengths(&[5, 3], 5); // of the second sequence only three steps count
/// ```
#[derive(Clone, Debug, Default)]
pub struct AttentionMask {
    causal: bool,
    /// Of each sequence, which keys are there.
    keys: Option<Arc<Flags>>,
    /// Of each query, which keys it looks at.
    pairs: Option<Arc<Flags>>,
}

/// A mask's values, and the same on a GPU once one has asked for them: a mask serves all layers of a model.
struct Flags {
    values: Vec<bool>,
    on_gpu: OnceLock<Arc<Memory<u8>>>,
}

impl Flags {
    fn new(values: Vec<bool>) -> Flags {
        Flags { values, on_gpu: OnceLock::new() }
    }

    fn memory(&self, gpu: &'static Gpu) -> Arc<Memory<u8>> {
        let upload = || {
            let bytes: Vec<u8> = self.values.iter().map(|&value| u8::from(value)).collect();
            Arc::new(gpu.upload(&bytes))
        };
        let kept = self.on_gpu.get_or_init(upload);
        // They may be on another one.
        if std::ptr::eq(kept.gpu(), gpu) { kept.clone() } else { upload() }
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values.fmt(f)
    }
}

impl AttentionMask {
    /// Every query looks at every key.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(format!("{:?}", AttentionMask::none()), format!("{:?}", AttentionMask::default()));
    /// ```
    pub fn none() -> Self {
        AttentionMask::default()
    }

    /// A query looks at the keys up to its own place only: what a model that predicts the next token needs.
    pub fn causal() -> Self {
        AttentionMask { causal: true, ..Default::default() }
    }

    /// Padding: of each sequence, how many of its `steps` keys there are. The inverse of PyTorch's `key_padding_mask`.
    ///
    /// ***Panics*** if a length is more than `steps`.
    #[track_caller]
    pub fn lengths(self, lengths: &[usize], steps: usize) -> Self {
        if let Some(length) = lengths.iter().find(|&&length| length > steps) {
            panic!("a sequence of length {length} does not fit into {steps} steps");
        }
        let keys = lengths.iter().flat_map(|&length| (0..steps).map(move |step| step < length)).collect();
        AttentionMask { keys: Some(Arc::new(Flags::new(keys))), ..self }
    }

    /// Which keys there are, one a place of the batch: `keys[sequence * steps + step]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let mask = AttentionMask::none().keys(vec![true, true, false]); // one sequence, whose third step is padding
    /// let x = Tensor::<Rank3<1, 3, 4>>::ones();
    /// let weights = MultiHeadAttention::<4, 2>::default().weights(&x, &x, &mask);
    /// assert_eq!(weights.to_vec()[..3], [0.5, 0.5, 0.0]);
    /// ```
    pub fn keys(self, keys: Vec<bool>) -> Self {
        AttentionMask { keys: Some(Arc::new(Flags::new(keys))), ..self }
    }

    /// Which keys each query looks at, the same for every sequence: `pairs[query * keys + key]`. The inverse of PyTorch's
    /// boolean `attn_mask`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let mask = AttentionMask::none().pairs(vec![true, false, true, true]); // the first step sees itself only
    /// let x = Tensor::<Rank3<1, 2, 4>>::ones();
    /// let weights = MultiHeadAttention::<4, 1>::default().weights(&x, &x, &mask);
    /// assert_eq!(weights.to_vec(), [1.0, 0.0, 0.5, 0.5]);
    /// ```
    pub fn pairs(self, pairs: Vec<bool>) -> Self {
        AttentionMask { pairs: Some(Arc::new(Flags::new(pairs))), ..self }
    }

    /// Whether every query looks at every key.
    pub(super) fn is_none(&self) -> bool {
        !self.causal && self.keys.is_none() && self.pairs.is_none()
    }

    /// Whether a query sees the keys up to its own place only.
    pub(super) fn is_causal(&self) -> bool {
        self.causal
    }

    /// In a GPU's memory: of each sequence, which keys are there; of each query, which keys it sees.
    pub(super) fn memory(&self, gpu: &'static Gpu) -> [Option<Arc<Memory<u8>>>; 2] {
        [&self.keys, &self.pairs].map(|flags| flags.as_ref().map(|flags| flags.memory(gpu)))
    }

    /// Puts minus infinity in place of the scores of what a query of a sequence must not look at.
    pub(super) fn hide(&self, scores: &mut [f32], sequence: usize, query: usize) {
        let keys = scores.len();
        if self.causal {
            scores[keys.min(query + 1)..].fill(f32::NEG_INFINITY);
        }
        let mut keep = |seen: &[bool]| {
            for (score, &seen) in scores.iter_mut().zip(seen) {
                *score = if seen { *score } else { f32::NEG_INFINITY };
            }
        };
        if let Some(there) = &self.keys {
            keep(&there.values[sequence * keys..(sequence + 1) * keys]);
        }
        if let Some(seen) = &self.pairs {
            keep(&seen.values[query * keys..(query + 1) * keys]);
        }
    }

    /// ***Panics*** unless the mask is one for so many sequences, queries and keys.
    #[track_caller]
    pub(super) fn assert_fits(&self, batch: usize, queries: usize, keys: usize) {
        if let Some(there) = &self.keys {
            let len = there.values.len();
            assert!(
                len == batch * keys,
                "attention: a mask of {len} keys for {batch} sequences of {keys} steps"
            );
        }
        if let Some(seen) = &self.pairs {
            let len = seen.values.len();
            assert!(
                len == queries * keys,
                "attention: a mask of {len} pairs for {queries} queries and {keys} keys"
            );
        }
    }
}
