//! Clients: their names in tokens, and which are deleted or disabled.

use keycloak::text;

use super::{Facts, Fault, delivery::Delivery};
use crate::facts::{Client, Fact};

/// `admin.CLIENT-CREATE` and `admin.CLIENT-UPDATE`: with all fields of a client, or only those that change.
pub fn told(delivery: &Delivery<'_>) -> Facts {
    let ["clients", client] = *delivery.path()? else {
        return Ok(None);
    };
    let Some(sent) = delivery.representation()? else {
        return Ok(None);
    };
    let told = Client {
        client: Some(text::identifier(client)?),
        client_id: sent.identifier("clientId")?,
        ended: sent.boolean("enabled")? == Some(false),
        not_before: sent.moment("notBefore")?,
    };
    let says_something = told.client_id.is_some() || told.ended || told.not_before.is_some();
    Ok(says_something.then(|| vec![Fact::Client(told)]))
}

/// `admin.CLIENT-DELETE`.
pub fn deleted(delivery: &Delivery<'_>) -> Facts {
    let ["clients", client] = *delivery.path()? else {
        return Ok(None);
    };
    let sent = delivery.representation()?;
    let client_id = sent.map(|sent| sent.identifier("clientId")).transpose()?;
    Ok(Some(vec![Fact::Client(Client {
        client: Some(text::identifier(client)?),
        client_id: client_id.flatten(),
        ended: true,
        not_before: None,
    })]))
}

/// `access.CLIENT_DELETE`: through the service with which clients register themselves.
pub fn deleted_itself(delivery: &Delivery<'_>) -> Facts {
    let client_id = delivery.client()?;
    Ok(Some(vec![Fact::Client(Client {
        client_id: Some(client_id.ok_or(Fault("no_client"))?),
        ended: true,
        ..Client::default()
    })]))
}
