//! `/v1/organizations`.

use std::borrow::Cow;

use access::{Action, Entered, Resource, enter, refused_or};
use service::{
    http::{
        conditional::{self, IfNoneMatch},
        page, precondition,
        request::Request,
        response::{Response, to_json},
    },
    problem::Problem,
};

use crate::{
    organizations::{self, OrganizationRef},
    outcome, store,
};

pub async fn list_organizations(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let (limit, after) = organizations::selection(&head.query()?)?;
    let authorized = entered
        .authorize_reading_organizations(Resource::Organization("*"))
        .await?;
    let found = store::list_organizations(&authorized, after.as_ref(), limit).await?;
    let page = page::cut(found.into_iter(), limit, |organization| &organization.slug);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(&has, to_json(&page)?))
}

pub async fn get_organization(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [organization] = request.parameters()?;
    let named = OrganizationRef::new(&organization);
    let slug = slug_of(&entered, &named, &organization).await?;
    let authorized = entered
        .authorize_reading_organizations(Resource::Organization(&slug))
        .await?;
    let found = store::get_organization(&authorized, &named).await?;
    let found = found.ok_or_else(outcome::unknown_organization)?;
    let has = IfNoneMatch::new(request.head.header(IfNoneMatch::HEADER));
    found.shown(&has)
}

pub async fn put_organization(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [organization] = request.parameters()?;
    let body = request.body.json().await;
    let named = OrganizationRef::new(&organization);
    let slug = slug_of(&entered, &named, &organization).await?;
    let resource = Resource::Organization(&slug);
    let authorized = entered.authorize(Action::Write, resource).await?;
    let read = body.and_then(|body| organizations::content(&organization, body));
    let (named, content) = refused_or(&authorized, read).await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    let put = store::put_organization(&authorized, &named, &content, conditions);
    let (done, stands) = put.await?;
    stands.written(done)
}

/// The name in rights of the organization that a path names.
async fn slug_of<'p>(
    entered: &Entered,
    named: &OrganizationRef,
    segment: &'p str,
) -> Result<Cow<'p, str>, Problem> {
    let OrganizationRef::Id(id) = named else {
        return Ok(segment.into());
    };
    let slug = store::find_slug(&entered.admit().await?, *id).await?;
    // No organization has such a slug.
    Ok(slug.map_or(segment.into(), Cow::Owned))
}
