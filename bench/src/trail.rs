//! A trail of two years, made by PostgreSQL itself.

use anyhow::Result;
use postgres::Client;

use crate::stage::{ORGANIZATION, Stage};
use crate::table::thousands;

const PARTITIONS: i32 = 24;
/// Among which the events are spread, [`ORGANIZATION`] being one.
const ORGANIZATIONS: i64 = 100;
/// In the last day, all of them of [`ORGANIZATION`]'s: as many, however long the trail is.
const LAST_DAY: i64 = 1_000;

/// The last day of a trail, in RFC 3339.
pub struct Day {
    /// Its beginning.
    pub from: String,
    /// Its end, and the trail's.
    pub to: String,
}

/// The day that ends now.
pub fn last_day(stage: &Stage) -> Result<Day> {
    let query = "SELECT shell.rfc3339(now() - interval '1 day'), shell.rfc3339(now())";
    let row = stage.superuser()?.query_one(query, &[])?;
    Ok(Day {
        from: row.try_get(0)?,
        to: row.try_get(1)?,
    })
}

/// Writes so many events, with the same last day each time.
pub fn fill(stage: &Stage, events: i64, day: &Day) -> Result<()> {
    let mut database = stage.superuser()?;
    let trail = Trail {
        organization: stage.organization(ORGANIZATION)?,
        before: events - LAST_DAY,
        day,
    };
    for partition in partitions(&mut database, day)? {
        let written = trail.write(&mut database, &partition)?;
        eprintln!("{}: {} events", partition.name, thousands(written as f64));
    }
    let written = trail.write_last_day(&mut database)?;
    eprintln!("the last day: {} events", thousands(written as f64));
    // What PostgreSQL would do by itself, sooner or later, while requests are measured.
    for partition in partitions(&mut database, day)? {
        database.batch_execute(&format!("VACUUM (ANALYZE) shell.{}", partition.name))?;
    }
    database.batch_execute("CHECKPOINT")?;
    Ok(())
}

/// A month of the trail.
struct Partition {
    name: String,
    from: String,
    to: String,
    is_there: bool,
}

/// The last ones up to that day, oldest first.
fn partitions(database: &mut Client, day: &Day) -> Result<Vec<Partition>> {
    let query = r#"
        SELECT to_char(m, '"audit_log_"YYYY_MM'), to_char(m, 'YYYY-MM-DD"T00:00Z"'),
          to_char(m + interval '1 month', 'YYYY-MM-DD"T00:00Z"'),
          to_regclass(to_char(m, '"shell.audit_log_"YYYY_MM')) IS NOT NULL
        FROM date_trunc('month', $1::text::timestamptz AT TIME ZONE 'UTC') AS last,
          generate_series(1 - $2::integer, 0) AS ago,
          LATERAL (SELECT last + ago * interval '1 month' AS m) AS month
        ORDER BY m"#;
    let rows = database.query(query, &[&day.to, &PARTITIONS])?;
    let partitions = rows.iter().map(|row| {
        Ok(Partition {
            name: row.try_get(0)?,
            from: row.try_get(1)?,
            to: row.try_get(2)?,
            is_there: row.try_get(3)?,
        })
    });
    partitions.collect()
}

struct Trail<'a> {
    organization: uuid::Uuid,
    /// Events before the last day, at equal distances.
    before: i64,
    day: &'a Day,
}

impl Trail<'_> {
    /// Makes the partition if it is not there, and writes its events before the last day.
    fn write(&self, database: &mut Client, partition: &Partition) -> Result<u64> {
        let Partition { name, from, to, .. } = partition;
        let mut transaction = database.transaction()?;
        if !partition.is_there {
            // As shell.make_audit_partitions does it, for months that are over.
            transaction.batch_execute(&format!(
                "CREATE TABLE shell.{name} (LIKE shell.audit_log INCLUDING DEFAULTS);
                 ALTER TABLE shell.{name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
                 CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE
                   ON shell.{name} FOR EACH STATEMENT EXECUTE FUNCTION shell.refuse_audit_change();"
            ))?;
        }
        // Which of the events fall into the month is known but for the last digit of a number.
        let statement = format!(
            "INSERT INTO shell.{name} (organization_id, id, created_at, occurred_at, action,
               actor_type, actor_id, targets, target_ids, outcome, metadata)
             SELECT CASE n % $5 WHEN 0 THEN $1 ELSE md5((n % $5)::text)::uuid END,
               shell.uuid_v7(at), at, at, (ARRAY['file.read', 'file.write', 'session.begin'])[1 + n % 3],
               'user', 'user-' || n % 1000,
               json_build_array(json_build_object('type', 'file', 'id', 'f-' || n % 10000)),
               ARRAY['f-' || n % 10000], 'success', '{{\"size\":48213}}'
             FROM date_trunc('month', $2::text::timestamptz AT TIME ZONE 'UTC') - $6 * interval '1 month' AS m,
               LATERAL (SELECT m AT TIME ZONE 'UTC' AS first) AS f,
               LATERAL (SELECT extract(epoch FROM $3::text::timestamptz - first)::float8 / $4 AS step) AS s,
               LATERAL generate_series(
                 greatest(0, floor(extract(epoch FROM $7::text::timestamptz - first) / step)::bigint - 1),
                 least($4 - 1, ceil(extract(epoch FROM $8::text::timestamptz - first) / step)::bigint + 1)
               ) AS n,
               LATERAL (SELECT first + n * step * interval '1 second' AS at) AS a
             WHERE at >= $7::text::timestamptz AND at < $8::text::timestamptz"
        );
        let written = transaction.execute(
            &statement,
            &[
                &self.organization,
                &self.day.to,
                &self.day.from,
                &self.before,
                &ORGANIZATIONS,
                &f64::from(PARTITIONS - 1),
                from,
                to,
            ],
        )?;
        if !partition.is_there {
            transaction.batch_execute(&format!(
                "ALTER TABLE shell.audit_log ATTACH PARTITION shell.{name}
                   FOR VALUES FROM ('{from}') TO ('{to}')"
            ))?;
        }
        transaction.commit()?;
        Ok(written)
    }

    fn write_last_day(&self, database: &mut Client) -> Result<u64> {
        let statement = "
            INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
              actor_type, actor_id, targets, target_ids, outcome, metadata)
            SELECT $1, shell.uuid_v7(at), at, at, 'file.read', 'user', 'user-' || n % 10,
              '[{\"type\":\"file\",\"id\":\"f-1\"}]', '{f-1}', 'success', '{\"size\":48213}'
            FROM generate_series(0, $3 - 1) AS n,
              LATERAL (SELECT $2::text::timestamptz + n * interval '1 day' / $3 AS at) AS a";
        let parameters: [&(dyn postgres::types::ToSql + Sync); 3] =
            [&self.organization, &self.day.from, &LAST_DAY];
        Ok(database.execute(statement, &parameters)?)
    }
}
