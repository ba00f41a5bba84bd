//! The `env` file of an instance: every variable and address, for `psql`, `redis-cli` and scripts.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::secret;

/// Names and values, in the order of the names.
pub type Values = BTreeMap<String, String>;

/// Writes `NAME=value` lines that a POSIX shell reads back unchanged, for the owner's eyes only.
pub fn write(path: &Path, values: &Values) -> Result<()> {
    secret::write_private(path, format(values).as_bytes())
}

/// Reads what [`write`] wrote.
pub fn read(path: &Path) -> Result<Values> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| {
        format!(
            "{} is damaged: run `cargo xtask up`, which writes it again",
            path.display()
        )
    })
}

fn format(values: &Values) -> String {
    let line = |(name, value): (&String, &String)| format!("{name}={}\n", quote(value));
    values.iter().map(line).collect()
}

/// A value as a POSIX shell reads it: bare where that is safe, else in single quotes.
#[must_use]
pub fn quote(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:/@%+".contains(c);
    if value.chars().all(plain) {
        value.to_owned()
    } else {
        // Within single quotes only the quote itself is special: leave, escape it, enter again.
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

fn parse(mut text: &str) -> Result<Values> {
    let mut values = Values::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once('=').context("a line has no `=`")?;
        let (value, rest) = unquote(rest).context("a quote is not closed")?;
        values.insert(name.to_owned(), value);
        text = rest;
    }
    Ok(values)
}

/// One value and the text after its line.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut quoted = false;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => quoted = !quoted,
            '\\' if !quoted => value.push(characters.next()?.1),
            '\n' if !quoted => return Some((value, text.get(at + 1..)?)),
            _ => value.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn values_come_back_as_they_were() {
        let values = values(&[
            ("EMPTY", ""),
            ("JSON", r#"{"keys":[{"kty":"OKP"}]}"#),
            ("LINES", "one\ntwo=2\n"),
            ("QUOTES", r"it's \ 'so' $HOME `date`"),
            ("URL", "postgres://shell_owner:ab12@127.0.0.1:5432/shell"),
        ]);
        assert_eq!(parse(&format(&values)).unwrap(), values);
    }

    #[test]
    fn a_shell_reads_them_unchanged() {
        let text = format(&values(&[("V", "a'b $HOME \"c\" \\ #\nd")]));
        let script = format!("{text}printf %s \"$V\"");
        let output = std::process::Command::new("sh")
            .arg("-c")
            .arg(script)
            .output()
            .unwrap();
        assert_eq!(output.stdout, b"a'b $HOME \"c\" \\ #\nd");
    }

    #[test]
    fn plain_values_stay_readable() {
        let text = format(&values(&[
            ("A", "http://127.0.0.1:3000"),
            ("B", "two words"),
        ]));
        assert_eq!(text, "A=http://127.0.0.1:3000\nB='two words'\n");
    }

    #[test]
    fn damage_is_noticed() {
        assert!(parse("NAME").is_err());
        assert!(parse("NAME='open\n").is_err());
    }
}
