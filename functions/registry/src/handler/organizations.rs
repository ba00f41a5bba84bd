//! `/v1/organizations`.

use access::{Action, Resource, authorize, refused_or};
use service::{
    http::{
        conditional::{self, IfNoneMatch},
        page, precondition,
        request::Request,
        response::{Response, to_json},
    },
    identity::entrance::enter,
    problem::Problem,
};

use crate::{
    organizations::{self, OrganizationRef},
    outcome, store,
};

pub async fn list_organizations(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let context = enter(&head).await?;
    let (limit, after) = organizations::selection(&head.query()?)?;
    let authorized = authorize(&context, Action::Read, &Resource::Organization("*"));
    let found = store::list_organizations(&authorized, after.as_ref(), limit).await?;
    let page = page::cut(found.into_iter(), limit, |organization| &organization.slug);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(&has, to_json(&page)?))
}

pub async fn get_organization(mut request: Request) -> Result<Response, Problem> {
    let context = enter(&request.head).await?;
    let [organization] = request.parameters()?;
    let authorized = authorize(
        &context,
        Action::Read,
        &Resource::Organization(&organization),
    );
    let named = OrganizationRef::new(&organization);
    let found = store::get_organization(&authorized, &named).await?;
    let found = found.ok_or_else(outcome::unknown_organization)?;
    let has = IfNoneMatch::new(request.head.header(IfNoneMatch::HEADER));
    found.shown(&has)
}

pub async fn put_organization(mut request: Request) -> Result<Response, Problem> {
    let context = enter(&request.head).await?;
    let [organization] = request.parameters()?;
    let resource = Resource::Organization(&organization);
    let authorized = authorize(&context, Action::Write, &resource);
    let body = request.body.json().await;
    let read = body.and_then(|body| organizations::content(&organization, body));
    let (named, content) = refused_or(&authorized, read).await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    let put = store::put_organization(&authorized, &named, &content, conditions);
    let (done, stands) = put.await?;
    stands.written(done)
}
