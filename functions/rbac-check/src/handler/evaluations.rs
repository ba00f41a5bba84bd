//! `/access/v1/evaluation` and `/access/v1/evaluations`.

use access::{
    Action, Entered, Resource, enter_asking,
    policies::{find_subjects, keys_of_subjects},
    refused_or,
};
use clock::Timestamp;
use http::StatusCode;
use service::{
    http::{body::Body, head::Head, request::Request, response::Response},
    problem::Problem,
};

use super::{stopwatch::Stopwatch, stored::find_stored};
use crate::evaluating::{
    answers::{self, Answer},
    grounds::Grounds,
    request::{Asked, check_content_type},
};

/// One lookup in Redis finds the caller and the policy of the subject.
pub async fn evaluate(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let body = text(&head, body).await;
    let asked = read(&body, Asked::one);
    let users = || asked.iter().flat_map(Asked::users);
    let now = clock::now();
    let entered = enter_asking(&head, now, |path| keys_of_subjects(path, users())).await?;
    answer(&head, entered, asked, now).await
}

/// The caller is looked up before the subjects, so that an unauthenticated client cannot cause a thousand reads.
pub async fn evaluate_several(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let body = text(&head, body).await;
    let now = clock::now();
    let keys = |path: &_| keys_of_subjects(path, std::iter::empty());
    let entered = enter_asking(&head, now, keys).await?;
    let asked = read(&body, Asked::several);
    answer(&head, entered, asked, now).await
}

pub(super) async fn text(head: &Head, body: Body) -> Result<String, Problem> {
    let body = body.text().await?;
    check_content_type(&head.header("content-type"))?;
    Ok(body)
}

pub(super) fn read<'b, T>(
    body: &'b Result<String, Problem>,
    read: impl FnOnce(&'b str) -> Result<T, Problem>,
) -> Result<T, Problem> {
    body.as_deref().map_err(Clone::clone).and_then(read)
}

async fn answer(
    head: &Head,
    mut entered: Entered,
    asked: Result<Asked<'_>, Problem>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let looked_up = std::mem::take(&mut entered.lookup.values);
    let authorized = entered.admit().await?;
    let asked = refused_or(&authorized, asked).await?;
    let context = &entered.context;
    let own = entered.own_subject().await?;
    let is_about_itself =
        own.is_some_and(|own| asked.subjects().all(|subject| subject.is_user(own)));
    // Before any other user is looked up.
    if !is_about_itself {
        entered
            .authorize(Action::Evaluate, Resource::Decision)
            .await?;
    }
    let users: Vec<_> = asked.users().collect();
    let found = find_subjects(context, &authorized, &entered.lookup, looked_up, &users).await?;
    head.concerns(found.granted.organization);
    let mut grounds = Grounds::new(&found.policies, own, now.unix_microseconds())?;
    let reading = Stopwatch::start();
    let read = grounds.resources_read(&asked, || reading.has_time());
    let spent = reading.spent();
    grounds.resources = find_stored(&entered, &authorized, &found.granted, read).await?;
    entered.take_own(&found);
    // A decision is returned even if its reason cannot be.
    let may_know_why = entered.may(Action::Read, Resource::Role("*")).await;
    let with_reasons = may_know_why.unwrap_or(false);
    let time = Stopwatch::going_on(spent);
    let Answer { body, failure } =
        answers::answer(&asked, &grounds, with_reasons, || time.has_time())?;
    Ok(Response::json(StatusCode::OK, body)
        .of_question()
        .with_cause(failure))
}
