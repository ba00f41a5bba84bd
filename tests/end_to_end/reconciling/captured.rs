//! The realm at the end of the captured deliveries: the answers of its Keycloak repair the changes that came without
//! an event.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    AdminServer, Link, Organization, Person, Realm, Setup, Shell, WEBHOOK,
    identity::{memberships, reset},
    sql::execute,
};

use super::state::{assert_settled, here, sweep, sweep_with};

const DELIVERIES: &str =
    include_str!("../../../functions/identity-sync/captured/deliveries.ndjson");

/// The webhook's secret.
const SECRET: &str = "a-webhook-secret";

const ALICIA: &str = "e41fa831-ce26-47ef-8027-408ce08515e0";
const BOB: &str = "aa7a72eb-21e7-4be8-8f8b-101562edb3a2";
const ERIN: &str = "b3241fcc-21fd-420b-897b-0e84e212cdee";
const ACME: &str = "88fc9b9f-94b3-4530-a226-09d0a0fb12b0";
const WRITERS: &str = "e6185a67-da59-415d-8541-228892d42530";
const CHIEF: &str = "f0d6f481-7180-4c24-9bbd-46e1a0d7fa9c";
const BOARD: &str = "99dec296-be26-4037-b55e-4a56c84e9aad";

/// When all of Bob's sessions were ended.
const NOT_BEFORE: u64 = 1_795_815_330;

fn person(username: &str, first: &str, last: &str, email: &str) -> Person {
    Person {
        username: username.to_owned(),
        email: Some(email.to_owned()),
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        ..Person::default()
    }
}

/// The state that the Admin API reported in the end.
fn at_the_end(realm: &mut Realm) {
    let acme = Organization::called("acme");
    realm.organizations.insert(ACME.to_owned(), acme);
    realm.add_group_within(ACME, BOARD, "board");
    let mut alicia = person("alicia", "Alice", "Anders", "alice.anders@acme.example");
    let department = vec!["sales".to_owned(), "emea".to_owned()];
    let organization = vec!["0198a8a0-0000-7000-8000-000000000001".to_owned()];
    alicia
        .attributes
        .insert("department".to_owned(), department);
    alicia
        .attributes
        .insert("organization_id".to_owned(), organization);
    alicia.groups.insert(BOARD.to_owned());
    let mut bob = person("bob", "Bob", "Berg", "bob@acme.example");
    bob.not_before = NOT_BEFORE;
    let mut erin = person("erin", "Erin", "Ewing", "erin@partner.example");
    let link = Link {
        id: "f2".to_owned(),
        username: "erin".to_owned(),
    };
    erin.links.insert("partner".to_owned(), link);
    for member in [&mut alicia, &mut bob] {
        member.organizations.insert(ACME.to_owned());
    }
    for (id, person) in [(ALICIA, alicia), (BOB, bob), (ERIN, erin)] {
        realm.users.insert(id.to_owned(), person);
    }
    for client in ["svc-drive", "shell-ssf"] {
        let account = realm.add(&format!("service-account-{client}"));
        account.is_service_account = true;
    }
}

/// A Shell that has received all the captured deliveries, in order.
fn told(server: &AdminServer) -> Shell {
    let setup = Setup::seeded().reconciled_with(server);
    reset(setup.database());
    execute(
        setup.database(),
        "UPDATE shell.identity_providers SET attributes = '{department}' WHERE slug = 'default'",
    );
    let shell = setup.variable("keycloak_webhook_secret", SECRET).start();
    let mut delivered = BTreeSet::new();
    for line in DELIVERIES.lines() {
        let delivery: Value = serde_json::from_str(line).unwrap();
        let body = delivery["body"].as_str().unwrap();
        let request = shell.delivery(WEBHOOK, body);
        let signature = delivery["signature"].as_str().unwrap();
        let answer = request.header("x-keycloak-signature", signature).send();
        assert!(
            [202, 204].contains(&answer.status),
            "{body}: {}",
            answer.body
        );
        delivered.insert(body.to_owned());
    }
    assert!(delivered.len() > 60);
    shell
}

#[test]
fn the_realm_of_the_captured_deliveries_is_repaired_to_what_it_has() {
    let server = AdminServer::start("veni");
    server.realm(at_the_end);
    let shell = told(&server);
    let database = shell.database();
    let last_name = |id: &str| here(database)["users"][id]["last_name"].clone();
    assert_eq!(
        (last_name(BOB), last_name(ERIN)),
        (json!("Bergson"), Value::Null)
    );

    let would = sweep_with(shell.setup(), &["--dry-run"]);
    assert_eq!(last_name(BOB), "Bergson");
    let said = sweep(shell.setup());
    for output in [would, said] {
        assert!(
            output.contains(BOB) && output.contains(ERIN) && output.contains(CHIEF),
            "{output}"
        );
        assert!(
            !output.contains("Berg") && !output.contains("Ewing"),
            "{output}"
        );
        // No line was necessary for her; the group was deleted by an event.
        assert!(
            !output.contains(ALICIA) && !output.contains(WRITERS),
            "{output}"
        );
    }
    let user = |username: &str, email: &str, first: &str, last: &str| {
        json!({"username": username, "email": email, "first_name": first, "last_name": last,
            "enabled": true, "attributes": {}, "links": {}, "groups": [], "organizations": ["acme"]})
    };
    let mut alicia = user("alicia", "alice.anders@acme.example", "Alice", "Anders");
    alicia["attributes"] = json!({"department": ["sales", "emea"]});
    alicia["groups"] = json!([BOARD]);
    let mut erin = user("erin", "erin@partner.example", "Erin", "Ewing");
    erin["links"] = json!({"partner": ["f2", "erin"]});
    erin["organizations"] = json!([]);
    let known = here(database);
    assert_eq!(
        known["users"],
        json!({ALICIA: alicia, BOB: user("bob", "bob@acme.example", "Bob", "Berg"), ERIN: erin})
    );
    assert_eq!(known["groups"], json!({BOARD: ["board", null, ACME]}));
    // That organization was deleted, and he is no longer its member.
    assert_eq!(memberships(database, BOB), ["acme event"]);
    assert_settled(&server, shell.setup());
}
