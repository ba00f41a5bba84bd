//! Why a store refuses a connection, in the words of the request log, and what to do about it.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use percent_encoding::percent_decode_str;
use reasons::{Postgres, Redis};

use crate::connection::{self, StoreUrl};

/// The error for a connection to PostgreSQL that could not be opened.
pub fn postgres(url: &StoreUrl, error: &postgres::Error) -> anyhow::Error {
    let host = &url.host;
    let reason = match error.as_db_error() {
        Some(error) => {
            Postgres::of_sqlstate(error.code().code(), error.message()).unwrap_or(Postgres::Refused)
        }
        None => Postgres::of_failed_open(&said(error)),
    };
    let what_to_do = match reason {
        Postgres::PasswordRefused => {
            "write the user's password into the URL, percent-encoded".to_owned()
        }
        Postgres::LoginRefused => format!(
            "let `{}` log in from here (`ALTER ROLE … LOGIN`, pg_hba.conf)",
            url.user
        ),
        Postgres::TlsRequired | Postgres::TlsFailed => {
            "`up` connects without TLS: allow that in pg_hba.conf (`host`, not `hostssl`), or use \
             another server"
                .to_owned()
        }
        Postgres::NoSuchDatabase => format!(
            "create it: `CREATE DATABASE \"{}\" OWNER \"{}\"`",
            url.database, url.user
        ),
        Postgres::MayNotConnect => {
            format!("`GRANT CONNECT ON DATABASE \"{}\"`", url.database)
        }
        Postgres::TooManyConnections => {
            "close some, or raise max_connections or the role's CONNECTION LIMIT".to_owned()
        }
        Postgres::NotServing => "wait, and try again".to_owned(),
        Postgres::ReadOnly => "name the primary".to_owned(),
        Postgres::NoPreparedStatements => {
            "configure it there, or name PostgreSQL itself".to_owned()
        }
        Postgres::NotAllowed | Postgres::InvalidAddress => "check the URL".to_owned(),
        // Native error messages of the driver and the server contain no address and no password.
        Postgres::Refused | Postgres::Unreached => said(error),
    };
    anyhow!("PostgreSQL on {host}: {reason}; {what_to_do}")
}

/// The error and its causes.
fn said(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Fails unless Redis accepts our login and a write.
pub fn redis(url: &StoreUrl) -> Result<()> {
    let host = &url.host;
    let stream = connection::open(host)?;
    let Some(reason) = refusal(stream, &url.password) else {
        return Ok(());
    };
    let what_to_do = match reason {
        Redis::PasswordRequired => "write the password into the URL, redis://:PASSWORD@HOST:PORT",
        Redis::PasswordRefused => "the URL's password is not the one of the user `default`",
        Redis::NotPermitted => "the user `default` needs every command and every key",
        Redis::Protected => "set a password in its configuration, or `protected-mode no`",
        Redis::ReadOnly | Redis::PrimaryDown => "name the primary",
        Redis::Loading => "wait, and try again",
        Redis::ClusterDown => "name a single primary: the Shell does not support a cluster",
        Redis::CannotSave => "see its log, or set `stop-writes-on-bgsave-error no`",
        Redis::OutOfMemory => "raise its maxmemory",
        Redis::TooManyConnections => "close some, or raise its maxclients",
        Redis::InvalidAddress | Redis::Refused | Redis::Unexpected => "check that it is a Redis",
        Redis::NoAnswer | Redis::Unreached => {
            "check that it runs and accepts connections without TLS"
        }
    };
    bail!("Redis on {host}: {reason}; {what_to_do}")
}

fn refusal(stream: TcpStream, password: &str) -> Option<Redis> {
    match enter(stream, password) {
        Ok(refusal) => refusal,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Some(Redis::NoAnswer)
        }
        Err(_) => Some(Redis::Unreached),
    }
}

/// Logs in and writes what readiness writes, since a replica accepts everything else.
fn enter(stream: TcpStream, password: &str) -> io::Result<Option<Redis>> {
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    let mut stream = BufReader::new(stream);
    if !password.is_empty() {
        let password: Vec<u8> = percent_decode_str(password).collect();
        let refusal = command(&mut stream, &[b"AUTH", &password])?;
        if refusal.is_some() {
            return Ok(refusal);
        }
    }
    command(&mut stream, &[b"SET", b"health:ready", b"", b"PX", b"1000"])
}

/// Sends a command whose answer is `+OK`; any other answer is the refusal.
fn command(stream: &mut BufReader<TcpStream>, words: &[&[u8]]) -> io::Result<Option<Redis>> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).into_bytes());
        bytes.extend(*word);
        bytes.extend(b"\r\n");
    }
    stream.get_mut().write_all(&bytes)?;
    let mut answer = String::new();
    stream.read_line(&mut answer)?;
    Ok(match answer.strip_prefix('-') {
        Some(error) => Some(Redis::of_answer(error)),
        None if answer == "+OK\r\n" => None,
        // The connection was closed without an answer.
        None if answer.is_empty() => Some(Redis::Unreached),
        None => Some(Redis::Unexpected),
    })
}
