//! The domains of organizations.

use serde_json::json;
use tests::{
    Shell,
    organizations::{initech, put, read},
};

use super::routes::with;

#[test]
fn an_organization_may_have_two_hundred() {
    let shell = Shell::start();
    let domains = |count: usize, top: &str| {
        let domain = |number| format!("d{number:03}.{top}");
        let domains: Vec<_> = (0..count).map(domain).collect();
        with("domains", json!(domains))
    };
    for (top, status) in [("example", 201), ("test", 200)] {
        let sent = domains(200, top);
        let stands = put(&shell, "initech", &sent).expect(status).json();
        assert_eq!(stands["domains"], sent["domains"]);
        assert_eq!(read(&shell, "initech"), stands);
    }
    for slug in ["initech", "another"] {
        let answer = put(&shell, slug, &domains(201, "invalid"));
        let answer = answer.expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), ["/domains"]);
    }
}

#[test]
fn a_domain_belongs_to_one_organization() {
    let shell = Shell::start();
    let body = with(
        "domains",
        json!(["acme.example", "initech.test", "globex.example"]),
    );
    let answer = put(&shell, "initech", &body).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/domains/0", "/domains/2"]);
    shell
        .platform("GET", "/v1/organizations/initech")
        .send()
        .expect(404);
    // Once one organization has given it up, another can have it.
    let mut acme = read(&shell, "acme");
    acme["domains"] = json!(["acme.test"]);
    put(&shell, "acme", &acme).expect(200);
    put(&shell, "initech", &with("domains", json!(["acme.example"]))).expect(201);
}

#[test]
fn two_at_once_get_a_domain_once() {
    let shell = Shell::start();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let slugs = ["one", "two", "three", "four"];
        let threads = slugs.map(|slug| {
            let shell = &shell;
            scope.spawn(move || put(shell, slug, &initech()).status)
        });
        threads.map(|thread| thread.join().unwrap()).to_vec()
    });
    let count = |status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((count(201), count(422)), (1, 3), "{statuses:?}");
}
