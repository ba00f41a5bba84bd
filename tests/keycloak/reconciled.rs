//! Changes that the Shell received no event of are repaired by one sweep.

use std::{collections::BTreeSet, thread};

use serde_json::{Value, json};

use crate::{
    reconciled_realm::{PARTNER, password, start, start_without_roles},
    told::{Told, person, unique},
};

const NOTHING: Value = Value::Null;

/// The output of a successful run.
#[track_caller]
fn reconcile(told: &Told, arguments: &[&str]) -> String {
    let said = told.shell.setup().job("reconcile", None, arguments);
    said.unwrap_or_else(|failure| panic!("{failure}"))
}

/// The lines about changes, sorted.
fn lines(said: &str) -> BTreeSet<&str> {
    let is_change = |line: &&str| {
        let mut kinds = ["user ", "group ", "organization ", "realm: "].iter();
        kinds.any(|kind| line.starts_with(kind))
    };
    said.lines().filter(is_change).collect()
}

#[test]
fn what_happened_meanwhile_is_repaired_by_one_sweep() {
    let Some(mut told) = start() else { return };
    let [staff, crew, child] = ["staff", "crew", "child"].map(unique);
    let [work, sail, help] = ["work", "sail", "help"].map(unique);
    told.add_role(&work, &[&format!("/{staff}")]);
    told.add_role(&sail, &[&format!("/{crew}")]);
    told.add_role(&help, &[&format!("/{staff}/{child}")]);
    let member = |name: &str| told.create_member(&unique(name));
    let renamed = member("rena");
    let moved = member("anton");
    let disabled = member("dora");
    let deleted = member("dario");
    let grouped = member("gina");
    let left = member("leo");
    let linked = member("lisa");
    let joined = told.create_user(&unique("mia"));
    let name = unique("lou");
    let logged_out = told.create_member(&name);
    let secret = &password(&told.keycloak)[0];
    told.change(
        "PUT",
        &format!("/users/{logged_out}/reset-password"),
        secret,
    );
    let token = told.keycloak.token(&name, "");
    let own = |told: &Told, id: &str, token: &str| {
        let path = format!("/v1/users/{id}");
        told.shell.get(&path).bearing(token).send().status
    };
    told.until("signed in", || {
        (own(&told, &logged_out, &token) == 200).then_some(())
    });
    let group = told.create("/groups", &json!({"name": staff}));
    let in_group = format!("/users/{grouped}/groups/{group}");
    told.change("PUT", &in_group, &NOTHING);
    told.until_held("put in a group", &grouped, &work, true);
    reconcile(&told, &[]);

    // From here on, the Shell receives no events.
    told.tell_no_more();
    let created = told.create_user(&unique("nina"));
    told.join(&told.organization, &created);
    let [new_name, other] = ["renate", "anton"].map(unique);
    told.change("PUT", &format!("/users/{renamed}"), &person(&new_name));
    let mut attribute = person(&other);
    attribute["attributes"] = json!({"department": ["sales"]});
    told.change("PUT", &format!("/users/{moved}"), &attribute);
    let disable = json!({"enabled": false});
    told.change("PUT", &format!("/users/{disabled}"), &disable);
    told.change("DELETE", &format!("/users/{deleted}"), &NOTHING);
    told.change("PUT", &format!("/groups/{group}"), &json!({"name": crew}));
    told.change("PUT", &format!("/users/{left}/groups/{group}"), &NOTHING);
    let another = told.create("/groups", &json!({"name": staff}));
    let children = format!("/groups/{another}/children");
    let inner = told.create(&children, &json!({"name": child}));
    told.change("PUT", &format!("/users/{grouped}/groups/{inner}"), &NOTHING);
    let members = format!("/organizations/{}/members", told.organization);
    told.change("DELETE", &format!("{members}/{left}"), &NOTHING);
    told.join(&told.organization, &joined);
    let link = json!({"identityProvider": PARTNER, "userId": "x-1", "userName": "lisa.there"});
    let path = format!("/users/{linked}/federated-identity/{PARTNER}");
    told.change("POST", &path, &link);
    let globex = told.keycloak.organizations()["globex"].clone();
    told.change("DELETE", &format!("/organizations/{globex}"), &NOTHING);
    told.change("POST", &format!("/users/{logged_out}/logout"), &NOTHING);

    // Nothing of it is known, not even after a dry run.
    let dry = reconcile(&told, &["--dry-run"]);
    assert!(told.user(&created).is_none() && told.user(&deleted).is_some());
    assert_eq!(own(&told, &logged_out, &token), 200);
    let said = reconcile(&told, &[]);
    assert_eq!(lines(&dry), lines(&said), "{dry}\n{said}");
    for line in [
        format!("user {created}: created"),
        format!("user {deleted}: deleted"),
        format!("user {logged_out}: logged out"),
        format!("group {inner}: created"),
        format!("organization {globex}: deleted"),
    ] {
        assert!(lines(&said).contains(line.as_str()), "no {line} in {said}");
    }
    let changed = format!("user {moved}: changed");
    assert!(
        said.lines()
            .any(|line| line.starts_with(&changed) && line.contains("attributes")),
        "{said}"
    );

    told.until("a token of before the logout is refused", || {
        (own(&told, &logged_out, &token) == 401).then_some(())
    });
    assert!(told.user(&created).is_some());
    let user = told.user(&renamed).unwrap();
    assert_eq!(user["username"], new_name);
    assert_eq!(user["email"], format!("{new_name}@example.com"));
    assert_eq!(told.user(&disabled).unwrap()["status"], "disabled");
    assert!(told.user(&deleted).is_none());
    assert!(told.user(&left).is_none());
    assert!(told.user(&joined).is_some());
    let link = &told.user(&linked).unwrap()["linked_identities"][0];
    assert_eq!(link["provider"], PARTNER);
    assert_eq!(link["username"], "lisa.there");
    assert!(!told.holds(&grouped, &work));
    assert!(told.holds(&grouped, &sail));
    assert!(told.holds(&grouped, &help));

    let again = reconcile(&told, &[]);
    assert!(again.contains("nothing to repair"), "{again}");
    assert_eq!(
        lines(&again)
            .iter()
            .filter(|line| !line.ends_with("unknown to the provider"))
            .count(),
        0,
        "{again}"
    );
}

