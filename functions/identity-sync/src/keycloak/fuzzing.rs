//! Random deliveries of up to 1 MiB: nothing panics, and what is read fits into the columns that store it.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{Reading, read};
use crate::{facts::Event, signature};

const LARGEST: usize = 1024 * 1024;

const CAPTURED: &str = include_str!("../../captured/deliveries.ndjson");

/// Every magnitude up to 1 MiB is equally likely.
fn size() -> impl Strategy<Value = usize> {
    (0..=20u32).prop_flat_map(|magnitude| (1_usize << magnitude) / 2..=1 << magnitude)
}

/// A text that is valid JSON between quotes.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "é",
        "😀",
        "İ",
        "/",
        " ",
        r"\u0000",
        r"\u0085",
        r"\ud800",
        r"\ud83d\ude00",
        r#"\""#,
        "\u{7f}",
    ];
    let long = (select(pieces.to_vec()), size())
        .prop_map(|(piece, size)| piece.repeat(size.div_ceil(piece.len())));
    let mixed = vec(select(pieces.to_vec()), 0..300).prop_map(|pieces| pieces.concat());
    prop_oneof![long, mixed]
}

/// JSON, or almost JSON.
fn value() -> BoxedStrategy<String> {
    let words = [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1e308",
        "1e400",
        "1795815080203",
        "18446744073709551616",
        r#""""#,
        r#""alice""#,
        r#""veni""#,
        r#"["a",null,"b"]"#,
        r#"{"a":["1"]}"#,
        "[]",
        "{}",
        "{",
        "]",
        "",
        r#""users/alice""#,
        r#""users/alice/federated-identity/google""#,
        r#""groups/g/children""#,
        r#""organizations/o/members""#,
        r#""organizations/o/groups/g/members/alice""#,
        r#""users/alice/logout""#,
        r#""sessions/s""#,
        r#""clients/c""#,
        r#""logout-all""#,
        r#""password""#,
        "4294967296",
        r#""//////////""#,
        r#""{\"username\":\"bob\",\"attributes\":{\"a\":\"b\"},\"enabled\":1}""#,
        r#""[{}]""#,
        r#""\u007b}""#,
    ];
    let nested = [
        ("[", "]"),
        (r#"{"a":"#, "}"),
        ("[[],", "]"),
        (r#"{"id":"#, "}"),
    ];
    let nested = (select(nested.to_vec()), size(), any::<bool>()).prop_map(
        |((open, close), size, closed)| {
            let levels = size / open.len();
            let close = if closed {
                close.repeat(levels)
            } else {
                String::new()
            };
            format!("{}1{close}", open.repeat(levels))
        },
    );
    let several = (
        select(&[r#""a""#, r#"{"identityProvider":"1"}"#, "7"]),
        size(),
    )
        .prop_map(|(item, size)| {
            format!("[{}{item}]", format!("{item},").repeat(size / item.len()))
        });
    let map = (size(), text()).prop_map(|(size, value)| {
        let members = (0..size / 16).map(|number| format!(r#""o{number}":["{number}"],"#));
        format!(r#"{{{}"z":"{value}"}}"#, members.collect::<String>())
    });
    prop_oneof![
        4 => select(words.to_vec()).prop_map(str::to_owned),
        2 => text().prop_map(|text| format!(r#""{text}""#)),
        1 => nested,
        1 => several,
        1 => map,
    ]
    .boxed()
}

const TYPES: &[&str] = &[
    "admin.USER-CREATE",
    "admin.USER-UPDATE",
    "admin.USER-DELETE",
    "admin.GROUP-CREATE",
    "admin.GROUP-UPDATE",
    "admin.GROUP_MEMBERSHIP-CREATE",
    "admin.ORGANIZATION-UPDATE",
    "admin.ORGANIZATION_MEMBERSHIP-CREATE",
    "admin.ORGANIZATION_MEMBERSHIP-DELETE",
    "admin.ORGANIZATION_GROUP-CREATE",
    "admin.ORGANIZATION_GROUP_MEMBERSHIP-DELETE",
    "access.LOGIN",
    "access.REGISTER",
    "access.UPDATE_PROFILE",
    "access.INVITE_ORG",
    "access.REMOVE_FEDERATED_IDENTITY",
    "admin.USER-ACTION",
    "admin.USER_SESSION-DELETE",
    "admin.REALM-ACTION",
    "admin.REALM-UPDATE",
    "admin.CLIENT-UPDATE",
    "admin.CLIENT-DELETE",
    "access.LOGOUT",
    "access.REVOKE_GRANT",
    "access.UPDATE_CREDENTIAL",
    "access.CLIENT_DELETE",
    "access.USER_SESSION_DELETED",
];

const MEMBERS: &[&str] = &[
    "id",
    "type",
    "time",
    "realmName",
    "resourcePath",
    "representation",
    "details",
    "authDetails",
    "uid",
    "error",
];

const OF_REPRESENTATIONS: &[&str] = &[
    "id",
    "username",
    "email",
    "firstName",
    "lastName",
    "enabled",
    "attributes",
    "name",
    "path",
    "parentId",
    "alias",
    "federatedIdentities",
    "userId",
    "userName",
    "updated_email",
    "identity_provider",
    "org_id",
    "sessionId",
    "clientId",
    "notBefore",
    "token_id",
    "refresh_token_id",
    "credential_type",
    "logout_triggered_by_required_action",
];

fn members(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let name = prop_oneof![8 => select(names).prop_map(str::to_owned), 1 => text()];
    let member = (name, value()).prop_map(|(name, value)| format!(r#""{name}":{value}"#));
    vec(member, 0..6).prop_map(|members| members.join(","))
}

/// Small changes at positions of a text, which are given as fractions of its length.
fn mutated(mut bytes: Vec<u8>, mutations: &[(u16, u8, u8)]) -> Vec<u8> {
    for (place, kind, byte) in mutations {
        let at = bytes.len() * usize::from(*place) / 65_536;
        match kind % 3 {
            0 => bytes.insert(at, *byte),
            1 if at < bytes.len() => bytes[at] = *byte,
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn fits(event: &Event) -> Result<(), TestCaseError> {
    let is_bounded = |text: &str| (1..=255).contains(&text.chars().count());
    prop_assert!(is_bounded(&event.id) && is_bounded(&event.kind));
    prop_assert!(event.time < 1_000_000_000_000_000);
    prop_assert!(event.facts.is_empty() || (!event.ignored && event.failed.is_none()));
    fits_json(&json!(event), true)
}

/// No text has control characters, and none except the values of attributes is longer than its column.
fn fits_json(value: &Value, is_bounded: bool) -> Result<(), TestCaseError> {
    match value {
        Value::String(text) => {
            prop_assert!(!text.chars().any(char::is_control), "{text:?}");
            prop_assert!(!is_bounded || text.chars().count() <= 255);
        }
        Value::Array(items) => {
            for item in items {
                fits_json(item, is_bounded)?;
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                fits_json(&json!(name), true)?;
                fits_json(value, is_bounded && name != "attributes")?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn go(body: &[u8]) -> Result<(), TestCaseError> {
    let body = &body[..body.len().min(LARGEST)];
    let signature = String::from_utf8_lossy(body);
    prop_assert!(!signature::fits("secret", body, &signature));
    prop_assert!(!signature::is_digest(body, &signature));
    match read(body, Some("veni"), 1_795_815_080_203) {
        Reading::Useless => Ok(()),
        Reading::Event(event) => fits(&event),
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn noise(noise in vec(any::<u8>(), 0..4_096), times in 1..256_usize) {
        go(&noise.repeat(times))?;
    }

    #[test]
    fn bodies_of_any_members(members in members(MEMBERS), bare in any::<bool>(), kind in select(TYPES)) {
        let head = format!(r#""id":"1","type":"{kind}","time":1795815080203,"realmName":"veni""#);
        let body = match (bare, members.is_empty()) {
            (true, _) => format!("{{{members}}}"),
            (false, true) => format!("{{{head}}}"),
            (false, false) => format!("{{{head},{members}}}"),
        };
        go(body.as_bytes())?;
    }

    #[test]
    fn representations_of_any_members(
        inner in members(OF_REPRESENTATIONS),
        beside in members(OF_REPRESENTATIONS),
        auth in members(OF_REPRESENTATIONS),
        kind in select(TYPES),
        path in select(&["users/a", "users/a/groups/g", "groups/g", "groups", "groups/g/children",
            "users/a/logout", "users/a/reset-password", "sessions/s", "clients/c", "logout-all", "",
            "organizations/o", "organizations/o/members", "organizations/o/members/a", "organizations/o/groups",
            "organizations/o/groups/g/members/a"]),
    ) {
        let beside = serde_json::from_str::<Value>(&format!("{{{beside}}}")).unwrap_or_default();
        let auth = serde_json::from_str::<Value>(&format!("{{{auth}}}"));
        let auth = auth.unwrap_or_else(|_| json!({"userId": "a"}));
        let body = json!({"id": "1", "type": kind, "time": 1_795_815_080_203_u64, "realmName": "veni",
            "resourcePath": path, "representation": format!("{{{inner}}}"), "details": beside,
            "authDetails": auth});
        go(body.to_string().as_bytes())?;
    }

    #[test]
    fn deliveries_that_were_changed(
        which in 0..85_usize,
        changes in vec(any::<(u16, u8, u8)>(), 1..4),
    ) {
        let line = CAPTURED.lines().nth(which).unwrap_or_default();
        let line: Value = serde_json::from_str(line).unwrap();
        let body = line["body"].as_str().unwrap().as_bytes().to_owned();
        go(&mutated(body, &changes))?;
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "it measures, natively")]
fn the_deepest_body_is_read_in_no_time() {
    let started = std::time::Instant::now();
    for deep in ["[", r#"{"a":"#] {
        let half = LARGEST / deep.len() / 2;
        for body in [
            deep.repeat(half),
            format!(
                r#"{{"id":"1","type":"access.LOGIN","time":1,"details":{}"#,
                deep.repeat(half)
            ),
            format!(
                r#"{{"id":"1","type":"access.LOGIN","time":1,"x":{}1{}}}"#,
                "[".repeat(half / 2),
                "]".repeat(half / 2)
            ),
        ] {
            go(body.as_bytes()).unwrap();
        }
    }
    assert!(started.elapsed().as_secs() < 5);
}
