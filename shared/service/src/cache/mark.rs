//! The position of a store: PostgreSQL's last change, or the last one that Redis learned of.

/// A change's number and mark.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mark {
    /// Increases with each change, within one history of changes.
    pub counter: i64,
    /// Random, so that two histories with the same counter can be distinguished.
    pub mark: String,
}

impl Mark {
    /// Parses the number and the mark, which are separated by a space.
    pub fn read(text: &[u8]) -> Option<Self> {
        let (counter, mark) = std::str::from_utf8(text).ok()?.split_once(' ')?;
        let counter = counter.parse().ok().filter(|counter| *counter >= 0)?;
        let mark = (!mark.is_empty()).then(|| mark.to_owned())?;
        Some(Self { counter, mark })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nothing_else() {
        let mark = Mark {
            counter: 7,
            mark: "a-b".to_owned(),
        };
        assert_eq!(Mark::read(b"7 a-b"), Some(mark));
        for other in ["", "7", "7 ", "inf a", "-7 a", " a", "\u{661} a"] {
            assert_eq!(Mark::read(other.as_bytes()), None, "{other}");
        }
    }
}
