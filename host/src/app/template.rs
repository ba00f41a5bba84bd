//! Text with `{{ variable }}` in it.

use anyhow::{Context, Result};

/// Replaces every `{{ name }}` by the value that `lookup` has for it.
pub fn expand<'a>(template: &str, lookup: impl Fn(&str) -> Option<&'a str>) -> Result<String> {
    let mut expanded = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once("{{") {
        let (name, tail) = after
            .split_once("}}")
            .with_context(|| format!("`{template}` has a `{{{{` without its `}}}}`"))?;
        let name = name.trim();
        expanded.push_str(literal);
        expanded.push_str(lookup(name).with_context(|| {
            format!("`{template}` uses the variable `{name}`, which [variables] does not declare")
        })?);
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expect: Option<&str>) {
        let lookup = |name: &str| match name {
            "host" => Some("localhost:5432"),
            "name" => Some("shell"),
            "empty" => Some(""),
            _ => None,
        };
        assert_eq!(
            expand(template, lookup).ok().as_deref(),
            expect,
            "{template}"
        );
    }

    #[test]
    fn replaces_what_is_in_braces() {
        check("", Some(""));
        check("plain { text }", Some("plain { text }"));
        check("{{ host }}", Some("localhost:5432"));
        check(
            "postgres://{{host}}/{{ name }}?",
            Some("postgres://localhost:5432/shell?"),
        );
        check("a{{ empty }}b", Some("ab"));
    }

    #[test]
    fn refuses_what_it_cannot_replace() {
        check("{{ unknown }}", None);
        check("{{ host", None);
        check("{{}}", None);
    }

    #[test]
    fn a_value_is_not_expanded_again() {
        let expanded = expand("{{ a }}", |_| Some("{{ b }}")).expect("expands");
        assert_eq!(expanded, "{{ b }}");
    }
}
