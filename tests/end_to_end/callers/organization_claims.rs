//! Tokens that name their organization in the claim `organization`, as those of providers that do not know
//! `organization_id`.

use std::time::Instant;

use serde_json::{Value, json};
use tests::{
    Answer, Proxy, Request, Setup, Shell,
    decisions::{ONE, question},
    on_own_postgres,
    organization_claims::{naming, token},
    redis::{calls, connect, count, run},
};

const ACME: [&str; 4] = ["chat", "drive", "hrm", "shell"];

/// The provider's id for acme in these tests; the provider never reuses an id.
const ACME_ID: &str = "88fc9b9f-94b3-4530-a226-09d0a0fb12b0";
const PLATFORM_ID: &str = "746d1771-7962-43f3-9b9b-014a730dad80";

fn apps<'s>(shell: &'s Shell, token: &str) -> Request<'s> {
    shell.get("/v1/apps").bearing(token)
}

fn by(shell: &Shell, organization: &Value) -> Answer {
    apps(shell, &naming(shell, "alice", organization)).send()
}

fn identify(shell: &Shell, slug: &str, external_id: &str) {
    let statement = "UPDATE shell.organizations SET external_id = $2 WHERE slug = $1::text";
    let mut database = shell.database().as_superuser();
    database.execute(statement, &[&slug, &external_id]).unwrap();
}

#[test]
fn each_form_leads_to_the_tenant() {
    let shell = Shell::start();
    for organization in [
        json!("acme"),
        json!(["acme"]),
        json!({"acme": {}}),
        json!({"acme": {"plan": ["pro"]}}),
        json!({"acme": {"id": ACME_ID}}),
        json!({"acme": {"plan": ["pro"], "id": ACME_ID}}),
        // By the identifier alone, whatever the alias beside it.
        json!({"renamed": {"id": ACME_ID}}),
    ] {
        for _ in ["from PostgreSQL", "from Redis"] {
            assert_eq!(by(&shell, &organization).slugs(), ACME, "{organization}");
        }
    }
}

#[test]
fn who_names_nobody_that_is_known_is_refused() {
    let shell = Shell::start();
    for organization in [
        json!(null),
        json!([]),
        json!({}),
        json!(7),
        json!([["acme"]]),
        json!({"acme": "an id"}),
        json!({"acme": {"id": null}}),
        json!({"acme": {"id": [ACME_ID]}}),
        json!("initech"),
        json!({"initech": {"id": ACME_ID}}),
        json!("Acme"),
        json!("acme\u{0}"),
        json!("a".repeat(256)),
    ] {
        by(&shell, &organization).expect_problem(403, "forbidden");
    }
    apps(&shell, &token(&shell, "alice", &json!({})))
        .send()
        .expect_problem(403, "forbidden");
    assert!(!shell.output().contains("trap"));
}

#[test]
fn a_name_that_is_not_known_is_ignored() {
    let shell = Shell::start();
    let beside = json!(["initech", "acme", "", 7, "a".repeat(300), "UMBRELLA"]);
    assert_eq!(by(&shell, &beside).slugs(), ACME);
    // An organization that is learned is valid from then on.
    let body = json!({"name": "Initech", "plan": "free", "status": "active"});
    shell
        .platform("PUT", "/v1/organizations/initech")
        .json(&body)
        .send()
        .expect(201);
    by(&shell, &beside).expect_problem(400, "several-organizations");
}

#[test]
fn of_several_the_caller_chooses() {
    let shell = Shell::start();
    let several = naming(&shell, "alice", &json!(["globex", "initech", "acme"]));
    for _ in ["once", "again"] {
        let problem = apps(&shell, &several).send();
        let problem = problem.expect_problem(400, "several-organizations").json();
        assert_eq!(problem["organizations"], json!(["acme", "globex"]));
        let chosen = |slug| {
            let request = apps(&shell, &several);
            request.header("shell-organization", slug).send()
        };
        assert_eq!(chosen("acme").slugs(), ACME);
        assert_ne!(chosen("globex").slugs(), ACME);
        // A caller who chooses is a member of the organization, and does not act for it.
        for other in ["initech", "platform", "Acme", ""] {
            chosen(other).expect_problem(403, "forbidden");
        }
    }
    let twice = apps(&shell, &several).header("shell-organization", "acme");
    let twice = twice.header("shell-organization", "globex").send();
    twice.expect_problem(403, "forbidden");
}

#[test]
fn only_platform_acts_for_others_and_never_by_its_alias() {
    let shell = Shell::start();
    identify(&shell, "platform", PLATFORM_ID);
    by(&shell, &json!("platform")).expect_problem(403, "forbidden");
    let wrong = json!({"platform": {"id": ACME_ID}});
    by(&shell, &wrong).expect_problem(403, "forbidden");
    let platform = json!({"platform": {"id": PLATFORM_ID}, "acme": {}});
    let send = |subject, slug| {
        let token = naming(&shell, subject, &platform);
        apps(&shell, &token)
            .header("shell-organization", slug)
            .send()
    };
    for _ in ["from PostgreSQL", "from Redis"] {
        apps(&shell, &naming(&shell, "svc-drive", &platform))
            .send()
            .expect_problem(400, "several-organizations");
        // For one of the token's own organizations, no right is needed.
        assert_eq!(send("nobody", "acme").slugs(), ACME);
        send("nobody", "globex").expect_problem(403, "forbidden");
        send("svc-drive", "globex").expect(200);
        send("svc-drive", "initech").expect_problem(403, "forbidden");
        let own = send("svc-drive", "platform").slugs();
        assert!(own.contains(&"billing".to_owned()), "{own:?}");
    }
}

