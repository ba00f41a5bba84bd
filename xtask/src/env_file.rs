//! The `env` file of an instance: every variable and address, for `psql`, `redis-cli` and scripts.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::secret;

/// Names and values, in the order of the names.
pub type Values = BTreeMap<String, String>;

/// Writes `NAME=value` lines that a POSIX shell reads back unchanged, readable by the owner alone.
pub fn write(path: &Path, values: &Values) -> Result<()> {
    secret::write_private(path, format(values)?.as_bytes())
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

fn format(values: &Values) -> Result<String> {
    let line = |(name, value): (&String, &String)| {
        let value = shlex::try_quote(value).with_context(|| format!("cannot quote {name}"))?;
        Ok(format!("{name}={value}\n"))
    };
    values.iter().map(line).collect()
}

fn parse(text: &str) -> Result<Values> {
    let lines = shlex::split(text).context("a quote is not closed")?;
    let pair = |line: &String| {
        let (name, value) = line.split_once('=').context("a line has no `=`")?;
        Ok((name.to_owned(), value.to_owned()))
    };
    lines.iter().map(pair).collect()
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
        assert_eq!(parse(&format(&values).unwrap()).unwrap(), values);
    }

    #[test]
    fn a_shell_reads_them_unchanged() {
        let text = format(&values(&[("V", "a'b $HOME \"c\" \\ #\nd")])).unwrap();
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
        ]))
        .unwrap();
        assert_eq!(text, "A=http://127.0.0.1:3000\nB='two words'\n");
    }

    #[test]
    fn damage_is_noticed() {
        assert!(parse("NAME").is_err());
        assert!(parse("NAME='open\n").is_err());
    }
}
