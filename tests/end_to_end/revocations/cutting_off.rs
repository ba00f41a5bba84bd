//! Revocations that administrators add.

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    redis::{connect, run},
};

use super::revoking::{refused, served, written};

pub(crate) const REVOCATIONS: &str = "/v1/revocations";

/// Requests a revocation, as a user of an organization.
pub(crate) fn add(shell: &Shell, by: (&str, &str), body: &Value) -> Answer {
    let request = shell.request("POST", REVOCATIONS).by(by.0, by.1);
    request.json(body).send()
}

pub(crate) const ACME: (&str, &str) = ("acme", "admin");
pub(crate) const GLOBEX: (&str, &str) = ("globex", "admin");
pub(crate) const PLATFORM: (&str, &str) = ("platform", "admin");

pub(crate) fn list(shell: &Shell, by: (&str, &str), query: &str) -> Answer {
    let path = format!("{REVOCATIONS}{query}");
    shell.get(&path).by(by.0, by.1).send()
}

pub(crate) fn items(answer: &Answer) -> Vec<Value> {
    answer.json()["items"].as_array().unwrap().clone()
}

pub(crate) fn values(answer: &Answer) -> Vec<String> {
    let value = |item: &Value| item["value"].as_str().unwrap().to_owned();
    items(answer).iter().map(value).collect()
}

/// A token with other claims beside the usual ones.
fn with(shell: &Shell, organization: &str, subject: &str, others: &Value) -> String {
    let mut claims = serde_json::to_value(shell.claims(organization, subject)).unwrap();
    let members = claims.as_object_mut().unwrap();
    members.extend(others.as_object().unwrap().clone());
    shell.sign(&claims)
}

/// Moves every cut-off so many seconds into the past, as if it had been made then, and removes it from Redis.
pub(crate) fn age(shell: &mut Shell, seconds: i32) {
    let statement = "UPDATE shell.revocations
        SET cut_off_at = now() - make_interval(secs => $1::int), revoked_at = now() - make_interval(secs => $1::int)";
    let mut database = shell.database().as_superuser();
    database.execute(statement, &[&seconds]).unwrap();
    let mut redis = connect(shell);
    run::<()>(&mut redis, &["FLUSHALL"]);
}

fn list_apps(shell: &Shell, token: &str) -> Answer {
    shell.get("/v1/apps").bearing(token).send()
}

#[test]
fn a_subject_is_cut_off_everywhere_until_it_signs_in_again() {
    let mut shell = Shell::start();
    let token = shell.token("acme", "alice");
    let [bob, in_globex] = [("acme", "bob"), ("globex", "alice")]
        .map(|(organization, subject)| shell.token(organization, subject));
    served(&shell, &token);
    let before = shell.claims("acme", "alice").iat;
    let body = json!({"subject": "alice", "reason": "left the company"});
    let document = add(&shell, ACME, &body).expect(201).json();
    refused(&shell, &token);
    // Nobody else, nor a user with the same id elsewhere.
    list_apps(&shell, &bob).expect(200);
    list_apps(&shell, &in_globex).expect(200);
    for (member, expected) in [
        ("provider", json!("default")),
        ("kind", json!("subject")),
        ("value", json!("alice")),
        (
            "organization_id",
            json!(shell.database().organization("acme").to_string()),
        ),
        ("source", json!("administrator")),
        ("reason", json!("left the company")),
    ] {
        assert_eq!(document[member], expected, "{document}");
    }
    assert_eq!(document.as_object().unwrap().len(), 10, "{document}");
    // Our clock plus the 30 s that an issuer's clock may be ahead; then the longest lifetime of a token.
    let seconds = |member: &str| seconds(&document[member]);
    assert_eq!(seconds("cut_off_at") - seconds("revoked_at"), 30);
    assert_eq!(seconds("ends_at") - seconds("cut_off_at"), 24 * 60 * 60);
    assert!((0..5).contains(&(seconds("revoked_at") - i64::try_from(before).unwrap())));
    assert_eq!(items(&list(&shell, ACME, "").expect(200)), [document]);
    // Tokens issued after it are valid.
    age(&mut shell, 5);
    served(&shell, &shell.token("acme", "alice"));
    let mut claims = shell.claims("acme", "alice");
    claims.iat -= 6;
    refused(&shell, &shell.sign(&claims));
}

