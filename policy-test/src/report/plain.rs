//! Escapes text from outside, so that no terminal interprets it and every XML reader accepts it.

/// The text with invisible characters escaped.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) {
            plain.extend(character.escape_unicode());
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Control characters, those that change the direction of writing, and those that XML does not allow.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_unseen_is_left() {
        assert_eq!(plain("é ok \"x\""), "é ok \"x\"");
        assert_eq!(
            plain("\u{1b}[2Ja\nb\u{202e}\u{ffff}"),
            "\\u{1b}[2Ja\\u{a}b\\u{202e}\\u{ffff}"
        );
    }
}