#[test]
fn an_organization_id_alone_counts() {
    let shell = Shell::start();
    let acme = shell.database().organization("acme");
    let send = |id: Value| {
        let claims = json!({"organization_id": id, "organization": ["globex", "acme"]});
        apps(&shell, &token(&shell, "alice", &claims)).send()
    };
    assert_eq!(send(json!(acme)).slugs(), ACME);
    send(json!("acme")).expect_problem(401, "unauthenticated");
    send(json!(7)).expect_problem(401, "unauthenticated");
    send(json!(null)).expect_problem(403, "forbidden");
}

#[test]
fn an_alias_seen_with_another_identifier_finds_nothing_from_then_on() {
    let shell = Shell::start();
    let alone = json!("acme");
    assert_eq!(by(&shell, &alone).slugs(), ACME);
    let identified = json!({"acme": {"id": ACME_ID}});
    assert_eq!(by(&shell, &identified).slugs(), ACME);
    assert_eq!(by(&shell, &alone).slugs(), ACME);
    // Another organization has taken the freed alias.
    let taken = json!({"acme": {"id": "another"}});
    by(&shell, &taken).expect_problem(403, "forbidden");
    by(&shell, &alone).expect_problem(403, "forbidden");
    assert_eq!(by(&shell, &identified).slugs(), ACME);
    let mut warnings: Vec<Value> = shell
        .output()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["warning"] == "alias_contradicted")
        .collect();
    // A line can be in both the host's own log and the component's file.
    warnings.dedup();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["organization"], "acme");
    assert_eq!(warnings[0]["seen"], "another");
}

#[test]
fn the_single_look_stays_single() {
    let setup = Setup::seeded();
    let postgresql = Proxy::to(&setup.database().runtime.host);
    let address = postgresql.address().to_owned();
    let mut shell = setup.variable("database_host", address).start();
    let mut redis = connect(&mut shell);
    identify(&shell, "platform", PLATFORM_ID);
    let platform = json!({"platform": {"id": PLATFORM_ID}});
    let platform = naming(&shell, "svc-drive", &platform);
    let own = naming(&shell, "alice", &json!(["acme"]));
    let several = naming(&shell, "alice", &json!(["acme", "globex"]));
    for (token, slug) in [
        (&own, None),
        (&several, Some("acme")),
        (&platform, Some("acme")),
    ] {
        let sent = |request: Request<'_>| {
            let request = request.bearing(token);
            match slug {
                Some(slug) => request.header("shell-organization", slug).send(),
                None => request.send(),
            }
        };
        let read = || {
            let answer = sent(shell.get("/v1/apps/drive")).expect(200);
            assert_eq!(answer.header("cache-status"), Some("shell; hit"));
        };
        let decide = || {
            let request = shell.request("POST", ONE);
            sent(request.json(&question("alice", "read"))).expect(200);
        };
        for _ in 0..3 {
            sent(shell.get("/v1/apps/drive")).expect(200);
            decide();
        }
        postgresql.hold_back("SELECT * FROM shell.");
        for ask in [&read as &dyn Fn(), &decide] {
            run::<()>(&mut redis, &["CONFIG", "RESETSTAT"]);
            let started = Instant::now();
            for _ in 0..50 {
                ask();
            }
            let seconds = started.elapsed().as_secs() + 1;
            let calls = calls(&mut redis);
            // The script's own two.
            assert_eq!(count(&calls, "mget"), 100, "{calls:?}");
            // While a comparison of the epoch is due or running, each request asks once whether it should run it,
            // which reads how long somebody else still may; twice a second, one request runs it, with a script.
            let claims = count(&calls, "pttl");
            assert!(claims <= 50, "{calls:?}");
            let scripts = 50 + claims..=50 + claims + 2 * seconds + 1;
            assert!(scripts.contains(&count(&calls, "eval")), "{calls:?}");
        }
        assert!(!postgresql.holds(), "PostgreSQL was asked");
        postgresql.hold_back("what no statement has");
    }
}

#[test]
fn what_names_stand_for_is_known_while_postgresql_is_away() {
    let (mut postgres, shell) = on_own_postgres(Setup::empty());
    let acme = naming(&shell, "alice", &json!("acme"));
    let globex = naming(&shell, "alice", &json!("globex"));
    for _ in 0..2 {
        assert_eq!(apps(&shell, &acme).send().slugs(), ACME);
    }
    postgres.stop();
    assert_eq!(apps(&shell, &acme).send().slugs(), ACME);
    apps(&shell, &globex)
        .send()
        .expect_problem(503, "unavailable");
}
