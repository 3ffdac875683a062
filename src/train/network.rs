//! What a batch costs a network of layers. Not generic, so that a notebook's cell compiles none of it.

use super::History;
use super::drive::Drive;
use super::run::{Judged, Lesson, Run, Settings};
use crate::data::{Content, Feed};
use crate::nn::Network;
use crate::ops;

/// Data for a network. A user's own source is opened by its types.
pub(super) struct Data<'a> {
    pub(super) feed: Feed<'a>,
    pub(super) open: &'a dyn Fn(Content) -> Content,
}

impl<'a> Data<'a> {
    /// Data of this crate, which need no opening.
    pub(super) fn of(feed: Feed<'a>) -> Self {
        Data { feed, open: &|content| content }
    }
}

/// What the network learns.
#[derive(Clone, Copy)]
pub(super) enum Task {
    /// Scores of classes, by the cross entropy.
    Classes,
    /// Numbers, by the mean squared error.
    Numbers,
}

#[track_caller]
pub(super) fn fit_network(
    drive: &mut Drive,
    settings: &Settings,
    (network, task): (&Network, Task),
    train: Data<'_>,
    validation: Option<Data<'_>>,
) -> History {
    let judge = |open: &dyn Fn(Content) -> Content, content| {
        let content = if let Content::Own(_) = content { open(content) } else { content };
        task.judge(network, content)
    };
    let by_training = |content| judge(train.open, content);
    let (feed, open) = validation.map_or((None, train.open), |data| (Some(data.feed), data.open));
    let by_validation = |content| judge(open, content);
    let train = Lesson { feed: train.feed, judge: &by_training };
    let validation = feed.map(|feed| Lesson { feed, judge: &by_validation });
    Run { settings, model: network, train, validation }.fit(drive)
}

impl Task {
    fn judge(self, network: &Network, content: Content) -> Judged {
        match self {
            Task::Classes => {
                let (x, labels) = content.labelled();
                let scores = network.forward(&x);
                let right = ops::count_right(&scores, &labels);
                Judged { loss: ops::cross_entropy(&scores, &labels), right: Some(right) }
            }
            Task::Numbers => {
                let (x, y) = content.paired();
                Judged { loss: ops::mse(&network.forward(&x), &y), right: None }
            }
        }
    }
}
