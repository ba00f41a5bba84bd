use serde_json::json;

use super::*;
use crate::ssf::testing::{linked, own};

fn subject(user: &str) -> Result<Vec<Revocation>, Fault> {
    let user = user.to_owned();
    Ok(vec![Revocation::Subject { user }])
}

fn session_of(session: &str, user: Option<&str>) -> Result<Vec<Revocation>, Fault> {
    Ok(vec![Revocation::Session {
        session: session.to_owned(),
        user: user.map(str::to_owned),
    }])
}

fn by_email(email: &str) -> Result<Vec<Revocation>, Fault> {
    let email = email.to_owned();
    Ok(vec![Revocation::Email { email }])
}

fn by_link(external_id: &str) -> Result<Vec<Revocation>, Fault> {
    Ok(vec![Revocation::Linked {
        alias: "google".to_owned(),
        external_id: external_id.to_owned(),
    }])
}

/// All of these, in this order.
fn all(
    told: impl IntoIterator<Item = Result<Vec<Revocation>, Fault>>,
) -> Result<Vec<Revocation>, Fault> {
    Ok(told.into_iter().flat_map(Result::unwrap).collect())
}

fn alice() -> Value {
    json!({"format": "iss_sub", "iss": "https://id.example", "sub": "alice"})
}

fn google() -> Value {
    json!({"subject_type": "iss-sub", "iss": "https://accounts.example/", "sub": "7375"})
}

#[test]
fn a_user_is_told_in_the_formats_that_name_one() {
    for (told, expected) in [
        (alice(), subject("alice")),
        (
            json!({"format": "iss_sub", "iss": "https://id.example/", "sub": "alice"}),
            subject("alice"),
        ),
        (
            json!({"subject_type": "iss-sub", "iss": "https://id.example", "sub": "alice"}),
            subject("alice"),
        ),
        (
            json!({"format": "email", "email": "A@x.example"}),
            by_email("A@x.example"),
        ),
        (
            json!({"format": "complex", "user": alice(), "device": {"format": "opaque", "id": "d"}}),
            subject("alice"),
        ),
        (json!({"user": alice()}), subject("alice")),
        (
            json!({"format": "jwt_id", "iss": "https://id.example", "jti": "t"}),
            Ok(vec![Revocation::TokenId {
                token_id: "t".to_owned(),
            }]),
        ),
        (
            json!({"format": "aliases", "identifiers": [
            {"format": "phone_number", "phone_number": "+1"}, {"format": "email", "email": "a@x"}, alice()]}),
            all([by_email("a@x"), subject("alice")]),
        ),
        (
            json!({"format": "aliases", "identifiers": [
            {"format": "did", "url": "did:example:1"}, {"format": "email", "email": "a@x"}]}),
            by_email("a@x"),
        ),
        // Identifiers that cannot be used, beside some that can.
        (
            json!({"format": "aliases", "identifiers": ["x", {"format": "email", "email": "a@x"}, {"format": "email"},
            {"format": "aliases", "identifiers": [alice()]}, {"format": "email", "email": "b@x"}, google()]}),
            all([by_email("a@x"), by_email("b@x")]),
        ),
    ] {
        assert_eq!(user(&told, &own()), expected, "{told}");
    }
}

#[test]
fn what_names_nobody_is_told_why() {
    for (told, expected) in [
        (
            json!({"format": "iss_sub", "iss": "https://other.example", "sub": "alice"}),
            OTHER_ISSUER,
        ),
        (
            json!({"format": "iss_sub", "iss": "https://ID.example", "sub": "alice"}),
            OTHER_ISSUER,
        ),
        (
            json!({"format": "jwt_id", "iss": "https://other.example", "jti": "t"}),
            OTHER_ISSUER,
        ),
        (
            json!({"format": "iss_sub", "iss": "https://id.example"}),
            MALFORMED,
        ),
        (
            json!({"format": "iss_sub", "iss": "https://id.example", "sub": ""}),
            MALFORMED,
        ),
        (
            json!({"format": "iss_sub", "iss": "https://id.example", "sub": 7}),
            MALFORMED,
        ),
        (json!({"format": "email"}), MALFORMED),
        (json!({"format": "aliases", "identifiers": []}), MALFORMED),
        // The reason for the first identifier.
        (
            json!({"format": "aliases", "identifiers": [google(), {"format": "email"}]}),
            OTHER_ISSUER,
        ),
        (
            json!({"format": "aliases", "identifiers": [{"format": "aliases", "identifiers": [alice()]}]}),
            MALFORMED,
        ),
        (json!("alice"), MALFORMED),
        (json!({}), MALFORMED),
        (json!({"format": "complex", "user": "alice"}), MALFORMED),
        (json!({"format": "complex", "tenant": alice()}), FORMAT),
        (json!({"format": "opaque", "id": "alice"}), FORMAT),
        (
            json!({"format": "account", "uri": "acct:alice@id.example"}),
            FORMAT,
        ),
        (
            json!({"format": "phone_number", "phone_number": "+12065550123"}),
            FORMAT,
        ),
        (json!({"format": "did", "url": "did:example:1"}), FORMAT),
        (
            json!({"format": "uri", "uri": "https://id.example/alice"}),
            FORMAT,
        ),
        (json!({"format": "catalog_item", "catalog_id": "1"}), FORMAT),
        (
            json!({"format": "saml_assertion_id", "issuer": "a", "assertion_id": "b"}),
            FORMAT,
        ),
    ] {
        assert_eq!(user(&told, &own()), Err(expected), "{told}");
    }
}

