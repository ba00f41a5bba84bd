//! The same INSERT by PostgreSQL's own load generator, for orientation.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use floor::event;
use xtask::machine::PostgresPrograms;

use crate::load::Round;
use crate::race::Work;
use crate::stage::Stage;

/// The lane's rounds; none, and a word about it, where the machine has no pgbench.
pub fn insert(stage: &Stage) -> Result<Option<Work<'_>>> {
    let found = PostgresPrograms::find(None).and_then(|found| found.beside("pgbench"));
    let Some(program) = found else {
        eprintln!("there is no pgbench beside PostgreSQL's other programs: its line is left out");
        return Ok(None);
    };
    let script = stage.folder()?.join("insert.sql");
    std::fs::write(&script, statement()?).context("cannot write pgbench's script")?;
    Ok(Some(Box::new(move |connections, measured| {
        // Whole seconds alone can be asked for.
        let seconds = measured.as_secs().max(1);
        let mut command = Command::new(&program);
        command
            .args(["--no-vacuum", "--protocol", "extended", "--jobs", "1"])
            .args(["--client", &connections.to_string()])
            .args(["--time", &seconds.to_string()])
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
        })
    })))
}

fn statement() -> Result<String> {
    let mut statement = "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at,
        action, actor_type, actor_id, targets, target_ids, outcome, ip, user_agent, request_id,
        trace_id, metadata)
      VALUES ('01970000-0000-7000-8000-000000000002', shell.uuid_v7(now()), now(), now()"
        .to_owned();
    let target_ids = format!("{{{}}}", event::TARGET_ID);
    for value in [
        event::ACTION,
        event::ACTOR_TYPE,
        event::ACTOR_ID,
        event::TARGETS,
        &target_ids,
        event::OUTCOME,
        event::IP,
        event::USER_AGENT,
        event::REQUEST_ID,
        event::TRACE_ID,
        event::METADATA,
    ] {
        // `:name` would be a variable of pgbench's, but not within quotes.
        write!(statement, ", '{value}'")?;
    }
    // A line is a statement's end only after a semicolon.
    statement.push_str(");\n");
    Ok(statement)
}

/// The rate in what it prints.
fn transactions(said: &str) -> Result<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .context("pgbench named no rate")
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
