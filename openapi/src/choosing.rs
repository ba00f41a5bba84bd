//! What every operation that takes a token may answer, whatever else it does: that the token leaves open which
//! organization it is of.

use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, ResponseBuilder, path::Operation};

const STATUS: &str = "400";

const DESCRIPTION: &str = "The token names several organizations, those in `organizations`, and `Shell-Organization` \
    chooses none of them";

/// Adds it to those that say nothing of the status.
pub fn describe(document: &mut OpenApi) {
    let operations = document.paths.paths.values_mut().flat_map(operations);
    for operation in operations.filter(|operation| takes_token(operation)) {
        let said = &mut operation.responses.responses;
        said.entry(STATUS.to_owned()).or_insert_with(|| {
            let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
            let response = ResponseBuilder::new()
                .description(DESCRIPTION)
                .content("application/problem+json", problem);
            RefOr::T(response.build())
        });
    }
}

/// What takes none answers no 401.
fn takes_token(operation: &Operation) -> bool {
    operation.responses.responses.contains_key("401")
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = path;
    [get, put, post, delete, patch].into_iter().flatten()
}
