//! `/v1/tokens/introspect`.

use access::{Action, Entered, Resource, enter_comparing};
use http::StatusCode;
use service::{
    http::{
        head::Head,
        request::Request,
        response::{Response, to_json},
    },
    identity::{
        bearer,
        presented::{self, Presented},
    },
    problem::Problem,
    tenant::{HEADER, acting_for},
};
use uuid::Uuid;

use super::token_form::{self, unfit, unkept};
use crate::{introspecting, store};

/// An inactive token gets no claims in the answer.
const INACTIVE: &str = r#"{"active":false}"#;

pub async fn introspect(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter_comparing(&head).await?;
    let form = token_form::read(&head, request.body).await;
    let is_own = |token: &str| is_bearer(&head, token);
    let is_own = matches!(&form, Ok(Ok(form)) if is_own(&form.token));
    if is_own {
        entered.admit().await?;
    } else {
        entered
            .authorize(Action::Introspect, Resource::Token)
            .await?;
    }
    // Before the token is read: a caller that may not act here learns nothing about any token.
    let tenant = entered.organization().await?;
    let form = match form? {
        Ok(form) => form,
        Err(fault) => return unfit(fault),
    };
    // The entrance has just let the caller in with it.
    let organization = if is_own {
        Some(entered.context.path.organization)
    } else {
        organization_of(&head, &entered, tenant, &form.token).await?
    };
    let body = match organization {
        Some(organization) => to_json(&introspecting::active(&form.token, organization))?,
        None => INACTIVE.into(),
    };
    Ok(unkept(Response::json(StatusCode::OK, body)).of_question())
}

/// Whether the caller's own token is this one.
fn is_bearer(head: &Head, token: &str) -> bool {
    let authorization = head.header("authorization");
    bearer::token(&authorization).is_ok_and(|own| own == token)
}

/// The organization of a token that would be let in, if the caller, which asks for this tenant, may know about it.
async fn organization_of(
    head: &Head,
    entered: &Entered,
    tenant: Uuid,
    token: &str,
) -> Result<Option<Uuid>, Problem> {
    let sent = head.header(HEADER);
    let chosen = acting_for(&sent)?;
    let now = clock::now();
    let found = presented::find(token, chosen.as_ref(), head.request_id(), now).await?;
    let Some(Presented { organization, .. }) = found else {
        return Ok(None);
    };
    let may_know =
        organization == tenant || (chosen.is_none() && may_act_for(entered, organization).await?);
    Ok(may_know.then_some(organization))
}

/// Whether the caller, which names no organization, may act for this one.
async fn may_act_for(entered: &Entered, organization: Uuid) -> Result<bool, Problem> {
    if !entered.is_of_platform().await? {
        return Ok(false);
    }
    match store::find_slug(&entered.admit().await?, organization).await? {
        Some(slug) => {
            let organization = Resource::Organization(&slug);
            entered.may(Action::ActFor, organization).await
        }
        None => Ok(false),
    }
}
