//! The header `Idempotency-Key`.

use http::{HeaderMap, StatusCode};
use service::problem::Problem;

/// The key of a call, where one was sent.
pub fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let fits =
        |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let key = value.to_str().ok().filter(fits);
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-idempotency-key",
            "The Idempotency-Key cannot be used",
        )
        .with_detail("send 1 to 255 visible ASCII characters, once")),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(sent: &[&str]) -> Result<Option<String>, ()> {
        let mut headers = HeaderMap::new();
        for value in sent {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append("idempotency-key", value);
        }
        key(&headers)
            .map(|key| key.map(str::to_owned))
            .map_err(drop)
    }

    #[test]
    fn what_a_key_is() {
        let longest = "k".repeat(255);
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["\"7-a\""]), Ok(Some("\"7-a\"".to_owned())));
        assert_eq!(read(&[&longest]), Ok(Some(longest)));
        for sent in [
            &[""][..],
            &["a b"],
            &["é"],
            &["a", "a"],
            &[&"k".repeat(256)],
        ] {
            assert_eq!(read(sent), Err(()), "{sent:?}");
        }
    }
}
