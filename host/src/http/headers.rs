//! The headers that Spin adds to a request for a component, beside those of the client.

use std::net::SocketAddr;

use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri};

use crate::app::Match;

/// The host that a request is for.
#[derive(Debug, PartialEq)]
pub enum Addressed {
    /// One host.
    To(Authority),
    /// Two `Host` headers, for which RFC 9112, section 3.2, demands a 400. Spin uses the first one.
    Twice,
    /// None, or one in `Host` and another in an absolute target. RFC 9112 allows the former in HTTP/1.0, and gives the
    /// target precedence in the latter. Spin closes the connection without an answer.
    Unclear,
}

/// Completes a request for a component; `None` if something in it cannot be put into these headers.
pub fn prepare<B>(
    request: &mut Request<B>,
    authority: Authority,
    found: &Match<'_>,
    client: SocketAddr,
) -> Option<()> {
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

/// The `Host` header or the authority of an absolute request target; if both exist, they must be equal.
pub fn addressed<B>(request: &Request<B>) -> Addressed {
    let mut lines = request.headers().get_all(HOST).iter();
    let line = lines.next();
    if lines.next().is_some() {
        return Addressed::Twice;
    }
    let target = request.uri().authority().cloned();
    let Some(line) = line else {
        return target.map_or(Addressed::Unclear, Addressed::To);
    };
    match line.to_str().map(str::parse::<Authority>) {
        Ok(Ok(named)) if target.is_none_or(|target| target == named) => Addressed::To(named),
        _ => Addressed::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Router;

    fn request(uri: &str, hosts: &[&str]) -> Request<()> {
        let mut builder = Request::builder().uri(uri).header("connection", "close");
        for host in hosts {
            builder = builder.header("host", *host);
        }
        builder.body(()).expect("a request")
    }

    #[test]
    fn tells_what_was_matched() {
        let routes = [("/apps/:app_name/...".to_owned(), "c".to_owned())];
        let router = Router::new(routes).expect("a router");
        let mut request = request("/apps/drive/a/b?c=d", &["shell:3000"]);
        let path = request.uri().path().to_owned();
        let found = router.find(&path).expect("a match");
        let authority = Authority::from_static("shell:3000");
        let client = ([127, 0, 0, 1], 5000).into();
        prepare(&mut request, authority, &found, client).expect("complete");
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
        let check = |uri: &str, hosts: &[&str], expect: Addressed| {
            assert_eq!(addressed(&request(uri, hosts)), expect, "{uri} {hosts:?}");
        };
        let to = |host: &'static str| Addressed::To(Authority::from_static(host));
        check("/apps", &["a:3000"], to("a:3000"));
        check("http://a/apps", &[], to("a"));
        check("http://a/apps", &["A"], to("a"));
        check("/apps", &[], Addressed::Unclear);
        check("/apps", &["a b"], Addressed::Unclear);
        check("http://a/apps", &["b"], Addressed::Unclear);
        check("/apps", &["a", "a"], Addressed::Twice);
        check("http://a/apps", &["a", "b"], Addressed::Twice);
    }
}
