//! permissions.csv.

use decisions::check_condition;

use crate::{
    column::{ALL, Column, Empty, slug},
    fault::shown,
    file::{Check, File, Late, Question, Step},
    references::{References, Subject},
    role_names::RoleNames,
    row::Row,
};

pub static FILE: File = File {
    name: "permissions.csv",
    describes: None,
    columns: &[
        Column::word("organization", slug)
            .or(Empty::Null)
            .refers_to(Subject::Organization),
        Column::word("role", slug),
        Column::word("resource_type", vocabulary::resource_type),
        Column::word("resource_id", vocabulary::resource_id),
        Column::word("action", vocabulary::action),
        Column::word("effect", vocabulary::effect),
        Column::word("condition", vocabulary::condition),
    ],
    keys: &[&[
        "organization",
        "role",
        "resource_type",
        "resource_id",
        "action",
        "effect",
        "condition",
    ]],
    numbered: &[
        "organization",
        "role",
        "resource_type",
        "resource_id",
        "action",
    ],
    check: Some(|_| Box::new(Lines(RoleNames::own()))),
    groups: Some(("organization", "permissions")),
    steps: &[Step {
        function: "seed_permissions",
        updates: true,
        passes_over: false,
        counted_as: "permissions",
    }],
};

/// Checks that the role of a line exists, that its type and id fit together, and that its condition is valid.
struct Lines(RoleNames);

impl Check for Lines {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        if row.text("resource_type") == Some(ALL)
            && row.text("resource_id").is_some_and(|id| id != ALL)
        {
            row.wrong(
                "resource_id",
                "the id of one resource of every type, expected *, since resource_type is *",
            );
        }
        let condition = row.text("condition").filter(|text| !text.is_empty());
        if let Some(text) = condition
            && let Err(fault) = check_condition(text)
        {
            let text = shown(text);
            row.wrong(
                "condition",
                format!("{text}, expected a condition in CEL: {fault}"),
            );
        }
        self.0.row(row, references);
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        self.0.question(at_end)
    }

    fn answer(&mut self, answer: &str) -> serde_json::Result<()> {
        self.0.answer(answer)
    }

    fn end(&mut self) -> Vec<Late> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{faults_of, places};

    fn faults(rows: &str) -> Vec<String> {
        let header = "organization,role,resource_type,resource_id,action,effect,condition\n";
        faults_of(&FILE, &format!("{header}{rows}"))
    }

    #[test]
    fn what_fits() {
        let rows = ",admin,*,*,*,allow,\n\
                    acme,editor,doc,*,write,allow,\n\
                    acme,editor,doc,*,write,allow,\"subject.id == \"\"al\"\"\"\n\
                    acme,editor,doc,*,write,deny,\n\
                    acme,editor,doc,a:b,*,deny,\n";
        assert_eq!(faults(rows), [] as [&str; 0]);
    }

    #[test]
    fn every_fault_of_a_row_is_found() {
        let long = "x".repeat(1_025);
        let found = faults(&format!("nobody,No,,\u{7},,maybe,{long}\n"));
        let columns = [
            "role",
            "resource_type",
            "resource_id",
            "action",
            "effect",
            "organization",
            "condition",
        ];
        assert_eq!(places(&found), columns.map(|column| format!("2:{column}")));
    }

    #[test]
    fn a_condition_is_one_in_cel() {
        let found = faults(
            "acme,editor,doc,*,read,allow,subject.\n\
             acme,editor,doc,*,read,allow,role == 1\n\
             acme,editor,doc,*,read,allow,has(context.ip)\n",
        );
        let [syntax, name] = found.as_slice() else {
            panic!("{found:?}");
        };
        let start =
            "permissions.csv:2:condition: \"subject.\", expected a condition in CEL: it is no";
        assert!(syntax.starts_with(start), "{syntax}");
        assert!(
            name.starts_with("permissions.csv:3:condition: ") && name.contains("role is unknown")
        );
    }

    #[test]
    fn any_type_has_any_id() {
        let found = faults("acme,editor,*,42,read,allow,\n,admin,*,*,read,allow,\n");
        assert_eq!(places(&found), ["2:resource_id"]);
    }

    #[test]
    fn the_same_line_stands_once() {
        let line = "acme,editor,doc,*,read,allow,\n,admin,doc,*,read,allow,\n";
        assert_eq!(
            faults(&format!("{line}{line}")),
            [
                "permissions.csv:4:condition: a duplicate of line 2",
                "permissions.csv:5:condition: a duplicate of line 3"
            ]
        );
    }
}
