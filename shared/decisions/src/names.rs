//! Names as they are passed to Casbin, written so that no two kinds can collide (`model.conf` gives the reason).

/// In a line, it matches any value.
pub const ANY: &str = "*";

/// A user.
pub fn user(id: &str) -> String {
    format!("user:{id}")
}

/// A role.
pub fn role(slug: &str) -> String {
    format!("role:{slug}")
}

/// An organization, or the type, id or action of a request. It never means any.
pub fn exactly(name: &str) -> String {
    format!("={name}")
}

/// The type, id or action of a line: `*` means any.
pub fn in_line(name: &str) -> String {
    if name == ANY {
        ANY.to_owned()
    } else {
        exactly(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_never_meet() {
        assert_ne!(user("admin"), role("admin"));
        assert_ne!(user("role:admin"), role("admin"));
        assert_ne!(exactly("*"), ANY);
        assert_eq!(in_line("*"), ANY);
        assert_eq!(in_line("=*"), "==*");
        assert_eq!(in_line("doc"), exactly("doc"));
    }
}
