//! A request as the host passes it.

use spin_sdk::wasip3::http::types::{self, ErrorCode};

use crate::{
    http::{body::Body, head::Head},
    problem::Problem,
};

/// A request.
pub struct Request {
    /// The head: everything but the body.
    pub head: Head,
    /// The body, which has not been read yet.
    pub body: Body,
    /// The values of the route's parameters, in order, if all can be decoded.
    pub(crate) parameters: Option<Vec<String>>,
}

impl Request {
    /// The path's `N` parameters, in order. A path that cannot be decoded is an unknown path.
    pub fn parameters<const N: usize>(&mut self) -> Result<[String; N], Problem> {
        let parameters = std::mem::take(&mut self.parameters);
        let parameters = parameters.and_then(|parameters| parameters.try_into().ok());
        parameters.ok_or_else(Problem::unknown_path)
    }
}

impl TryFrom<types::Request> for Request {
    type Error = ErrorCode;

    fn try_from(request: types::Request) -> Result<Self, ErrorCode> {
        let head = Head::try_from(&request)?;
        Ok(Self {
            body: Body::new(request, head.clone()),
            head,
            parameters: None,
        })
    }
}
