//! role_assignments.csv.

use crate::{
    assignments::Assignments,
    column::{Column, Empty, slug},
    file::{File, Step},
    references::Subject,
};

pub static FILE: File = File {
    name: "role_assignments.csv",
    describes: None,
    columns: &[
        Column::word("organization", slug).refers_to(Subject::Organization),
        // The username of a member; if no member has it, an external_id.
        Column::word("username", vocabulary::external_id),
        Column::word("role", slug),
        Column::moment("valid_until").or(Empty::Null).optional(),
    ],
    keys: &[&["organization", "username", "role"]],
    numbered: &[],
    check: Some(|_| Box::new(Assignments::new())),
    groups: Some(("organization", "assignments")),
    steps: &[Step {
        function: "seed_role_assignments",
        updates: true,
        passes_over: false,
        counted_as: "role_assignments",
    }],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{faults_of, places};

    fn faults(rows: &str) -> Vec<String> {
        let header = "organization,username,role,valid_until\n";
        faults_of(&FILE, &format!("{header}{rows}"))
    }

    #[test]
    fn what_fits() {
        let rows = "acme,al,editor,\nacme,al,viewer,2030-01-01T00:00:00Z\n\
                    globex,al,editor,2030-01-01T00:00:00.5+02:00\n";
        assert_eq!(faults(rows), [] as [&str; 0]);
    }

    #[test]
    fn every_fault_of_a_row_is_found() {
        assert_eq!(
            places(&faults(",,No,tomorrow\nnobody,al,admin,2030-01-01\n")),
            [
                "2:organization",
                "2:username",
                "2:role",
                "2:valid_until",
                "3:valid_until",
                "3:organization"
            ]
        );
    }

    #[test]
    fn a_role_is_assigned_once() {
        let row = "acme,al,editor,\n";
        assert_eq!(places(&faults(&format!("{row}{row}"))), ["3:role"]);
    }
}
