//! What Spin tells a component about a request, beside what the client said.

use std::net::SocketAddr;

use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri};

use crate::app::Match;

/// Completes a request for a component; `None` where it is unclear whom it is addressed to.
pub fn prepare<B>(request: &mut Request<B>, found: &Match<'_>, client: SocketAddr) -> Option<()> {
    let authority = authority(request)?;
    let mut parts = request.uri().clone().into_parts();
    let path = parts.path_and_query.as_ref()?.as_str();
    let full_url = format!("http://{authority}{path}");
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    *request.uri_mut() = Uri::from_parts(parts).ok()?;

    let headers = request.headers_mut();
    headers.remove(CONNECTION);
    let client = client.to_string();
    let known = [
        ("path-info", found.rest.as_str()),
        ("full-url", &full_url),
        ("matched-route", &found.route.pattern),
        ("base-path", "/"),
        ("raw-component-route", &found.route.pattern),
        ("component-route", found.route.prefix()),
        ("client-addr", &client),
    ];
    let known = known
        .into_iter()
        .map(|(name, value)| (format!("spin-{name}"), value));
    let parameters = found.parameters.iter().map(|(name, value)| {
        (
            format!(
                "spin-path-match-{}",
                name.to_ascii_lowercase().replace('_', "-")
            ),
            *value,
        )
    });
    for (name, value) in known.chain(parameters) {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value).ok()?);
    }
    Some(())
}

/// The `Host` header, or the authority of an absolute request target, which must not disagree.
fn authority<B>(request: &Request<B>) -> Option<Authority> {
    let named = match request.headers().get(HOST) {
        Some(host) => Some(host.to_str().ok()?.parse().ok()?),
        None => None,
    };
    match (named, request.uri().authority()) {
        (Some(named), Some(target)) if named != *target => None,
        (named, target) => named.or_else(|| target.cloned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Router;

    fn prepared(uri: &str, host: Option<&str>) -> Option<Request<()>> {
        let routes = [("/apps/:app_name/...".to_owned(), "c".to_owned())];
        let router = Router::new(routes).expect("a router");
        let mut builder = Request::builder().uri(uri).header("connection", "close");
        if let Some(host) = host {
            builder = builder.header("host", host);
        }
        let mut request = builder.body(()).expect("a request");
        let path = request.uri().path().to_owned();
        let found = router.find(&path).expect("a match");
        prepare(&mut request, &found, ([127, 0, 0, 1], 5000).into())?;
        Some(request)
    }

    #[test]
    fn tells_what_was_matched() {
        let request = prepared("/apps/drive/a/b?c=d", Some("shell:3000")).expect("a request");
        assert_eq!(request.uri(), "http://shell:3000/apps/drive/a/b?c=d");
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().expect("text"))
        };
        for (name, value) in [
            ("spin-full-url", "http://shell:3000/apps/drive/a/b?c=d"),
            ("spin-path-info", "/a/b"),
            ("spin-matched-route", "/apps/:app_name/..."),
            ("spin-component-route", "/apps/:app_name"),
            ("spin-client-addr", "127.0.0.1:5000"),
            ("spin-path-match-app-name", "drive"),
        ] {
            assert_eq!(header(name), Some(value), "{name}");
        }
        assert_eq!(header("connection"), None);
    }

    #[test]
    fn wants_one_authority() {
        assert!(prepared("/apps/drive", None).is_none());
        assert!(prepared("/apps/drive", Some("a b")).is_none());
        assert!(prepared("http://a/apps/drive", Some("b")).is_none());
        assert!(prepared("http://a/apps/drive", None).is_some());
        assert!(prepared("http://a/apps/drive", Some("a")).is_some());
    }
}
