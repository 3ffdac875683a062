//! [`ValidationData`]: what a training is measured with.

use crate::data::{Content, Feed, TrainingData};

/// A training without validation data.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoValidation;

/// What a training on inputs `I` and targets `T` may be validated with.
pub trait ValidationData<I, T> {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Option<Feed<'_>>;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (I, T);
}

impl<I, T> ValidationData<I, T> for NoValidation {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Option<Feed<'_>> {
        None
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(_: Content) -> (I, T) {
        unreachable!("there is nothing to validate with")
    }
}

impl<D: TrainingData> ValidationData<D::Input, D::Target> for &D {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Option<Feed<'_>> {
        Some(TrainingData::feed(*self))
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (D::Input, D::Target) {
        <D as TrainingData>::open(content)
    }
}
