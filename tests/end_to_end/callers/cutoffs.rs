//! Tokens of callers whose membership of their organization has ended since they were issued.

use serde_json::{Value, json};
use tests::{
    Answer, Mode, Proxy, Setup, Shell,
    decisions::{ONE, question},
    event,
    organization_claims::naming,
    redis::{connect, run},
};
use uuid::Uuid;

const ENDED: &str =
    "the caller's membership of the organization has ended since the token was issued";

/// Cuts off a subject's tokens in an organization that were issued before now plus so many seconds.
fn cut_off(shell: &Shell, organization: &str, subject: &str, seconds: i32) {
    let statement = "INSERT INTO shell.membership_cutoffs (organization_id, subject, cut_off_at)
      SELECT id, $2, now() + make_interval(secs => $3::int) FROM shell.organizations WHERE slug = $1::text
      ON CONFLICT (organization_id, subject) DO UPDATE SET cut_off_at = EXCLUDED.cut_off_at";
    let mut database = shell.database().as_superuser();
    let parameters: [&(dyn postgres::types::ToSql + Sync); 3] = [&organization, &subject, &seconds];
    database.execute(statement, &parameters).unwrap();
}

/// Writes a cut-off to Redis, as the code that makes it does.
fn tell(redis: &mut redis::Connection, organization: Uuid, subject: &str) {
    let key = format!("cutoff:default:{organization}{subject}");
    run::<()>(redis, &["SET", &key, "1", "PX", "90000"]);
}

/// One request to each function.
fn everywhere(shell: &Shell, token: &str) -> [Answer; 3] {
    let event = json!({"action": "document.read", "outcome": "success"});
    let asked = |method, path, body: &Value| {
        let request = shell.request(method, path).bearing(token);
        request.json(body).send()
    };
    [
        shell.get("/v1/apps").bearing(token).send(),
        asked("POST", ONE, &question("alice", "read")),
        asked("POST", "/v1/audit-events", &event),
    ]
}

#[track_caller]
fn served(shell: &Shell, token: &str) {
    for answer in everywhere(shell, token) {
        assert!([200, 201].contains(&answer.status), "{}", answer.body);
    }
}

#[track_caller]
fn refused(shell: &Shell, token: &str) {
    for answer in everywhere(shell, token) {
        let answer = answer.expect_problem(403, "forbidden");
        assert_eq!(answer.json()["detail"], ENDED);
    }
}

/// A token that was issued so many seconds ago.
fn issued(shell: &Shell, organization: &str, subject: &str, ago: u64) -> String {
    let mut claims = shell.claims(organization, subject);
    claims.iat -= ago;
    shell.sign(&claims)
}

#[test]
fn a_token_that_nobody_has_seen_yet_is_refused_where_it_was_issued_before() {
    let shell = Shell::start();
    // The answer is cached in Redis, and would be served from there.
    served(&shell, &shell.token("acme", "alice"));
    cut_off(&shell, "acme", "alice", -60);
    refused(&shell, &issued(&shell, "acme", "alice", 61));
    refused(&shell, &issued(&shell, "acme", "alice", 120));
    served(&shell, &issued(&shell, "acme", "alice", 0));
    served(&shell, &issued(&shell, "acme", "alice", 50));
    // The cut-off is not for other users, nor for the same name in another organization.
    let bob = issued(&shell, "acme", "bob", 120);
    shell.get("/v1/apps").bearing(&bob).send().expect(200);
    let carol = issued(&shell, "globex", "alice", 120);
    shell.get("/v1/apps").bearing(&carol).send().expect(200);
}

#[test]
fn a_token_of_the_same_second_was_issued_before() {
    let shell = Shell::start();
    let claims = shell.claims("acme", "alice");
    let statement = "INSERT INTO shell.membership_cutoffs (organization_id, subject, cut_off_at)
      SELECT id, 'alice', to_timestamp($1::bigint) FROM shell.organizations WHERE slug = 'acme'";
    let mut database = shell.database().as_superuser();
    let second = i64::try_from(claims.iat).unwrap();
    database.execute(statement, &[&second]).unwrap();
    refused(&shell, &shell.sign(&claims));
}

#[test]
fn an_organization_that_its_provider_disabled_refuses_all_of_before() {
    let shell = Shell::start();
    let statement =
        "UPDATE shell.organizations SET cut_off_at = now() - interval '60 s' WHERE slug = 'acme'";
    let mut database = shell.database().as_superuser();
    database.execute(statement, &[]).unwrap();
    refused(&shell, &issued(&shell, "acme", "alice", 61));
    // The later one of the two is decisive.
    cut_off(&shell, "acme", "alice", -120);
    refused(&shell, &issued(&shell, "acme", "alice", 61));
    served(&shell, &issued(&shell, "acme", "alice", 50));
}

#[test]
fn a_receipt_counts_no_more_once_a_cut_off_was_told() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    for told in [":alice", ""] {
        let [before, after] = [60, 0].map(|ago| issued(&shell, "acme", "alice", ago));
        served(&shell, &before);
        served(&shell, &after);
        cut_off(&shell, "acme", "alice", -30);
        tell(&mut redis, shell.database().organization("acme"), told);
        refused(&shell, &before);
        served(&shell, &after);
        run::<()>(&mut redis, &["FLUSHALL"]);
        cut_off(&shell, "acme", "alice", -300);
    }
}

