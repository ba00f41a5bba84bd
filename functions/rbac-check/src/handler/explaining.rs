//! `/v1/access/explain`.

use access::{Action, Entered, Resource, enter, policies::find_subjects, refused_or};
use decisions::Question;
use http::StatusCode;
use service::{
    http::{
        request::Request,
        response::{Response, to_json},
    },
    problem::Problem,
};

use super::stored::find_stored;
use crate::{
    evaluating::{grounds::Grounds, request::Asked},
    explaining::{MayRead, shown},
};

pub async fn explain(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let entered = enter(&head).await?;
    let body = body.text().await;
    let now = clock::now();
    let authorized = entered.authorize(Action::Read, Resource::Role("*")).await?;
    let read = body.as_deref().map_err(Clone::clone);
    let asked = refused_or(&authorized, read.and_then(Asked::to_explain)).await?;
    let context = &entered.context;
    let own = entered.own_subject().await?;
    let users: Vec<_> = asked.users().collect();
    let found = find_subjects(context, &authorized, &entered.lookup, Vec::new(), &users).await?;
    head.concerns(found.granted.organization);
    let mut grounds = Grounds::new(&found.policies, own, now.unix_microseconds())?;
    let read = grounds.resources_read(&asked, || true);
    grounds.resources = find_stored(&entered, &authorized, &found.granted, read).await?;
    let nothing = || Problem::internal("nothing was asked");
    let evaluation = asked.evaluations().next().ok_or_else(nothing)?;
    let evaluation = evaluation.map_err(Problem::invalid_fields)?;
    let question = grounds
        .question(&evaluation)
        .map_err(Problem::invalid_fields)?;
    let explanation = grounds.explain(&question);
    let may_read = may_read(&entered, own, &question).await?;
    let values = grounds.values(&question);
    let answer = shown(&question, &explanation, values.as_ref(), may_read);
    Ok(Response::json(StatusCode::OK, to_json(&answer)?)
        .of_question()
        .with_cause(explanation.decision.failure))
}

/// Users may read what is stored about themselves.
async fn may_read(
    entered: &Entered,
    own: Option<&str>,
    question: &Question<'_>,
) -> Result<MayRead, Problem> {
    let (kind, id) = (question.resource_type, question.resource_id);
    let resource = Resource::Resource(kind, id);
    let user = Resource::User(question.subject_id);
    let is_self = own == Some(question.subject_id);
    Ok(MayRead {
        subject: is_self || entered.may(Action::Read, user).await?,
        resource: entered.may(Action::Read, resource).await?,
    })
}
