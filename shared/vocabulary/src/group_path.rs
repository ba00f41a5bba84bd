//! The paths by which roles refer to groups of an identity provider.

use crate::Invalid;

/// The prefix of the path of a group in an organization.
const OF_ORGANIZATION: &str = "organization:";

const FORM: Invalid = Invalid(
    "a group's path, as /editors/chief or organization:/board: 2 to 1,000 characters, no empty name, \
    no control characters",
);

const TILDES: Invalid =
    Invalid("~~ for a tilde and ~/ for a slash in a group's name, and no other tilde");

/// Checks a group's path: the names of the groups above it, from the top, and its own name, each after a slash, as in
/// `/editors/chief`; with the prefix `organization:` for a group in the organization. 2 to 1,000 characters, no
/// control characters. In a name, `~/` is a slash and `~~` a tilde, so that no two groups have the same path.
pub fn group_path(text: &str) -> Result<&str, Invalid> {
    let fits = text.chars().count() <= 1_000 && !text.chars().any(char::is_control);
    let path = text.strip_prefix(OF_ORGANIZATION).unwrap_or(text);
    let Some(names) = path.strip_prefix('/').filter(|_| fits) else {
        return Err(FORM);
    };
    let mut characters = names.chars();
    let mut is_empty = true;
    loop {
        match characters.next() {
            Some('/') | None if is_empty => return Err(FORM),
            Some('/') => is_empty = true,
            Some('~') => match characters.next() {
                Some('~' | '/') => is_empty = false,
                _ => return Err(TILDES),
            },
            Some(_) => is_empty = false,
            None => return Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_along_the_tree() {
        for fit in [
            "/a",
            "/editors/chief",
            "/editors~/chief",
            "/~~/~/",
            "/organization:/Zoë's 文件",
            "organization:/board",
            "organization:/board/chair",
        ] {
            assert_eq!(group_path(fit), Ok(fit));
        }
        for unfit in [
            "",
            "/",
            "a",
            "editors/chief",
            "//a",
            "/a/",
            "/a//b",
            "/a\tb",
            "organization:",
            "organization:board",
            "organization:/",
            "Organization:/board",
        ] {
            assert_eq!(group_path(unfit), Err(FORM), "{unfit}");
        }
    }

    #[test]
    fn a_tilde_stands_before_another_or_a_slash() {
        for unfit in ["/a~", "/a~b", "/~~~", "/~~~a", "organization:/~ /b"] {
            assert_eq!(group_path(unfit), Err(TILDES), "{unfit}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        let path = |names: usize| format!("/{}", "é".repeat(names));
        assert!(group_path(&path(999)).is_ok());
        assert_eq!(group_path(&path(1_000)), Err(FORM));
    }
}
