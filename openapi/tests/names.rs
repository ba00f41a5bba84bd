//! No two types stand in the contract under one name: within one function the generator would let the later
//! take the place of the earlier without a word.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The names that a file's types have in the contract.
fn names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[derive(") && line.contains("ToSchema")) {
            continue;
        }
        let mut name = None;
        for line in lines.by_ref() {
            let word = |after: &str| {
                let rest = line.split_once(after)?.1;
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                Some(rest.split_at(end.unwrap_or(rest.len())).0.to_owned())
            };
            if line.starts_with("#[schema(") {
                name = word("as = ");
            }
            let declared = word("pub struct ").or_else(|| word("pub enum "));
            if let Some(declared) = declared {
                names.push(name.unwrap_or(declared));
                break;
            }
        }
    }
    names
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn a_name_is_that_of_its_type() {
    let source = "#[derive(Debug, ToSchema)]\n#[schema(as = B)]\npub struct A {\n}\n\
                  #[derive(ToSchema)]\npub enum C {\n}\n#[derive(Debug)]\npub struct D;";
    assert_eq!(names(source), ["B", "C"]);
}

#[test]
fn no_two_types_have_one_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    sources(&root.join("functions"), &mut files);
    sources(&root.join("shared"), &mut files);
    let mut known = BTreeMap::new();
    for file in files {
        for name in names(&fs::read_to_string(&file).unwrap()) {
            let other = known.insert(name.clone(), file.clone());
            assert_eq!(other, None, "{name} is also a type of {}", file.display());
        }
    }
    assert!(known.len() > 15, "{known:?}");
}
