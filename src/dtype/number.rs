//! [`Number`]: a value of any element type, on its way to another or to the screen.

/// A number of one of the three kinds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of a floating-point type.
    Float(f64),
    /// Of `i64`.
    Int(i64),
    /// Of `bool`.
    Bool(bool),
}

impl Number {
    /// As a float: `true` is 1.
    pub fn float(self) -> f64 {
        match self {
            Number::Float(x) => x,
            Number::Int(x) => x as f64,
            Number::Bool(x) => f64::from(x),
        }
    }

    /// As a whole number: fractions are cut off, what is too large becomes the largest, NaN becomes 0.
    pub fn int(self) -> i64 {
        match self {
            Number::Float(x) => x as i64,
            Number::Int(x) => x,
            Number::Bool(x) => i64::from(x),
        }
    }

    /// Whether it is not 0; NaN is not.
    pub fn bool(self) -> bool {
        match self {
            Number::Float(x) => x != 0.0,
            Number::Int(x) => x != 0,
            Number::Bool(x) => x,
        }
    }
}
