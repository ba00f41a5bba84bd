//! Groups of Keycloak give roles from the next decision on, wherever an administrator moves them.

use serde_json::{Value, json};

use crate::told::{Told, unique};

const NOTHING: Value = Value::Null;

#[test]
fn a_group_is_renamed_nested_and_deleted() {
    let Some(told) = Told::start() else { return };
    let [editors, chief, staff] = ["editors", "chief", "staff"].map(unique);
    let [edit, lead, direct] = ["edit", "lead", "direct"].map(unique);
    told.add_role(&edit, &[&format!("/{editors}")]);
    told.add_role(&lead, &[&format!("/{editors}/{chief}")]);
    told.add_role(&direct, &[&format!("/{staff}/{chief}")]);
    let user = told.create_member(&unique("karl"));

    let top = told.create("/groups", &json!({"name": editors}));
    let child = told.create(&format!("/groups/{top}/children"), &json!({"name": chief}));
    told.change("PUT", &format!("/users/{user}/groups/{child}"), &NOTHING);
    told.until_held("a user is put in a child", &user, &lead, true);
    // The members of a group are not members of its parent.
    assert!(!told.holds(&user, &edit));
    assert_eq!(
        told.user(&user).unwrap()["groups"],
        json!([format!("/{editors}/{chief}")])
    );

    // The group is moved into another one.
    let other = told.create("/groups", &json!({"name": staff}));
    let moved = json!({"id": child, "name": chief});
    told.change("POST", &format!("/groups/{other}/children"), &moved);
    told.until_held("a group is nested", &user, &direct, true);
    assert!(!told.holds(&user, &lead));
    // It is moved to the top level.
    told.change("POST", "/groups", &moved);
    told.until_held("a group is moved to the top", &user, &direct, false);
    told.change("POST", &format!("/groups/{top}/children"), &moved);
    told.until_held("a group is nested again", &user, &lead, true);

    // Its parent is renamed, and renamed back.
    let path = format!("/groups/{top}");
    told.change("PUT", &path, &json!({"name": unique("writers")}));
    told.until_held("a parent is renamed", &user, &lead, false);
    told.change("PUT", &path, &json!({"name": editors}));
    told.until_held("a parent has its name back", &user, &lead, true);

    let in_top = format!("/users/{user}/groups/{top}");
    told.change("PUT", &in_top, &NOTHING);
    told.until_held("a user is put in a group", &user, &edit, true);
    told.change("DELETE", &in_top, &NOTHING);
    told.until_held("a user is taken out of a group", &user, &edit, false);
    assert!(told.holds(&user, &lead));

    // It is deleted together with its parent.
    told.change("DELETE", &path, &NOTHING);
    told.until_held("a parent is deleted", &user, &lead, false);
    assert_eq!(told.user(&user).unwrap()["groups"], json!([]));
}

#[test]
fn a_slash_in_a_name_is_no_child() {
    let Some(told) = Told::start() else { return };
    let [editors, role] = ["editors", "lead"].map(unique);
    told.add_role(&role, &[&format!("/{editors}/chief")]);
    let slashed = unique("slashed");
    told.add_role(&slashed, &[&format!("/{editors}~/chief")]);
    let user = told.create_member(&unique("lena"));
    let group = told.create("/groups", &json!({"name": format!("{editors}/chief")}));
    told.change("PUT", &format!("/users/{user}/groups/{group}"), &NOTHING);
    told.until_held(
        "a user is put in a group with a slash",
        &user,
        &slashed,
        true,
    );
    assert!(!told.holds(&user, &role));
}

#[test]
fn a_default_group_is_no_new_one_and_no_deleted_one() {
    let Some(told) = Told::start() else { return };
    let [name, role] = ["all", "read"].map(unique);
    told.add_role(&role, &[&format!("/{name}")]);
    let user = told.create_member(&unique("moritz"));
    let group = told.create("/groups", &json!({"name": name}));
    told.change("PUT", &format!("/users/{user}/groups/{group}"), &NOTHING);
    told.until_held("a user is put in a group", &user, &role, true);
    let default = format!("/default-groups/{group}");
    told.change("PUT", &default, &NOTHING);
    told.change("DELETE", &default, &NOTHING);
    // A later event arrives.
    told.change(
        "PUT",
        &format!("/users/{user}"),
        &json!({"lastName": "Zuletzt"}),
    );
    told.until("what comes afterwards", || {
        told.user_with(&user, "display_name", &json!("Greta Zuletzt"))
    });
    assert!(told.holds(&user, &role));
}
