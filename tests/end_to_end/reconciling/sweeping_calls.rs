//! A sweep made with the functions of the schema that the job calls.

use postgres::{Client, Error};
use serde_json::{Value, json};
use uuid::Uuid;

/// A sweep that has begun.
pub struct Sweep(Uuid);

impl Sweep {
    /// Begins a sweep of the provider `default`; the error is the reason why it cannot begin.
    pub fn begin(owner: &mut Client) -> Result<Self, String> {
        let id = Uuid::now_v7();
        let statement = "SELECT refusal FROM shell.begin_sweep('default', $1)";
        let row = owner.query_one(statement, &[&id]).unwrap();
        row.get::<_, Option<String>>(0).map_or(Ok(Self(id)), Err)
    }

    /// Passes a part to it: `call` is the function with its arguments, the first of which are `$1` and `$2`.
    pub fn part(
        &self,
        owner: &mut Client,
        call: &str,
        rows: &[Value],
    ) -> Result<Vec<Value>, Error> {
        let statement = format!("SELECT changes::jsonb FROM shell.{call}");
        let row = owner.query_one(&statement, &[&self.0, &json!(rows)])?;
        let changes: Value = row.get(0);
        Ok(changes.as_array().unwrap().clone())
    }

    /// Marks an object of a kind as seen, without its data.
    pub fn seen(&self, owner: &mut Client, kind: &str, id: &str) {
        let statement = "SELECT shell.sweep_seen($1, $2, ARRAY[$3])";
        owner.execute(statement, &[&self.0, &kind, &id]).unwrap();
    }

    /// The objects that it has not seen.
    pub fn missing(&self, owner: &mut Client, kind: &str) -> Vec<String> {
        let statement = "SELECT items::jsonb FROM shell.sweep_missing($1, $2, NULL, 100)";
        let row = owner.query_one(statement, &[&self.0, &kind]).unwrap();
        let items: Value = row.get(0);
        let id = |item: &Value| item["id"].as_str().or(item.as_str()).unwrap().to_owned();
        items.as_array().unwrap().iter().map(id).collect()
    }

    /// Ends the sweep.
    pub fn end(self, owner: &mut Client) {
        let statement = "SELECT shell.end_sweep($1)";
        owner.execute(statement, &[&self.0]).unwrap();
    }
}

/// A user whose username is its id, with more members of the row.
pub fn user(id: &str, at: u64, more: Value) -> Value {
    let mut row = json!({"at": at, "user": {"user": id, "creates": true, "username": id, "email": null,
        "first_name": null, "last_name": null, "enabled": true, "attributes": {}}});
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

/// Passes users to it.
pub fn users(owner: &mut Client, sweep: &Sweep, rows: &[Value]) -> Result<Vec<Value>, Error> {
    sweep.part(owner, "sweep_users($1, $2, 86400, false)", rows)
}

/// The same; returns the resulting changes.
pub fn changes(owner: &mut Client, sweep: &Sweep, rows: &[Value]) -> Vec<String> {
    let changes = users(owner, sweep, rows).unwrap();
    let change =
        |change: &Value| format!("{} {}", change["what"], change["change"]).replace('"', "");
    changes.iter().map(change).collect()
}
