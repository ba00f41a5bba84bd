//! roles.csv.

use crate::{
    column::{Column, Empty, slug},
    file::{File, Step},
    hierarchy::Hierarchy,
    references::Subject,
};

pub static FILE: File = File {
    name: "roles.csv",
    describes: Some(Subject::Role),
    columns: &[
        Column::word("organization", slug)
            .or(Empty::Null)
            .refers_to(Subject::Organization),
        Column::word("role", slug),
        Column::word("name", vocabulary::name),
        Column::word("description", vocabulary::description),
        Column::words("inherits", slug),
        Column::words("groups", vocabulary::group_path)
            .at_most(100)
            .optional(),
    ],
    keys: &[&["organization", "role"]],
    numbered: &[],
    check: Some(|run| Box::new(Hierarchy::of(run))),
    groups: Some(("organization", "roles")),
    steps: &[Step {
        function: "seed_roles",
        updates: true,
        passes_over: false,
        counted_as: "roles",
    }],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{faults_of, places};

    fn faults(rows: &str) -> Vec<String> {
        let header = "organization,role,name,description,inherits,groups\n";
        faults_of(&FILE, &format!("{header}{rows}"))
    }

    #[test]
    fn what_fits() {
        let rows = "acme,viewer,Viewer,,,/staff;organization:/Sales people/a~/b\n\
                    acme,editor,Editor,,viewer,\n\
                    globex,editor,Editor,,,\n";
        assert_eq!(faults(rows), [] as [&str; 0]);
    }

    #[test]
    fn every_fault_of_a_row_is_found() {
        let found = faults("nobody,No,,\u{7},x;other,\u{7}\nacme,editor,E,,,\nacme,editor,E,,,\n");
        assert_eq!(
            places(&found),
            [
                "2:role",
                "2:name",
                "2:description",
                "2:inherits",
                "2:groups",
                "2:organization",
                "4:role"
            ]
        );
    }
}
