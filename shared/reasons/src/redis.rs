//! Redis: the reason follows from the first word of its error, or from the driver's name for that word.

use std::fmt::{self, Display, Formatter};

/// Why Redis is unavailable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Redis {
    /// `NOAUTH`: it requires a password, and none was sent.
    PasswordRequired,
    /// `WRONGPASS`, or a password was sent to a server that has none.
    PasswordRefused,
    /// `NOPERM`: its ACL does not permit the command.
    NotPermitted,
    /// `DENIED`: it is in protected mode, and serves only its own machine.
    Protected,
    /// `READONLY`.
    ReadOnly,
    /// `LOADING`.
    Loading,
    /// `MASTERDOWN`.
    PrimaryDown,
    /// `CLUSTERDOWN`.
    ClusterDown,
    /// `MISCONF`: it cannot save to disk, and accepts no writes until it can.
    CannotSave,
    /// `OOM`.
    OutOfMemory,
    /// The limit of the server is reached, or that of the host.
    TooManyConnections,
    /// The address cannot be read, or `allowed_outbound_hosts` does not name it.
    InvalidAddress,
    /// It answered with another error.
    Refused,
    /// It answered, but not in the form that the command returns.
    Unexpected,
    /// It did not answer in time.
    NoAnswer,
    /// There was no answer, or the connection broke.
    Unreached,
}

impl Redis {
    /// From an error as Redis sends it, for example `NOAUTH Authentication required.`
    #[must_use]
    pub fn of_answer(error: &str) -> Self {
        let word = error.split([' ', ':', '\r']).next().unwrap_or_default();
        of_word(word).unwrap_or_else(|| {
            // The first word of these is `ERR`.
            if error.contains("max number of clients") {
                Self::TooManyConnections
            } else if error.contains("unauthenticated") {
                // A command has more arguments than a client without a password may send.
                Self::PasswordRequired
            } else if error.contains("AUTH <password> called without any password") {
                Self::PasswordRefused
            } else {
                Self::Refused
            }
        })
    }

    /// From the host's message about a connection or a command that failed, which is that of the driver.
    ///
    /// The driver keeps the first word of some errors (`NOAUTH: …`) and replaces that of others by its own name,
    /// after a dash: `An error was signalled by the server - ReadOnly: …`.
    #[must_use]
    pub fn of_failure(text: &str) -> Self {
        let name = text.split_once("- ").map(|(_, after)| after);
        let name = name.and_then(|after| after.trim_start().split(':').next());
        match name.unwrap_or_default() {
            "AuthenticationFailed" => Self::PasswordRefused,
            "ReadOnly" => Self::ReadOnly,
            "BusyLoadingError" => Self::Loading,
            "MasterDown" => Self::PrimaryDown,
            "ClusterDown" => Self::ClusterDown,
            "ResponseError" => Self::of_answer(text),
            _ => {
                let word = text.split(':').next().unwrap_or_default();
                // The driver leaves the first word of an unknown error unchanged.
                let sent = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase());
                of_word(word).unwrap_or(if sent { Self::Refused } else { Self::Unreached })
            }
        }
    }
}

impl Display for Redis {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PasswordRequired => "password required",
            Self::PasswordRefused => "password refused",
            Self::NotPermitted => "not permitted by its ACL",
            Self::Protected => "refused by its protected mode",
            Self::ReadOnly => "read-only replica",
            Self::Loading => "loading its data",
            Self::PrimaryDown => "a replica without its primary",
            Self::ClusterDown => "the cluster is down",
            Self::CannotSave => "cannot save, and takes no writes",
            Self::OutOfMemory => "out of memory",
            Self::TooManyConnections => "too many connections",
            Self::InvalidAddress => {
                "the address cannot be read, or is not in allowed_outbound_hosts"
            }
            Self::Refused => "refused for another reason",
            Self::Unexpected => "unexpected answer",
            Self::NoAnswer => "no answer in time",
            Self::Unreached => "cannot be reached",
        })
    }
}

fn of_word(word: &str) -> Option<Redis> {
    match word {
        "NOAUTH" => Some(Redis::PasswordRequired),
        "WRONGPASS" => Some(Redis::PasswordRefused),
        "NOPERM" => Some(Redis::NotPermitted),
        "DENIED" => Some(Redis::Protected),
        "READONLY" => Some(Redis::ReadOnly),
        "LOADING" => Some(Redis::Loading),
        "MASTERDOWN" => Some(Redis::PrimaryDown),
        "CLUSTERDOWN" => Some(Redis::ClusterDown),
        "MISCONF" => Some(Redis::CannotSave),
        "OOM" => Some(Redis::OutOfMemory),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redis_begins_with_the_reason() {
        for (error, expected) in [
            ("NOAUTH Authentication required.", Redis::PasswordRequired),
            (
                "WRONGPASS invalid username-password pair or user is disabled.",
                Redis::PasswordRefused,
            ),
            (
                "READONLY You can't write against a read only replica.",
                Redis::ReadOnly,
            ),
            (
                "LOADING Redis is loading the dataset in memory",
                Redis::Loading,
            ),
            (
                "ERR max number of clients reached",
                Redis::TooManyConnections,
            ),
            (
                "ERR AUTH <password> called without any password configured for the default user.",
                Redis::PasswordRefused,
            ),
            (
                "ERR Protocol error: unauthenticated multibulk length",
                Redis::PasswordRequired,
            ),
            ("ERR syntax error", Redis::Refused),
        ] {
            assert_eq!(Redis::of_answer(error), expected, "{error}");
        }
    }

    #[test]
    fn the_drivers_words_hold_it_too() {
        for (text, expected) in [
            ("NOAUTH: Authentication required.", Redis::PasswordRequired),
            (
                "Password authentication failed- AuthenticationFailed",
                Redis::PasswordRefused,
            ),
            (
                "An error was signalled by the server - ReadOnly: You can't write against a read \
                 only replica.",
                Redis::ReadOnly,
            ),
            (
                "An error was signalled by the server - BusyLoadingError: Redis is loading the \
                 dataset in memory",
                Redis::Loading,
            ),
            (
                "An error was signalled by the server - MasterDown: Link with MASTER is down and \
                 replica-serve-stale-data is set to 'no'.",
                Redis::PrimaryDown,
            ),
            (
                "An error was signalled by the server - ResponseError: max number of clients reached",
                Redis::TooManyConnections,
            ),
            (
                "An error was signalled by the server - ResponseError: unknown command",
                Redis::Refused,
            ),
            (
                "OOM: command not allowed when used memory > 'maxmemory'.",
                Redis::OutOfMemory,
            ),
            (
                "MISCONF: Redis is configured to save RDB snapshots",
                Redis::CannotSave,
            ),
            ("NOSUCHTHING: whatever", Redis::Refused),
            ("Connection refused (os error 111)", Redis::Unreached),
            ("broken pipe", Redis::Unreached),
            ("", Redis::Unreached),
        ] {
            assert_eq!(Redis::of_failure(text), expected, "{text}");
        }
    }
}
