//! PostgreSQL: the reason follows from the SQLSTATE, or from the server's message if a host drops the SQLSTATE.

use std::fmt::{self, Display, Formatter};

/// Why PostgreSQL is unavailable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Postgres {
    /// The user's password is wrong or missing (28P01).
    PasswordRefused,
    /// The user may not log in, does not exist, or has no entry in `pg_hba.conf` (28000).
    LoginRefused,
    /// The server accepts no connection without TLS from this user (28000 as well).
    TlsRequired,
    /// Client and server could not agree on TLS.
    TlsFailed,
    /// The database does not exist (3D000).
    NoSuchDatabase,
    /// The user has no right to `CONNECT` to the database (42501).
    MayNotConnect,
    /// The limit of the server, the role or the database is reached (53300), or that of the host.
    TooManyConnections,
    /// The server is starting up, shutting down or recovering (57P01 to 57P03).
    NotServing,
    /// It is a standby, or a server that is set to accept no writes (25006).
    ReadOnly,
    /// A pooler gives each transaction another connection and does not support prepared statements (26000, 42P05).
    NoPreparedStatements,
    /// The manifest's `allowed_outbound_hosts` does not name the server.
    NotAllowed,
    /// The address cannot be read.
    InvalidAddress,
    /// The server answered the login with another error.
    Refused,
    /// There was no answer, or none in PostgreSQL's protocol.
    Unreached,
}

impl Postgres {
    /// From an error of the server; nothing if the cause is the statement itself.
    ///
    /// The message is needed if one SQLSTATE stands for several reasons.
    #[must_use]
    pub fn of_sqlstate(code: &str, message: &str) -> Option<Self> {
        match code {
            "28P01" => Some(Self::PasswordRefused),
            "28000" if wants_tls(message) => Some(Self::TlsRequired),
            "28000" => Some(Self::LoginRefused),
            "3D000" => Some(Self::NoSuchDatabase),
            // For other objects, the statement lacks a right.
            "42501" if message.starts_with(NO_CONNECT) => Some(Self::MayNotConnect),
            "53300" => Some(Self::TooManyConnections),
            "57P01" | "57P02" | "57P03" => Some(Self::NotServing),
            "25006" => Some(Self::ReadOnly),
            // A pooler without support for prepared statements passes a statement to a connection on which it was not
            // prepared, or on which another one has the same name.
            "26000" | "42P05" => Some(Self::NoPreparedStatements),
            "08P01" if message.starts_with("bind message supplies ") => {
                // The statement with that name belonged to another client.
                Some(Self::NoPreparedStatements)
            }
            // PgBouncer uses it for all of its errors.
            "08P01" => Some(of_message(message)).filter(|reason| *reason != Self::Refused),
            _ => None,
        }
    }

    /// From the host's message about a connection that could not be opened.
    ///
    /// Spin returns the messages of a chain of errors, which include the server's message, but not its SQLSTATE. The
    /// server's messages are English unless `lc_messages` says otherwise; in any other language the reason is
    /// [`Self::Refused`].
    #[must_use]
    pub fn of_failed_open(text: &str) -> Self {
        if let Some(message) = server_message(text) {
            return of_message(message);
        }
        let says = |words: &str| text.contains(words);
        if says("is not permitted") {
            Self::NotAllowed
        } else if says("password missing") {
            Self::PasswordRefused
        } else if says("invalid connection string") || says("invalid configuration") {
            Self::InvalidAddress
        } else if says("error performing TLS handshake") {
            Self::TlsFailed
        } else if says("authentication error") {
            Self::LoginRefused
        } else if says("db error") {
            Self::Refused
        } else if text == "too many connections" {
            Self::TooManyConnections
        } else {
            Self::Unreached
        }
    }
}