/// The seconds since the epoch of a time in the contract's format, by the civil calendar.
fn seconds(time: &Value) -> i64 {
    let time = time.as_str().unwrap();
    assert_eq!(time.len(), "2026-01-31T12:00:00.000000Z".len());
    let number = |from: usize, to: usize| time[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    // With years that begin in March, so that a leap day is the last day of a year.
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + day - 719_469;
    days * 86_400 + number(11, 13) * 3_600 + number(14, 16) * 60 + number(17, 19)
}

#[test]
fn a_session_and_a_token_end_alone() {
    let mut shell = Shell::start();
    let of = |session: &str, id: &str| {
        with(&shell, "acme", "alice", &json!({"sid": session, "jti": id}))
    };
    let [one, two, other] = [of("s1", "t1"), of("s1", "t2"), of("s2", "t3")];
    for token in [&one, &two, &other] {
        served(&shell, token);
    }
    let document = add(&shell, ACME, &json!({"token_id": "t1"}))
        .expect(201)
        .json();
    assert_eq!(document["cut_off_at"], Value::Null, "{document}");
    refused(&shell, &one);
    served(&shell, &two);
    add(&shell, ACME, &json!({"session": "s1"})).expect(201);
    refused(&shell, &two);
    served(&shell, &other);
    // A refreshed session works again; the one revoked token never does.
    age(&mut shell, 5);
    let statement = "UPDATE shell.revocations SET cut_off_at = 'infinity' WHERE kind = 'token_id'";
    shell
        .database()
        .as_superuser()
        .batch_execute(statement)
        .unwrap();
    let of = |session: &str, id: &str| {
        with(&shell, "acme", "alice", &json!({"sid": session, "jti": id}))
    };
    served(&shell, &of("s1", "t4"));
    refused(&shell, &of("s3", "t1"));
}

#[test]
fn an_administrator_ends_nothing_elsewhere() {
    let shell = Shell::start();
    let globex = with(
        &shell,
        "globex",
        "carol",
        &json!({"sid": "s1", "jti": "t1", "azp": "web"}),
    );
    list_apps(&shell, &globex).expect(200);
    for body in [
        json!({"subject": "carol"}),
        json!({"session": "s1"}),
        json!({"token_id": "t1"}),
    ] {
        add(&shell, ACME, &body).expect(201);
        list_apps(&shell, &globex).expect(200);
    }
    for body in [
        json!({"client": "web"}),
        json!({"organization": "globex"}),
        json!({"organization": "acme"}),
    ] {
        add(&shell, ACME, &body).expect_problem(403, "forbidden");
    }
    let naming = shell.request("POST", REVOCATIONS).by("acme", "admin");
    let naming = naming
        .header("shell-organization", "globex")
        .json(&json!({"subject": "carol"}));
    naming.send().expect_problem(403, "forbidden");
    add(&shell, ("acme", "alice"), &json!({"subject": "bob"})).expect_problem(403, "forbidden");
    list_apps(&shell, &globex).expect(200);
    // Nobody sees the revocations of other organizations.
    assert_eq!(values(&list(&shell, GLOBEX, "").expect(200)), [""; 0]);
    assert_eq!(values(&list(&shell, PLATFORM, "").expect(200)), [""; 0]);
    assert_eq!(
        values(&list(&shell, ACME, "").expect(200)),
        ["t1", "s1", "carol"]
    );
    list(&shell, ("acme", "alice"), "").expect_problem(403, "forbidden");
    // Platform acts for acme, and only there.
    let acting = shell
        .platform("POST", REVOCATIONS)
        .header("shell-organization", "acme");
    acting.json(&json!({"subject": "bob"})).send().expect(201);
    let acting = shell
        .platform("GET", REVOCATIONS)
        .header("shell-organization", "acme");
    assert_eq!(
        values(&acting.send().expect(200)),
        ["bob", "t1", "s1", "carol"]
    );
}

#[test]
fn platform_cuts_off_clients_and_organizations() {
    let shell = Shell::start();
    let of =
        |organization: &str, azp: &str| with(&shell, organization, "alice", &json!({ "azp": azp }));
    let (web, mobile) = (of("globex", "web"), of("globex", "mobile"));
    let by_client_id = with(&shell, "acme", "alice", &json!({"client_id": "web"}));
    for token in [&web, &mobile, &by_client_id] {
        list_apps(&shell, token).expect(200);
    }
    let document = add(&shell, PLATFORM, &json!({"client": "web"}))
        .expect(201)
        .json();
    assert_eq!(document["organization_id"], Value::Null);
    list_apps(&shell, &web).expect_problem(401, "unauthenticated");
    list_apps(&shell, &by_client_id).expect_problem(401, "unauthenticated");
    list_apps(&shell, &mobile).expect(200);

    let acme = shell.token("acme", "bob");
    list_apps(&shell, &acme).expect(200);
    let id = shell.database().organization("acme").to_string();
    let document = add(&shell, PLATFORM, &json!({"organization": "acme"}))
        .expect(201)
        .json();
    assert_eq!(document["value"], id, "{document}");
    list_apps(&shell, &acme).expect_problem(401, "unauthenticated");
    list_apps(&shell, &mobile).expect(200);
    add(&shell, PLATFORM, &json!({ "organization": id })).expect(201);

    assert_eq!(
        values(&list(&shell, PLATFORM, "").expect(200)),
        [id.as_str(), "web"]
    );
    // Users of acme do not see what platform did; it is recorded in platform's trail.
    let path = "/v1/audit-events?action=revocation.added";
    let trail = items(&shell.get(path).by("platform", "admin").send().expect(200));
    assert_eq!(trail.len(), 3, "{trail:?}");
    list_apps(&shell, &shell.token("platform", "admin")).expect(200);
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let shell = Shell::start();
    let faults = |body: Value| {
        let answer = add(&shell, PLATFORM, &body);
        answer.expect_problem(422, "invalid-fields").pointers()
    };
    assert_eq!(faults(json!({})), [""]);
    assert_eq!(faults(json!({"subject": "a", "client": "b"})), ["/client"]);
    assert_eq!(
        faults(json!({"subject": "", "reason": 1})),
        ["/subject", "/reason"]
    );
    assert_eq!(
        faults(json!({"organization": "platform"})),
        ["/organization"]
    );
    assert_eq!(
        faults(json!({"organization": "initech"})),
        ["/organization"]
    );
    let platform = shell.database().organization("platform").to_string();
    assert_eq!(
        faults(json!({ "organization": platform })),
        ["/organization"]
    );
    let unknown = json!({"client": "web", "identity_provider": "unknown"});
    assert_eq!(faults(unknown), ["/identity_provider"]);
    let request = shell
        .platform("POST", REVOCATIONS)
        .body("application/json", "{");
    request.send().expect_problem(400, "invalid-json");
    // Of two subjects in one body, none is cut off.
    let twice = r#"{"subject":"a","subject":"b"}"#;
    let twice = shell
        .platform("POST", REVOCATIONS)
        .body("application/json", twice)
        .send();
    let twice = twice.expect_problem(422, "invalid-fields");
    assert_eq!(twice.pointers(), ["/subject"]);
    // A caller without the right learns only that.
    add(&shell, ("acme", "alice"), &json!({})).expect_problem(403, "forbidden");
    assert_eq!(written(&shell), 0);
    for query in ["?limit=0", "?limit=1001", "?cursor=x", "?cursor=YWNtZQ"] {
        list(&shell, PLATFORM, query).expect_problem(400, "invalid-query");
    }
}

#[test]
fn of_two_the_later_stands_and_each_is_in_the_trail() {
    let shell = Shell::start();
    let first = add(&shell, ACME, &json!({"subject": "alice", "reason": "one"}))
        .expect(201)
        .json();
    let second = add(&shell, ACME, &json!({"subject": "alice", "reason": "two"}))
        .expect(201)
        .json();
    assert_ne!(first["id"], second["id"]);
    assert_eq!(items(&list(&shell, ACME, "").expect(200)), [second]);
    // A revocation without a time keeps its first reason, and expires as late as the second one would.
    let first = add(&shell, ACME, &json!({"token_id": "t", "reason": "three"}))
        .expect(201)
        .json();
    let second = add(&shell, ACME, &json!({"token_id": "t", "reason": "four"}))
        .expect(201)
        .json();
    for same in ["id", "value", "cut_off_at", "reason"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    assert!(first["ends_at"].as_str() < second["ends_at"].as_str());
    let path = "/v1/audit-events?action=revocation.added";
    let trail = items(&shell.get(path).by("acme", "admin").send().expect(200));
    // The newest comes first.
    let said = |event: &Value| {
        (
            event["targets"][0].clone(),
            event["metadata"]["reason"].clone(),
        )
    };
    let said: Vec<_> = trail.iter().map(said).collect();
    let expected = [
        ("token", "t", "three"),
        ("user", "alice", "two"),
        ("user", "alice", "one"),
    ];
    let expected =
        expected.map(|(kind, id, reason)| (json!({"type": kind, "id": id}), json!(reason)));
    assert_eq!(said, expected);
    assert_eq!(trail[0]["actor"]["id"], "admin");
}
