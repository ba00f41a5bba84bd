//! Tests that the stand-in answers correctly, and gives false answers when it is told to.

use serde_json::{Value, json};

use super::{AdminServer, Lie, Organization, tokens};

struct Visitor<'a> {
    server: &'a AdminServer,
    agent: ureq::Agent,
    token: String,
}

impl<'a> Visitor<'a> {
    fn of(server: &'a AdminServer) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .new_agent();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", tokens::CLIENT),
            ("client_secret", tokens::SECRET),
        ];
        let path = format!("{}/realms/veni/protocol/openid-connect/token", server.url());
        let mut answer = agent.post(path).send_form(form).unwrap();
        let answer: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self {
            server,
            agent,
            token,
        }
    }

    fn ask(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/admin/realms/veni/{path}", self.server.url());
        let request = self.agent.get(url);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let mut answer = request.call().unwrap();
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_to_string().unwrap();
        (status, serde_json::from_str(&body).unwrap())
    }

    fn ids(&self, path: &str) -> Vec<String> {
        let (status, body) = self.ask(path);
        assert_eq!(status, 200);
        let ids = body.as_array().unwrap().iter();
        ids.map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn server() -> AdminServer {
    let server = AdminServer::start("veni");
    server.realm(|realm| {
        let acme = Organization::called("acme");
        realm.organizations.insert("A".to_owned(), acme);
        realm.add_group("g1", "staff", None);
        realm.add_group("g2", "editors", Some("g1"));
        realm.add_group_within("A", "g3", "board");
        for name in ["cleo", "ann", "ben"] {
            let user = realm.add(name);
            user.organizations.insert("A".to_owned());
            user.groups.extend(["g2".to_owned(), "g3".to_owned()]);
        }
        realm.add("service-account-drive").is_service_account = true;
    });
    server
}

#[test]
fn lists_come_in_pages_and_in_order() {
    let server = server();
    let visitor = Visitor::of(&server);
    let page = |first: usize| visitor.ids(&format!("users?first={first}&max=2"));
    assert_eq!(page(0), ["id-ann", "id-ben"]);
    assert_eq!(page(2), ["id-cleo"]);
    assert_eq!(page(3), [""; 0]);
    assert_eq!(visitor.ids("groups?first=0&max=9"), ["g1"]);
    assert_eq!(visitor.ids("groups/g1/children?first=0"), ["g2"]);
    assert_eq!(visitor.ids("organizations/A/groups"), ["g3"]);
    assert_eq!(visitor.ids("organizations/A/members/id-ann/groups"), ["g3"]);
    assert_eq!(visitor.ids("users/id-ann/groups"), ["g2"]);
    assert_eq!(
        visitor.ids("organizations/members/id-ann/organizations"),
        ["A"]
    );
    assert_eq!(visitor.ask("users/id-service-account-drive").0, 200);
    assert_eq!(
        visitor.ask("users/nobody"),
        (404, json!({"error": "User not found"}))
    );
    assert_eq!(server.count("users"), 3);
    assert_eq!(server.count("users/*"), 2);
    server.realm(|realm| realm.leave("id-ann", "A"));
    assert_eq!(
        visitor.ids("organizations/members/id-ann/organizations"),
        [""; 0]
    );
    server.realm(|realm| realm.delete_group("g1"));
    assert_eq!(visitor.ids("users/id-ann/groups"), [""; 0]);
}

#[test]
fn a_lie_is_told_as_often_as_it_shall_be() {
    let server = server();
    let visitor = Visitor::of(&server);
    server.lie("users", 1..3, Lie::Short(1));
    server.lie("users/*", 0..1, Lie::NoRealm);
    let lengths = [0; 4].map(|_| visitor.ids("users").len());
    assert_eq!(lengths, [3, 1, 1, 3]);
    assert_eq!(visitor.ask("users/id-ann").0, 404);
    assert_eq!(visitor.ask("users/id-ann").0, 200);
    server.lie_with("groups", 0..1, |truth, realm| {
        realm.delete_group("g1");
        truth
    });
    assert_eq!(visitor.ids("groups"), ["g1"]);
    assert_eq!(visitor.ids("groups"), [""; 0]);
}

#[test]
fn a_token_ends() {
    let server = server();
    server.tokens_live(60, 1);
    let visitor = Visitor::of(&server);
    assert_eq!(visitor.ask("users").0, 200);
    assert_eq!(visitor.ask("users").0, 401);
    server.tokens_live(60, 9);
    let visitor = Visitor::of(&server);
    assert_eq!(visitor.ask("users").0, 200);
    server.forget_tokens();
    assert_eq!(visitor.ask("users").0, 401);
    assert_eq!(server.logins(), 2);
}
