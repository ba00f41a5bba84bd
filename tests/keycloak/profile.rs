//! Only administrators can change the organization of a token.

use serde_json::json;
use tests::Keycloak;

#[test]
fn nobody_chooses_a_tenant_for_oneself() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let admin = keycloak.admin();
    let user = || admin.get("/users/alice").unwrap().unwrap();
    let before = user();
    let own = before["attributes"]["organization_id"][0].as_str().unwrap();
    let organizations = admin.get("/organizations").unwrap().unwrap();
    let mut organizations = organizations.as_array().unwrap().iter();
    let globex = organizations.find(|one| one["alias"] == "globex").unwrap();
    assert_ne!(globex["id"], own);

    let token = keycloak.token("alice", "");
    let mut profile = keycloak
        .call("GET", "/account", &token, &json!(null))
        .expect(200)
        .json();
    profile["attributes"]["organization_id"] = json!([globex["id"]]);
    let answer = keycloak.call("POST", "/account", &token, &profile);
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(user()["attributes"], before["attributes"]);

    // She may change her own name.
    profile["attributes"]
        .as_object_mut()
        .unwrap()
        .remove("organization_id");
    profile["lastName"] = json!("Arrow");
    let answer = keycloak.call("POST", "/account", &token, &profile);
    assert_eq!(answer.status, 204, "{}", answer.body);
    assert_eq!(user()["lastName"], "Arrow");
    assert_eq!(user()["attributes"], before["attributes"]);
}
