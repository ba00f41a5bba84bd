//! The owners of roles: organizations have their own, global ones belong to none, and platform administers all of them.

use serde_json::json;
use tests::{
    Shell,
    decisions::check,
    on_behalf::{delete, get},
};

use super::administering::{auditor, put};

#[test]
fn what_is_global_is_nobodys_to_change() {
    let shell = Shell::start();
    let before = get(&shell, "acme", "/v1/roles/admin").expect(200);
    for organization in ["acme", "platform"] {
        let answer = put(&shell, organization, "admin", &auditor());
        answer.expect_problem(409, "global-role");
        let answer = delete(&shell, organization, "/v1/roles/admin");
        answer.expect_problem(409, "global-role");
    }
    let after = get(&shell, "acme", "/v1/roles/admin").expect(200);
    assert_eq!(
        (before.body.clone(), before.tag()),
        (after.body.clone(), after.tag())
    );
}

#[test]
fn who_has_no_right_is_told_only_that() {
    let shell = Shell::start();
    for (method, path) in [
        ("GET", "/v1/roles"),
        ("GET", "/v1/roles?limit=x"),
        ("GET", "/v1/roles/editor"),
        ("GET", "/v1/roles/nobody"),
        ("PUT", "/v1/roles/auditor"),
        ("DELETE", "/v1/roles/editor"),
        ("GET", "/v1/roles/editor/members"),
        ("GET", "/v1/roles/nobody/members?cursor=%25"),
        ("PUT", "/v1/roles/admin/members/alice"),
        ("DELETE", "/v1/roles/editor/members/bob"),
        ("GET", "/v1/users/bob/roles"),
    ] {
        for body in ["{}", "{", r#"{"name": "A"}"#] {
            let request = shell.request(method, path);
            let answer = request.body("application/json", body).send();
            answer.expect_problem(401, "unauthenticated");
            for user in ["alice", "nobody"] {
                let request = shell.request(method, path).by("acme", user);
                let answer = request.body("application/json", body).send();
                answer.expect_problem(403, "forbidden");
            }
        }
    }
    check(&shell, "alice", "write", true);
    get(&shell, "acme", "/v1/roles/auditor").expect(404);
}

#[test]
fn tenants_are_apart() {
    let shell = Shell::start();
    let theirs = get(&shell, "globex", "/v1/roles/editor").expect(200);
    put(&shell, "acme", "auditor", &auditor()).expect(201);
    put(&shell, "acme", "editor", &json!({"name": "Mine"})).expect(200);
    for organization in ["globex", "platform"] {
        get(&shell, organization, "/v1/roles/auditor").expect(404);
        delete(&shell, organization, "/v1/roles/auditor").expect(204);
        let own = get(&shell, organization, "/v1/roles");
        assert!(!own.slugs().contains(&"auditor".to_owned()));
        // Nor can it be inherited there.
        let heir = json!({"name": "Heir", "inherits": ["auditor"]});
        let answer = put(&shell, organization, "heir", &heir).expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), ["/inherits/0"]);
    }
    get(&shell, "acme", "/v1/roles/auditor").expect(200);
    let after = get(&shell, "globex", "/v1/roles/editor").expect(200);
    assert_eq!(
        (after.body.clone(), after.tag()),
        (theirs.body.clone(), theirs.tag())
    );
    delete(&shell, "globex", "/v1/roles/editor").expect(204);
    get(&shell, "acme", "/v1/roles/editor").expect(200);
}
