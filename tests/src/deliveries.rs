//! Events as a Keycloak's extension delivers them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::{Answer, Request, Shell, clock};

/// The path that receives events of the identity provider `default`.
pub const WEBHOOK: &str = "/v1/webhooks/keycloak";

/// The extension's signature of a body.
pub fn signature(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let signature = mac.chain_update(body).finalize().into_bytes();
    base16ct::lower::encode_string(&signature)
}

/// An event of the realm `veni` with the current time and these additional members.
pub fn event(kind: &str, members: Value) -> Value {
    let mut event = json!({"id": Uuid::now_v7(), "type": kind,
        "time": clock::milliseconds(), "realmName": "veni", "details": {}});
    for (name, member) in members.as_object().unwrap() {
        event[name] = member.clone();
    }
    event
}

/// The event of a user that an administrator created.
pub fn user_created(id: &str, representation: &Value) -> Value {
    event(
        "admin.USER-CREATE",
        json!({"resourcePath": format!("users/{id}"),
            "representation": representation.to_string(),
            "details": {"userId": id, "username": representation["username"]}}),
    )
}

impl Shell {
    /// A delivery to a path, without a signature.
    pub fn delivery(&self, path: &str, body: &str) -> Request<'_> {
        let request = self.request("POST", path);
        request.body("application/json", body)
    }

    /// Delivers an event of the identity provider `default`.
    #[track_caller]
    pub fn deliver(&self, event: &Value) -> Answer {
        let body = event.to_string();
        let signature = signature(self.setup().value("keycloak_webhook_secret"), &body);
        let delivery = self.delivery(WEBHOOK, &body);
        delivery.header("x-keycloak-signature", signature).send()
    }
}
