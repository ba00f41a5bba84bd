//! resources.csv.

use crate::{
    column::{Column, slug},
    file::{File, Step},
    references::Subject,
};

pub static FILE: File = File {
    name: "resources.csv",
    describes: None,
    columns: &[
        Column::word("organization", slug).refers_to(Subject::Organization),
        Column::word("type", vocabulary::stored_type),
        Column::word("id", vocabulary::stored_id),
        Column::object("properties", &vocabulary::object::PROPERTIES),
    ],
    keys: &[&["organization", "type", "id"]],
    numbered: &[],
    check: None,
    groups: Some(("organization", "resources")),
    steps: &[Step {
        function: "seed_resources",
        updates: true,
        passes_over: false,
        counted_as: "resources",
    }],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{faults_of, places};

    #[test]
    fn every_fault_is_found() {
        let header = "organization,type,id,properties\n";
        let fits = "acme,doc,a:b,\"{\"\"status\"\": \"\"draft\"\"}\"\nglobex,doc,a:b,\n";
        let unfit = ",,\u{7},[]\nnobody,doc,1,\nacme,doc,a:b,{}\nacme,*,*,\n";
        assert_eq!(
            places(&faults_of(&FILE, &format!("{header}{fits}{unfit}"))),
            [
                "4:organization",
                "4:type",
                "4:id",
                "4:properties",
                "5:organization",
                "6:id",
                "7:type",
                "7:id"
            ]
        );
    }
}
