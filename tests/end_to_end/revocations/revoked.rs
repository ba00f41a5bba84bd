//! Tokens that are revoked by any of their claims, according to PostgreSQL and according to Redis.

use serde_json::{Value, json};
use service::revocation::Hashes;
use tests::{
    Answer, Shell,
    decisions::{ONE, question},
    organization_claims::naming,
    redis::{connect, run},
};
use uuid::Uuid;

/// A time after which no token is issued.
const NEVER: u64 = 253_402_300_799;

/// A revocation of a provider's tokens, limited to one organization if that is given.
#[derive(Clone)]
pub(crate) struct Revocation {
    pub provider: &'static str,
    pub kind: &'static str,
    pub value: String,
    pub within: Option<Uuid>,
    /// `None` if tokens are revoked whenever they were issued.
    pub cut_off: Option<u64>,
}

impl Revocation {
    /// Stores it as a change, without writing it to Redis.
    pub(crate) fn commit(&self, database: &mut postgres::Client) {
        self.write(database, true);
    }

    /// The same; if it is not stored as a change, only those who ask PostgreSQL see it.
    fn write(&self, database: &mut postgres::Client, as_a_change: bool) {
        let statement = "SELECT shell.revoke((SELECT jsonb_populate_record(NULL::shell.revocations, $1::text::jsonb
            || jsonb_build_object('identity_provider_id', p.id, 'cut_off_at',
              coalesce(to_timestamp($3::bigint), 'infinity')))
          FROM shell.identity_providers p WHERE p.slug = $2::text))";
        let row = json!({"kind": self.kind, "value": self.value, "organization_id": self.within,
            "source": "a test"});
        let cut_off = self.cut_off.map(|at| i64::try_from(at).unwrap());
        let mut transaction = database.transaction().unwrap();
        transaction
            .query("SELECT shell.lock_changes()", &[])
            .unwrap();
        let parameters: [&(dyn postgres::types::ToSql + Sync); 3] =
            [&row.to_string(), &self.provider, &cut_off];
        transaction.query(statement, &parameters).unwrap();
        if as_a_change {
            transaction
                .query("SELECT shell.next_change()", &[])
                .unwrap();
        }
        transaction.commit().unwrap();
    }

    fn key(&self) -> String {
        match self.kind {
            "token" => format!("blacklist:{}", self.value),
            kind => format!("revoked:{}:{kind}:{}", self.provider, self.value),
        }
    }

    /// Writes it to Redis, as the code that revokes does.
    pub(crate) fn tell(&self, redis: &mut redis::Connection) {
        let within = self.within.map_or_else(String::new, |id| format!("@{id}"));
        let entry = format!("{}{within}", self.cut_off.unwrap_or(NEVER));
        run::<()>(redis, &["SET", &self.key(), &entry, "EX", "600"]);
    }
}

/// The bearer of a token with all claims by which it can be revoked.
#[derive(Clone)]
pub(crate) struct Bearer {
    pub organization: Uuid,
    pub subject: String,
    pub session: Option<String>,
    pub client: String,
}

impl Bearer {
    pub(crate) fn new(shell: &Shell, organization: &str, name: &str) -> Self {
        Self {
            organization: shell.database().organization(organization),
            subject: format!("{name}-subject"),
            session: Some(format!("{name}-session")),
            client: format!("{name}-client"),
        }
    }

    /// The claims of a token issued so many seconds ago.
    pub(crate) fn claims(&self, shell: &Shell, ago: u64) -> Value {
        let mut claims = shell.claims_of(self.organization, &self.subject);
        claims.iat -= ago;
        claims.sid.clone_from(&self.session);
        let mut claims = serde_json::to_value(claims).unwrap();
        claims["azp"] = json!(self.client);
        claims
    }

    /// Each revocation that revokes the token with these claims, with the time of its issue as cut-off.
    pub(crate) fn revocations(&self, token: &str, claims: &Value) -> Vec<Revocation> {
        let at = claims["iat"].as_u64();
        let of = |kind, value: &str, cut_off| Revocation {
            provider: "default",
            kind,
            value: value.to_owned(),
            within: None,
            cut_off,
        };
        let session = match &self.session {
            Some(session) => of("session", session, at),
            None => of("sessionless", &self.subject, at),
        };
        vec![
            of("token", &Hashes::of(token).signed, None),
            of("token_id", claims["jti"].as_str().unwrap(), None),
            session,
            of("subject", &self.subject, at),
            of("client", &self.client, at),
            of("organization", &self.organization.to_string(), at),
            of("provider", "", at),
        ]
    }
}

/// One request to each function that authenticates callers.
pub(crate) fn everywhere(shell: &Shell, token: &str) -> [Answer; 4] {
    let event = json!({"action": "document.read", "outcome": "success"});
    let asked = |method, path, body: &Value| {
        let request = shell.request(method, path).bearing(token);
        request.json(body).send()
    };
    let subject = "whoever it is";
    [
        shell.get("/v1/apps").bearing(token).send(),
        asked("POST", "/v1/audit-events", &event),
        shell.get("/v1/users/nobody").bearing(token).send(),
        asked("POST", ONE, &question(subject, "read")),
    ]
}

#[track_caller]
fn served(shell: &Shell, token: &str) {
    let statuses = everywhere(shell, token).map(|answer| answer.status);
    // Two of them are refused for lack of a right, which shows that the caller was authenticated.
    assert_eq!(statuses, [200, 201, 403, 403]);
}

#[track_caller]
pub(crate) fn refused(shell: &Shell, token: &str) {
    for answer in everywhere(shell, token) {
        let answer = answer.expect_problem(401, "unauthenticated");
        assert_eq!(answer.json()["detail"], "the token has been revoked");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{challenge}"
        );
    }
}

