//! The encoding of a file, from its first bytes.

use std::io::{self, Cursor, Read};

const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// A source without the byte order mark that it may have begun with.
pub type Unmarked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The source from its first character on, or `None` if it is UTF-16.
pub fn utf8<R: Read>(mut source: R) -> io::Result<Option<Unmarked<R>>> {
    let mut start = Vec::new();
    source
        .by_ref()
        .take(MARK.len() as u64)
        .read_to_end(&mut start)?;
    // Even without a mark, every second byte of a header in UTF-16 is 0.
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] = start[..] {
        return Ok(None);
    }
    if start == MARK {
        start.clear();
    }
    Ok(Some(Cursor::new(start).chain(source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<String> {
        let mut text = String::new();
        utf8(bytes).unwrap()?.read_to_string(&mut text).unwrap();
        Some(text)
    }

    #[test]
    fn a_mark_is_no_text() {
        assert_eq!(read(b"\xef\xbb\xbfslug").unwrap(), "slug");
        assert_eq!(read(b"slug").unwrap(), "slug");
        assert_eq!(read(b"s").unwrap(), "s");
        assert_eq!(read(b"").unwrap(), "");
    }

    #[test]
    fn utf_16_is_recognized_with_and_without_a_mark() {
        for bytes in [
            &b"\xff\xfes\0l\0"[..],
            b"\xfe\xff\0s\0l",
            b"s\0l\0",
            b"\0s\0l",
        ] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }
}
