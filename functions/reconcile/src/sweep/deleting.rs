//! What the provider has deleted is deleted here, too, unless it is so much that the realm may be the wrong one.

use super::missing::{GonePlaces, GoneUsers};
use super::{May, Sweep};
use crate::batch::Batch;
use crate::limit;
use crate::reading::{GoneRow, UnknownRow};

impl Sweep<'_> {
    /// Deletes what the provider has deleted, after everything was requested. Returns whether nothing was deleted,
    /// since it is much: then no user is joined to another one either, which may be deleted at the provider.
    pub(super) fn delete(
        &mut self,
        places: GonePlaces,
        users: GoneUsers,
        may: May,
    ) -> anyhow::Result<bool> {
        let keeps_users = self.withholds_users(&users, may);
        let is_withheld = self.keeps_places || keeps_users;
        let known = users.known.into_iter();
        let known = known.map(|UnknownRow { id, at }| GoneRow {
            kind: "user",
            id,
            at,
        });
        let gone: Vec<_> = places.rows.into_iter().chain(known).collect();
        if is_withheld {
            for kind in ["user", "group", "organization"] {
                self.report.withhold(kind, count(&gone, kind));
            }
        } else {
            self.tell_contradicting()?;
            self.tell_gone(gone)?;
        }
        self.tell_unknown(users.seeded, may.adopt && !is_withheld)?;
        Ok(is_withheld)
    }

    /// Whether groups and organizations that the provider has deleted are kept, since they are many; this is printed.
    pub(super) fn withholds_places(&self, gone: &GonePlaces, may: May) -> bool {
        let known = self.provider.known;
        // Groups that were deleted with an organization are no reason to keep it.
        let along = gone.went_along_now;
        let groups = count(&gone.rows, "group").saturating_sub(along + gone.went_along);
        let kept = [
            withholds("group", groups, known.groups.saturating_sub(along), may),
            withholds(
                "organization",
                count(&gone.rows, "organization"),
                known.organizations,
                may,
            ),
        ];
        kept.contains(&true)
    }

    /// The same for users.
    fn withholds_users(&self, users: &GoneUsers, may: May) -> bool {
        let gone = u64::try_from(users.known.len()).unwrap_or(u64::MAX);
        // Users that are never found deleted are no sign that the realm is the right one.
        let known = self.provider.known.users.saturating_sub(users.beyond_reach);
        if limit::seems_imported_anew(gone, known, self.found) {
            eprintln!(
                "none of the {known} users that came from the provider exists there any more, but {} others do: \
                 the realm seems to have been imported again, with other identifiers",
                self.found
            );
        }
        withholds("user", gone, known, may)
    }

    fn tell_gone(&mut self, gone: Vec<GoneRow>) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        for row in gone {
            batch.add(&format!("{} {}", row.kind, row.id), &row)?;
            if batch.is_full() {
                self.tell_batch_of_gone(&mut batch)?;
            }
        }
        self.tell_batch_of_gone(&mut batch)
    }

    fn tell_batch_of_gone(&mut self, batch: &mut Batch) -> anyhow::Result<()> {
        match batch.take() {
            Some(rows) => {
                let told = self.store.gone(rows)?;
                self.note(told)
            }
            None => Ok(()),
        }
    }

    fn tell_unknown(&mut self, unknown: Vec<UnknownRow>, adopt: bool) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        let mut unknown = unknown.into_iter().peekable();
        while let Some(row) = unknown.next() {
            batch.add(&row.id, &row)?;
            if (batch.is_full() || unknown.peek().is_none())
                && let Some(rows) = batch.take()
            {
                let told = self.store.seeded(rows, adopt)?;
                self.note(told)?;
            }
        }
        Ok(())
    }
}

/// How many objects of a kind the provider has deleted.
fn count(gone: &[GoneRow], kind: &str) -> u64 {
    let count = gone.iter().filter(|row| row.kind == kind).count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Whether so many objects of a kind are kept; this is printed.
fn withholds(kind: &str, gone: u64, known: u64, may: May) -> bool {
    let is_withheld = !may.delete_many && limit::needs_force(gone, known);
    if is_withheld {
        eprintln!(
            "{gone} of {known} {kind}s that came from the provider no longer exist there: nothing is deleted here \
             without --force"
        );
    }
    is_withheld
}
