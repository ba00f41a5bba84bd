//! The files of SQL functions, which are applied whenever they have changed, in the order of `order.txt`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::text;

/// Lists the files in the order in which they are applied, with their audiences.
const ORDER: &str = "order.txt";
/// How each function begins.
const DEFINITION: &str = "CREATE OR REPLACE FUNCTION shell.";

/// Who may execute the functions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The role that the HTTP functions run as.
    Runtime,
    /// Only the owner.
    Jobs,
}

/// A file of functions.
#[derive(Debug)]
pub struct FunctionFile {
    /// Its name in `order.txt`.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The text's checksum, in hexadecimal digits.
    pub sha256: String,
    /// Who may execute its functions.
    pub audience: Audience,
}

impl FunctionFile {
    fn new(name: &str, audience: Audience, text: String) -> Self {
        Self {
            name: name.to_owned(),
            sha256: base16ct::lower::encode_string(&Sha256::digest(text.as_bytes())),
            text,
            audience,
        }
    }

    /// Its name in the output and the event of a run.
    pub fn path(&self) -> String {
        format!("functions/{}", self.name)
    }
}

/// Reads the files in the order of `order.txt`. A file that is missing there would silently be ignored, so that it is
/// an error.
pub fn read(folder: &Path) -> anyhow::Result<Vec<FunctionFile>> {
    let order = parse_order(&text::read(&folder.join(ORDER))?)?;
    let mut present = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let name = entry?.file_name();
        present.insert(name.to_string_lossy().into_owned());
    }
    present.remove(ORDER);
    for (name, _) in &order {
        if !present.remove(name) {
            bail!("functions/{ORDER} names {name}, but there is no such file");
        }
    }
    if let Some(name) = present.first() {
        bail!(
            "functions/{name} is not in functions/{ORDER}: add it there, in the order of application and with its \
             audience"
        );
    }
    let read = |(name, audience): (String, Audience)| {
        let text = text::read(&folder.join(&name))?;
        Ok(FunctionFile::new(&name, audience, text))
    };
    order.into_iter().map(read).collect()
}

fn parse_order(text: &str) -> anyhow::Result<Vec<(String, Audience)>> {
    let mut order: Vec<(String, Audience)> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace();
        let (Some(name), audience, None) = (words.next(), words.next(), words.next()) else {
            bail!("functions/{ORDER}: \"{line}\": expected a file and its audience");
        };
        let stem = name.strip_suffix(".sql").unwrap_or_default();
        if stem.is_empty() || !stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            bail!("functions/{ORDER}: \"{name}\": expected letters, digits and _, and .sql");
        }
        let audience = match audience {
            Some("runtime") => Audience::Runtime,
            Some("jobs") => Audience::Jobs,
            other => bail!(
                "functions/{ORDER}: {name}: \"{}\" is not an audience: expected runtime or jobs",
                other.unwrap_or_default()
            ),
        };
        if order.iter().any(|(other, _)| other == name) {
            bail!("functions/{ORDER} names {name} twice");
        }
        order.push((name.to_owned(), audience));
    }
    Ok(order)
}

/// The names of the functions that the HTTP functions' role may execute. Rights are granted by name, for all
/// overloads, so that a name may not have both audiences.
pub fn runtime_names(files: &[FunctionFile]) -> anyhow::Result<Vec<String>> {
    let mut names: BTreeMap<&str, &FunctionFile> = BTreeMap::new();
    for file in files {
        for name in defined(&file.text) {
            let other = names.insert(name, file);
            if let Some(other) = other.filter(|other| other.audience != file.audience) {
                bail!(
                    "shell.{name} is in {} and in {}, which have different audiences",
                    other.path(),
                    file.path()
                );
            }
        }
    }
    let runtime = names
        .into_iter()
        .filter(|(_, file)| file.audience == Audience::Runtime);
    Ok(runtime.map(|(name, _)| name.to_owned()).collect())
}

/// The names of the functions that a text defines.
fn defined(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.strip_prefix(DEFINITION)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        rest.get(..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, audience: Audience, text: &str) -> FunctionFile {
        FunctionFile::new(name, audience, text.to_owned())
    }

    #[test]
    fn the_order_is_read() {
        let order = parse_order("# first\n\ntimes.sql runtime\n  seeding.sql   jobs\n").unwrap();
        let expected = [
            ("times.sql".to_owned(), Audience::Runtime),
            ("seeding.sql".to_owned(), Audience::Jobs),
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn what_is_wrong_in_the_order_is_named() {
        for (text, named) in [
            ("times.sql runtimes", "\"runtimes\" is not an audience"),
            ("times.sql", "times.sql: \"\" is not an audience"),
            ("times.sql jobs too", "\"times.sql jobs too\""),
            ("times jobs", "\"times\""),
            ("../times.sql jobs", "\"../times.sql\""),
            ("a.sql jobs\na.sql runtime", "names a.sql twice"),
        ] {
            let error = parse_order(text).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn the_names_for_requests_are_found_once() {
        let files = [
            file(
                "a.sql",
                Audience::Runtime,
                "-- CREATE OR REPLACE FUNCTION shell.no(\nCREATE OR REPLACE FUNCTION shell.enter(p_a text)\n\
                 CREATE OR REPLACE FUNCTION shell.enter(p_a text, p_b text)\n",
            ),
            file(
                "b.sql",
                Audience::Jobs,
                "CREATE OR REPLACE FUNCTION shell.seed_apps(p jsonb)\n",
            ),
        ];
        assert_eq!(runtime_names(&files).unwrap(), ["enter"]);
    }

    #[test]
    fn a_name_for_both_audiences_is_refused() {
        let text = "CREATE OR REPLACE FUNCTION shell.enter()\n";
        let files = [
            file("a.sql", Audience::Runtime, text),
            file("b.sql", Audience::Jobs, text),
        ];
        let error = runtime_names(&files).unwrap_err().to_string();
        assert!(
            error.contains("shell.enter is in functions/a.sql and in functions/b.sql"),
            "{error}"
        );
    }
}
