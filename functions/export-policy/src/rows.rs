//! The policy, read from PostgreSQL part by part in one snapshot, whatever its size.

use job::{
    database::{Database, DbValue, Fault, ParameterValue},
    progress::Counted,
};

use crate::policy::Part;

/// How many rows are read at once.
const AT_ONCE: usize = 1_000;

/// The organization that was entered.
pub struct Entered {
    /// Its slug.
    pub organization: String,
    /// Whether anybody may hold roles in it.
    pub is_active: bool,
    /// The time of the snapshot from which its policy is read.
    pub moment: String,
}

/// Enters an organization, if it exists, in a transaction that reads one snapshot.
pub fn enter(database: &Database, organization: &str) -> Result<Option<Entered>, Fault> {
    database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &[])?;
    let parameters = [ParameterValue::Str(organization.to_owned())];
    let query = "SELECT organization, is_active, moment FROM shell.enter_export($1)";
    match database.row(query, &parameters)? {
        [DbValue::DbNull, _, _] => Ok(None),
        [
            DbValue::Str(organization),
            DbValue::Boolean(is_active),
            DbValue::Str(moment),
        ] => {
            // The cursor is read twice, while PostgreSQL runs the query once.
            let cursor = "DECLARE policy SCROLL CURSOR FOR
                SELECT kind, is_global, fields, remark FROM shell.exported_policy()";
            database.execute(cursor, &[])?;
            Ok(Some(Entered {
                organization,
                is_active,
                moment,
            }))
        }
        _ => Err(Fault::Unexpected),
    }
}

/// Reads the whole policy from its start. The last part is [`Part::End`].
pub fn for_each(
    database: &Database,
    doing: &str,
    mut with: impl FnMut(Part) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut progress = Counted::new(doing);
    database.execute("MOVE ABSOLUTE 0 IN policy", &[])?;
    let fetch = format!("FETCH {AT_ONCE} FROM policy");
    loop {
        // There is always at least one row, since the end is a row, too.
        for row in database.rows(&fetch, &[])? {
            let part = read(row).ok_or(Fault::Unexpected)?;
            let is_end = matches!(part, Part::End { .. });
            with(part)?;
            if is_end {
                return Ok(());
            }
            progress.add(1);
        }
    }
}

fn read(row: Vec<DbValue>) -> Option<Part> {
    let [kind, is_global, fields, remark] = row.try_into().ok()?;
    let (DbValue::Str(kind), DbValue::Boolean(is_global), DbValue::ArrayStr(fields)) =
        (kind, is_global, fields)
    else {
        return None;
    };
    let remark = match remark {
        DbValue::Str(text) => Some(text),
        DbValue::DbNull => None,
        _ => return None,
    };
    let fields = fields.into_iter().collect::<Option<_>>()?;
    Part::read(&kind, is_global, fields, remark)
}
