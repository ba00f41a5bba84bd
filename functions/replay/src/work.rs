//! The job: it retries the events of the inbox, one batch after the other.

use std::ops::AddAssign;

use anyhow::{Context, bail};
use job::{
    database::{Database, DbValue, Fault, ParameterValue},
    progress::Counted,
};

/// How many events one statement applies, so that other changes wait for no more, and a run that is stopped keeps what
/// it has applied so far.
const BATCH: i32 = 100;

/// The outcome of events: how many there are of each kind.
#[derive(Default)]
struct Came {
    applied: i64,
    waiting: i64,
    failed: i64,
    ignored: i64,
    unreadable: i64,
}

/// The result of a statement.
struct Part {
    came: Came,
    /// The event after which to go on, if there are more.
    next: Option<String>,
    /// In JSON.
    warnings: Option<String>,
}

impl AddAssign for Came {
    fn add_assign(&mut self, more: Self) {
        self.applied += more.applied;
        self.waiting += more.waiting;
        self.failed += more.failed;
        self.ignored += more.ignored;
        self.unreadable += more.unreadable;
    }
}

impl Came {
    fn all(&self) -> i64 {
        self.applied + self.waiting + self.failed + self.ignored + self.unreadable
    }
}

pub fn replay() -> anyhow::Result<()> {
    let arguments: Vec<_> = job::arguments().collect();
    if !arguments.is_empty() {
        bail!("unknown arguments {arguments:?}: expected none");
    }
    let database = Database::open(&job::variable("migration_database_url")?)?;
    let came =
        replay_all(&database).context("if a function is missing, run the migrations first")?;
    if came.all() == 0 {
        println!("nothing to replay");
        return Ok(());
    }
    println!(
        "replayed {} events: {} applied, {} still waiting, {} still failed",
        came.all(),
        came.applied,
        came.waiting,
        came.failed + came.unreadable
    );
    if came.ignored > 0 {
        println!(
            "{} of deleted users, which are ignored from now on",
            came.ignored
        );
    }
    if came.unreadable > 0 {
        println!(
            "{} of the failed ones could not be read when they arrived: their provider must send them again",
            came.unreadable
        );
    }
    Ok(())
}

fn replay_all(database: &Database) -> Result<Came, Fault> {
    let mut came = Came::default();
    let mut after = None;
    let mut progress = Counted::new("replaying the inbox");
    loop {
        let part = replay_part(database, after)?;
        progress.add(u64::try_from(part.came.all()).unwrap_or_default());
        came += part.came;
        if let Some(warnings) = part.warnings {
            eprintln!("{warnings}");
        }
        if part.next.is_none() {
            return Ok(came);
        }
        after = part.next;
    }
}

fn replay_part(database: &Database, after: Option<String>) -> Result<Part, Fault> {
    let statement = "SELECT next::text, applied, waiting, failed, ignored, unreadable, warnings
                     FROM shell.replay_events($1, $2::text::uuid)";
    let after = after.map_or(ParameterValue::DbNull, ParameterValue::Str);
    let row = database.row(statement, &[ParameterValue::Int32(BATCH), after])?;
    let [
        next,
        DbValue::Int64(applied),
        DbValue::Int64(waiting),
        DbValue::Int64(failed),
        DbValue::Int64(ignored),
        DbValue::Int64(unreadable),
        warnings,
    ] = row
    else {
        return Err(Fault::Unexpected);
    };
    Ok(Part {
        came: Came {
            applied,
            waiting,
            failed,
            ignored,
            unreadable,
        },
        next: text(next)?,
        warnings: text(warnings)?,
    })
}

fn text(value: DbValue) -> Result<Option<String>, Fault> {
    match value {
        DbValue::Str(text) => Ok(Some(text)),
        DbValue::DbNull => Ok(None),
        _ => Err(Fault::Unexpected),
    }
}
