//! `/v1/organizations`.

use service::{
    conditional::{self, IfNoneMatch},
    page,
    permission::{Entrance, or_refused},
    precondition,
    problem::Problem,
    request::Request,
    response::{Response, to_json},
};

use super::{author, tenant};
use crate::{
    organizations::{self, Named},
    outcome, store,
};

pub async fn list_organizations(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let path = tenant(&head).await?;
    let (limit, after) = organizations::selection(&head.query()?)?;
    let found = store::list_organizations(&path, after.as_ref(), limit).await?;
    let page = page::cut(found.into_iter(), limit, |organization| &organization.slug);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(&has, to_json(&page)?))
}

pub async fn get_organization(mut request: Request) -> Result<Response, Problem> {
    let path = tenant(&request.head).await?;
    let [organization] = request.parameters()?;
    let found = store::get_organization(&path, &Named::new(&organization)).await?;
    let found = found.ok_or_else(outcome::unknown_organization)?;
    let tag = entity_tag(found.version);
    let has = IfNoneMatch::new(request.head.header(IfNoneMatch::HEADER));
    Ok(conditional::json_tagged(&has, tag, to_json(&found.value)?))
}

pub async fn put_organization(mut request: Request) -> Result<Response, Problem> {
    let author = author(&request.head).await?;
    let [organization] = request.parameters()?;
    let body = request.body.json().await;
    let read = body.and_then(|body| organizations::content(&organization, body));
    let (named, content) = or_refused(&author.path, Entrance::Platform, read).await?;
    let versions = precondition::versions(|name| request.head.header(name));
    let (done, stands) = store::put_organization(&author, &named, &content, versions).await?;
    let tag = entity_tag(stands.version);
    Ok(conditional::written(
        done.status(),
        tag,
        to_json(&stands.value)?,
    ))
}

fn entity_tag(version: i64) -> String {
    format!(r#""{version}""#)
}
