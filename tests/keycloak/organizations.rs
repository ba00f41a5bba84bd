//! The claim `organization` in each form that Keycloak's mapper can produce.

use serde_json::json;
use tests::{Answer, Keycloak, Setup, Shell};

/// Settings of the mapper: whether it adds ids, whether it is multivalued, and the type of the claim.
const ALIASES: &[(&str, &str)] = &[
    ("addOrganizationId", "false"),
    ("multivalued", "true"),
    ("jsonType.label", "String"),
];
const ONE_ALIAS: &[(&str, &str)] = &[
    ("addOrganizationId", "false"),
    ("multivalued", "false"),
    ("jsonType.label", "String"),
];
const MAP_WITHOUT_IDS: &[(&str, &str)] = &[
    ("addOrganizationId", "false"),
    ("multivalued", "true"),
    ("jsonType.label", "JSON"),
];
const IDS: &[(&str, &str)] = &[
    ("addOrganizationId", "true"),
    ("multivalued", "true"),
    ("jsonType.label", "JSON"),
];
const IDS_AND_ATTRIBUTES: &[(&str, &str)] = &[
    ("addOrganizationId", "true"),
    ("addOrganizationAttributes", "true"),
    ("multivalued", "true"),
    ("jsonType.label", "JSON"),
];

fn shell(keycloak: &Keycloak, introduced: bool) -> Shell {
    let setup: Setup = keycloak.setup();
    if introduced {
        keycloak.introduce(&setup);
    }
    setup.start()
}

/// Reads an organization, as a member who reads its own.
fn own(shell: &Shell, token: &str, organization: &str) -> Answer {
    let path = format!("/v1/organizations/{organization}");
    shell.get(&path).bearing(token).send()
}

fn external_id(shell: &Shell, slug: &str) -> Option<String> {
    let query = "SELECT external_id FROM shell.organizations WHERE slug = $1::text";
    let mut database = shell.database().as_superuser();
    database.query_one(query, &[&slug]).unwrap().get(0)
}

#[test]
fn every_form_names_the_organization() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    for form in [ALIASES, ONE_ALIAS, MAP_WITHOUT_IDS, IDS, IDS_AND_ATTRIBUTES] {
        let shell = shell(&keycloak, false);
        // With several organizations, and without `organization_id`.
        let token = {
            let _form = keycloak.claim(form);
            keycloak.token("admin", "organization:globex")
        };
        own(&shell, &token, "globex").expect(200);
        // A user who is not a member of platform cannot read others.
        own(&shell, &token, "acme").expect_problem(403, "forbidden");
    }
}

#[test]
fn an_identifier_is_learned_from_a_token() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _settings = keycloak.unchanged();
    let shell = shell(&keycloak, false);
    assert_eq!(external_id(&shell, "globex"), None);
    let token = keycloak.token("admin", "organization:globex");
    own(&shell, &token, "globex").expect(200);
    let learned = external_id(&shell, "globex");
    assert_eq!(learned.as_ref(), keycloak.organizations().get("globex"));
}

#[test]
fn the_platform_is_found_by_its_identifier_alone() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _settings = keycloak.unchanged();
    let token = keycloak.token("admin", "organization:platform");
    let unknown = shell(&keycloak, false);
    own(&unknown, &token, "platform").expect_problem(403, "forbidden");
    assert_eq!(external_id(&unknown, "platform"), None);

    let introduced = shell(&keycloak, true);
    own(&introduced, &token, "platform").expect(200);
    // From platform, acting for another organization.
    let acting = introduced.get("/v1/apps").bearing(&token);
    acting
        .header("shell-organization", "acme")
        .send()
        .expect(200);
}

#[test]
fn the_platform_is_not_found_by_its_alias() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    for form in [ALIASES, ONE_ALIAS, MAP_WITHOUT_IDS] {
        let shell = shell(&keycloak, true);
        let token = {
            let _form = keycloak.claim(form);
            keycloak.token("admin", "organization:platform")
        };
        own(&shell, &token, "platform").expect_problem(403, "forbidden");
    }
}

#[test]
fn who_is_in_several_chooses() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _settings = keycloak.unchanged();
    let shell = shell(&keycloak, true);
    let token = keycloak.token("admin", "organization:*");
    let undecided = shell.get("/v1/apps").bearing(&token).send();
    let undecided = undecided
        .expect_problem(400, "several-organizations")
        .json();
    assert_eq!(
        undecided["organizations"],
        json!(["acme", "globex", "platform"])
    );
    let choose = |token: &str, slug: &str| {
        let request = shell.get("/v1/organizations/globex").bearing(token);
        request.header("shell-organization", slug).send()
    };
    choose(&token, "globex").expect(200);
    choose(&token, "acme").expect_problem(403, "forbidden");
    // A token of one organization does not lead to another one, even if its person is a member there.
    let acme = keycloak.token("admin", "organization:acme");
    choose(&acme, "globex").expect_problem(403, "forbidden");
}

#[test]
fn without_an_organization_nothing_is_let_in() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _settings = keycloak.unchanged();
    let shell = shell(&keycloak, true);
    // If there are several, Keycloak names none unless the scope asks for it.
    for scope in ["", "organization"] {
        let token = keycloak.token("admin", scope);
        let answer = shell.get("/v1/apps").bearing(&token).send();
        answer.expect_problem(403, "forbidden");
    }
    // Nor does it name one that the person is not a member of.
    let token = keycloak.token("carol", "organization:acme");
    own(&shell, &token, "acme").expect_problem(403, "forbidden");
    own(&shell, &token, "globex").expect(200);
}

#[test]
fn an_alias_taken_by_somebody_else_opens_nothing() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let shell = shell(&keycloak, true);
    let token = |form, alias: &str| {
        let _form = keycloak.claim(form);
        keycloak.token("admin", &format!("organization:{alias}"))
    };
    let body = json!({"name": "Initech", "plan": "free", "status": "active"});
    let made = shell.request("PUT", "/v1/organizations/initech");
    let made = made.bearing(&token(IDS, "platform")).json(&body).send();
    made.expect(201);

    keycloak.add_organization("initech", "admin");
    let first = token(IDS, "initech");
    let by_alias = token(ALIASES, "initech");
    apps(&shell, &by_alias).expect(200);
    apps(&shell, &first).expect(200);
    keycloak.remove_organization("initech");
    keycloak.add_organization("initech", "admin");
    let second = token(IDS, "initech");
    keycloak.remove_organization("initech");

    apps(&shell, &second).expect_problem(403, "forbidden");
    // From then on, the alias is free.
    let by_alias_again = {
        keycloak.add_organization("initech", "admin");
        let token = token(ALIASES, "initech");
        keycloak.remove_organization("initech");
        token
    };
    apps(&shell, &by_alias_again).expect_problem(403, "forbidden");
    apps(&shell, &first).expect(200);
}

fn apps(shell: &Shell, token: &str) -> Answer {
    shell.get("/v1/apps").bearing(token).send()
}
