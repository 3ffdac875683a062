//! [`AttentionMask`].

use std::sync::Arc;

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
    keys: Option<Arc<[bool]>>,
    /// Of each query, which keys it looks at.
    pairs: Option<Arc<[bool]>>,
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
        AttentionMask { keys: Some(keys), ..self }
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
        AttentionMask { keys: Some(keys.into()), ..self }
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
        AttentionMask { pairs: Some(pairs.into()), ..self }
    }

    /// Whether every query looks at every key.
    pub(super) fn is_none(&self) -> bool {
        !self.causal && self.keys.is_none() && self.pairs.is_none()
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
            keep(&there[sequence * keys..(sequence + 1) * keys]);
        }
        if let Some(seen) = &self.pairs {
            keep(&seen[query * keys..(query + 1) * keys]);
        }
    }

    /// ***Panics*** unless the mask is one for so many sequences, queries and keys.
    #[track_caller]
    pub(super) fn assert_fits(&self, batch: usize, queries: usize, keys: usize) {
        if let Some(there) = &self.keys {
            let len = there.len();
            assert!(
                len == batch * keys,
                "attention: a mask of {len} keys for {batch} sequences of {keys} steps"
            );
        }
        if let Some(seen) = &self.pairs {
            let len = seen.len();
            assert!(
                len == queries * keys,
                "attention: a mask of {len} pairs for {queries} queries and {keys} keys"
            );
        }
    }
}