#[test]
fn a_receipt_of_an_older_epoch_counts_no_more() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let token = issued(&shell, "acme", "alice", 60);
    served(&shell, &token);
    cut_off(&shell, "acme", "alice", -30);
    // As after a change that Redis did not learn of.
    run::<()>(&mut redis, &["DEL", "epoch:id", "epoch:checked"]);
    refused(&shell, &token);
}

#[test]
fn tokens_that_name_organizations_are_cut_off_in_each_by_itself() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let token = naming(&shell, "alice", &json!(["acme", "globex"]));
    let list = |organization: &str| {
        let request = shell.get("/v1/apps").bearing(&token);
        request.header("shell-organization", organization).send()
    };
    for _ in ["from PostgreSQL", "from Redis"] {
        list("acme").expect(200);
        list("globex").expect(200);
    }
    cut_off(&shell, "globex", "alice", 1);
    tell(
        &mut redis,
        shell.database().organization("globex"),
        ":alice",
    );
    list("globex").expect_problem(403, "forbidden");
    list("acme").expect(200);
    // The receipt for one organization is not valid for the other.
    run::<()>(&mut redis, &["FLUSHALL"]);
    list("acme").expect(200);
    list("globex").expect_problem(403, "forbidden");
    list("acme").expect(200);
}

#[test]
fn who_acts_for_another_is_cut_off_in_its_own_organization() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let token = issued(&shell, "platform", "admin", 60);
    let acting = || {
        let request = shell.get("/v1/apps").bearing(&token);
        request.header("shell-organization", "acme").send()
    };
    acting().expect(200);
    cut_off(&shell, "acme", "admin", 1);
    tell(&mut redis, shell.database().organization("acme"), ":admin");
    acting().expect(200);
    cut_off(&shell, "platform", "admin", -30);
    tell(
        &mut redis,
        shell.database().organization("platform"),
        ":admin",
    );
    acting().expect_problem(403, "forbidden");
}

#[test]
fn with_postgresql_away_nobody_is_let_in_without_a_receipt_or_beside_a_tombstone() {
    let setup = Setup::seeded();
    let postgresql = Proxy::to(&setup.database().runtime.host);
    let mut shell = setup
        .variable("database_host", postgresql.address())
        .start();
    let mut redis = connect(&mut shell);
    let token = shell.token("acme", "alice");
    let list = |token: &str| shell.get("/v1/apps").bearing(token).send();
    list(&token).expect(200);
    let acme = shell.database().organization("acme");
    let globex = shell.database().organization("globex");
    let new = shell.token("acme", "alice");
    postgresql.set(Mode::Cut);
    list(&token).expect(200);
    list(&new).expect_problem(503, "unavailable");
    // A cut-off of another organization, or of another subject, has no effect here.
    tell(&mut redis, acme, ":bob");
    tell(&mut redis, globex, ":alice");
    tell(&mut redis, globex, "");
    list(&token).expect(200);
    tell(&mut redis, acme, ":alice");
    list(&token).expect_problem(503, "unavailable");
}

/// The id that the provider of these tests has for acme.
const ACME_ID: &str = "88fc9b9f-94b3-4530-a226-09d0a0fb12b0";

/// A Shell that receives events of a provider that knows acme by its id.
fn hearing() -> Shell {
    let shell = Setup::seeded().realm("veni").start();
    let mut database = shell.database().as_superuser();
    let statement = "UPDATE shell.organizations SET external_id = $1 WHERE slug = 'acme'";
    database.execute(statement, &[&ACME_ID]).unwrap();
    shell
}

/// An event of the organization; `below` is the rest of its path.
fn told(kind: &str, below: &str, enabled: bool) -> Value {
    let representation = json!({"id": ACME_ID, "alias": "acme", "enabled": enabled});
    event(
        kind,
        json!({"resourcePath": format!("organizations/{ACME_ID}{below}"),
            "representation": representation.to_string(), "resourceId": "alice",
            "details": {"username": "alice", "email": "alice@acme.example"}}),
    )
}

#[test]
fn who_leaves_the_organization_is_refused_by_the_next_request() {
    let shell = hearing();
    let token = shell.token("acme", "alice");
    let another = shell.token("acme", "bob");
    served(&shell, &token);
    let list = |token: &str| shell.get("/v1/apps").bearing(token).send();
    list(&another).expect(200);
    let left = told(
        "admin.ORGANIZATION_MEMBERSHIP-DELETE",
        "/members/alice",
        true,
    );
    let answer = shell.deliver(&left).expect(202);
    assert_eq!(answer.json()["status"], "applied", "{}", answer.body);
    refused(&shell, &token);
    refused(&shell, &issued(&shell, "acme", "alice", 30));
    list(&another).expect(200);
}

#[test]
fn where_the_organization_is_disabled_everybody_is_refused_by_the_next_request() {
    let shell = hearing();
    let token = shell.token("acme", "alice");
    served(&shell, &token);
    let disabled = told("admin.ORGANIZATION-UPDATE", "", false);
    let answer = shell.deliver(&disabled).expect(202);
    assert_eq!(answer.json()["status"], "applied", "{}", answer.body);
    refused(&shell, &token);
    let bob = issued(&shell, "acme", "bob", 10);
    let list = shell.get("/v1/apps").bearing(&bob).send();
    list.expect_problem(403, "forbidden");
}
