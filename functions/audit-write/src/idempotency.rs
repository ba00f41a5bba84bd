//! The header `Idempotency-Key`.

use http::StatusCode;
use service::problem::Problem;

/// The header's name.
pub const HEADER: &str = "idempotency-key";

/// The key of a call, if one was sent.
pub fn key(sent: &[String]) -> Result<Option<String>, Problem> {
    let fits =
        |key: &str| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    match sent {
        [] => Ok(None),
        [key] if fits(key) => Ok(Some(key.clone())),
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
    use super::*;

    fn read(sent: &[&str]) -> Result<Option<String>, ()> {
        let sent: Vec<_> = sent.iter().map(|&value| value.to_owned()).collect();
        key(&sent).map_err(drop)
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
