//! The server does what openapi.yaml says.
use tests::Shell;

#[test]
fn every_operation_is_served_and_answers_as_documented() {
    let document = serde_json::to_value(openapi::document().unwrap()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let shell = Shell::start();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 8);
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let path = path
                .replace("{slug}", "drive")
                .replace("{organization}", "acme")
                .replace("{role}", "satellite")
                .replace("{user}", "alice")
                .replace("{provider}", "default")
                .replace("{transmitter}", "default")
                .replace("{id}", "01970000-0000-7000-8000-000000000001");
            let request = shell.request(&method.to_uppercase(), &path);
            let answer = request.by("platform", "admin").send();
            let status = answer.status.to_string();
            assert!(
                operation["responses"].get(&status).is_some(),
                "{method} {path}: {status} {}",
                answer.body
            );
            // Without a body, operations that require one must report that; a delivery is first asked for its
            // signature. All others must succeed.
            let wants_body = operation["requestBody"]["required"] == true;
            let refusal = if path.starts_with("/v1/webhooks/keycloak") {
                401
            } else {
                400
            };
            assert_eq!(answer.status == refusal, wants_body, "{method} {path}");
            assert!(wants_body || answer.status < 400 || answer.status == 404);
        }
    }
}