#[test]
fn nobody_who_exists_is_deleted_while_others_come_and_go() {
    let Some(mut told) = start() else { return };
    told.tell_no_more();
    let admin = told.keycloak.admin();
    let add = |name: &str| {
        let user = admin.create("/users", &person(&unique(name))).unwrap();
        told.join(&told.organization, &user);
        user
    };
    // They are between the users who are deleted, so that pages shift during the walk.
    let people: Vec<_> = (0..50)
        .map(|n| (add(&format!("a{n:02}")), add("m")))
        .collect();
    reconcile(&told, &[]);
    let (going, staying): (Vec<_>, Vec<_>) = people.into_iter().unzip();
    for user in &staying {
        assert!(told.user(user).is_some());
    }
    let come = thread::scope(|scope| {
        let sweep = scope.spawn(|| reconcile(&told, &["--force"]));
        let come: Vec<_> = going
            .iter()
            .map(|user| {
                told.change("DELETE", &format!("/users/{user}"), &NOTHING);
                add("b")
            })
            .collect();
        sweep.join().unwrap();
        come
    });
    for user in &staying {
        assert!(told.user(user).is_some(), "{user}");
    }
    reconcile(&told, &["--force"]);
    for user in staying.iter().chain(&come) {
        assert!(told.user(user).is_some(), "{user}");
    }
    for user in &going {
        assert!(told.user(user).is_none(), "{user}");
    }
    let again = reconcile(&told, &[]);
    assert!(again.contains("nothing to repair"), "{again}");
}

#[test]
fn a_client_without_the_roles_is_told_which_it_needs() {
    let Some(told) = start_without_roles() else {
        return;
    };
    let setup = told.shell.setup();
    let failure = setup.job("reconcile", None, &[]).unwrap_err();
    assert!(failure.contains("exit status: 1"), "{failure}");
    let what_to_do = "403: the client needs the role view-";
    assert!(failure.contains(what_to_do), "{failure}");
    let wrong = [("keycloak_admin_secret", "another")];
    let failure = setup.job_with("reconcile", &wrong).unwrap_err();
    assert!(failure.contains("keycloak_admin_secret"), "{failure}");
}