impl Display for Postgres {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PasswordRefused => "password refused",
            Self::LoginRefused => "login refused",
            Self::TlsRequired => "TLS required",
            Self::TlsFailed => "TLS failed",
            Self::NoSuchDatabase => "no such database",
            Self::MayNotConnect => "no right to connect to the database",
            Self::TooManyConnections => "too many connections",
            Self::NotServing => "starting up or shutting down",
            Self::ReadOnly => "takes no writes",
            Self::NoPreparedStatements => {
                "the pooler is in transaction mode without prepared statements: PgBouncer needs 1.21 or newer and max_prepared_statements, or session mode"
            }
            Self::NotAllowed => "not in allowed_outbound_hosts",
            Self::InvalidAddress => "the address cannot be read",
            Self::Refused => "refused for another reason",
            Self::Unreached => "cannot be reached",
        })
    }
}

const NO_CONNECT: &str = "permission denied for database ";

/// The server's message after the severity.
fn server_message(text: &str) -> Option<&str> {
    ["FATAL: ", "ERROR: "]
        .iter()
        .find_map(|before| text.split_once(before))
        .map(|(_, message)| message)
}

fn of_message(message: &str) -> Postgres {
    let begins = |words: &str| message.starts_with(words);
    let line = message.lines().next().unwrap_or_default();
    if begins("password authentication failed") || begins("SASL authentication failed") {
        Postgres::PasswordRefused
    } else if wants_tls(message) {
        Postgres::TlsRequired
    } else if begins("role ")
        || begins("no pg_hba.conf entry")
        || begins("pg_hba.conf rejects")
        || line == "no such user"
    {
        // `too many connections for role` begins differently; the last messages are PgBouncer's.
        Postgres::LoginRefused
    } else if (begins("database \"") && line.ends_with("does not exist"))
        || begins("no such database")
    {
        Postgres::NoSuchDatabase
    } else if begins(NO_CONNECT) {
        Postgres::MayNotConnect
    } else if begins("sorry, too many clients")
        || begins("too many connections for ")
        || begins("remaining connection slots are reserved")
        || begins("no more connections allowed")
    {
        Postgres::TooManyConnections
    } else if begins("pgbouncer cannot connect to server")
        || begins("server login has been failing")
    {
        Postgres::Unreached
    } else if begins("the database system is ") || begins("terminating connection due to ") {
        Postgres::NotServing
    } else {
        Postgres::Refused
    }
}

