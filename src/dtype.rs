//! [`Dtype`]: the element types of tensors.

/// An element type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type of tensors",
    label = "expected `f32`"
)]
pub trait Dtype: Copy + Send + Sync + 'static {
    /// Its name as printed with a tensor.
    const NAME: &'static str;
}

impl Dtype for f32 {
    const NAME: &'static str = "f32";
}
