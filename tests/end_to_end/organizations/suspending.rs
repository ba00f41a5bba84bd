//! Organizations that are suspended or whose provider changed; and platform, which cannot be suspended.

use serde_json::{Value, json};
use tests::{Answer, Shell};

#[track_caller]
fn put(shell: &Shell, named: &str, organization: &Value) -> Answer {
    let path = format!("/v1/organizations/{named}");
    shell.platform("PUT", &path).json(organization).send()
}

/// The current content, in a form that can be sent again.
fn read(shell: &Shell, slug: &str) -> Value {
    let path = format!("/v1/organizations/{slug}");
    shell.platform("GET", &path).send().expect(200).json()
}

#[test]
fn a_suspended_organization_is_refused_from_the_next_request_on() {
    let shell = Shell::start();
    let list = || shell.get("/v1/apps").by("acme", "alice").send();
    let acting = || {
        let request = shell.platform("GET", "/v1/apps");
        request.header("shell-organization", "acme").send()
    };
    assert_eq!(list().slugs().len(), 4);
    assert_eq!(list().slugs().len(), 4);
    let mut acme = read(&shell, "acme");
    acme["status"] = json!("suspended");
    put(&shell, "acme", &acme).expect(200);
    list().expect_problem(403, "forbidden");
    let own = shell
        .get("/v1/organizations/acme")
        .by("acme", "alice")
        .send();
    own.expect_problem(403, "forbidden");
    let own = shell
        .get("/v1/apps")
        .by("acme", "alice")
        .header("shell-organization", "acme");
    own.send().expect_problem(403, "forbidden");
    assert_eq!(acting().slugs().len(), 4);
}

#[test]
fn who_was_let_in_before_a_suspension_has_to_sign_in_again_after_it() {
    let shell = Shell::start();
    let list = |token: &str| shell.get("/v1/apps").bearing(token).send();
    let (seen, unseen) = (shell.token("acme", "alice"), shell.token("acme", "bob"));
    list(&seen).expect(200);
    let mut acme = read(&shell, "acme");
    acme["status"] = json!("suspended");
    put(&shell, "acme", &acme).expect(200);
    // This is the answer as long as it is suspended.
    for token in [&seen, &unseen] {
        list(token).expect_problem(403, "forbidden");
    }
    acme["status"] = json!("active");
    put(&shell, "acme", &acme).expect(200);
    for token in [&seen, &unseen] {
        list(token).expect_problem(401, "unauthenticated");
    }
    // As if it had been suspended a minute earlier.
    let mut superuser = shell.database().as_superuser();
    let earlier = "UPDATE shell.revocations SET cut_off_at = cut_off_at - interval '1 minute'
        WHERE source = 'suspension' RETURNING floor(extract(epoch FROM cut_off_at))::bigint";
    let cut_off: i64 = superuser.query_one(earlier, &[]).unwrap().get(0);
    let issued = |at: i64| {
        let mut claims = shell.claims("acme", "alice");
        claims.iat = u64::try_from(at).unwrap();
        shell.sign(&claims)
    };
    list(&issued(cut_off)).expect_problem(401, "unauthenticated");
    let anew = list(&issued(cut_off + 1));
    assert_eq!(anew.slugs().len(), 4);
    // Others are not affected.
    shell
        .get("/v1/apps")
        .by("globex", "carol")
        .send()
        .expect(200);
}

#[test]
fn another_identity_provider_takes_over_from_the_next_request_on() {
    let shell = Shell::start();
    let mut superuser = shell.database().as_superuser();
    let insert =
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'other')";
    superuser.batch_execute(insert).unwrap();
    // The organization has no members and no roles assigned yet.
    let mut initech = json!({"name": "Initech", "plan": "free", "status": "active"});
    put(&shell, "initech", &initech).expect(201);
    let list = || shell.get("/v1/apps").by("initech", "peter").send();
    let append = || {
        let request = shell
            .request("POST", "/v1/audit-events")
            .by("initech", "peter");
        let event = json!({"action": "a", "outcome": "success"});
        request.json(&event).send()
    };
    list().expect(200);
    append().expect(201);
    initech["identity_provider"] = json!("other");
    put(&shell, "initech", &initech).expect(200);
    list().expect_problem(403, "forbidden");
    append().expect_problem(403, "forbidden");

    // A provider is identified by its slug, even if another one gets it.
    let rename =
        "UPDATE shell.identity_providers SET slug = slug || '-before' WHERE slug = 'default';
      UPDATE shell.identity_providers SET slug = 'default' WHERE slug = 'other'";
    superuser.batch_execute(rename).unwrap();
    append().expect(201);
}

#[test]
fn platform_stays_what_it_is() {
    let shell = Shell::start();
    let mut superuser = shell.database().as_superuser();
    let insert =
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'other')";
    superuser.batch_execute(insert).unwrap();
    let mut organization = read(&shell, "platform");
    organization["name"] = json!("The platform");
    put(&shell, "platform", &organization).expect(200);
    organization["status"] = json!("suspended");
    organization["identity_provider"] = json!("other");
    let answer = put(&shell, "platform", &organization).expect_problem(422, "invalid-fields");
    let mut pointers = answer.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/identity_provider", "/status"]);
    assert_eq!(read(&shell, "platform")["status"], "active");
}
