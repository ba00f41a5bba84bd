//! The application's variables: where a value comes from, and which of them a component sees.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::template;

/// One entry of `[variables]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    default: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(rename = "secret")]
    _secret: Option<IgnoredAny>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
}

/// Every variable of the application with its value.
pub struct Variables(HashMap<String, String>);

impl Variables {
    /// Uses for each variable the value of `given`, else that of `environment` (as `SPIN_VARIABLE_<NAME>`),
    /// else its default.
    pub fn resolve(
        declared: &BTreeMap<String, Declaration>,
        given: &[(String, String)],
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let mut values = HashMap::new();
        let mut missing = Vec::new();
        for (name, declaration) in declared {
            if let Err(fault) = check_name(name) {
                bail!("[variables] {fault}");
            }
            ensure!(
                declaration.required != declaration.default.is_some(),
                "[variables] {name}: give it either `required = true` or a `default`"
            );
            let set = given.iter().rev().find(|(key, _)| key == name);
            let value = set
                .map(|(_, value)| value.clone())
                .or_else(|| environment(&environment_name(name)))
                .or_else(|| declaration.default.clone());
            match value {
                Some(value) => drop(values.insert(name.clone(), value)),
                None => missing.push(format!("{name} ({})", environment_name(name))),
            }
        }
        ensure!(
            missing.is_empty(),
            "these variables are required and have no value: {}; set them in the environment or by --variable NAME=VALUE",
            missing.join(", ")
        );
        Ok(Self(values))
    }

    /// Replaces the variables named in `text`.
    pub fn expand(&self, text: &str) -> Result<String> {
        template::expand(text, |name| self.0.get(name).map(String::as_str))
    }

    /// The variables that a component sees: the entries of its own `variables` table.
    pub fn of_component(
        &self,
        mapped: &BTreeMap<String, String>,
    ) -> Result<HashMap<String, String>> {
        let mut seen = HashMap::new();
        for (name, text) in mapped {
            check_name(name).map_err(anyhow::Error::msg)?;
            let value = self
                .expand(text)
                .with_context(|| format!("variable {name}"))?;
            seen.insert(name.clone(), value);
        }
        Ok(seen)
    }
}

/// The error for an invalid name of a variable, in Spin's words, which components see too.
pub fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let fault = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(other) = name.chars().find(|c| !allowed(*c)) {
        format!(
            "invalid character {other:?}. Variable names may contain only lower-case letters, numbers, and underscores."
        )
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a lowercase ASCII letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a lowercase ASCII letter or digit".to_owned()
    } else if name.contains("__") {
        "must not contain multiple consecutive underscores".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{name:?}: {fault}"))
}

fn environment_name(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(text: &str) -> BTreeMap<String, Declaration> {
        toml::from_str(text).expect("a [variables] table")
    }

    fn resolve(
        text: &str,
        given: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> Result<Variables> {
        let given: Vec<_> = given
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        Variables::resolve(&declared(text), &given, |name| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn the_command_line_beats_the_environment_beats_the_default() {
        let check = |given: &[(&str, &str)], environment: &[(&str, &str)], expect: &str| {
            let variables = resolve("a_b = { default = \"default\" }", given, environment);
            let value = variables
                .and_then(|all| all.expand("{{ a_b }}"))
                .expect("a value");
            assert_eq!(value, expect);
        };
        check(&[], &[], "default");
        check(&[], &[("SPIN_VARIABLE_A_B", "environment")], "environment");
        check(
            &[("a_b", "given")],
            &[("SPIN_VARIABLE_A_B", "environment")],
            "given",
        );
        check(&[("a_b", "first"), ("a_b", "last")], &[], "last");
        check(&[("undeclared", "is ignored")], &[], "default");
    }

    #[test]
    fn names_every_required_variable_without_a_value() {
        let fault = resolve("a = { required = true }\nb = { required = true }", &[], &[]);
        let fault = fault.err().expect("a fault").to_string();
        assert!(
            fault.contains("a (SPIN_VARIABLE_A), b (SPIN_VARIABLE_B)"),
            "{fault}"
        );
    }

    #[test]
    fn a_variable_is_either_required_or_has_a_default() {
        assert!(resolve("a = {}", &[("a", "value")], &[]).is_err());
        assert!(resolve("a = { required = true, default = \"\" }", &[], &[]).is_err());
        assert!(resolve("A = { default = \"\" }", &[], &[]).is_err());
    }

    #[test]
    fn a_component_sees_only_what_it_maps() {
        let variables = resolve("a = { default = \"1\" }\nb = { default = \"2\" }", &[], &[]);
        let mapped = BTreeMap::from([("url".to_owned(), "redis://{{ a }}".to_owned())]);
        let seen = variables
            .and_then(|all| all.of_component(&mapped))
            .expect("a component's");
        assert_eq!(
            seen,
            HashMap::from([("url".to_owned(), "redis://1".to_owned())])
        );
    }

    #[test]
    fn names_are_lower_snake_case() {
        for good in ["a", "a1", "database_url"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "A", "a-b", "1a", "_a", "a_", "a__b", "ä"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
