//! Which component answers a path: the most specific route that matches it.

use anyhow::{Result, ensure};

/// The routes of an application, the most specific first.
pub struct Router(Vec<Route>);

/// One route of the manifest: `/a`, `/a/:name` or `/a/...`.
pub struct Route {
    /// The pattern as written in the manifest.
    pub pattern: String,
    /// The component that answers.
    pub component: String,
    segments: Vec<Segment>,
    catches_all: bool,
}

enum Segment {
    Exact(String),
    Parameter(String),
}

/// A path that a route matched.
pub struct Match<'a> {
    /// The route.
    pub route: &'a Route,
    /// The values for each `:name`.
    pub parameters: Vec<(&'a str, &'a str)>,
    /// The part of the path for `...`, with its leading slash.
    pub rest: String,
}

impl Router {
    /// Fails if two routes have the same pattern, because only one of them could ever be reached.
    pub fn new(routes: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut parsed: Vec<Route> = Vec::new();
        for (pattern, component) in routes {
            let route = Route::parse(pattern, component)?;
            let rival = parsed.iter().find(|other| other.pattern == route.pattern);
            ensure!(
                rival.is_none(),
                "the route `{}` appears twice",
                route.pattern
            );
            parsed.push(route);
        }
        parsed.sort_by_key(Route::vagueness);
        Ok(Self(parsed))
    }

    /// Finds the route for `path`.
    pub fn find<'a>(&'a self, path: &'a str) -> Option<Match<'a>> {
        self.0.iter().find_map(|route| route.matches(path))
    }
}

impl Route {
    fn parse(pattern: String, component: String) -> Result<Self> {
        ensure!(
            pattern.starts_with('/'),
            "the route `{pattern}` must start with a slash"
        );
        let (path, catches_all) = match pattern.strip_suffix("/...") {
            Some(path) => (path, true),
            None => (pattern.as_str(), false),
        };
        let segments: Vec<_> = split(path)
            .map(|text| match text.strip_prefix(':') {
                Some(name) => Segment::Parameter(name.to_owned()),
                None => Segment::Exact(text.to_owned()),
            })
            .collect();
        ensure!(
            !path.contains("...") && !path.contains('*'),
            "the route `{pattern}` may have `/...` at its end only, and no `*`"
        );
        ensure!(
            !split(path).any(|text| text.starts_with('.')),
            "the route `{pattern}` has a part that begins with a dot, which breaks the order of all routes in \
             Spin: write `:name` for it"
        );
        Ok(Self {
            pattern,
            component,
            segments,
            catches_all,
        })
    }

    /// The pattern without its `/...`.
    pub fn prefix(&self) -> &str {
        self.pattern.strip_suffix("/...").unwrap_or(&self.pattern)
    }

    /// A sort key: for each segment, from the left, how many values it can match.
    fn vagueness(&self) -> Vec<u8> {
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Exact(_) => 0,
            Segment::Parameter(_) => 1,
        });
        segments.chain(self.catches_all.then_some(2)).collect()
    }

    fn matches<'a>(&'a self, path: &'a str) -> Option<Match<'a>> {
        let mut parts = split(path);
        let mut parameters = Vec::new();
        for segment in &self.segments {
            let part = parts.next()?;
            match segment {
                Segment::Exact(text) if text == part => {}
                Segment::Parameter(name) if !part.is_empty() => {
                    parameters.push((name.as_str(), part))
                }
                _ => return None,
            }
        }
        let mut rest: String = parts.flat_map(|part| ["/", part]).collect();
        if !self.catches_all && !rest.is_empty() {
            return None;
        }
        if self.catches_all && path.ends_with('/') {
            rest.push('/');
        }
        Some(Match {
            route: self,
            parameters,
            rest,
        })
    }
}

/// Slashes at either end are ignored, as in Spin: `/a/` is `/a`.
fn split(path: &str) -> impl Iterator<Item = &str> {
    let trimmed = path.trim_matches('/');
    trimmed.split('/').filter(move |_| !trimmed.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, component: &str, parameters: &[(&str, &str)], rest: &str) {
        let routes = [
            ("/...", "all"),
            ("/", "home"),
            ("/apps/...", "apps"),
            ("/apps/:slug", "app"),
            ("/apps/new", "new"),
            ("/apps/:slug/owners/...", "owners"),
            ("/:any/fixed", "fixed"),
        ];
        let routes = routes.map(|(pattern, component)| (pattern.to_owned(), component.to_owned()));
        let router = Router::new(routes).expect("a router");
        let found = router.find(path).expect("a match");
        assert_eq!(found.route.component, component, "{path}");
        assert_eq!(found.parameters, parameters, "{path}");
        assert_eq!(found.rest, rest, "{path}");
    }

    #[test]
    fn the_most_specific_route_wins() {
        check("/", "home", &[], "");
        check("/apps", "apps", &[], "");
        check("/apps/", "apps", &[], "/");
        check("/apps/new", "new", &[], "");
        check("/apps/new/", "new", &[], "");
        check("/apps/drive", "app", &[("slug", "drive")], "");
        check("/apps/drive/a/b", "apps", &[], "/drive/a/b");
        check("/apps/drive/owners", "owners", &[("slug", "drive")], "");
        check(
            "/apps/drive/owners/1/",
            "owners",
            &[("slug", "drive")],
            "/1/",
        );
        check("/apps/fixed", "app", &[("slug", "fixed")], "");
        check("/other/fixed", "fixed", &[("any", "other")], "");
        check("/other/else", "all", &[], "/other/else");
    }

    #[test]
    fn without_a_catch_all_a_path_may_match_nothing() {
        let router = Router::new([("/a".to_owned(), "a".to_owned())]).expect("a router");
        assert!(router.find("/b").is_none());
        assert!(router.find("/a/b").is_none());
    }

    #[test]
    fn refuses_routes_that_cannot_work() {
        for routes in [
            vec!["a"],
            vec!["/a/.../b"],
            vec!["/a/*"],
            vec!["/a", "/a"],
            vec!["/.a/b"],
        ] {
            let routes = routes
                .iter()
                .map(|route| (route.to_string(), "c".to_owned()));
            assert!(Router::new(routes).is_err());
        }
    }
}
