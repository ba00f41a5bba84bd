//! The facts of events that were not captured; their form is taken from the source of Keycloak 26.7.3.

use serde_json::{Value, json};

use super::{Reading, read};

/// The stored data of an event with these members, besides the common ones.
fn kept(kind: &str, members: Value) -> Value {
    let mut event = json!({"id": "1", "type": kind, "time": 1, "realmName": "veni"});
    for (name, member) in members.as_object().unwrap() {
        event[name] = member.clone();
    }
    match read(event.to_string().as_bytes(), Some("veni"), 0) {
        Reading::Useless => json!("useless"),
        Reading::Event(event) if event.ignored => json!("ignored"),
        Reading::Event(event) => event
            .failed
            .map_or_else(|| json!(event.facts), |why| json!(why)),
    }
}

#[track_caller]
pub(super) fn check(kind: &str, members: Value, expected: &Value) {
    assert_eq!(&kept(kind, members), expected);
}

/// An `admin` event for a path, with a representation.
pub(super) fn about(path: &str, representation: Value) -> Value {
    json!({"resourcePath": path, "representation": representation.to_string(),
        "authDetails": {"userId": "admin", "username": "admin"}})
}

/// An `access` event of a person.
pub(super) fn of(details: Value) -> Value {
    json!({"authDetails": {"userId": "a", "username": "Alice"}, "details": details})
}

#[test]
fn users_of_administrators() {
    let created = json!({"username": "Alice", "email": "Alice@ACME.example"});
    check(
        "admin.USER-CREATE",
        about("users/a", created),
        &json!([{"kind": "user", "user": "a", "creates": true, "username": "alice", "email": "alice@acme.example",
            "enabled": false}]),
    );
    let bare = json!({"resourcePath": "users/a", "details": {"userId": "a", "username": "alice"}});
    let only_the_name =
        json!([{"kind": "user", "user": "a", "creates": true, "username": "alice"}]);
    check("admin.USER-CREATE", bare.clone(), &only_the_name);
    check("admin.USER-UPDATE", bare, &only_the_name);
    let linked = json!({"enabled": true, "federatedIdentities": [
        {"identityProvider": "google", "userId": "7", "userName": "A@x"}, {"userId": "8"}]});
    check(
        "admin.USER-CREATE",
        about("users/a", linked),
        &json!([{"kind": "user", "user": "a", "creates": true, "enabled": true},
            {"kind": "link", "user": "a", "alias": "google", "linked": true, "external_id": "7",
                "username": "A@x"}]),
    );
    let emptied = json!({"email": "", "firstName": " ", "lastName": null, "attributes": {}});
    check(
        "admin.USER-UPDATE",
        about("users/a", emptied),
        &json!([{"kind": "user", "user": "a", "creates": true, "email": null, "first_name": null,
            "attributes": {}}]),
    );
    for (kind, path) in [
        ("admin.USER-CREATE", "users/a/something"),
        ("admin.USER-UPDATE", "users/a/something"),
        ("admin.USER-DELETE", "users/a/credentials/1"),
        (
            "admin.USER-DELETE",
            "users/a/federated-identity/google/token",
        ),
        ("admin.USER-DELETE", "users"),
        ("admin.USER-DELETE", "groups/a"),
    ] {
        check(kind, about(path, json!({})), &json!("ignored"));
    }
    check(
        "admin.USER_PROFILE-UPDATE",
        about("users/profile", json!({})),
        &json!("useless"),
    );
}

