//! apps.csv.

use vocabulary::{AppStatus, Invalid};

use crate::{
    column::{ALL, Column, slug, word},
    file::{File, Step},
    references::Subject,
};

pub static FILE: File = File {
    name: "apps.csv",
    describes: None,
    columns: &[
        Column::word("slug", slug),
        Column::word("name", vocabulary::name),
        Column::word("description", vocabulary::description),
        Column::word("category", vocabulary::category),
        Column::word("api_url", vocabulary::web_url),
        Column::word("ui_url", vocabulary::web_url),
        Column::word("status", word::<AppStatus>),
        Column::words("organizations", slug_or_all).refers_to(Subject::Organization),
    ],
    keys: &[&["slug"]],
    numbered: &[],
    check: None,
    groups: None,
    steps: &[
        Step {
            function: "seed_apps",
            updates: true,
            passes_over: false,
            counted_as: "apps",
        },
        Step {
            function: "seed_enablements",
            updates: false,
            passes_over: false,
            counted_as: "enabled",
        },
    ],
};

fn slug_or_all(text: &str) -> Result<&str, Invalid> {
    if text == ALL { Ok(text) } else { slug(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{faults_of, places};

    fn faults(rows: &str) -> Vec<String> {
        let header = "slug,name,description,category,api_url,ui_url,status,organizations\n";
        faults_of(&FILE, &format!("{header}{rows}"))
    }

    #[test]
    fn what_fits() {
        let rows = "drive,Drive,\"Files,\nand folders\",,https://d.example,https://d.example,available,acme;globex\n\
                    memo,Memos,,office,https://m.example,https://m.example,maintenance,*\n\
                    none,None,,,https://n.example,https://n.example,unavailable,\n";
        assert_eq!(faults(rows), [] as [&str; 0]);
    }

    #[test]
    fn every_fault_of_a_row_is_found() {
        let found = faults("Drive,,\u{7},\u{7},ftp://d,d.example,open,acme;nobody;hooli\n");
        let columns = [
            "slug",
            "name",
            "description",
            "category",
            "api_url",
            "ui_url",
            "status",
        ];
        let mut expected: Vec<_> = columns.map(|column| format!("2:{column}")).into();
        expected.extend(["2:organizations".to_owned(), "2:organizations".to_owned()]);
        assert_eq!(places(&found), expected);
    }
}
