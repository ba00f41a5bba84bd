//! Reads of `/v1/apps`.

use access::{Entered, enter_asking};
use service::{
    http::{
        conditional::{self, IfNoneMatch},
        head::Head,
        page,
        request::Request,
        response::Response,
    },
    problem::Problem,
};

use crate::{
    catalogue::Selection,
    entity_tag, outcome,
    store::{self, CacheStatus},
};

pub async fn list_apps(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = visit(&head).await?;
    let selection = Selection::new(head.query()?)?;
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    let (response, status) = store::catalogue(&entered, |catalogue, leases, now| {
        head.concerns(catalogue.organization);
        let page = catalogue.select(&selection, leases, now);
        let tag = entity_tag::of_page(&page);
        let items = page.items.iter().map(|app| app.json.as_slice());
        let body = page::of_texts(items, page.next_cursor.as_deref());
        conditional::json_tagged(&has, tag, body)
    })
    .await?;
    Ok(with_status(response, status))
}

pub async fn get_app(mut request: Request) -> Result<Response, Problem> {
    let entered = visit(&request.head).await?;
    let [slug] = request.parameters()?;
    let head = request.head;
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    let (response, status) = store::catalogue(&entered, |catalogue, leases, now| {
        head.concerns(catalogue.organization);
        let Some(app) = catalogue.find(&slug, leases, now) else {
            // The answer is the same whether the app does not exist or is not enabled: a tenant does not learn which
            // of the two.
            let detail = "no app of this slug is enabled for the organization";
            return outcome::unknown_app(detail).into();
        };
        let tag = entity_tag::of_app(app.version, app.lease);
        conditional::json_tagged(&has, tag, app.json)
    })
    .await?;
    Ok(with_status(response, status))
}

/// Checks a reader's token, and looks up what Redis has for the reader with the same command.
async fn visit(head: &Head) -> Result<Entered, Problem> {
    enter_asking(head, head.arrived(), store::keys).await
}

fn with_status(response: Response, status: CacheStatus) -> Response {
    let response = response.with_header("cache-status", status.header());
    match status {
        CacheStatus::Hit { age } => response.with_header("age", age.to_string()),
        _ => response,
    }
}
