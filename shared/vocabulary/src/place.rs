//! The location of a value in a body.

use std::fmt::{self, Write};

/// A place, relative to the places around it; it is written out only for an error. Its display form is a JSON pointer
/// (RFC 6901).
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The body itself.
    Whole,
    /// A member of an object.
    Member(&'a Place<'a>, &'a str),
    /// An item of an array.
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Member(around, name) => {
                write!(f, "{around}/")?;
                name.chars().try_for_each(|character| match character {
                    '~' => f.write_str("~0"),
                    '/' => f.write_str("~1"),
                    other => f.write_char(other),
                })
            }
            Self::Item(around, position) => write!(f, "{around}/{position}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers() {
        let whole = Place::Whole;
        assert_eq!(whole.to_string(), "");
        let third = Place::Item(&whole, 3);
        let metadata = Place::Member(&third, "metadata");
        assert_eq!(metadata.to_string(), "/3/metadata");
        let odd = Place::Member(&metadata, "a/b~c");
        assert_eq!(odd.to_string(), "/3/metadata/a~1b~0c");
        assert_eq!(Place::Member(&whole, "").to_string(), "/");
    }
}
