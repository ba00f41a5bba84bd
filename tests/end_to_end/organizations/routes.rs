//! `/v1/organizations`.

use serde_json::{Value, json};
use tests::{
    Shell,
    organizations::{initech, put, read},
};

pub(crate) fn with(field: &str, value: Value) -> Value {
    let mut organization = initech();
    organization[field] = value;
    organization
}

#[test]
fn platform_lists_all_and_members_their_own() {
    let shell = Shell::start();
    let all = shell.platform("GET", "/v1/organizations").send();
    assert_eq!(all.slugs(), ["acme", "globex", "platform"]);
    let acting = shell
        .platform("GET", "/v1/organizations")
        .header("shell-organization", "acme");
    assert_eq!(acting.send().slugs().len(), 3);
    let own = shell.get("/v1/organizations").by("acme", "alice").send();
    assert_eq!(own.slugs(), ["acme"]);
    let known = shell.get("/v1/organizations").by("acme", "alice");
    known.header("if-none-match", own.tag()).send().expect(304);
}

#[test]
fn a_walk_through_the_pages_is_complete() {
    let shell = Shell::start();
    let mut walked = Vec::new();
    let mut path = "/v1/organizations?limit=1".to_owned();
    loop {
        let page = shell.platform("GET", &path).send();
        walked.extend(page.slugs());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/organizations?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(walked, ["acme", "globex", "platform"]);
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "cursor=%25",
        "cursor=QQ",
    ] {
        let answer = shell
            .platform("GET", &format!("/v1/organizations?{query}"))
            .send();
        answer.expect_problem(400, "invalid-query");
    }
}

#[test]
fn an_organization_has_every_field() {
    let shell = Shell::start();
    let id = shell.database().organization("acme").to_string();
    let mut expected = json!({
        "id": id,
        "slug": "acme",
        "name": "Acme Corporation",
        "plan": "pro",
        "billing": {"email": "billing@acme.example", "reference": null},
        "domains": ["acme.example", "acme.test"],
        "status": "active",
        "identity_provider": "default",
        "external_id": null,
    });
    for named in ["acme", &id] {
        let path = format!("/v1/organizations/{named}");
        let own = shell.get(&path).by("acme", "alice").send().expect(200);
        expected["updated_at"] = own.json()["updated_at"].clone();
        assert_eq!(own.json(), expected);
        assert_eq!(shell.platform("GET", &path).send().json(), expected);
        let known = shell.get(&path).by("acme", "alice");
        known.header("if-none-match", own.tag()).send().expect(304);
    }
}

#[test]
fn members_learn_nothing_of_others() {
    let shell = Shell::start();
    let globex = shell.database().organization("globex").to_string();
    let nobody = uuid::Uuid::now_v7().to_string();
    let answer = |named: &str| {
        let path = format!("/v1/organizations/{named}");
        let answer = shell.get(&path).by("acme", "admin").send();
        answer.expect_problem(403, "forbidden").body
    };
    let expected = answer("globex");
    for named in ["initech", &globex, &nobody, "Not%20one", "%00"] {
        assert_eq!(answer(named), expected);
    }
    for named in ["initech", &nobody, "Not%20one", "%00"] {
        let answer = shell
            .platform("GET", &format!("/v1/organizations/{named}"))
            .send();
        answer.expect_problem(404, "unknown-organization");
    }
}

#[test]
fn only_platform_writes() {
    let shell = Shell::start();
    for named in ["acme", "globex", "initech"] {
        let request = shell.request("PUT", &format!("/v1/organizations/{named}"));
        let answer = request.by("acme", "admin").json(&initech()).send();
        answer.expect_problem(403, "forbidden");
        let request = shell.request("PUT", &format!("/v1/organizations/{named}"));
        let answer = request.json(&initech()).send();
        answer.expect_problem(401, "unauthenticated");
    }
    assert_eq!(read(&shell, "acme")["name"], "Acme Corporation");
}

