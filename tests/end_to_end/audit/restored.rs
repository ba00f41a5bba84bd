//! A database that was restored from a dump into another cluster, which numbers its transactions differently.

use serde_json::{Value, json};
use tests::{
    Setup, Shell,
    audit::{append, event, ids, items, read},
};

use super::following::settle;

/// The ids of events of files in the order of a walk forwards.
fn forwards(shell: &Shell) -> Vec<String> {
    settle(shell);
    ids(&items(&read(shell, "acme", "?order=asc&action=file.*")))
}

#[test]
fn new_events_come_after_those_that_were_restored() {
    let shell = Shell::start();
    let before = append(&shell, &event()).expect(201).json();
    // As if the dump were from a server that had had many more transactions.
    shell
        .database()
        .as_superuser()
        .batch_execute(
            "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
               actor_id, targets, target_ids, outcome, metadata, position)
             SELECT o.id, gen_random_uuid(), now(), now(), 'file.restored', 'user', 'alice', '[]', '{}',
               'success', '{}', 1000000000000 FROM shell.organizations o WHERE o.slug = 'acme';
             UPDATE shell.audit_positions SET cluster = cluster - 1",
        )
        .unwrap();
    assert_eq!(forwards(&shell), ids(std::slice::from_ref(&before)));
    let said = shell.setup().job("migrate", None, &[]).unwrap();
    assert!(said.contains("another cluster"), "{said}");
    let after = append(&shell, &json!([event(), event()]))
        .expect(201)
        .json();
    let seen = forwards(&shell);
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[0], before["id"].as_str().unwrap());
    assert_eq!(seen[2..], ids(after.as_array().unwrap()));
    // The position of an event follows from the new rule; nobody can choose another one.
    let said = shell.setup().job("migrate", None, &[]).unwrap();
    assert!(said.contains("nothing to do"), "{said}");
    let prepared = items(&read(&shell, "platform", "?action=database.prepared"));
    let positions = |event: &Value| event["metadata"]["positions"].is_array();
    assert_eq!(prepared.iter().filter(|event| positions(event)).count(), 1);
}

#[test]
fn nobody_chooses_the_position_of_an_event() {
    let setup = Setup::seeded();
    let database = setup.database();
    let acme = database.organization("acme");
    for mut client in [database.as_runtime(), database.as_owner()] {
        let mut insert = |position: &str| {
            client.batch_execute(&format!(
                "BEGIN;
                 SELECT set_config('shell.organization_id', '{acme}', true);
                 INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
                   actor_type, actor_id, targets, target_ids, outcome, metadata, position)
                 VALUES ('{acme}', gen_random_uuid(), now(), now(), 'test.kept', 'user', 'alice', '[]',
                   '{{}}', 'success', '{{}}', {position});
                 COMMIT"
            ))
        };
        insert("DEFAULT").unwrap();
        let error = insert("3").unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{error}");
    }
}
