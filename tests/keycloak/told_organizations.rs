//! The members of an organization in Keycloak are members here, as long as it is enabled there.

use serde_json::{Value, json};

use crate::told::{Told, unique};

const NOTHING: Value = Value::Null;

#[test]
fn a_member_joins_and_leaves() {
    let Some(told) = Told::start() else { return };
    let name = unique("nora");
    let user = told.create_user(&name);
    told.join(&told.organization, &user);
    let seen = told.until("a user is made a member", || told.user(&user));
    assert_eq!(seen["username"], name);
    let member = format!("/organizations/{}/members/{user}", told.organization);
    told.change("DELETE", &member, &NOTHING);
    told.until("a user is no member any more", || {
        told.user(&user).is_none().then_some(())
    });
    told.join(&told.organization, &user);
    told.until("a user is a member again", || told.user(&user));
}

#[test]
fn groups_within_an_organization_give_roles_in_it() {
    let Some(told) = Told::start() else { return };
    let [board, inner] = ["board", "inner"].map(unique);
    let [sign, check] = ["sign", "check"].map(unique);
    told.add_role(&sign, &[&format!("organization:/{board}")]);
    told.add_role(&check, &[&format!("organization:/{board}/{inner}")]);
    let user = told.create_member(&unique("otto"));
    let groups = format!("/organizations/{}/groups", told.organization);
    let top = told.create(&groups, &json!({"name": board}));
    let child = told.create(&format!("{groups}/{top}/children"), &json!({"name": inner}));

    let member = format!("{groups}/{top}/members/{user}");
    told.change("PUT", &member, &NOTHING);
    told.until_held(
        "a user is put in an organization's group",
        &user,
        &sign,
        true,
    );
    let paths = json!([format!("organization:/{board}")]);
    assert_eq!(told.user(&user).unwrap()["groups"], paths);
    told.change("PUT", &format!("{groups}/{child}/members/{user}"), &NOTHING);
    told.until_held("and in a child of it", &user, &check, true);

    let path = format!("{groups}/{top}");
    told.change("PUT", &path, &json!({"name": unique("council")}));
    told.until_held("an organization's group is renamed", &user, &sign, false);
    told.change("PUT", &path, &json!({"name": board}));
    told.until_held("it has its name back", &user, &sign, true);
    told.change("DELETE", &member, &NOTHING);
    told.until_held("a user is taken out of it", &user, &sign, false);
    assert!(told.holds(&user, &check));

    // A user who leaves the organization leaves its groups, and is in none of them after coming back.
    let membership = format!("/organizations/{}/members/{user}", told.organization);
    told.change("DELETE", &membership, &NOTHING);
    told.until_held("a user leaves the organization", &user, &check, false);
    told.join(&told.organization, &user);
    told.until("and comes back", || told.user(&user));
    assert!(!told.holds(&user, &check));

    told.change("PUT", &format!("{groups}/{child}/members/{user}"), &NOTHING);
    told.until_held("and is put in the group again", &user, &check, true);
    told.change("DELETE", &path, &NOTHING);
    told.until_held("an organization's group is deleted", &user, &check, false);
}

#[test]
fn members_rest_while_an_organization_is_disabled_and_after_it_was_deleted() {
    let Some(told) = Told::start() else { return };
    let slug = unique("initrode");
    let body = json!({"name": "Initrode", "plan": "free", "status": "active"});
    let platform = {
        let _settings = told.keycloak.unchanged();
        told.keycloak.token("admin", "organization:platform")
    };
    let made = told
        .shell
        .request("PUT", &format!("/v1/organizations/{slug}"));
    made.bearing(&platform).json(&body).send().expect(201);
    let organization = told.create(
        "/organizations",
        &json!({"alias": slug, "name": slug, "enabled": true}),
    );
    let name = unique("paula");
    let user = told.create_user(&name);
    let password = json!({"type": "password", "value": told.keycloak.access.user_password, "temporary": false});
    told.change("PUT", &format!("/users/{user}/reset-password"), &password);
    told.join(&organization, &user);
    // A user who can read itself is a member.
    let scope = format!("organization:{slug}");
    let token = {
        let _settings = told.keycloak.unchanged();
        told.keycloak.token(&name, &scope)
    };
    let own = |token: &str| {
        let answer = told.shell.get(&format!("/v1/users/{user}")).bearing(token);
        answer.send().status
    };
    told.until("the first member of an organization", || {
        (own(&token) == 200).then_some(())
    });

    let path = format!("/organizations/{organization}");
    let with = |enabled: bool| json!({"alias": slug, "name": slug, "enabled": enabled});
    told.change("PUT", &path, &with(false));
    told.until("an organization is disabled", || {
        (own(&token) == 403).then_some(())
    });
    told.change("PUT", &path, &with(true));
    // Older tokens stay invalid.
    told.until("an organization is enabled", || {
        let _settings = told.keycloak.unchanged();
        (own(&told.keycloak.token(&name, &scope)) == 200).then_some(())
    });
    assert_eq!(own(&token), 403);
    let token = {
        let _settings = told.keycloak.unchanged();
        told.keycloak.token(&name, &scope)
    };
    told.change("DELETE", &path, &NOTHING);
    told.until("an organization is deleted", || {
        (own(&token) == 403).then_some(())
    });
}