#[test]
fn a_session_is_told_with_or_without_its_user() {
    let opaque = |id: &str| json!({"format": "opaque", "id": id});
    for (told, expected) in [
        (
            json!({"format": "complex", "user": alice(), "session": opaque("s1")}),
            session_of("s1", Some("alice")),
        ),
        (
            json!({"format": "complex", "user": alice(), "session": opaque("ALL")}),
            subject("alice"),
        ),
        (
            json!({"user": alice(), "session": opaque("s1")}),
            session_of("s1", Some("alice")),
        ),
        (
            json!({"format": "complex", "session": opaque("s1")}),
            session_of("s1", None),
        ),
        (
            json!({"format": "complex", "session": opaque("ALL")}),
            Err(NO_SESSION),
        ),
        (opaque("s1"), session_of("s1", None)),
        (alice(), subject("alice")),
        (json!({"format": "email", "email": "a@x"}), by_email("a@x")),
        (
            json!({"format": "complex", "user": {"format": "email", "email": "a@x"}, "session": opaque("s1")}),
            all([by_email("a@x"), session_of("s1", None)]),
        ),
        (
            json!({"user": {"format": "aliases", "identifiers": [alice(), {"format": "email", "email": "a@x"}]},
                "session": opaque("s1")}),
            session_of("s1", Some("alice")),
        ),
        (
            json!({"format": "complex", "user": alice(), "session": {"format": "uri", "uri": "urn:s"}}),
            subject("alice"),
        ),
        (
            json!({"format": "complex", "tenant": opaque("t")}),
            Err(FORMAT),
        ),
        (
            json!({"format": "complex", "user": alice(), "session": opaque("")}),
            Err(MALFORMED),
        ),
    ] {
        assert_eq!(session(&told, &own()), expected, "{told}");
    }
}

#[test]
fn a_session_ends_whatever_is_said_of_its_user() {
    for user in [
        google(),
        json!({"format": "account", "uri": "acct:alice@id.example"}),
        json!({"format": "opaque", "id": "alice"}),
        json!({"format": "email"}),
        json!({}),
        json!("alice"),
    ] {
        let named = |id: &str| json!({"user": user, "session": {"format": "opaque", "id": id}});
        assert_eq!(
            session(&named("s1"), &own()),
            session_of("s1", None),
            "{user}"
        );
        // No user has a session of that name, and for a linked issuer there are other sessions.
        assert!(session(&named("ALL"), &own()).is_err(), "{user}");
    }
    let other = json!({"user": {"format": "opaque", "id": "a"}, "session": {"format": "opaque", "id": "s1"}});
    assert_eq!(session(&other, &linked()), Err(FORMAT));
}

#[test]
fn another_issuer_knows_its_own_users_by_the_alias_and_no_sessions() {
    let google_user =
        |subject_type: &str| json!({"subject_type": subject_type, "sub": "7375", "email": "a@x"});
    for (told, expected) in [
        (google(), by_link("7375")),
        (
            google_user("id_token_claims"),
            all([by_link("7375"), by_email("a@x")]),
        ),
        (
            google_user("id-token-claims"),
            all([by_link("7375"), by_email("a@x")]),
        ),
        (
            json!({"subject_type": "id_token_claims", "sub": "7375"}),
            by_link("7375"),
        ),
        (
            json!({"subject_type": "id_token_claims", "email": "a@x"}),
            by_email("a@x"),
        ),
        (alice(), subject("alice")),
        (json!({"format": "opaque", "id": "s1"}), Err(NO_SESSION)),
        (
            json!({"user": google(), "session": {"format": "opaque", "id": "s1"}}),
            by_link("7375"),
        ),
        (
            json!({"user": alice(), "session": {"format": "opaque", "id": "s1"}}),
            subject("alice"),
        ),
    ] {
        assert_eq!(session(&told, &linked()), expected, "{told}");
    }
    let mut without = linked();
    without.alias = None;
    assert_eq!(user(&google(), &without), Err(NO_ALIAS));
    assert_eq!(user(&google(), &own()), Err(OTHER_ISSUER));
}
