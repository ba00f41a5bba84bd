//! Names as Casbin gets them, written so that no two kinds can collide (`model.conf` gives the reason).

/// Matches anything, in a line.
pub const ANY: &str = "*";

/// A user.
pub fn user(id: &str) -> String {
    format!("user:{id}")
}

/// A role.
pub fn role(slug: &str) -> String {
    format!("role:{slug}")
}

/// An organization, or what is asked for: a type, an id, an action. Never any.
pub fn exactly(name: &str) -> String {
    format!("={name}")
}

/// What a line says of a type, an id or an action: `*` is any.
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
