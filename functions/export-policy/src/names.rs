//! The names that every Casbin reads from a file exactly as they were written.
//!
//! The readers do not agree. pycasbin knows no quotes and counts brackets instead: within `(…)` and `[…]` a comma
//! is part of a name. node-casbin removes quotes and pairs `(` and `)` over the whole line. casbin-rs keeps
//! brackets and removes quotes around a name. All of them trim names.

/// The part of a name that some reader would read differently, in words.
pub fn flaw(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.contains('"') {
        Some("a quote")
    } else if name.contains(',') {
        Some("a comma")
    } else if name.starts_with('#') {
        Some("a leading #")
    } else if name.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Some("a line break or another control character")
    } else if name.starts_with(is_trimmed) || name.ends_with(is_trimmed) {
        Some("an outer space")
    } else if !are_paired(name) {
        Some("an unbalanced bracket")
    } else {
        None
    }
}

/// Whether a character is white space of any kind, or is white space in JavaScript.
fn is_trimmed(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// Whether each opening bracket is closed by one of the same kind, in the right order.
fn are_paired(name: &str) -> bool {
    let mut open = Vec::new();
    for c in name.chars() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_read_back() {
        for name in [
            "*",
            "document",
            "a b",
            "a#b",
            "it's",
            "`a`",
            r"C:\x\",
            "ä€😀",
            "1",
            "2.0",
            "kind(x)[y(z)]",
            "a:b=c;d|e&f{g}",
            "role:admin",
        ] {
            assert_eq!(flaw(name), None, "{name}");
        }
    }

    #[test]
    fn what_readers_take_otherwise_has_a_name() {
        for (name, expected) in [
            ("", "it is empty"),
            ("\"a\"", "a quote"),
            ("a\"b", "a quote"),
            ("a,b", "a comma"),
            ("(a,b)", "a comma"),
            ("#a", "a leading #"),
            ("a\nb", "a line break or another control character"),
            ("a\u{2028}b", "a line break or another control character"),
            (" a", "an outer space"),
            ("a\u{a0}", "an outer space"),
            ("\u{feff}a", "an outer space"),
            ("a(b", "an unbalanced bracket"),
            ("a)b(", "an unbalanced bracket"),
            ("a[b", "an unbalanced bracket"),
            ("(a]", "an unbalanced bracket"),
            ("([a)]", "an unbalanced bracket"),
        ] {
            assert_eq!(flaw(name), Some(expected), "{name:?}");
        }
    }
}
