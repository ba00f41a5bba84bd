//! `/v1/webhooks/events`.

use access::{Action, Resource, enter, refused_or};
use service::{
    http::{
        conditional::{self, IfNoneMatch},
        page,
        request::Request,
        response::Response,
    },
    problem::Problem,
};

use crate::{listing::Selection, store};

pub async fn list_webhook_events(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let authorized = entered
        .authorize(Action::Read, Resource::WebhookEvent)
        .await?;
    let selection = head.query().and_then(Selection::new);
    let selection = refused_or(&authorized, selection).await?;
    let (items, rest) = store::list(&authorized, &selection).await?;
    let cursor = rest.as_deref().map(page::cursor_after);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(
        &has,
        page::of_array(&items, cursor.as_deref()),
    ))
}
