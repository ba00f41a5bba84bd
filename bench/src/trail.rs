//! A trail of two years, generated in PostgreSQL.

use anyhow::{Result, ensure};
use postgres::Client;
use uuid::Uuid;

use crate::stage::{ORGANIZATION, Stage};
use crate::table::thousands;

const PARTITIONS: i32 = 24;
/// The number of organizations that the events are spread over, including [`ORGANIZATION`].
const ORGANIZATIONS: i64 = 100;
/// The number of events of the last day, all of them of [`ORGANIZATION`]: the same however long the trail is.
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

/// Writes so many events; the last day is always the same.
pub fn fill(stage: &Stage, events: i64, day: &Day) -> Result<()> {
    let mut database = stage.superuser()?;
    let partitions = partitions(&mut database, day)?;
    let first = partitions.first().map(|oldest| oldest.from.clone());
    let trail = Trail {
        organization: stage.organization(ORGANIZATION)?,
        first: first.unwrap_or_default(),
        before: events - LAST_DAY,
        day,
    };
    let mut written = trail.write_last_day(&mut database)?;
    for partition in &partitions {
        written += trail.write(&mut database, partition)?;
        let name = &partition.name;
        eprintln!("{} events written, up to {name}", thousands(written as f64));
    }
    ensure!(
        written == events as u64,
        "{written} of {events} rows were written"
    );
    // PostgreSQL would do this at some point anyway, perhaps while requests are measured.
    for partition in &partitions {
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

impl Partition {
    /// As shell.make_audit_partitions creates them, for months that are over.
    fn creation(&self) -> String {
        let Self { name, .. } = self;
        format!(
            "CREATE TABLE shell.{name} (LIKE shell.audit_log INCLUDING DEFAULTS);
             ALTER TABLE shell.{name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON shell.{name}
               FOR EACH STATEMENT EXECUTE FUNCTION shell.refuse_audit_change()"
        )
    }

    fn attachment(&self) -> String {
        let Self { name, from, to, .. } = self;
        format!(
            "ALTER TABLE shell.audit_log ATTACH PARTITION shell.{name}
               FOR VALUES FROM ('{from}') TO ('{to}')"
        )
    }
}

/// The last partitions up to that day, oldest first.
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
    organization: Uuid,
    /// When the first event was recorded.
    first: String,
    /// The number of events before the last day, at equal distances.
    before: i64,
    day: &'a Day,
}

impl Trail<'_> {
    /// Creates the partition if it does not exist, and writes its events before the last day.
    fn write(&self, database: &mut Client, partition: &Partition) -> Result<u64> {
        let Partition { name, from, to, .. } = partition;
        let mut transaction = database.transaction()?;
        if !partition.is_there {
            transaction.batch_execute(&partition.creation())?;
        }
        // The month's events are computed, with one more at each end, which the WHERE clause drops.
        let statement = format!(
            "INSERT INTO shell.{name} (organization_id, id, created_at, occurred_at, action,
               actor_type, actor_id, targets, target_ids, outcome, metadata)
             SELECT CASE n % $2::bigint WHEN 0 THEN $1::uuid ELSE md5((n % $2::bigint)::text)::uuid END,
               shell.audit_id(shell.unix_microseconds(at), right(replace(gen_random_uuid()::text, '-', ''), 16)), at, at, (ARRAY['file.read', 'file.write', 'session.begin'])[1 + n % 3],
               'user', 'user-' || n % 1000,
               json_build_array(json_build_object('type', 'file', 'id', 'f-' || n % 10000)),
               ARRAY['f-' || n % 10000], 'success', '{{\"size\":48213}}'
             FROM (SELECT $3::text::timestamptz AS first, $5::text::timestamptz AS month,
                 $6::text::timestamptz AS next) AS moments,
               LATERAL (SELECT extract(epoch FROM $4::text::timestamptz - first)::float8 / $7::bigint
                 AS step) AS distance,
               LATERAL generate_series(
                 greatest(0, floor(extract(epoch FROM month - first)::float8 / step)::bigint - 1),
                 least($7::bigint - 1, ceil(extract(epoch FROM next - first)::float8 / step)::bigint + 1)
               ) AS n,
               LATERAL (SELECT first + n * step * interval '1 second' AS at) AS time
             WHERE at >= month AND at < next"
        );
        let written = transaction.execute(
            &statement,
            &[
                &self.organization,
                &ORGANIZATIONS,
                &self.first,
                &self.day.from,
                from,
                to,
                &self.before,
            ],
        )?;
        if !partition.is_there {
            // Only now, so that each index is built in one go.
            transaction.batch_execute(&partition.attachment())?;
        }
        transaction.commit()?;
        Ok(written)
    }

    fn write_last_day(&self, database: &mut Client) -> Result<u64> {
        let statement = "
            INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
              actor_type, actor_id, targets, target_ids, outcome, metadata)
            SELECT $1::uuid, shell.audit_id(shell.unix_microseconds(at), right(replace(gen_random_uuid()::text, '-', ''), 16)), at, at, 'file.read', 'user', 'user-' || n % 10,
              '[{\"type\":\"file\",\"id\":\"f-1\"}]', '{f-1}', 'success', '{\"size\":48213}'
            FROM generate_series(0, $3::bigint - 1) AS n,
              LATERAL (SELECT $2::text::timestamptz + n * interval '1 day' / $3::bigint AS at) AS a";
        let written =
            database.execute(statement, &[&self.organization, &self.day.from, &LAST_DAY])?;
        Ok(written)
    }
}
