//! The webhook of a Shell: there is only one, whatever the Shell's address.

use serde_json::{Value, json};
use tests::Keycloak;
use xtask::keycloak::{
    Access, Admin,
    webhooks::{self, EVENT_TYPES},
};

use crate::told::unique;

fn registered(access: &Access) -> Vec<Value> {
    let keycloak = Keycloak {
        access: access.clone(),
    };
    let admin = keycloak.admin();
    let listed = admin.webhooks().unwrap();
    listed.as_array().unwrap().clone()
}

#[test]
fn another_start_changes_the_webhook_and_adds_none() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    // A separate realm, in which no other test has a webhook.
    let access = Access {
        realm: unique("webhooks"),
        ..keycloak.access
    };
    let sign_in = || Admin::sign_in(&access).unwrap();
    let realm = json!({"realm": access.realm, "enabled": true});
    sign_in().create_realm(&realm).unwrap();
    webhooks::enable(&access).unwrap();
    webhooks::enable(&access).unwrap();
    let config = sign_in().get("/events/config").unwrap().unwrap();
    assert_eq!(
        config["eventsListeners"],
        json!(["jboss-logging", "ext-event-webhook"])
    );
    assert_eq!(config["adminEventsDetailsEnabled"], true);

    for (shell, secret) in [
        ("http://127.0.0.1:3000", "one"),
        ("http://127.0.0.1:3001", "another"),
        ("http://127.0.0.1:3001", "another"),
    ] {
        webhooks::register(&access, shell, secret).unwrap();
        let registered = registered(&access);
        assert_eq!(registered.len(), 1);
        assert_eq!(
            registered[0]["url"],
            format!("{shell}/v1/webhooks/keycloak")
        );
        assert_eq!(registered[0]["enabled"], true);
        let types = registered[0]["eventTypes"].as_array().unwrap();
        assert_eq!(types.len(), EVENT_TYPES.len());
    }
    sign_in().remove_realm().unwrap();
}
