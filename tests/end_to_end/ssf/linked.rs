//! A transmitter whose users the provider has linked with its own, in the older form that Google sends.

use serde_json::{Value, json};
use tests::{IssuerServer, Setup, Shell, Signer, TransmitterServer, clock, event};
use uuid::Uuid;

use super::receiving::{PATH, kept, revoked, send, taken};

const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const OAUTH: &str = "https://schemas.openid.net/secevent/oauth/event-type/";

struct Google {
    issuer: IssuerServer,
    signer: Signer,
    server: TransmitterServer,
}

impl Google {
    /// Its issuer ends with a slash, and its document is at RISC's older address.
    fn start() -> Self {
        let signer = Signer::rsa("google");
        let keys = vec![signer.jwk()];
        Self {
            issuer: IssuerServer::start(),
            server: TransmitterServer::start("/", "/.well-known/risc-configuration", keys),
            signer,
        }
    }

    fn shell(&self) -> Shell {
        let setup = Setup::seeded().trusting(&self.issuer).realm("veni");
        let setup = setup.variable("keycloak_webhook_secret", "a secret");
        setup
            .told_by("google", &self.server, Some("google"))
            .start()
    }

    fn subject(&self, sub: &str) -> Value {
        json!({"subject_type": "iss-sub", "iss": self.server.issuer(), "sub": sub})
    }

    /// Sends an event as Google does: without `typ`, for several clients, with the subject inside the event.
    fn sends(&self, shell: &Shell, kind: &str, subject: &Value) {
        let mut event = json!({"reason": "hijacking"});
        event["subject"] = subject.clone();
        let claims = json!({"iss": self.server.issuer(), "aud": ["other", "client"], "iat": clock::seconds(),
            "jti": Uuid::now_v7(), "events": {kind: event}});
        let token = self.signer.sign(&claims);
        taken(send(shell, &format!("{PATH}/google"), &token));
    }
}

/// The provider reports that bob exists, and which identity at Google is linked to him.
fn link(shell: &Shell, external_id: &str) {
    let bob = json!({"username": "robert", "email": "Robert@acme.example", "enabled": true,
        "federatedIdentities": [{"identityProvider": "google", "userId": external_id, "userName": "bob@x.example"}]});
    let created = event(
        "admin.USER-CREATE",
        json!({"resourcePath": "users/bob-1", "representation": bob.to_string(),
            "details": {"userId": "bob-1", "username": "robert"}}),
    );
    shell.deliver(&created).expect(202);
    let linked = event(
        "admin.USER-CREATE",
        json!({"resourcePath": "users/bob-1/federated-identity/google", "representation":
            json!({"identityProvider": "google", "userId": external_id, "userName": "bob@x.example"}).to_string()}),
    );
    shell.deliver(&linked).expect(202);
}

fn subjects(shell: &Shell) -> Vec<(String, String)> {
    let revoked = revoked(shell).into_iter();
    revoked.map(|(kind, value, _)| (kind, value)).collect()
}

fn bob() -> (String, String) {
    ("subject".to_owned(), "bob-1".to_owned())
}

