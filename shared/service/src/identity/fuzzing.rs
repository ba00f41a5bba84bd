//! Random `Authorization` headers of any size: nothing panics, and only a signed token identifies a caller.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    LONGEST_TOKEN, Provider, bearer,
    crafting::{CLAIMS, HEADER, NOW, provider, signed, with},
    form::{self, Type},
    unverified,
};

static PROVIDER: LazyLock<Provider> = LazyLock::new(provider);

/// Every magnitude up to 1 MiB is equally likely.
fn size() -> impl Strategy<Value = usize> {
    (0..=20u32).prop_flat_map(|magnitude| (1_usize << magnitude) / 2..=1 << magnitude)
}

/// Pseudo-random bytes, made from a random seed.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    (any::<u64>(), size()).prop_map(|(seed, size)| {
        let mut state = seed | 1;
        let next = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        });
        next.take(size).collect()
    })
}

/// A text that is valid JSON between quotes.
fn text() -> impl Strategy<Value = String> {
    let characters = [
        "a",
        "é",
        "😀",
        r"\u0000",
        r"\ud800",
        r"\ud83d\ude00",
        r#"\""#,
        r"\u0069d",
        ".",
    ];
    (select(characters.to_vec()), size())
        .prop_map(|(character, size)| character.repeat(size.div_ceil(character.len())))
}

fn value() -> BoxedStrategy<String> {
    let words = [
        "null",
        "true",
        "0",
        "-1",
        "1e308",
        "1e400",
        "1000.5",
        "18446744073709551616",
        "2000",
        r#""""#,
        r#""shell""#,
        r#"["shell","account"]"#,
        r#""acme""#,
        r#"["acme","globex"]"#,
        r#"{"acme":{"id":"1"},"globex":{}}"#,
        r#"{"acme":{"id":"1","\u0069d":"2"}}"#,
        r#""01970000-0000-7000-8000-000000000001""#,
        "{",
        "]",
        "",
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
    let several =
        (select(&[r#""acme""#, r#"{"id":"1"}"#, "7"]), size()).prop_map(|(item, size)| {
            format!("[{}{item}]", format!("{item},").repeat(size / item.len()))
        });
    let map = (size(), text()).prop_map(|(size, id)| {
        let members = (0..size / 16).map(|number| format!(r#""o{number}":{{"id":"{number}"}},"#));
        format!(
            r#"{{{}"acme":{{"id":"{id}"}}}}"#,
            members.collect::<String>()
        )
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

/// Members of an object, with known names among them, some of them twice.
fn members(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let name = prop_oneof![4 => select(names).prop_map(str::to_owned), 1 => text()];
    let member = (name, value()).prop_map(|(name, value)| format!(r#""{name}":{value}"#));
    vec(member, 0..4).prop_map(|members| members.join(","))
}

const OF_HEADERS: &[&str] = &[
    "alg", "kid", "typ", "cty", "crit", "jwk", "jku", "x5c", "x5u", "zip", "enc", "b64", "x",
];
const OF_CLAIMS: &[&str] = &[
    "organization_id",
    "organization",
    "sub",
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "sid",
    "jti",
    "typ",
    "events",
    "nonce",
    "cnf",
    "request_body_sha256",
    "azp",
    "client_id",
    "x",
];

/// The claims of a logout token.
const OF_A_LOGOUT: &str = concat!(
    r#"{"iss":"issuer","aud":"shell","iat":1000,"exp":2000,"jti":"1","sub":"alice","#,
    r#""events":{"http://schemas.openid.net/event/backchannel-logout":{}}}"#
);

/// Small changes at positions of a text, which are given as fractions of its length.
fn mutations() -> impl Strategy<Value = Vec<(u16, u8, u8)>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(any::<(u16, u8, u8)>(), 1..4)]
}

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

/// The whole check, also for a token that is longer than those that reach it.
fn go(value: &str, is_genuine: bool) -> Result<(), TestCaseError> {
    let values = [value.to_owned()];
    let token = bearer::token(&values);
    let borne = token.as_ref().ok().copied();
    prop_assert!(borne.is_none_or(|token| token.len() <= LONGEST_TOKEN));
    let token = borne.or_else(|| value.split_once(' ').map(|(_, token)| token));
    let token = token.unwrap_or(value);
    let claimed = unverified::claimed(token);
    let _ = unverified::issuer(token);
    for wanted in [Type::Access, Type::Logout] {
        let _ = form::header(token, wanted);
    }
    let _ = PROVIDER.could_count(token, NOW);
    let clients = ["shell".to_owned()];
    let logout = PROVIDER.verify_logout(token, &clients, NOW);
    let could = PROVIDER.could_log_out(token, &clients, NOW);
    if let Ok(logout) = &logout {
        prop_assert!(is_genuine && could.is_ok());
        prop_assert!(logout.subject.is_some() || logout.session.is_some());
    }
    if let Ok(verified) = PROVIDER.verify(token, NOW) {
        prop_assert!(logout.is_err());
        prop_assert!(is_genuine);
        // Then the single lookup finds what the request needs.
        let claimed = claimed.ok_or_else(|| TestCaseError::fail("claims nothing"))?;
        prop_assert!(claimed.is_of(&verified.caller));
    }
    Ok(())
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn noise_is_nobody_s(
        noise in noise(),
        scheme in select(&["", "Bearer ", "bearer  ", "Bearer", "Basic ", "Bearer a.", "Bearer .."]),
        encoded in any::<bool>(),
    ) {
        let noise = if encoded {
            // Some of its bytes end a part.
            let parts: Vec<_> = noise.splitn(3, |byte| *byte == 0).map(|part| BASE64.encode(part)).collect();
            parts.join(".")
        } else {
            String::from_utf8_lossy(&noise).into_owned()
        };
        go(&format!("{scheme}{noise}"), false)?;
    }

    #[test]
    fn tokens_of_a_key_that_counts(
        header in members(OF_HEADERS),
        base in select(&[CLAIMS, OF_A_LOGOUT]),
        claims in members(OF_CLAIMS),
        bare in any::<(bool, bool)>(),
        changes in (mutations(), mutations()),
    ) {
        let object = |base: &str, members: &str, bare: bool| {
            let object = if bare { format!("{{{members}}}") } else { with(base, members) };
            object.into_bytes()
        };
        let header = mutated(object(HEADER, &header, bare.0), &changes.0);
        let claims = mutated(object(base, &claims, bare.1), &changes.1);
        go(&format!("Bearer {}", signed(1, header, claims)), true)?;
    }

    #[test]
    fn tokens_that_were_changed(
        base in select(&[CLAIMS, OF_A_LOGOUT]),
        claims in members(OF_CLAIMS),
        seed in 1..3u8,
        changes in vec(any::<(u16, u8, u8)>(), 1..4),
    ) {
        let whole = signed(seed, HEADER, with(base, &claims));
        let changed = mutated(whole.clone().into_bytes(), &changes);
        let changed = String::from_utf8_lossy(&changed).into_owned();
        // A header that is the same after trimming is the genuine one.
        let is_genuine = seed == 1 && changed.trim() == whole;
        go(&format!("Bearer {changed}"), is_genuine)?;
    }
}
