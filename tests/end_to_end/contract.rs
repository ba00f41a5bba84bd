//! openapi.yaml is what the server does.
use tests::Shell;

#[test]
fn every_operation_is_served() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let shell = Shell::start();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 4);
    for (path, operations) in paths {
        for method in operations.as_object().unwrap().keys() {
            let path = path.replace("{slug}", "drive");
            let answer = shell
                .request(&method.to_uppercase(), &path)
                .by("acme", "alice")
                .send();
            assert!(
                answer.status < 400,
                "{method} {path}: {} {}",
                answer.status,
                answer.body
            );
        }
    }
}