/// The messages of PostgreSQL itself, then those of poolers and providers in front of it.
fn wants_tls(message: &str) -> bool {
    let line = message.lines().next().unwrap_or_default();
    let no_entry =
        line.starts_with("no pg_hba.conf entry") || line.starts_with("pg_hba.conf rejects");
    // PostgreSQL 13 and older say `SSL off`.
    (no_entry && (line.contains("no encryption") || line.contains("SSL off")))
        || line.starts_with("SSL required")
        || line.starts_with("SSL connection is required")
        || line.starts_with("connection is insecure")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In Spin's form: the message of the pool, then that of the driver, then the server's.
    fn spin(cause: &str) -> String {
        format!(
            "Error occurred while creating a new object: db error\n\n\
             Caused by:\n    0: db error\n    1: {cause}"
        )
    }

    #[test]
    fn the_servers_words_name_the_reason() {
        for (message, expected) in [
            (
                "password authentication failed for user \"shell_app\"",
                Postgres::PasswordRefused,
            ),
            (
                "role \"shell_app\" is not permitted to log in",
                Postgres::LoginRefused,
            ),
            (
                "no pg_hba.conf entry for host \"10.0.0.7\", user \"shell_app\", database \"shell\", \
                 no encryption",
                Postgres::TlsRequired,
            ),
            (
                "no pg_hba.conf entry for host \"10.0.0.7\", user \"shell_app\", database \"shell\", \
                 SSL off",
                Postgres::TlsRequired,
            ),
            (
                "no pg_hba.conf entry for host \"10.0.0.7\", user \"shell_app\", database \"shell\", \
                 SSL encryption",
                Postgres::LoginRefused,
            ),
            (
                "database \"shell\" does not exist",
                Postgres::NoSuchDatabase,
            ),
            (
                "permission denied for database \"shell\"\nDETAIL: User does not have CONNECT \
                 privilege.",
                Postgres::MayNotConnect,
            ),
            (
                "sorry, too many clients already",
                Postgres::TooManyConnections,
            ),
            (
                "remaining connection slots are reserved for roles with the SUPERUSER attribute",
                Postgres::TooManyConnections,
            ),
            (
                "too many connections for role \"shell_app\"",
                Postgres::TooManyConnections,
            ),
            ("the database system is starting up", Postgres::NotServing),
            (
                "Passwort-Authentifizierung für Benutzer »a« fehlgeschlagen",
                Postgres::Refused,
            ),
        ] {
            let text = spin(&format!("FATAL: {message}"));
            assert_eq!(Postgres::of_failed_open(&text), expected, "{text}");
        }
    }

    #[test]
    fn so_do_the_hosts_own() {
        for (text, expected) in [
            (
                "address postgres://db:5432 is not permitted",
                Postgres::NotAllowed,
            ),
            (
                "invalid connection string: unexpected EOF",
                Postgres::InvalidAddress,
            ),
            (
                "Error occurred while creating a new object: error connecting to server\n\n\
                 Caused by:\n    0: error connecting to server\n    1: Connection refused (os error 111)",
                Postgres::Unreached,
            ),
            (
                "Error occurred while creating a new object: error performing TLS handshake\n\n\
                 Caused by:\n    0: error performing TLS handshake\n    1: server does not support TLS",
                Postgres::TlsFailed,
            ),
            (
                "Error occurred while creating a new object: invalid configuration\n\n\
                 Caused by:\n    0: invalid configuration\n    1: password missing",
                Postgres::PasswordRefused,
            ),
            ("too many connections", Postgres::TooManyConnections),
            (&spin("FATALE: inconnu"), Postgres::Refused),
            ("", Postgres::Unreached),
        ] {
            assert_eq!(Postgres::of_failed_open(text), expected, "{text}");
        }
    }

    #[test]
    fn a_sqlstate_needs_no_words() {
        for (code, message, expected) in [
            ("28P01", "mot de passe", Postgres::PasswordRefused),
            ("28000", "le rôle", Postgres::LoginRefused),
            (
                "28000",
                "no pg_hba.conf entry for host \"10.0.0.7\", no encryption",
                Postgres::TlsRequired,
            ),
            ("3D000", "la base", Postgres::NoSuchDatabase),
            ("53300", "désolé", Postgres::TooManyConnections),
            ("57P03", "pas encore", Postgres::NotServing),
            ("08P01", "no such user", Postgres::LoginRefused),
            (
                "08P01",
                "SASL authentication failed",
                Postgres::PasswordRefused,
            ),
            (
                "08P01",
                "server login has been failing, try again later (server_login_retry)",
                Postgres::Unreached,
            ),
            (
                "42P05",
                "prepared statement \"s0\" already exists",
                Postgres::NoPreparedStatements,
            ),
            (
                "08P01",
                "bind message supplies 1 parameters, but prepared statement \"s0\" requires 2",
                Postgres::NoPreparedStatements,
            ),
            (
                "26000",
                "prepared statement \"s0\" does not exist",
                Postgres::NoPreparedStatements,
            ),
        ] {
            assert_eq!(
                Postgres::of_sqlstate(code, message),
                Some(expected),
                "{code}"
            );
        }
    }

    #[test]
    fn what_a_statement_may_not_is_the_statements() {
        let of = Postgres::of_sqlstate;
        assert_eq!(of("42501", "permission denied for table apps"), None);
        assert_eq!(
            of("42501", "permission denied for database \"shell\""),
            Some(Postgres::MayNotConnect)
        );
        assert_eq!(of("23505", "duplicate key"), None);
        assert_eq!(of("25006", "read-only"), Some(Postgres::ReadOnly));
        assert_eq!(of("08P01", "query_wait_timeout"), None);
    }
}
