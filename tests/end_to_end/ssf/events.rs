//! The provider's own security events: which of them end nothing, which identify no user, and from when on they take
//! effect.

use serde_json::{Value, json};
use tests::{IssuerServer, clock};

use super::receiving::{PATH, REVOKED, claims, kept, kept_as, revoked, send, sign, start, taken};

#[test]
fn events_that_end_nothing_are_kept_and_so_are_those_that_name_nobody() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let event = |kind: &str, subject: Value| {
        let mut claims = claims(&issuer, "one");
        let kind = format!("https://schemas.openid.net/secevent/{kind}");
        claims["events"] = json!({kind: {"state": "s"}});
        claims["sub_id"] = subject;
        taken(send(&shell, PATH, &sign(&issuer.signer(), &claims)));
    };
    let stream = json!({"format": "opaque", "id": "1ad50cf7"});
    event("ssf/event-type/verification", stream.clone());
    event("ssf/event-type/stream-updated", stream.clone());
    event("caep/event-type/credential-change", stream.clone());
    event("risc/event-type/account-disabled", stream);
    let other = json!({"format": "iss_sub", "iss": "https://other.example", "sub": "alice"});
    event("risc/event-type/account-disabled", other);
    event(
        "risc/event-type/account-disabled",
        json!({"format": "email", "email": "nobody@acme.example"}),
    );
    assert_eq!(
        kept(&shell),
        [
            kept_as("ignored", ""),
            kept_as("ignored", ""),
            kept_as("ignored", ""),
            kept_as("failed", "unknown_subject_format"),
            kept_as("failed", "other_issuer"),
            kept_as("failed", "unknown_subject")
        ]
    );
    assert_eq!(revoked(&shell), []);
}

#[test]
fn a_session_ends_whatever_becomes_of_its_user() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let ends = |session: &str, user: Value| {
        let mut claims = claims(&issuer, session);
        claims["sub_id"]["user"] = user;
        taken(send(&shell, PATH, &sign(&issuer.signer(), &claims)));
    };
    ends(
        "s1",
        json!({"format": "email", "email": "nobody@x.example"}),
    );
    ends(
        "s2",
        json!({"format": "iss_sub", "iss": "https://other.example", "sub": "alice"}),
    );
    ends(
        "s3",
        json!({"format": "account", "uri": "acct:alice@id.example"}),
    );
    ends("s4", json!("alice"));
    let by_email = json!({"format": "email", "email": "alice@acme.example"});
    ends("s5", by_email);
    let ended: Vec<_> = revoked(&shell)
        .into_iter()
        .map(|(kind, value, _)| (kind, value))
        .collect();
    let session = |session: &str| ("session".to_owned(), session.to_owned());
    let alice = ("subject".to_owned(), "alice".to_owned());
    let mut expected = Vec::from(["s1", "s2", "s3", "s4", "s5"].map(session));
    expected.push(alice);
    assert_eq!(ended, expected);
    // If the subject is not found, no sessions are ended.
    ends(
        "ALL",
        json!({"format": "account", "uri": "acct:alice@id.example"}),
    );
    let mut outcomes = vec![kept_as("applied", ""); 5];
    outcomes.push(kept_as("failed", "unknown_subject_format"));
    assert_eq!(kept(&shell), outcomes);
    // A subject that was not found is not stored.
    let names = "SELECT count(*) FROM shell.webhook_events WHERE facts::text LIKE '%@%'";
    let row = shell.database().as_superuser().query_one(names, &[]);
    assert_eq!(row.unwrap().get::<_, i64>(0), 0);
}

#[test]
fn a_password_that_an_administrator_reset_ends_sessions_where_the_provider_is_set_so() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let change = |credential: &str, by: &str| {
        let mut claims = claims(&issuer, "one");
        let kind = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
        claims["events"] = json!({kind: {"credential_type": credential, "change_type": "update",
            "initiating_entity": by, "event_timestamp": clock::seconds()}});
        claims["sub_id"] = claims["sub_id"]["user"].clone();
        taken(send(&shell, PATH, &sign(&issuer.signer(), &claims)));
    };
    change("password", "admin");
    assert_eq!(revoked(&shell), []);
    let set = "UPDATE shell.identity_providers SET password_reset_ends_sessions = true";
    shell.database().as_superuser().execute(set, &[]).unwrap();
    change("password", "user");
    change("app", "admin");
    assert_eq!(revoked(&shell), []);
    change("password", "admin");
    let revoked = revoked(&shell);
    let [(kind, value, _)] = revoked.as_slice() else {
        panic!("{revoked:?}");
    };
    assert_eq!((kind.as_str(), value.as_str()), ("subject", "alice"));
}

#[test]
fn the_time_is_the_events_and_at_most_half_a_minute_ahead() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let mut past = claims(&issuer, "past");
    past["events"][REVOKED]["event_timestamp"] = json!(clock::seconds() - 3_600);
    let mut told_late = claims(&issuer, "late");
    told_late["events"] = json!({REVOKED: {}});
    told_late["iat"] = json!(clock::seconds() - 60);
    let mut ahead = claims(&issuer, "ahead");
    ahead["events"][REVOKED]["event_timestamp"] = json!(clock::seconds() + 86_400);
    let before = clock::seconds();
    for claims in [&past, &told_late, &ahead] {
        taken(send(&shell, PATH, &sign(&issuer.signer(), claims)));
    }
    let cut_off = |session: &str| {
        let revoked = revoked(&shell);
        let row = revoked
            .iter()
            .find(|(kind, value, _)| kind == "session" && value == session);
        row.unwrap().2.unsigned_abs()
    };
    assert_eq!(
        json!(cut_off("past")),
        past["events"][REVOKED]["event_timestamp"]
    );
    assert_eq!(json!(cut_off("late")), told_late["iat"]);
    assert!((before + 30..=clock::seconds() + 30).contains(&cut_off("ahead")));
}
