//! The addresses of the data services, as URLs and as the parts that the application's variables hold.

use std::fmt;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fluent_uri::{Uri, pct_enc::EStr};

use crate::refused;

/// A store's URL in parts. Each part stays percent-encoded as it was, because the manifests put the
/// variables into URLs unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUrl {
    /// `postgres` or `redis`.
    pub scheme: &'static str,
    /// The user; may be empty.
    pub user: String,
    /// The password; may be empty.
    pub password: String,
    /// Host and port, `127.0.0.1:5432`.
    pub host: String,
    /// The database; may be empty.
    pub database: String,
}

impl StoreUrl {
    /// Reads `postgres://user:password@host[:port]/database`.
    pub fn postgres(text: &str) -> Result<Self> {
        let url = split(text, &["postgres", "postgresql"], "postgres", 5432)
            .filter(|url| !url.user.is_empty() && !url.database.is_empty());
        url.context(
            "a database URL is written postgres://USER:PASSWORD@HOST:PORT/DATABASE, without `?…`, and with special characters of the password percent-encoded",
        )
    }

    /// Reads `redis://[:password@]host[:port]`.
    pub fn redis(text: &str) -> Result<Self> {
        // The manifests have no place for a user or a database number.
        let url = split(text, &["redis"], "redis", 6379)
            .filter(|url| url.user.is_empty() && matches!(url.database.as_str(), "" | "0"));
        let mut url = url.context(
            "a Redis URL is written redis://:PASSWORD@HOST:PORT, without user, database number or `?…`, and with special characters of the password percent-encoded",
        )?;
        url.database.clear();
        Ok(url)
    }

    /// The same server and user, with another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self {
            database: database.to_owned(),
            ..self.clone()
        }
    }

    /// Opens a connection to PostgreSQL.
    pub fn connect(&self) -> Result<postgres::Client> {
        let mut config: postgres::Config = self.to_string().parse()?;
        config.connect_timeout(Duration::from_secs(5));
        config
            .connect(postgres::NoTls)
            .map_err(|error| refused::postgres(self, &error))
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scheme,
            user,
            password,
            host,
            database,
        } = self;
        write!(f, "{scheme}://{user}")?;
        if !password.is_empty() {
            write!(f, ":{password}")?;
        }
        if !user.is_empty() || !password.is_empty() {
            f.write_str("@")?;
        }
        f.write_str(host)?;
        if !database.is_empty() {
            write!(f, "/{database}")?;
        }
        Ok(())
    }
}

/// Fails if nothing listens on `host:port`.
pub fn reach(host: &str) -> Result<()> {
    open(host).map(drop)
}

/// Opens a TCP connection to `host:port`.
pub(crate) fn open(host: &str) -> Result<TcpStream> {
    let addresses = host
        .to_socket_addrs()
        .with_context(|| format!("{host} is not the address of a server"))?;
    for address in addresses {
        if let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_secs(3)) {
            return Ok(stream);
        }
    }
    bail!("nothing answers on {host}")
}

fn split(text: &str, schemes: &[&str], scheme: &'static str, port: u16) -> Option<StoreUrl> {
    let url = Uri::parse(text).ok()?;
    let authority = url.authority()?;
    let credentials = authority.userinfo().map_or("", EStr::as_str);
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let port = authority.port_to_u16().ok()?.unwrap_or(port);
    let path = url.path().as_str();
    let database = path.strip_prefix('/').unwrap_or(path);
    // An `@` this late belongs to a password with an unencoded slash; the parsed host is then part of that password.
    let sound = schemes.contains(&url.scheme().as_str())
        && !authority.host().is_empty()
        && !database.contains(['/', '@'])
        && !url.has_query()
        && !url.has_fragment();
    sound.then(|| StoreUrl {
        scheme,
        user: user.to_owned(),
        password: password.to_owned(),
        host: format!("{}:{port}", authority.host()),
        database: database.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_encoded_and_come_back_as_they_were() {
        let text = "postgres://own%40er:p%2Fw%3A@db.example:6000/shell";
        let url = StoreUrl::postgres(text).unwrap();
        assert_eq!(url.user, "own%40er");
        assert_eq!(url.password, "p%2Fw%3A");
        assert_eq!(url.host, "db.example:6000");
        assert_eq!(url.database, "shell");
        assert_eq!(url.to_string(), text);
    }

    #[test]
    fn the_usual_ports_are_filled_in() {
        let url = StoreUrl::postgres("postgresql://owner@localhost/shell").unwrap();
        assert_eq!(url.to_string(), "postgres://owner@localhost:5432/shell");
        let url = StoreUrl::postgres("postgres://owner@[::1]/shell").unwrap();
        assert_eq!(url.host, "[::1]:5432");
        assert_eq!(
            StoreUrl::redis("redis://cache").unwrap().to_string(),
            "redis://cache:6379"
        );
        let url = StoreUrl::redis("redis://:secret@cache:1/0").unwrap();
        assert_eq!(url.to_string(), "redis://:secret@cache:1");
    }

    #[test]
    fn what_the_manifests_cannot_express_is_refused() {
        for text in [
            "",
            "shell",
            "mysql://owner@host/shell",
            "postgres://host/shell",
            "postgres://owner@host",
            "postgres://owner@host/shell?sslmode=require",
            "postgres://owner@host:port/shell",
            "postgres://owner@/shell",
            "postgres://owner:p@ss:1/word@host",
            "postgres://owner:p@ss@host/shell",
            "postgres://owner:50%@host/shell",
            "postgres://owner:two words@host/shell",
            "postgres://owner@host:65536/shell",
            "postgres://owner@::1/shell",
        ] {
            assert!(StoreUrl::postgres(text).is_err(), "{text}");
        }
        for text in [
            "rediss://host",
            "redis://user:password@host",
            "redis://host/2",
            "redis://",
        ] {
            assert!(StoreUrl::redis(text).is_err(), "{text}");
        }
    }
}
