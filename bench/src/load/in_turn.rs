//! Items that are used in turn, again and again, by several users.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};

/// The items, and which one is next.
#[derive(Debug)]
pub struct InTurn<T> {
    things: Vec<T>,
    next: AtomicUsize,
}

impl<T> InTurn<T> {
    /// Begins with the first one.
    pub fn new(things: Vec<T>) -> Self {
        Self {
            things,
            next: AtomicUsize::new(0),
        }
    }

    /// The first one, out of turn.
    pub fn first(&self) -> Result<&T> {
        let first = self.things.first();
        first.context("there is nothing to take turns")
    }

    /// The next one.
    pub fn next(&self) -> Result<&T> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let thing = self.things.get(next % self.things.len().max(1));
        thing.context("there is nothing to take turns")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_last_one_comes_the_first() {
        let letters = InTurn::new(vec!['a', 'b']);
        let three: Vec<_> = (0..3).map(|_| *letters.next().unwrap()).collect();
        assert_eq!(three, ['a', 'b', 'a']);
        assert!(InTurn::<char>::new(Vec::new()).next().is_err());
    }
}
