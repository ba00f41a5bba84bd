//! Text of any origin as lines that end in a line feed, so that lines can be counted.

use std::io::{self, BufRead, BufReader, Read};

/// Leaves out the carriage return of every CR LF, and ends the last line where nothing does.
pub struct Lines<R> {
    source: BufReader<R>,
    last: Option<u8>,
    ended: bool,
    given: u64,
    quotes: u64,
}

impl<R: Read> Lines<R> {
    /// Of a source.
    pub fn of(source: R) -> Self {
        Self {
            source: BufReader::new(source),
            last: None,
            ended: false,
            given: 0,
            quotes: 0,
        }
    }

    /// Whether the first `bytes` that were given are all, and end inside quotes.
    pub fn end_in_quotes(&self, bytes: u64) -> bool {
        self.given == bytes && self.quotes % 2 == 1
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.source.fill_buf()?.first().copied();
        self.source.consume(usize::from(byte.is_some()));
        if byte == Some(b'\r') && self.source.fill_buf()?.first() == Some(&b'\n') {
            self.source.consume(1);
            return Ok(Some(b'\n'));
        }
        Ok(byte)
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        for place in into {
            let byte = match self.next_byte()? {
                Some(byte) => byte,
                None if self.ended || matches!(self.last, None | Some(b'\n')) => break,
                None => {
                    self.ended = true;
                    b'\n'
                }
            };
            self.last = Some(byte);
            self.given += 1;
            self.quotes += u64::from(byte == b'"');
            *place = byte;
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut read = String::new();
        Lines::of(text.as_bytes())
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, expected);
    }

    #[test]
    fn every_line_ends_in_a_line_feed() {
        check("", "");
        check("a", "a\n");
        check("a\n", "a\n");
        check("a\r\n\r\nb\r", "a\n\nb\r\n");
    }
}
