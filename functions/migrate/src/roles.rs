//! The role that the HTTP functions use: its group, its rights, and whether it can log in.

use anyhow::{Context, bail};
use job::database::{Database, DbValue, Fault, ParameterValue};
use percent_encoding::percent_decode_str;
use postgres_protocol::password::scram_sha_256;

/// The role's name, and its password as a verifier, since a statement can be written to the server's log.
struct Login {
    user: String,
    verifier: String,
}

/// Prepares the group, the right to connect, and the role. Returns descriptions of what was done.
pub fn prepare(database: &Database, runtime: &[String]) -> anyhow::Result<Vec<String>> {
    let login = Login::configured()?;
    let mut done = lines(database, "give_rights($1)", runtime.to_vec())?;
    done.extend(lines(database, "restrict_connecting()", Vec::new())?);
    let role = lines(
        database,
        "prepare_runtime_role($1[1], $1[2])",
        login.arguments(),
    );
    let role = role.with_context(|| {
        format!(
            "the migrations were applied, but role \"{}\" is not ready",
            login.user
        )
    })?;
    done.extend(role);
    done.extend(login.ensure(database)?);
    Ok(done)
}

/// The statements that an administrator has to run if the owner may not keep other roles from connecting.
pub fn left_to_an_administrator(database: &Database) -> anyhow::Result<Vec<String>> {
    match database.row("SELECT shell.statements_on_connecting()", &[])? {
        [DbValue::ArrayStr(statements)] => Ok(statements.into_iter().flatten().collect()),
        _ => Err(Fault::Unexpected.into()),
    }
}

impl Login {
    fn configured() -> anyhow::Result<Self> {
        let user = decoded("database_user")?;
        let password = decoded("database_password")?;
        if user.is_empty() || password.is_empty() {
            bail!("database_user and database_password must not be empty");
        }
        Ok(Self {
            verifier: scram_sha_256(password.as_bytes()),
            user,
        })
    }

    /// Logs in as the functions will. If the password is refused, sets it and tries once more. Returns
    /// descriptions of what was done.
    fn ensure(&self, database: &Database) -> anyhow::Result<Vec<String>> {
        let url = job::variable("database_url")?;
        match Database::open(&url) {
            Ok(_) => return Ok(Vec::new()),
            Err(Fault::Unreached(reasons::Postgres::PasswordRefused)) => {}
            Err(fault) => return Err(self.cannot_log_in(fault)),
        }
        let done = lines(
            database,
            "set_runtime_password($1[1], $1[2])",
            self.arguments(),
        )?;
        match Database::open(&url) {
            Ok(_) => Ok(done),
            Err(fault) => Err(self.cannot_log_in(fault).context(done.join("; "))),
        }
    }

    /// The arguments of SQL functions.
    fn arguments(&self) -> Vec<String> {
        vec![self.user.clone(), self.verifier.clone()]
    }

    /// The error without its advice, which is about the owner's variables.
    fn cannot_log_in(&self, fault: Fault) -> anyhow::Error {
        let user = &self.user;
        match fault {
            Fault::Unreached(reason) => anyhow::anyhow!(
                "role \"{user}\" cannot log in with database_user and database_password: {reason}"
            ),
            fault => anyhow::Error::new(fault).context(format!("as role \"{user}\"")),
        }
    }
}

/// The decoded value of a variable, which is percent-encoded because it is used in URLs.
fn decoded(name: &str) -> anyhow::Result<String> {
    let value = job::variable(name)?;
    let decoded = percent_decode_str(&value)
        .decode_utf8()
        .with_context(|| name.to_owned())?;
    Ok(decoded.into_owned())
}

/// The lines that an SQL function returns.
fn lines(database: &Database, call: &str, arguments: Vec<String>) -> Result<Vec<String>, Fault> {
    let arguments = arguments.into_iter().map(Some).collect();
    let [lines, code, message, detail, hint] = database.row(
        "SELECT lines, code, message, detail, hint FROM shell.lines_or_refusal($1, $2)",
        &[
            ParameterValue::Str(call.to_owned()),
            ParameterValue::ArrayStr(arguments),
        ],
    )?;
    match (lines, text(code), text(message)) {
        (DbValue::ArrayStr(lines), None, None) => Ok(lines.into_iter().flatten().collect()),
        (DbValue::DbNull, Some(code), Some(message)) => Err(Fault::Refused {
            code,
            message,
            detail: text(detail),
            hint: text(hint),
            constraint: None,
        }),
        _ => Err(Fault::Unexpected),
    }
}

fn text(value: DbValue) -> Option<String> {
    match value {
        DbValue::Str(text) => Some(text),
        _ => None,
    }
}