#[test]
fn what_cannot_be_read() {
    for representation in [json!([{"enabled": false}]), json!("x"), json!(7)] {
        check(
            "admin.USER-UPDATE",
            about("users/a", representation),
            &json!("unusable_representation"),
        );
    }
    for (representation, why) in [
        (json!({"enabled": "false"}), "unusable_member"),
        (json!({"email": ["a"]}), "unusable_member"),
        (json!({"attributes": []}), "unusable_member"),
        (json!({"attributes": {"a": [7]}}), "unusable_attributes"),
    ] {
        check(
            "admin.USER-UPDATE",
            about("users/a", representation),
            &json!(why),
        );
    }
    let object = json!({"resourcePath": "users/a", "representation": {"enabled": false}});
    check("admin.USER-UPDATE", object, &json!("unusable_member"));
    let twice =
        json!({"resourcePath": "users/a", "representation": r#"{"enabled":true,"enabled":false}"#});
    check(
        "admin.USER-UPDATE",
        twice,
        &json!("unusable_representation"),
    );
    check("admin.USER-UPDATE", json!({}), &json!("no_resource_path"));
    check(
        "admin.USER-UPDATE",
        about("users/", json!({})),
        &json!("unusable_identifier"),
    );
    check(
        "admin.USER-DELETE",
        about("users/a\u{0}", json!({})),
        &json!("unusable_identifier"),
    );
    check(
        "access.LOGIN",
        json!({"details": {"userId": "a", "username": "a"}}),
        &json!("no_user"),
    );
    check(
        "access.DELETE_ACCOUNT",
        json!({"userId": "a", "authDetails": null}),
        &json!("no_user"),
    );
}

#[test]
fn groups_that_are_moved() {
    let sent = json!({"id": "g", "name": "not its name"});
    check(
        "admin.GROUP-UPDATE",
        about("groups", sent.clone()),
        &json!([{"kind": "group", "group": "g", "parent": null}]),
    );
    check(
        "admin.GROUP-UPDATE",
        about("groups/p/children", sent.clone()),
        &json!([{"kind": "group", "group": "g", "parent": "p"}]),
    );
    let of_an_organization = |parent: Value| json!([{"kind": "group", "group": "g", "organization": "o", "parent": parent}]);
    check(
        "admin.ORGANIZATION_GROUP-UPDATE",
        about("organizations/o/groups", sent.clone()),
        &of_an_organization(Value::Null),
    );
    check(
        "admin.ORGANIZATION_GROUP-UPDATE",
        about("organizations/o/groups/p/children", sent),
        &of_an_organization(json!("p")),
    );
    check(
        "admin.GROUP-CREATE",
        about("groups/p/children", json!({"name": "x"})),
        &json!("no_group"),
    );
    check(
        "admin.GROUP-CREATE",
        about("groups/p/role-mappings", json!({})),
        &json!("ignored"),
    );
    check(
        "admin.GROUP-DELETE",
        about("groups/g/children", json!({})),
        &json!("ignored"),
    );
}

#[test]
fn groups_within_an_organization() {
    check(
        "admin.ORGANIZATION_GROUP-CREATE",
        about(
            "organizations/o/groups/p/children",
            json!({"id": "g", "name": "x", "parentId": "hidden"}),
        ),
        &json!([{"kind": "group", "group": "g", "organization": "o", "name": "x", "parent": "p"}]),
    );
    check(
        "admin.ORGANIZATION_GROUP-UPDATE",
        about(
            "organizations/o/groups/g",
            json!({"name": "y", "parentId": "hidden"}),
        ),
        &json!([{"kind": "group", "group": "g", "organization": "o", "name": "y"}]),
    );
    check(
        "admin.ORGANIZATION_GROUP-DELETE",
        about("organizations/o/groups/g", json!({})),
        &json!([{"kind": "group_deleted", "group": "g"}]),
    );
    check(
        "admin.ORGANIZATION_GROUP-DELETE",
        about("groups/g", json!({})),
        &json!("ignored"),
    );
    check(
        "admin.ORGANIZATION_GROUP_MEMBERSHIP-DELETE",
        about(
            "organizations/o/groups/g/members/a",
            json!({"name": "x", "parentId": "hidden"}),
        ),
        &json!([{"kind": "group", "group": "g", "organization": "o", "name": "x"},
            {"kind": "group_member", "group": "g", "user": "a", "member": false}]),
    );
}

#[test]
fn organizations_and_their_members() {
    check(
        "admin.ORGANIZATION-UPDATE",
        about(
            "organizations/o",
            json!({"alias": "acme", "enabled": false}),
        ),
        &json!([{"kind": "organization", "organization": "o", "alias": "acme", "enabled": false}]),
    );
    check(
        "admin.ORGANIZATION-UPDATE",
        about("organizations/o", json!({"id": "p"})),
        &json!("other_organization"),
    );
    check(
        "admin.ORGANIZATION-UPDATE",
        about("organizations/o/identity-providers", json!({})),
        &json!("ignored"),
    );
    // An invitation that was withdrawn, and one that was sent.
    check(
        "admin.ORGANIZATION_MEMBERSHIP-DELETE",
        about("organizations/o/invitations/a", json!({})),
        &json!("ignored"),
    );
    check(
        "admin.ORGANIZATION_MEMBERSHIP-ACTION",
        about("organizations/o/members/invite-user", json!({})),
        &json!("ignored"),
    );
    check(
        "admin.ORGANIZATION_MEMBERSHIP-CREATE",
        about("organizations/o/members", json!({})),
        &json!("no_user"),
    );
    check(
        "access.INVITE_ORG",
        of(json!({"org_id": "o", "username": "alice"})),
        &json!([{"kind": "user", "user": "a", "creates": false, "username": "alice"},
            {"kind": "membership", "organization": "o", "member": true, "user": "a"}]),
    );
    check(
        "access.INVITE_ORG",
        of(json!({})),
        &json!("no_organization"),
    );
}

#[test]
fn people_and_their_own_accounts() {
    let profile = json!({"updated_username": "Alicia", "previous_email": "a@x", "updated_last_name": "B",
        "previous_last_name": "A", "updated_department": "sales"});
    check(
        "access.UPDATE_PROFILE",
        of(profile),
        &json!([{"kind": "user", "user": "a", "creates": false, "username": "alicia", "email": null,
            "last_name": "B"}]),
    );
    check(
        "access.UPDATE_EMAIL",
        of(json!({"previous_email": "a@x", "updated_email": "B@x"})),
        &json!([{"kind": "user", "user": "a", "creates": false, "username": "alice", "email": "b@x"}]),
    );
    let named = json!({"kind": "user", "user": "a", "creates": false, "username": "alice"});
    let google = json!({"identity_provider": "google", "identity_provider_identity": "A@g"});
    let linked = json!([named, {"kind": "link", "user": "a", "alias": "google", "linked": true, "username": "A@g"}]);
    check(
        "access.FEDERATED_IDENTITY_LINK",
        of(google.clone()),
        &linked,
    );
    check(
        "access.FEDERATED_IDENTITY_OVERRIDE_LINK",
        of(google.clone()),
        &linked,
    );
    check(
        "access.REMOVE_FEDERATED_IDENTITY",
        of(google),
        &json!([named, {"kind": "link", "user": "a", "alias": "google", "linked": false}]),
    );
    check(
        "access.REMOVE_FEDERATED_IDENTITY",
        of(json!({})),
        &json!("no_identity_provider"),
    );
    check(
        "access.USER_DISABLED_BY_PERMANENT_LOCKOUT",
        of(json!({"reason": "x"})),
        &json!([{"kind": "user", "user": "a", "creates": false, "username": "alice", "enabled": false},
            {"kind": "revocation", "scope": "subject", "user": "a"}]),
    );
    check(
        "access.USER_DISABLED_BY_TEMPORARY_LOCKOUT",
        of(json!({})),
        &json!("useless"),
    );
    check(
        "access.VERIFY_EMAIL",
        of(json!({"email": "a@x"})),
        &json!("useless"),
    );
    // Whatever name the user typed.
    check(
        "access.LOGIN",
        of(json!({"username": "alice@acme.example"})),
        &json!([{"kind": "login", "user": "a"}]),
    );
}