pub(crate) fn is_of_one_token(revocation: &Revocation) -> bool {
    ["token", "token_id"].contains(&revocation.kind)
}

fn ago(number: usize) -> u64 {
    120 - 10 * u64::try_from(number).unwrap()
}

/// Bearers of tokens with and without a session, each issued later than those before: the last revocations revoke
/// all of them.
fn each_kind(shell: &Shell, check: impl Fn(&Bearer, usize)) {
    for number in 0..7 {
        let bearer = Bearer::new(shell, "acme", &format!("kind-{number}"));
        check(&bearer, number);
        let bearer = Bearer {
            session: None,
            subject: format!("sessionless-{number}"),
            ..bearer
        };
        if number == 2 {
            check(&bearer, number);
        }
    }
}

#[test]
fn a_token_that_nobody_has_seen_yet_is_refused_whatever_it_was_revoked_by() {
    let shell = Shell::start();
    let mut database = shell.database().as_superuser();
    let database = std::cell::RefCell::new(&mut database);
    each_kind(&shell, |bearer, number| {
        let claims = bearer.claims(&shell, ago(number));
        let token = shell.sign(&claims);
        let revocation = &bearer.revocations(&token, &claims)[number];
        revocation.commit(&mut database.borrow_mut());
        refused(&shell, &token);
        // A token issued in the same second is revoked with it, and a later one is not.
        let mut other = claims.clone();
        other["jti"] = json!("another");
        if !is_of_one_token(revocation) {
            refused(&shell, &shell.sign(&other));
        }
        other["iat"] = json!(claims["iat"].as_u64().unwrap() + 1);
        served(&shell, &shell.sign(&other));
    });
}

#[test]
fn a_receipt_counts_no_more_once_redis_was_told() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let redis = std::cell::RefCell::new(&mut redis);
    each_kind(&shell, |bearer, number| {
        let claims = bearer.claims(&shell, ago(number));
        let token = shell.sign(&claims);
        let mut after = claims.clone();
        after["iat"] = json!(claims["iat"].as_u64().unwrap() + 1);
        after["jti"] = json!("another");
        let after = shell.sign(&after);
        served(&shell, &token);
        let revocation = &bearer.revocations(&token, &claims)[number];
        revocation.tell(&mut redis.borrow_mut());
        refused(&shell, &token);
        served(&shell, &after);
    });
}

#[test]
fn a_token_that_names_its_organization_is_refused_as_one_that_has_its_id() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let acme = shell.database().organization("acme");
    for (kind, value) in [("subject", "alice"), ("organization", &acme.to_string())] {
        let token = naming(&shell, "alice", &json!(["acme"]));
        let bare = shell.token("acme", "bob");
        for token in [&token, &bare] {
            shell.get("/v1/apps").bearing(token).send().expect(200);
        }
        let revocation = Revocation {
            provider: "default",
            kind,
            value: value.to_owned(),
            within: None,
            cut_off: Some(NEVER),
        };
        revocation.tell(&mut redis);
        shell.get("/v1/apps").bearing(&token).send().expect(401);
        // In one organization only, and then in another one.
        for (within, status) in [("acme", 401), ("globex", 200)] {
            let within = Revocation {
                within: Some(shell.database().organization(within)),
                ..revocation.clone()
            };
            within.tell(&mut redis);
            let answer = shell.get("/v1/apps").bearing(&token).send();
            answer.expect(status);
        }
        run::<()>(&mut redis, &["DEL", &revocation.key()]);
        shell.get("/v1/apps").bearing(&token).send().expect(200);
    }
}

#[test]
fn nobody_is_refused_for_another_provider_or_another_organization() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let mut database = shell.database().as_superuser();
    let partner =
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'partner')";
    database.batch_execute(partner).unwrap();
    let bearer = Bearer::new(&shell, "acme", "alice");
    let claims = bearer.claims(&shell, 60);
    let token = shell.sign(&claims);
    served(&shell, &token);
    let globex = shell.database().organization("globex");
    for revocation in bearer.revocations(&token, &claims) {
        // The hash of the signed part belongs to one token, whichever provider signed it.
        if revocation.kind != "token" {
            let of_another = Revocation {
                provider: "partner",
                ..revocation.clone()
            };
            of_another.tell(&mut redis);
            of_another.commit(&mut database);
        }
        let elsewhere = Revocation {
            within: Some(globex),
            ..revocation
        };
        elsewhere.tell(&mut redis);
        elsewhere.commit(&mut database);
    }
    served(&shell, &token);
    let mut anew = claims;
    anew["x"] = json!("as nobody has seen it");
    served(&shell, &shell.sign(&anew));
}

#[test]
fn what_cannot_be_read_in_redis_has_postgresql_asked() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let mut database = shell.database().as_superuser();
    let bearer = Bearer::new(&shell, "acme", "alice");
    let claims = bearer.claims(&shell, 60);
    let token = shell.sign(&claims);
    served(&shell, &token);
    let revocation = &bearer.revocations(&token, &claims)[3];
    for garbage in ["", "never", "1 2 x", "1@acme"] {
        run::<()>(&mut redis, &["SET", &revocation.key(), garbage]);
        served(&shell, &token);
    }
    // Only asking PostgreSQL can tell: it is not stored as a change, and the receipt is valid.
    revocation.write(&mut database, false);
    run::<()>(&mut redis, &["DEL", &revocation.key()]);
    served(&shell, &token);
    run::<()>(&mut redis, &["SET", &revocation.key(), "never"]);
    refused(&shell, &token);
}
