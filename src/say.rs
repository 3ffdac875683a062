//! Human sentences inside compile-time panics: `const fn` cannot `format!`, so [`Msg`] does.

use crate::shape::DYN;

/// A message under construction, at most 256 bytes; what does not fit is cut off.
#[derive(Clone, Copy)]
pub struct Msg {
    bytes: [u8; 256],
    len: usize,
}

impl Msg {
    /// An empty message.
    pub const fn new() -> Self {
        Msg { bytes: [0; 256], len: 0 }
    }

    /// A word with its numbers: `conv2d(32, 3)`. Built only where something is wrong: the compiler, which evaluates this
    /// step by step, needs longer for it than for the rest of a layer.
    pub const fn call(word: &str, numbers: &[usize]) -> Self {
        let mut message = Msg::new().s(word).s("(");
        let mut i = 0;
        while i < numbers.len() {
            message = if i == 0 { message } else { message.s(", ") }.u(numbers[i]);
            i += 1;
        }
        message.s(")")
    }

    /// Appends text.
    pub const fn s(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Appends a number; [`DYN`] reads `?`.
    pub const fn u(self, number: usize) -> Self {
        if number == DYN {
            return self.s("?");
        }
        let mut digits = [b'0'; 20];
        let mut start = digits.len() - 1;
        let mut rest = number;
        digits[start] += (rest % 10) as u8;
        rest /= 10;
        while rest > 0 {
            start -= 1;
            digits[start] += (rest % 10) as u8;
            rest /= 10;
        }
        match core::str::from_utf8(digits.split_at(start).1) {
            Ok(text) => self.s(text),
            Err(_) => self,
        }
    }

    /// Appends the first `rank` sizes as `[3, 32, 32]`.
    pub const fn shape(self, rank: usize, sizes: [usize; 6]) -> Self {
        let mut msg = self.s("[");
        let mut i = 0;
        while i < rank {
            if i > 0 {
                msg = msg.s(", ");
            }
            msg = msg.u(sizes[i]);
            i += 1;
        }
        msg.s("]")
    }

    /// Appends sizes as `[3, 32, 32]`.
    pub const fn sizes(self, sizes: &[usize]) -> Self {
        self.shape(sizes.len(), crate::shape::sizes(sizes))
    }

    /// The text so far.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "(a message too long to show)",
        }
    }
}

impl Default for Msg {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_shapes_are_spelled_out() {
        const TEXT: Msg = Msg::new().s("got ").shape(3, [32, 0, DYN, 0, 0, 0]).s(" of ").u(1024);
        assert_eq!(TEXT.as_str(), "got [32, 0, ?] of 1024");
    }
}
