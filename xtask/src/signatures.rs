//! What may change about the functions in PostgreSQL while components of an earlier version run: those
//! call them by these signatures, read these columns, and know these outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, bail};

/// A function as a line of the file: `name(p_a type, p_b type) -> result; says this, that`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    name: String,
    /// Each parameter's name and type.
    parameters: Vec<(String, String)>,
    result: String,
    says: BTreeSet<String>,
}

impl Signature {
    /// From what PostgreSQL's catalog has about a function.
    #[must_use]
    pub fn new(
        name: String,
        parameters: Vec<(String, String)>,
        result: String,
        body: &str,
    ) -> Self {
        let says = outcomes(body, result == "text");
        Self {
            name,
            parameters,
            result,
            says,
        }
    }

    /// Reads a line.
    pub fn parse(line: &str) -> Result<Self> {
        let parts = || {
            let (name, rest) = line.split_once('(')?;
            let (parameters, rest) = rest.split_once(") -> ")?;
            let (result, says) = rest.split_once("; says ").unwrap_or((rest, ""));
            let parameters = list(parameters)
                .map(|parameter| parameter.split_once(' '))
                .map(|pair| pair.map(|(name, kind)| (name.to_owned(), kind.to_owned())))
                .collect::<Option<_>>()?;
            Some(Self {
                name: name.to_owned(),
                parameters,
                result: result.to_owned(),
                says: list(says).map(str::to_owned).collect(),
            })
        };
        parts().with_context(|| format!("\"{line}\" is not the signature of a function"))
    }

    /// What distinguishes it from its overloads in PostgreSQL.
    fn identity(&self) -> String {
        let types: Vec<_> = self
            .parameters
            .iter()
            .map(|(_, kind)| kind.as_str())
            .collect();
        format!("shell.{}({})", self.name, types.join(", "))
    }

    /// Whether a component that was written for `old` can call this one.
    fn serves(&self, old: &Self) -> bool {
        self.name == old.name
            && self.parameters == old.parameters
            && self.result == old.result
            && self.says.is_subset(&old.says)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters: Vec<_> = self
            .parameters
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        write!(
            f,
            "{}({}) -> {}",
            self.name,
            parameters.join(", "),
            self.result
        )?;
        if !self.says.is_empty() {
            let says: Vec<_> = self.says.iter().map(String::as_str).collect();
            write!(f, "; says {}", says.join(", "))?;
        }
        Ok(())
    }
}

/// Fails unless each function that was ever in the file can still be called, or is dropped by a migration.
///
/// `drops` are the texts of the migrations that are named `V<n>__drop_….sql`.
pub fn check(old: &BTreeSet<Signature>, new: &[Signature], drops: &[String]) -> Result<()> {
    let dropped: BTreeSet<_> = drops.iter().flat_map(|text| dropped(text)).collect();
    let mut gone: BTreeMap<String, &Signature> = BTreeMap::new();
    for signature in old {
        let serves = new.iter().any(|new| new.serves(signature));
        if !serves && !dropped.contains(&signature.identity()) {
            gone.insert(signature.to_string(), signature);
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let mut said = String::from(
        "components of an earlier version may still run, and call functions that have changed:\n",
    );
    for (line, signature) in gone {
        let identity = signature.identity();
        said += &format!("\n  {line}\n");
        match new.iter().find(|new| new.identity() == identity) {
            Some(new) => said += &format!("    is now {new}\n"),
            None => said += "    no longer exists\n",
        }
        said += &format!(
            "    either leave it and add an overload beside it, with a parameter more; or, when no such \
             component runs any more,\n    add a migrations/V<n>__drop_<what>.sql: DROP FUNCTION IF EXISTS {identity};\n"
        );
    }
    bail!(said)
}

/// The functions that a text drops, in the form of [`Signature::identity`].
fn dropped(text: &str) -> Vec<String> {
    let text = without_comments(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let drops = text.split("DROP FUNCTION IF EXISTS ").skip(1);
    let identities = drops.filter_map(|rest| rest.split_once(')'));
    identities
        .map(|(identity, _)| format!("{identity})"))
        .collect()
}

/// The words that a body assigns to `outcome` or `refusal`, also as a variable, `v_refusal`, and, if the
/// function returns only a text, those that it returns: directly, or by a CASE.
fn outcomes(body: &str, returns_text: bool) -> BTreeSet<String> {
    let body = without_comments(body);
    let mut says = BTreeSet::new();
    for statement in body.split(';') {
        let (target, value) = match statement.split_once(":=") {
            Some((before, value)) => (before, value),
            None if returns_text => match find_word(statement, "RETURN") {
                Some(value) => ("outcome", value),
                None => continue,
            },
            None => continue,
        };
        // `outcome :=`, for example after THEN; `refusal text :=` where a variable is declared.
        let mut words = target.split_whitespace().rev();
        let is_one = |word: Option<&str>| {
            word.is_some_and(|word| matches!(word.trim_start_matches("v_"), "outcome" | "refusal"))
        };
        if is_one(words.next()) || is_one(words.next()) {
            says.extend(values(value));
        }
    }
    says
}

/// The quoted words that can be the value of an expression; what is quoted inside another (a member of a JSON
/// document, a format of times) is not an outcome.
fn values(expression: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut before = "";
    let mut pieces = expression.split('\'').peekable();
    while let Some(piece) = pieces.next() {
        let last = piece.split_whitespace().next_back();
        let Some(quoted) = pieces.next() else { break };
        let after = pieces.peek().map_or("", |after| after.trim_start());
        let is_value = match last {
            None => before.is_empty(),
            Some(last) => matches!(last, "THEN" | "ELSE"),
        };
        if is_value && is_word(quoted) && !after.starts_with("||") {
            values.push(quoted.to_owned());
        }
        before = quoted;
    }
    values
}

/// The text after a word.
fn find_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.match_indices(word).find_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let rest = text.get(at + word.len()..)?;
        let alone = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        (alone(before) && alone(rest.chars().next())).then_some(rest)
    })
}

