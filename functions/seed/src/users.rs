//! users.csv.

use crate::{
    column::{Column, Empty, slug},
    file::{File, Step},
    members::Members,
    references::Subject,
};

pub static FILE: File = File {
    name: "users.csv",
    describes: None,
    columns: &[
        Column::word("organization", slug).refers_to(Subject::Organization),
        Column::word("username", vocabulary::external_id),
        Column::word("email", vocabulary::email).or(Empty::Text("")),
        Column::word("display_name", vocabulary::name),
        Column::word("external_id", vocabulary::external_id).or(Empty::As("username")),
        Column::object("attributes", &vocabulary::object::ATTRIBUTES),
    ],
    keys: &[
        &["organization", "username"],
        &["organization", "external_id"],
    ],
    numbered: &[],
    check: Some(|run| Box::new(Members::of(run))),
    groups: Some(("organization", "users")),
    steps: &[Step {
        function: "seed_users",
        updates: true,
        passes_over: true,
        counted_as: "users",
    }],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, places};

    fn faults(rows: &str) -> Vec<String> {
        testing::faults_of(&FILE, &format!("{}{rows}", testing::USERS))
    }

    #[test]
    fn every_fault_of_a_row_is_found() {
        let found = faults("Acme,,nobody,\u{7},,[]\n");
        assert_eq!(
            places(&found),
            [
                "2:organization",
                "2:username",
                "2:email",
                "2:display_name",
                "2:attributes"
            ]
        );
    }

    #[test]
    fn references_and_repetitions() {
        for (rows, expected) in [
            ("nobody,al,,Al,,\n", &["2:organization"][..]),
            (
                "nobody,al,,,,\nacme,bo,,,,\nacme,bo,,,,\n",
                &[
                    "2:display_name",
                    "2:organization",
                    "3:display_name",
                    "4:display_name",
                    "4:username",
                    "4:external_id",
                ],
            ),
            (
                "acme,al,,Al,,\nacme,al,,Al,,\n",
                &["3:username", "3:external_id"],
            ),
            ("acme,al,,Al,x,\nacme,al,,Al,y,\n", &["3:username"]),
            ("acme,al,,Al,,\nglobex,al,,Al,,{}\n", &[]),
        ] {
            assert_eq!(places(&faults(rows)), expected, "{rows}");
        }
        assert_eq!(
            faults("acme,al,,Al,,\nacme,al,,Al,x,\n"),
            ["users.csv:3:username: \"al\" of acme is a duplicate of line 2"]
        );
    }
}
