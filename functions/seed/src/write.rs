//! Writing batches to PostgreSQL, with one statement each, and the outcome.

use std::ops::AddAssign;

use job::database::{Database, DbValue, Fault, ParameterValue};
use serde_json::{Map, Value, json};

use crate::file::{File, Question, Run, Step};

/// The outcome of a step, in rows.
#[derive(Clone, Copy, Default)]
pub struct Written {
    added: i64,
    changed: i64,
    passed_over: i64,
}

impl AddAssign for Written {
    fn add_assign(&mut self, more: Self) {
        self.added += more.added;
        self.changed += more.changed;
        self.passed_over += more.passed_over;
    }
}

/// Sends a batch to one of its file's functions. The JSON is sent as text: as jsonb, the host would parse it and round
/// its numbers.
pub fn write(database: &Database, step: &Step, run: Run, rows: String) -> anyhow::Result<Written> {
    let function = step.function;
    let mut parameters = vec![ParameterValue::Str(rows)];
    let passed_over = if step.passes_over {
        "passed_over"
    } else {
        "0::bigint"
    };
    let statement = if step.updates {
        parameters.push(ParameterValue::Boolean(run.update));
        format!("SELECT added, changed, {passed_over} FROM shell.{function}($1::text::jsonb, $2)")
    } else {
        format!("SELECT added, 0::bigint, {passed_over} FROM shell.{function}($1::text::jsonb)")
    };
    match database.row(&statement, &parameters)? {
        [
            DbValue::Int64(added),
            DbValue::Int64(changed),
            DbValue::Int64(passed_over),
        ] => Ok(Written {
            added,
            changed,
            passed_over,
        }),
        _ => Err(Fault::Unexpected.into()),
    }
}

/// Asks PostgreSQL a question of a check.
pub fn ask(database: &Database, question: Question, run: Run) -> anyhow::Result<String> {
    let function = question.function;
    let statement = format!("SELECT shell.{function}($1::text::jsonb, $2)::text");
    let parameters = [
        ParameterValue::Str(question.json),
        ParameterValue::Boolean(run.update),
    ];
    match database.row(&statement, &parameters)? {
        [DbValue::Str(answer)] => Ok(answer),
        _ => Err(Fault::Unexpected.into()),
    }
}

/// What a run did, by the steps of all files.
#[derive(Default)]
pub struct Done(Vec<(&'static Step, Written)>);

impl Done {
    /// Adds the outcome of a file's rows, and returns the text that reports it.
    pub fn add(
        &mut self,
        file: &File,
        rows: u64,
        written: Vec<(&'static Step, Written)>,
    ) -> String {
        let words = written.iter().map(|(step, written)| {
            let Written { added, changed, .. } = written;
            if step.updates {
                format!("{added} added, {changed} changed")
            } else {
                format!("{added} {}", step.counted_as)
            }
        });
        let words = words.collect::<Vec<_>>().join(", ");
        let mut line = format!("{}: {rows} rows, {words}", file.name);
        let passed_over: i64 = written.iter().map(|(_, written)| written.passed_over).sum();
        if passed_over > 0 {
            line += &format!(
                "\n{}: {passed_over} rows skipped, of persons who were removed or erased here, or whom their \
                 provider removed or deleted",
                file.name
            );
        }
        self.0.extend(written);
        line
    }

    /// The counts for the event of the run; `None` if nothing was added or changed.
    pub fn event(&self) -> Option<Value> {
        let any = |(_, written): &(_, Written)| written.added + written.changed > 0;
        let counts = self.0.iter().map(|(step, written)| {
            let Written { added, changed, .. } = written;
            let count = if step.updates {
                json!({"added": added, "changed": changed})
            } else {
                json!(added)
            };
            (step.counted_as.to_owned(), count)
        });
        self.0
            .iter()
            .any(any)
            .then(|| Value::Object(counts.collect::<Map<_, _>>()))
    }
}
