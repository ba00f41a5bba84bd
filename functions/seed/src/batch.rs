//! Rows for PostgreSQL, as the JSON parameter of a statement.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::{
    digest::{Digest, digest},
    file::File,
    row::Row,
};

/// The number of rows that one statement writes.
const LARGEST: usize = 5_000;

/// Rows of one file, in groups by the value that they have in common.
pub struct Batch {
    file: &'static File,
    groups: BTreeMap<String, Vec<String>>,
    rows: usize,
    /// How many rows there were for each set of values in the numbered columns.
    counts: HashMap<Digest, u32>,
}

impl Batch {
    /// An empty batch.
    pub fn of(file: &'static File) -> Self {
        Self {
            file,
            groups: BTreeMap::new(),
            rows: 0,
            counts: HashMap::new(),
        }
    }

    /// Adds a row if it is valid, and returns whether the batch is full.
    pub fn add(&mut self, row: &Row<'_>, id: Uuid) -> serde_json::Result<bool> {
        let common = self.file.groups.and_then(|(column, _)| row.text(column));
        let number = self.number(row);
        if let Some(json) = row.json(id, number) {
            let group = self.groups.entry(common.unwrap_or_default().to_owned());
            group.or_default().push(json?);
            self.rows += 1;
        }
        Ok(self.rows >= LARGEST)
    }

    /// The row's number among the rows of its file with the same values in the numbered columns.
    fn number(&mut self, row: &Row<'_>) -> Option<u32> {
        let columns = self.file.numbered.iter();
        let values: Vec<_> = columns
            .map(|column| row.word(column))
            .collect::<Option<_>>()?;
        if values.is_empty() {
            return None;
        }
        let count = self.counts.entry(digest(values)).or_default();
        *count += 1;
        Some(*count)
    }

    /// Empties the batch, and returns its rows as a JSON array unless it was empty.
    pub fn take(&mut self) -> Option<String> {
        if std::mem::take(&mut self.rows) == 0 {
            return None;
        }
        let groups = std::mem::take(&mut self.groups).into_iter();
        let items: Vec<_> = match self.file.groups {
            None => groups.flat_map(|(_, rows)| rows).collect(),
            Some((column, rows_name)) => groups
                .map(|(common, rows)| {
                    let rows = rows.join(",");
                    let common = serde_json::json!(common);
                    format!("{{\"{column}\":{common},\"{rows_name}\":[{rows}]}}")
                })
                .collect(),
        };
        Some(format!("[{}]", items.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{apps, permissions, resources, table::Table, testing, users};

    fn batch_of(file: &'static File, text: &str) -> Option<String> {
        let mut faults = Vec::new();
        let table = Table::open(file, text.as_bytes(), &mut faults).unwrap();
        let mut batch = Batch::of(file);
        let added = table.for_each(&mut faults, |row| batch.add(row, Uuid::nil()).map(|_| ()));
        assert!(added.is_ok());
        batch.take()
    }

    #[test]
    fn rows_are_objects_of_their_columns() {
        let text = "slug,name,description,category,api_url,ui_url,status,organizations\n\
                    drive,Drive,,,https://d.example,https://d.example,available,acme;globex\n";
        let batch: Value = serde_json::from_str(&batch_of(&apps::FILE, text).unwrap()).unwrap();
        let expected = json!([{
            "id": "00000000-0000-0000-0000-000000000000",
            "slug": "drive",
            "name": "Drive",
            "description": "",
            "category": "",
            "api_url": "https://d.example",
            "ui_url": "https://d.example",
            "status": "available",
            "organizations": ["acme", "globex"],
        }]);
        assert_eq!(batch, expected);
    }

    #[test]
    fn users_are_grouped_by_tenant_and_their_numbers_stay() {
        let rows = "globex,bo,,Bo,x,\"{\"\"n\"\": [1e300, 12345678901234567890123]}\"\n\
                    acme,al,,Al,,\nglobex,cy,,Cy,,\nglobex,,,,,\n";
        let batch = batch_of(&users::FILE, &format!("{}{rows}", testing::USERS)).unwrap();
        let id = "\"id\":\"00000000-0000-0000-0000-000000000000\"";
        assert_eq!(
            batch,
            format!(
                "[{{\"organization\":\"acme\",\"users\":[\
                 {{{id},\"username\":\"al\",\"email\":\"\",\"display_name\":\"Al\",\"external_id\":\"al\",\"attributes\":{{}}}}]}},\
                 {{\"organization\":\"globex\",\"users\":[\
                 {{{id},\"username\":\"bo\",\"email\":\"\",\"display_name\":\"Bo\",\"external_id\":\"x\",\"attributes\":{{\"n\": [1e300, 12345678901234567890123]}}}},\
                 {{{id},\"username\":\"cy\",\"email\":\"\",\"display_name\":\"Cy\",\"external_id\":\"cy\",\"attributes\":{{}}}}]}}]"
            )
        );
    }

    #[test]
    fn rows_about_the_same_are_numbered() {
        let text = "organization,role,resource_type,resource_id,action,effect,condition\n\
                    acme,editor,doc,*,read,allow,a\nacme,editor,doc,*,read,allow,b\n\
                    acme,editor,doc,*,write,allow,\n,editor,doc,*,read,deny,\n";
        let batch: Value =
            serde_json::from_str(&batch_of(&permissions::FILE, text).unwrap()).unwrap();
        let numbers = |group: &Value| -> Vec<Value> {
            let rows = group["permissions"].as_array().unwrap().iter();
            rows.map(|row| row["number"].clone()).collect()
        };
        assert_eq!(batch[0]["organization"], "");
        assert_eq!(numbers(&batch[0]), [json!(1)]);
        assert_eq!(numbers(&batch[1]), [json!(1), json!(2), json!(1)]);
    }

    #[test]
    fn a_column_called_id_is_no_new_rows_id() {
        let text = "organization,type,id,properties\nacme,doc,42,\n";
        assert_eq!(
            batch_of(&resources::FILE, text).unwrap(),
            r#"[{"organization":"acme","resources":[{"type":"doc","id":"42","properties":{}}]}]"#
        );
    }

    #[test]
    fn no_rows_are_no_statement() {
        assert_eq!(batch_of(&users::FILE, testing::USERS), None);
    }
}