fn is_word(text: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(may_stand)
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(", ").filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: &str = "put_app(p_caller jsonb, p_slug text) -> refusal text, outcome text; says created, replaced";

    fn signatures(lines: &[&str]) -> Vec<Signature> {
        lines
            .iter()
            .map(|line| Signature::parse(line).unwrap())
            .collect()
    }

    fn check_lines(old: &[&str], new: &[&str], drops: &[&str]) -> Result<()> {
        let drops: Vec<_> = drops.iter().map(|text| (*text).to_owned()).collect();
        check(
            &signatures(old).into_iter().collect(),
            &signatures(new),
            &drops,
        )
    }

    #[test]
    fn a_line_is_read_as_it_is_written() {
        for line in [
            PUT,
            "current_organization() -> uuid",
            "make_partitions() -> SETOF text",
            "rfc3339(p_at timestamp with time zone) -> text",
        ] {
            assert_eq!(Signature::parse(line).unwrap().to_string(), line);
        }
        assert!(Signature::parse("<<<<<<< HEAD").is_err());
    }

    #[test]
    fn what_a_body_says_is_found() {
        let body = "
            DECLARE refusal text := shell.enter(p_caller, 'platform');
              v_kept text := 'something_else';
            BEGIN
              IF a THEN refusal := 'not_granted'; -- outcome := 'in_a_comment';
              END IF;
              outcome := CASE WHEN b THEN 'created' ELSE 'replaced' END;
              v_outcome := 'kept';
              v_note := 'a_note';
              RETURN 'no_refusal';
            END";
        let found = Signature::new("f".into(), Vec::new(), "refusal text".into(), body);
        let expected = "f() -> refusal text; says created, kept, not_granted, replaced";
        assert_eq!(found.to_string(), expected);

        let body = "BEGIN IF a THEN RETURN 'unknown_app'; END IF; RETURN NULL; END";
        let found = Signature::new("g".into(), Vec::new(), "text".into(), body);
        assert_eq!(found.to_string(), "g() -> text; says unknown_app");
        for body in [
            "RETURN to_char(p_at, 'YYYY-MM-DD')",
            "RETURN json_build_object('pointer', p_pointer)::text",
            "RETURN CASE WHEN a THEN 'shell_' || b END",
        ] {
            let found = Signature::new("h".into(), Vec::new(), "text".into(), body);
            assert_eq!(found.to_string(), "h() -> text");
        }
    }

    #[test]
    fn an_overload_and_fewer_outcomes_disturb_nobody() {
        let overload =
            "put_app(p_caller jsonb, p_slug text, p_region text) -> refusal text; says moved";
        check_lines(&[PUT], &[PUT, overload], &[]).unwrap();
        let fewer = PUT.replace(", replaced", "");
        check_lines(&[PUT], &[&fewer], &[]).unwrap();
    }

    #[test]
    fn what_earlier_components_do_not_know_is_refused() {
        for new in [
            PUT.replace("p_slug", "p_app"),
            PUT.replace("outcome text", "outcome uuid"),
            PUT.replace("outcome", "result"),
            PUT.replace("created", "created, moved"),
            PUT.replace("p_slug text", "p_slug text, p_region text"),
        ] {
            let error = check_lines(&[PUT], &[&new], &[]).unwrap_err().to_string();
            assert!(error.contains(PUT), "{error}");
            assert!(
                error.contains("DROP FUNCTION IF EXISTS shell.put_app(jsonb, text);"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_function_goes_together_with_a_migration_that_drops_it() {
        check_lines(&[PUT], &[], &[]).unwrap_err();
        let drop = "-- Since V3.\nDROP FUNCTION IF EXISTS\n  shell.put_app(jsonb, text);";
        check_lines(&[PUT], &[], &[drop]).unwrap();
        check_lines(
            &[PUT],
            &[],
            &["-- DROP FUNCTION IF EXISTS shell.put_app(jsonb, text);"],
        )
        .unwrap_err();
        check_lines(
            &[PUT],
            &[],
            &["DROP FUNCTION IF EXISTS shell.put_app(jsonb);"],
        )
        .unwrap_err();
    }
}
