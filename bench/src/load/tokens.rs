//! The tokens of requests.

use anyhow::{Context as _, Result};
use hyper::header::HeaderValue;

/// The tokens of a round's requests.
#[derive(Debug)]
pub enum Tokens {
    /// These in turn, again and again.
    InTurn(Vec<HeaderValue>),
    /// Each of these once.
    Once(Vec<HeaderValue>),
}

/// The tokens, and which one is next.
pub struct Turn {
    tokens: Tokens,
    next: usize,
}

impl Turn {
    /// Begins with the first one.
    pub fn new(tokens: Tokens) -> Self {
        Self { tokens, next: 0 }
    }

    /// The next one.
    pub fn next(&mut self) -> Result<HeaderValue> {
        let token = match &self.tokens {
            Tokens::InTurn(tokens) => tokens.get(self.next % tokens.len().max(1)),
            Tokens::Once(tokens) => tokens.get(self.next),
        };
        self.next += 1;
        token.cloned().context("there are too few tokens")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_turn_and_once() {
        let tokens = || ["a", "b"].map(HeaderValue::from_static).to_vec();
        let mut turn = Turn::new(Tokens::InTurn(tokens()));
        let three: Vec<_> = (0..3).map(|_| turn.next().unwrap()).collect();
        assert_eq!(three, ["a", "b", "a"]);
        let mut once = Turn::new(Tokens::Once(tokens()));
        assert!(once.next().is_ok() && once.next().is_ok() && once.next().is_err());
    }
}
