//! The same INSERT by PostgreSQL's own load generator, for orientation.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use floor::event;
use xtask::machine::PostgresPrograms;

use crate::load::Round;
use crate::race::Work;
use crate::stage::Stage;

/// The number of rows of a round.
const ROWS: usize = 4_000;

/// pgbench sends the values of its variables as parameters.
const INSERT: &str = "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at,
    action, actor_type, actor_id, targets, target_ids, outcome, ip, user_agent, request_id, trace_id,
    metadata)
  VALUES (:organization, shell.audit_id(shell.unix_microseconds(now()), right(replace(gen_random_uuid()::text, '-', ''), 16)), now(), now(), :action, :actor_type, :actor_id,
    :targets, ARRAY[:target_id], :outcome, :ip, :user_agent, :request_id, :trace_id, :metadata);
";
const PARAMETERS: [(&str, &str); 12] = [
    ("organization", "01970000-0000-7000-8000-000000000002"),
    ("action", event::ACTION),
    ("actor_type", event::ACTOR_TYPE),
    ("actor_id", event::ACTOR_ID),
    ("targets", event::TARGETS),
    ("target_id", event::TARGET_ID),
    ("outcome", event::OUTCOME),
    ("ip", event::IP),
    ("user_agent", event::USER_AGENT),
    ("request_id", event::REQUEST_ID),
    ("trace_id", event::TRACE_ID),
    ("metadata", event::METADATA),
];

/// The lane's rounds; `None`, and a message, if the machine has no pgbench.
pub fn insert(stage: &Stage) -> Result<Option<Work<'_>>> {
    let found = PostgresPrograms::find(None).and_then(|found| found.beside("pgbench"));
    let Some(program) = found else {
        eprintln!(
            "pgbench is not installed beside PostgreSQL's other programs: its line is left out"
        );
        return Ok(None);
    };
    let script = stage.folder()?.join("insert.sql");
    std::fs::write(&script, INSERT).context("cannot write pgbench's script")?;
    Ok(Some(Box::new(move |connections, _| {
        // Not limited by time, since connecting would use a part of it.
        let each = (ROWS / connections).max(1);
        let mut command = Command::new(&program);
        command
            .args(["--no-vacuum", "--protocol", "extended", "--jobs", "1"])
            .args(["--client", &connections.to_string()])
            .args(["--transactions", &each.to_string()])
            .args(PARAMETERS.map(|(name, value)| format!("--define={name}={value}")))
            .arg("--file")
            .arg(&script)
            .arg(stage.superuser_url().to_string());
        let output = command.output().context("cannot start pgbench")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(Round {
            per_second: transactions(&String::from_utf8_lossy(&output.stdout))?,
            latencies: None,
            beside: None,
        })
    })))
}

/// The rate in pgbench's output.
fn transactions(said: &str) -> Result<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .context("pgbench did not report a rate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_found() {
        let said = "latency average = 0.2 ms\ntps = 4812.53 (without initial connection time)\n";
        assert_eq!(transactions(said).unwrap(), 4812.53);
        assert!(transactions("").is_err());
    }
}