/// The stored facts of Google's events.
fn facts(shell: &Shell) -> Vec<Value> {
    let statement =
        "SELECT facts FROM shell.webhook_events WHERE source = 'ssf/google' ORDER BY inbox_id";
    let rows = shell.database().as_superuser().query(statement, &[]);
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

/// The results of Google's events.
fn outcomes(shell: &Shell) -> Vec<String> {
    let kept = kept(shell).into_iter();
    let kept = kept.filter(|(source, ..)| source == "ssf/google");
    kept.map(|(_, status, reason)| format!("{status} {reason}"))
        .collect()
}

#[test]
fn what_its_user_had_here_ends() {
    let google = Google::start();
    for (kind, subject) in [
        (format!("{RISC}sessions-revoked"), google.subject("7375")),
        (format!("{RISC}account-disabled"), google.subject("7375")),
        (format!("{OAUTH}tokens-revoked"), google.subject("7375")),
        (
            format!("{RISC}account-purged"),
            json!({"subject_type": "id_token_claims", "sub": "7375", "email": "elsewhere@x.example"}),
        ),
        (
            format!("{RISC}sessions-revoked"),
            json!({"subject_type": "email", "email": "robert@ACME.example"}),
        ),
    ] {
        let shell = google.shell();
        link(&shell, "7375");
        google.sends(&shell, &kind, &subject);
        assert_eq!(subjects(&shell), [bob()], "{kind} {subject}");
        assert_eq!(outcomes(&shell), ["applied "]);
        // Of the subject, only the provider's id is stored.
        let found = json!([{"kind": "revocation", "scope": "subject", "user": "bob-1"}]);
        assert_eq!(facts(&shell), [found]);
    }
}

#[test]
fn what_is_not_its_users_ends_nothing() {
    let google = Google::start();
    let shell = google.shell();
    link(&shell, "7375");
    let token = json!({"subject_type": "oauth_token", "token_type": "refresh_token",
        "token_identifier_alg": "prefix", "token": "1//0abcdefghijkl"});
    google.sends(&shell, &format!("{OAUTH}token-revoked"), &token);
    let required = format!("{RISC}account-credential-change-required");
    google.sends(&shell, &required, &google.subject("7375"));
    google.sends(&shell, &format!("{RISC}verification"), &Value::Null);
    let of_nobody = google.subject("bob-1");
    google.sends(&shell, &format!("{RISC}sessions-revoked"), &of_nobody);
    let of_another =
        json!({"subject_type": "iss-sub", "iss": "https://other.example/", "sub": "7375"});
    google.sends(&shell, &format!("{RISC}sessions-revoked"), &of_another);
    assert_eq!(subjects(&shell), []);
    assert_eq!(
        outcomes(&shell),
        [
            "ignored ",
            "ignored ",
            "ignored ",
            "failed unknown_subject",
            "failed other_issuer"
        ]
    );
}

#[test]
fn one_who_was_not_known_is_found_when_the_event_is_replayed() {
    let google = Google::start();
    let shell = google.shell();
    let disabled = format!("{RISC}account-disabled");
    google.sends(&shell, &disabled, &google.subject("7375"));
    assert_eq!(outcomes(&shell), ["failed unknown_subject"]);
    link(&shell, "7375");
    let said = shell.setup().job("replay", None, &[]).unwrap();
    assert!(said.contains("1 applied"), "{said}");
    assert_eq!(subjects(&shell), [bob()]);
}

#[test]
fn whoever_is_found_by_any_of_several_names_ends() {
    let google = Google::start();
    let disabled = format!("{RISC}account-disabled");
    let email = |email: &str| json!({"subject_type": "email", "email": email});
    let unknown = email("unknown@x.example");
    for identifiers in [
        json!([unknown, email("robert@acme.example")]),
        json!([email("robert@acme.example"), "x", google.subject("7375")]),
        json!([{"subject_type": "phone"}, google.subject("1"), google.subject("7375")]),
    ] {
        let shell = google.shell();
        link(&shell, "7375");
        let subject = json!({"subject_type": "aliases", "identifiers": identifiers});
        google.sends(&shell, &disabled, &subject);
        assert_eq!(subjects(&shell), [bob()], "{subject}");
        // Once, by however many identifiers he was found.
        let found = json!([{"kind": "revocation", "scope": "subject", "user": "bob-1"}]);
        assert_eq!(facts(&shell), [found]);
    }
    let shell = google.shell();
    link(&shell, "7375");
    let subject =
        json!({"subject_type": "id_token_claims", "sub": "1", "email": "robert@acme.example"});
    google.sends(&shell, &disabled, &subject);
    assert_eq!(subjects(&shell), [bob()]);
    let of_nobody =
        json!({"subject_type": "aliases", "identifiers": [unknown, google.subject("1")]});
    google.sends(&shell, &disabled, &of_nobody);
    assert_eq!(outcomes(&shell), ["applied ", "failed unknown_subject"]);
}

#[test]
fn erasing_takes_what_named_the_person_from_the_inbox_and_the_reasons_of_revocations() {
    let google = Google::start();
    let shell = google.shell();
    let disabled = format!("{RISC}account-disabled");
    google.sends(&shell, &disabled, &google.subject("7375"));
    let several = json!({"subject_type": "aliases", "identifiers":
        [{"subject_type": "email", "email": "unknown@x.example"}, google.subject("7375")]});
    google.sends(&shell, &disabled, &several);
    google.sends(&shell, &disabled, &google.subject("another"));
    assert_eq!(outcomes(&shell), ["failed unknown_subject"; 3]);
    link(&shell, "7375");
    let told = "INSERT INTO shell.revocations
        SELECT gen_random_uuid(), o.identity_provider_id, r.kind, r.value, CASE WHEN r.is_tenants THEN o.id END,
          now(), NULL, 'administrator', r.value || ' lost a phone', now()
        FROM shell.organizations o, (VALUES ('subject', 'bob-1', true), ('subject', 'bob-1', false),
          ('sessionless', 'bob-1', false), ('subject', 'other', true)) r(kind, value, is_tenants)
        WHERE o.slug IN ('acme', 'globex') AND (r.is_tenants OR o.slug = 'acme')";
    let mut database = shell.database().as_superuser();
    assert_eq!(database.execute(told, &[]).unwrap(), 6);
    let admin = google.issuer.token(&shell, "platform", "admin");
    let request = shell.request("DELETE", "/v1/users/bob-1?everywhere=true");
    let request = request.header("shell-organization", "acme").bearing(&admin);
    request.send().expect(204);
    let kept = json!([{"kind": "revocation", "scope": "linked", "alias": "google", "external_id": "another"}]);
    assert_eq!(facts(&shell), [json!([]), json!([]), kept]);
    assert_eq!(
        outcomes(&shell),
        [
            "failed user_erased",
            "failed user_erased",
            "failed unknown_subject"
        ]
    );
    let reasons = "SELECT value, reason FROM shell.revocations ORDER BY value, reason";
    let reasons = database.query(reasons, &[]).unwrap();
    let reasons: Vec<(String, Option<String>)> =
        reasons.iter().map(|row| (row.get(0), row.get(1))).collect();
    let bob = ("bob-1".to_owned(), None);
    let other = ("other".to_owned(), Some("other lost a phone".to_owned()));
    assert_eq!(
        reasons,
        [
            bob.clone(),
            bob.clone(),
            bob.clone(),
            bob,
            other.clone(),
            other
        ]
    );
}