#[test]
fn creating_replacing_and_repeating() {
    let shell = Shell::start();
    let created = put(&shell, "initech", &initech()).expect(201);
    let document = created.json();
    assert_eq!(document["slug"], "initech");
    assert_eq!(document["billing"], initech()["billing"]);
    assert_eq!(
        document["domains"],
        json!(["initech.example", "initech.test"])
    );
    assert_eq!(read(&shell, "initech"), document);
    let repeated = put(&shell, "initech", &document).expect(200);
    assert_eq!(repeated.body, created.body);
    assert_eq!(repeated.tag(), created.tag());

    let id = document["id"].as_str().unwrap();
    let short = json!({"name": "I", "plan": "free", "status": "active"});
    let replaced = put(&shell, id, &short).expect(200);
    assert_ne!(replaced.tag(), created.tag());
    let document = replaced.json();
    assert_eq!(document["slug"], "initech");
    assert_eq!(
        document["billing"],
        json!({"email": null, "reference": null})
    );
    assert_eq!(document["domains"], json!([]));
    assert_eq!(read(&shell, "initech"), document);

    // Tokens of the new organization are accepted from now on.
    let claims = shell.claims_of(id.parse().unwrap(), "peter");
    let apps = shell.get("/v1/apps").bearing(&shell.sign(&claims)).send();
    assert_eq!(apps.slugs(), [] as [&str; 0]);
}

#[test]
fn an_id_of_nobody_creates_nothing() {
    let shell = Shell::start();
    let nobody = uuid::Uuid::now_v7().to_string();
    put(&shell, &nobody, &initech()).expect_problem(404, "unknown-organization");
    let answer = put(&shell, "Not%20one", &initech()).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/slug"]);
}

#[test]
fn if_match_names_the_version() {
    let shell = Shell::start();
    let put_if = |tag: &str, organization: &Value| {
        let request = shell.platform("PUT", "/v1/organizations/initech");
        request.header("if-match", tag).json(organization).send()
    };
    put_if("*", &initech()).expect_problem(412, "precondition-failed");
    let created = put(&shell, "initech", &initech()).expect(201);
    put_if(&created.tag(), &with("plan", json!("free"))).expect(200);
    put_if(&created.tag(), &initech()).expect_problem(412, "precondition-failed");
    // The stored content, and other content.
    for organization in [with("plan", json!("free")), initech()] {
        let request = shell.platform("PUT", "/v1/organizations/initech");
        let request = request.header("if-none-match", "*").json(&organization);
        let answer = request.send();
        answer.expect_problem(412, "precondition-failed");
    }
    assert_eq!(read(&shell, "initech")["plan"], "free");
}

#[test]
fn every_invalid_field_is_reported_at_once() {
    let shell = Shell::start();
    let body = json!({
        "plan": "gold", "status": "gone", "identity_provider": 1,
        "billing": {"email": "nobody", "reference": "a\0b"},
        "domains": ["ok.example", "Not one"],
    });
    let answer = put(&shell, "initech", &body).expect_problem(422, "invalid-fields");
    let expected = [
        "/name",
        "/plan",
        "/billing/email",
        "/billing/reference",
        "/domains/1",
        "/status",
        "/identity_provider",
    ];
    assert_eq!(answer.pointers(), expected);
    for (field, value, pointer) in [
        ("billing", json!([]), "/billing"),
        ("domains", json!("a.example"), "/domains"),
        ("domains", json!(["a.example", "a.example"]), "/domains/1"),
        (
            "identity_provider",
            json!("unheard-of"),
            "/identity_provider",
        ),
    ] {
        let answer = put(&shell, "initech", &with(field, value));
        let answer = answer.expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), [pointer]);
    }
    let large = "x".repeat(1024 * 1024);
    put(&shell, "initech", &json!(large)).expect_problem(413, "too-large");
}
