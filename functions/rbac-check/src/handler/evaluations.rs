//! `/access/v1/evaluation` and `/access/v1/evaluations`.

use access::{
    Action, Resource, admit, authorize,
    policies::{find_resources, find_subjects, keys_of_subjects},
    refused_or,
};
use clock::Timestamp;
use http::StatusCode;
use service::{
    cache::Lookup,
    http::{body::Body, head::Head, request::Request, response::Response},
    identity::entrance::enter_asking,
    problem::Problem,
    tenant::TenantContext,
};

use crate::evaluating::{
    answers::{self, Answer},
    grounds::Grounds,
    request::{Asked, check_content_type},
};

/// Milliseconds for which the decisions of one request may hold up the instance's others.
const LONGEST_DECIDING: u64 = 1_000;

/// One look in Redis finds the caller and the policy of the one who is asked about.
pub async fn evaluate(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let body = text(&head, body).await;
    let asked = read(&body, Asked::one);
    let users = asked.iter().flat_map(Asked::users);
    let now = clock::now();
    let (context, lookup) = enter_asking(&head, now, |path| keys_of_subjects(path, users)).await?;
    answer(&head, &context, lookup, asked, now).await
}

/// The caller is looked up before all those who are asked about: a stranger causes no thousand reads.
pub async fn evaluate_several(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let body = text(&head, body).await;
    let now = clock::now();
    let keys = |path: &_| keys_of_subjects(path, std::iter::empty());
    let (context, lookup) = enter_asking(&head, now, keys).await?;
    let asked = read(&body, Asked::several);
    answer(&head, &context, lookup, asked, now).await
}

async fn text(head: &Head, body: Body) -> Result<String, Problem> {
    let body = body.text().await?;
    check_content_type(&head.header("content-type"))?;
    Ok(body)
}

fn read<'b>(
    body: &'b Result<String, Problem>,
    read: impl FnOnce(&'b str) -> Result<Asked<'b>, Problem>,
) -> Result<Asked<'b>, Problem> {
    body.as_deref().map_err(Clone::clone).and_then(read)
}

async fn answer(
    head: &Head,
    context: &TenantContext,
    mut lookup: Lookup,
    asked: Result<Asked<'_>, Problem>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let admitted = admit(context);
    let asked = refused_or(&admitted, asked).await?;
    let caller = context.caller.subject.as_str();
    let is_about_itself = asked.subjects().all(|subject| subject.is_user(caller));
    // Who enters another organization than its own is of platform, which has the right.
    let authorized = if is_about_itself {
        admitted
    } else {
        authorize(context, Action::Evaluate, &Resource::Decision)
    };
    let users: Vec<_> = asked.users().collect();
    let found = find_subjects(context, &authorized, &mut lookup, &users, |granted| {
        is_about_itself || granted.of_platform
    });
    let found = found.await?;
    head.concerns(found.granted.organization);
    // Another organization's users are others, whatever they are called.
    let is_own = found.granted.organization == context.path.organization;
    let mut grounds = Grounds::new(
        &found.policies,
        is_own.then_some(caller),
        now.unix_microseconds(),
    )?;
    let read = grounds.resources_read(&asked);
    let stored: Vec<_> = read
        .into_iter()
        .filter(|(kind, _)| found.granted.may_store(kind))
        .collect();
    if !stored.is_empty() {
        grounds.resources = find_resources(context, &authorized, &lookup, stored).await?;
    }
    let started = clock::now().unix_milliseconds();
    let has_time = || clock::now().unix_milliseconds().saturating_sub(started) < LONGEST_DECIDING;
    let Answer { body, failure } = answers::answer(&asked, &grounds, has_time)?;
    Ok(Response::json(StatusCode::OK, body)
        .of_question()
        .with_cause(failure))
}
