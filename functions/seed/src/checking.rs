//! Checks one file.

use std::io::Read;

use crate::{
    fault::Fault,
    file::{File, Question, Run},
    keys::Keys,
    references::References,
    table::Table,
};

/// Adds the errors in a file to `faults`, in the order of its lines, and what the file has to the references. `ask`
/// sends a question to PostgreSQL.
pub fn check(
    file: &'static File,
    source: impl Read,
    run: Run,
    references: &mut References,
    faults: &mut Vec<Fault>,
    mut ask: impl FnMut(Question) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let first = faults.len();
    let Some(table) = Table::open(file, source, faults) else {
        references.unread.extend(file.describes);
        return Ok(());
    };
    let mut keys = Keys::of(file);
    let mut own = file.check.map(|of| of(run));
    let all = table.for_each(faults, |row| {
        row.check_references(references);
        keys.check(row);
        if let Some(own) = &mut own {
            own.row(row, references);
            if let Some(question) = own.question(false)? {
                own.answer(&ask(question)?)?;
            }
        }
        anyhow::Ok(())
    })?;
    if !all {
        references.unread.extend(file.describes);
    }
    if let Some(own) = &mut own {
        if let Some(question) = own.question(true)? {
            own.answer(&ask(question)?)?;
        }
        faults.extend(own.end().into_iter().map(|late| Fault {
            file: file.name,
            line: late.line,
            column: late.column.to_owned(),
            message: late.message,
        }));
        if let Some(faults) = faults.get_mut(first..) {
            faults.sort_by_key(|fault| fault.line);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{organizations, references::Subject, testing, users};

    /// An organization whose row could not be read must not be reported as missing.
    #[test]
    fn nothing_is_missed_that_a_file_at_fault_may_hold() {
        for organizations in [
            "slug;name;plan;domains\nhooli;Hooli;free;\n",
            "slug,name,plan,domains\nhooli,5\" Hooli,free,\n",
            "slug,name,plan,domains\nhooli,Hooli\n",
        ] {
            let mut references = testing::references();
            let mut faults = Vec::new();
            let mut ask = |_| anyhow::Ok("[]".to_owned());
            let users = format!("{}hooli,al,,Al,,\n", testing::USERS);
            for (file, text) in [
                (&organizations::FILE, organizations),
                (&users::FILE, &users),
            ] {
                let source = text.as_bytes();
                let run = Run::default();
                check(file, source, run, &mut references, &mut faults, &mut ask).unwrap();
            }
            assert!(references.unread.contains(&Subject::Organization));
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].file, "organizations.csv");
        }
    }
}
