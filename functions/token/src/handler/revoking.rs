//! `/v1/tokens/revoke`.

use http::StatusCode;
use service::{
    http::{request::Request, response::Response},
    identity::presented,
    problem::Problem,
};

use super::token_form::{self, refused, unfit, unkept};
use crate::{api::tokens::TokenErrorCode, kind::is_of_another_kind, store};

/// The holder of a token may revoke it. For a token that is not valid, nothing is stored.
pub async fn revoke(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let form = match token_form::read(&head, request.body).await? {
        Ok(form) => form,
        Err(fault) => return unfit(fault),
    };
    match presented::verify(&form.token, clock::now()).await? {
        Some(verified) => store::revoke_token(&head, &form.token, &verified).await?,
        None if is_of_another_kind(&form.token, form.hint.as_deref()) => {
            return refused(
                TokenErrorCode::UnsupportedTokenType,
                "only access tokens can be revoked here",
            );
        }
        None => {}
    }
    Ok(unkept(Response::empty(StatusCode::OK)))
}
