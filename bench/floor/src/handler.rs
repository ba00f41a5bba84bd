//! Routes paths to store calls.

use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_LENGTH};
use http_body_util::BodyExt as _;
use spin_sdk::{
    http::{FullBody, Request},
    http_service,
};

use crate::store::{self, Fault};

#[http_service]
async fn handle(request: Request) -> Response<FullBody<Bytes>> {
    let (status, body) = answer(request).await.unwrap_or_else(|fault| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        (status, fault.to_string().into())
    });
    let length = body.len();
    let mut response = Response::new(FullBody::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

async fn answer(request: Request) -> Result<(StatusCode, Bytes), Fault> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if let Some(key) = path.strip_prefix("/get/") {
        return Ok((StatusCode::OK, store::get(key).await?.into()));
    }
    if let Some(key) = path.strip_prefix("/ask/") {
        // Receiving the body is the host's work; parsing it would be the Shell's.
        body.collect().await?;
        return Ok((StatusCode::OK, store::get(key).await?.into()));
    }
    if let Some(key) = path.strip_prefix("/ask-twice/") {
        store::get(key).await?;
        body.collect().await?;
        return Ok((StatusCode::OK, store::get(key).await?.into()));
    }
    if let Some(key) = path.strip_prefix("/append/") {
        body.collect().await?;
        store::get(key).await?;
        return Ok((StatusCode::CREATED, store::insert().await?.into()));
    }
    if let Some(key) = path.strip_prefix("/append-returning/") {
        body.collect().await?;
        store::get(key).await?;
        let told = store::insert_returning().await?;
        return Ok((StatusCode::CREATED, told.into()));
    }
    if let Some((row, key)) = path
        .strip_prefix("/update/")
        .and_then(|rest| rest.split_once('/'))
    {
        body.collect().await?;
        let value = store::get(key).await?;
        store::update(row.parse()?).await?;
        return Ok((StatusCode::OK, value.into()));
    }
    let body = match path {
        "/select" => store::select().await?,
        _ => "nothing",
    };
    Ok((StatusCode::OK, body.into()))
}
