//! Token attribution: which words of a text speak for a class, and the text coloured by that.

use ferrolab_display::{MimeBundle, Show, escape};

use super::integrated_gradients::integrated;
use super::model::{Classes, count};
use crate::array::Array;
use crate::autograd::no_grad;
use crate::nn::{Network, Sequential, evaluation};
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Rank1};
use crate::tensor::Tensor;

/// The points of the way from the baseline, as many as [`Path`](super::Path) has by default.
const STEPS: usize = 50;

/// What each token adds to the score of `class`: [integrated gradients](super::integrated_gradients) over the embeddings, from
/// texts of padding only (id 0), summed over each token's vector. For a [`Sequential`] that begins with an embedding.
///
/// From ids `[batch, T]` to attributions `[batch, T]`: positive where a token speaks for the class.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([6]).embedding(100, 8).lstm(16).dense(2));
/// let ids = Tensor::<Rank2<1, 6>>::from([[5.0, 17.0, 3.0, 0.0, 0.0, 0.0]]);
/// let shares = explain::token_attribution(&model, &ids, 1);
/// assert_eq!(shares.shape(), [1, 6]);
/// assert!(shares.to_vec()[3].abs() < 1e-6); // padding is the baseline
/// ```
///
/// ***Panics*** if there is no such class, or the model does not begin with an embedding.
#[track_caller]
pub fn token_attribution<N: Dim, const T: usize, const C: usize>(
    model: &Sequential<Rank1<T>, Rank1<C>>,
    ids: &Tensor<(N, Const<T>)>,
    class: impl Classes,
) -> Tensor<(N, Const<T>)> {
    let classes = class.classes(count(ids.raw()));
    Tensor::from_raw(attributed(model.network(), ids.raw(), &classes))
}

#[track_caller]
pub(super) fn attributed(network: &Network, ids: &Raw, classes: &[usize]) -> Raw {
    let first = network.layers().first().map(|layer| layer.code()).unwrap_or_default();
    assert!(
        first.starts_with("embedding("),
        "token_attribution needs a model that begins with an embedding, this is `{}`",
        network.code()
    );
    let embedded = |ids: &Raw| {
        let mut seen = None;
        no_grad(|| {
            evaluation(|| {
                network.forward_with(ids, &mut |layer, output| {
                    if layer == 0 {
                        seen = Some(output.detach());
                    }
                    None
                })
            })
        });
        seen.expect("the network has a first layer")
    };
    let padding = Raw::new(Array::full(&ids.sizes(), 0.0));
    // From the embedding on, whatever the ids.
    let rest = |embedding: &Raw| {
        network.forward_with(&padding, &mut |layer, _| (layer == 0).then(|| embedding.clone()))
    };
    let (values, _) = integrated(&rest, &embedded(ids), &embedded(&padding), classes, STEPS);
    ops::sum_last(&values)
}

/// A text whose tokens are coloured by a weight each, as the last expression of a cell: blue for the class, orange against it,
/// which all eyes tell apart. The weights are written out when the pointer rests on a token.
///
/// ```
/// use ferrolab::prelude::*;
/// let view = explain::TokenColours::new(["not", "good"], &[-0.9, 0.4]);
/// assert_eq!(view.bundle().plain(), Some("not (-0.90) good (+0.40)"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TokenColours {
    tokens: Vec<(String, f32)>,
}

impl TokenColours {
    /// Tokens and their weights; padding is best left out.
    ///
    /// ***Panics*** if there are not as many.
    #[track_caller]
    pub fn new<T: Into<String>>(tokens: impl IntoIterator<Item = T>, weights: &[f32]) -> Self {
        let tokens: Vec<String> = tokens.into_iter().map(T::into).collect();
        let (expected, found) = (tokens.len(), weights.len());
        assert!(found == expected, "expected a weight for each of {expected} tokens, got {found}");
        TokenColours { tokens: tokens.into_iter().zip(weights.iter().copied()).collect() }
    }
}

impl Show for TokenColours {
    fn bundle(&self) -> MimeBundle {
        let most = self.tokens.iter().fold(0.0f32, |most, (_, weight)| most.max(weight.abs()));
        let coloured = self.tokens.iter().map(|(token, weight)| {
            let strength = if most > 0.0 { 0.6 * weight.abs() / most } else { 0.0 };
            let colour = if *weight < 0.0 { "230,120,0" } else { "0,114,200" };
            format!(
                "<span title=\"{weight:+.3}\" style=\"background:rgba({colour},{strength:.2});padding:1px 3px;\
                 border-radius:3px\">{}</span>",
                escape(token)
            )
        });
        let html = format!(
            "<div style=\"line-height:1.9\">{}</div>\
             <small style=\"opacity:0.8\"><span style=\"background:rgba(0,114,200,0.5)\">&nbsp;for&nbsp;</span> \
             <span style=\"background:rgba(230,120,0,0.5)\">&nbsp;against&nbsp;</span></small>",
            coloured.collect::<Vec<_>>().join(" ")
        );
        let text: Vec<String> =
            self.tokens.iter().map(|(token, weight)| format!("{token} ({weight:+.2})")).collect();
        MimeBundle::new().html(html).text(text.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_escaped_and_the_strongest_is_darkest() {
        let bundle = TokenColours::new(["<b>", "x"], &[-2.0, 1.0]).bundle();
        let html = bundle.get("text/html").and_then(|html| html.as_str()).unwrap();
        assert!(html.contains("rgba(230,120,0,0.60)") && html.contains("&lt;b&gt;"), "{html}");
        assert!(html.contains("rgba(0,114,200,0.30)"), "{html}");
    }

    #[test]
    #[should_panic(
        expected = "token_attribution needs a model that begins with an embedding, this is `Input([3]).dense(2)`"
    )]
    fn there_must_be_an_embedding() {
        let model = crate::sequential!(Input([3]).dense(2));
        token_attribution(&model, &Tensor::<crate::Rank2<1, 3>>::ones(), 0);
    }
}
