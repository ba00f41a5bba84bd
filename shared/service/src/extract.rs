//! What axum takes out of a request, refused as a problem where it does not fit.

use axum::extract::FromRequestParts;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The query string as a `T`. Parameters that `T` does not have are ignored.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|fault| Problem::invalid_query(fault.body_text()))
    }
}

/// The path's `N` parameters, in their order. A path that cannot be decoded names nothing.
pub struct Path<const N: usize>(pub [String; N]);

impl<const N: usize, S: Send + Sync> FromRequestParts<S> for Path<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let decoded = parts.extensions.get::<Parameters>();
        decoded
            .and_then(|Parameters(decoded)| decoded.clone()?.try_into().ok())
            .map(Self)
            .ok_or_else(Problem::unknown_path)
    }
}

/// What the route's parameters stand for, where all can be decoded.
#[derive(Clone, Debug)]
pub(crate) struct Parameters(Option<Vec<String>>);

impl Parameters {
    /// Of the parameters as they stand in the path.
    pub fn of<'a>(encoded: impl Iterator<Item = &'a str>) -> Self {
        let decoded = encoded.map(|text| {
            let decoded = percent_decode_str(text).decode_utf8().ok()?;
            Some(decoded.into_owned())
        });
        Self(decoded.collect())
    }
}
