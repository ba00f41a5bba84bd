//! `/access/v1/evaluation` and `/access/v1/evaluations`.

use access::{Action, Resource, admit, authorize, refused_or};
use http::StatusCode;
use service::{
    http::{request::Request, response::Response},
    identity::entrance::enter,
    problem::Problem,
};

use crate::{
    evaluating::{
        answers::{self, Answer, Grounds},
        request::{Asked, check_content_type},
    },
    store,
};

pub async fn evaluate(request: Request) -> Result<Response, Problem> {
    answer(request, Asked::one).await
}

pub async fn evaluate_several(request: Request) -> Result<Response, Problem> {
    answer(request, Asked::several).await
}

async fn answer(
    request: Request,
    read: for<'b> fn(&'b str) -> Result<Asked<'b>, Problem>,
) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let context = enter(&head).await?;
    let caller = context.caller.subject.as_str();
    let body = body.text().await.and_then(|body| {
        check_content_type(&head.header("content-type"))?;
        Ok(body)
    });
    let asked = body.as_deref().map_err(Clone::clone).and_then(read);
    let admitted = admit(&context);
    let asked = refused_or(&admitted, asked).await?;
    // Who enters another organization than its own is of platform, which has the right.
    let authorized = if asked.subjects().all(|subject| subject.is_user(caller)) {
        admitted
    } else {
        authorize(&context, Action::Evaluate, &Resource::Decision)
    };
    let found = store::find_policies(&authorized, &asked).await?;
    if let Some(organization) = found.organization {
        head.concerns(organization);
    }
    // Another organization's users are others, whatever they are called.
    let is_own = found.organization == Some(context.path.organization);
    let grounds = Grounds {
        policies: found.policies,
        caller: is_own.then_some(caller),
        now: clock::now().unix_microseconds(),
    };
    let Answer { body, failure } = answers::answer(&asked, &grounds)?;
    Ok(Response::json(StatusCode::OK, body)
        .of_question()
        .with_cause(failure))
}
