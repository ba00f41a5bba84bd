//! Checks that the roles that rows name exist.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    fault::shown,
    file::{Check, Late, Question},
    references::{References, Subject},
    row::Row,
};

/// Stores the names that no file has, and the lines on which they occur.
pub struct RoleNames {
    or_global: bool,
    asked: BTreeMap<(String, String), Vec<u64>>,
    unknown: Vec<Unknown>,
}

/// A name as it is in the question.
#[derive(Serialize)]
struct Name<'a> {
    organization: &'a str,
    role: &'a str,
    or_global: bool,
}

/// A name that the database does not have either.
#[derive(Deserialize)]
struct Unknown {
    organization: String,
    role: String,
}

impl RoleNames {
    /// For rows that name a role of their organization or, if that is empty, a global one.
    pub fn own() -> Self {
        Self {
            or_global: false,
            asked: BTreeMap::new(),
            unknown: Vec::new(),
        }
    }

    /// For rows that name a role of their organization or a global one.
    pub fn own_or_global() -> Self {
        Self {
            or_global: true,
            ..Self::own()
        }
    }
}

impl Check for RoleNames {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let (Some(organization), Some(role)) = (row.word("organization"), row.text("role")) else {
            return;
        };
        // An organization that does not exist is reported already.
        let skipped = references.unread.contains(&Subject::Role)
            || !(organization.is_empty() || references.organizations.contains_key(organization));
        if skipped
            || references.has_role(organization, role)
            || (self.or_global && references.has_role("", role))
        {
            return;
        }
        let name = (organization.to_owned(), role.to_owned());
        self.asked.entry(name).or_default().push(row.line());
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        if !at_end || self.asked.is_empty() {
            return Ok(None);
        }
        let names = self.asked.keys().map(|(organization, role)| Name {
            organization,
            role,
            or_global: self.or_global,
        });
        Ok(Some(Question {
            function: "seed_unknown_roles",
            json: serde_json::to_string(&names.collect::<Vec<_>>())?,
        }))
    }

    fn answer(&mut self, answer: &str) -> serde_json::Result<()> {
        self.unknown = serde_json::from_str(answer)?;
        Ok(())
    }

    fn end(&mut self) -> Vec<Late> {
        let (noun, place) = Subject::Role.words();
        let mut late = Vec::new();
        for Unknown { organization, role } in std::mem::take(&mut self.unknown) {
            let name = shown(&role);
            let message = if organization.is_empty() {
                format!("no global {noun} {name}, expected one of {place}")
            } else {
                format!("no {noun} {name} of {organization}, expected one of {place}")
            };
            let lines = self.asked.remove(&(organization, role)).unwrap_or_default();
            late.extend(lines.into_iter().map(|line| Late {
                line,
                column: "role",
                message: message.clone(),
            }));
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use crate::{
        checking::check,
        file::{File, Run},
        permissions, role_assignments, testing,
    };

    /// The errors in a file if roles.csv has an editor of acme and a global admin; and the question.
    fn faults_of(file: &'static File, text: &str, answer: &str) -> (Vec<String>, String) {
        let mut references = testing::references();
        for (organization, role) in [("acme", "editor"), ("", "admin")] {
            references.add_role(organization, role);
        }
        let mut faults = Vec::new();
        let asked = RefCell::new(String::new());
        check(
            file,
            text.as_bytes(),
            Run::default(),
            &mut references,
            &mut faults,
            |question| {
                asked.borrow_mut().push_str(&question.json);
                Ok(testing::answered(question.function, answer))
            },
        )
        .unwrap();
        let faults = faults.iter().map(ToString::to_string).collect();
        (faults, asked.into_inner())
    }

    #[test]
    fn roles_that_no_file_has_are_asked_for_once() {
        let text = "organization,username,role\nacme,al,editor\nacme,al,admin\nacme,al,other\n\
                    globex,al,editor\nacme,bo,other\nnobody,al,other\n";
        let answer = r#"[{"organization": "acme", "role": "other"}]"#;
        let (faults, asked) = faults_of(&role_assignments::FILE, text, answer);
        let fault = |line: u8| {
            format!(
                "role_assignments.csv:{line}:role: no role \"other\" of acme, expected one of roles.csv or the database"
            )
        };
        assert_eq!(faults[..2], [fault(4), fault(6)]);
        assert_eq!(testing::places(&faults[2..]), ["7:organization"]);
        assert_eq!(
            asked,
            r#"{"names":[{"organization":"acme","role":"other","or_global":true},{"organization":"globex","role":"editor","or_global":true}],"assignments":[{"organization":"acme","assignments":[{"id":"00000000-0000-0000-0000-000000000003","username":"al","role":"admin","valid_until":null}]}]}"#
        );
    }

    /// Lines of a global role are global, too, and belong to no organization.
    #[test]
    fn an_organizations_line_is_one_of_its_own_role() {
        let text = "organization,role,resource_type,resource_id,action,effect,condition\n\
                    acme,admin,*,*,*,allow,\n,admin,*,*,*,allow,\n,editor,*,*,*,allow,\n";
        let answer = r#"[{"organization": "acme", "role": "admin"}, {"organization": "", "role": "editor"}]"#;
        assert_eq!(
            faults_of(&permissions::FILE, text, answer).0,
            [
                "permissions.csv:2:role: no role \"admin\" of acme, expected one of roles.csv or the database",
                "permissions.csv:4:role: no global role \"editor\", expected one of roles.csv or the database"
            ]
        );
    }
}
