//! `/.well-known/authzen-configuration`, without authentication and without a store.

use std::sync::OnceLock;

use http::StatusCode;
use service::{
    http::{
        request::Request,
        response::{Response, to_json},
    },
    problem::Problem,
    variables,
};

use crate::metadata;

static PUBLIC_URL: OnceLock<String> = OnceLock::new();

pub async fn get_metadata(_: Request) -> Result<Response, Problem> {
    shown(public_url().await?)
}

/// If the Shell's address has a path, it follows the well-known one.
pub async fn get_metadata_at(mut request: Request) -> Result<Response, Problem> {
    let [path] = request.parameters()?;
    let public_url = public_url().await?;
    if metadata::has_path(public_url, &path) {
        shown(public_url)
    } else {
        Err(Problem::unknown_path())
    }
}

async fn public_url() -> Result<&'static str, Problem> {
    variables::get_once(&PUBLIC_URL, "public_url").await
}

fn shown(public_url: &str) -> Result<Response, Problem> {
    let body = to_json(&metadata::of(public_url))?;
    Ok(Response::json(StatusCode::OK, body))
}
