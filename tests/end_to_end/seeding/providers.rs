//! Seeding identity providers, and their identifiers for organizations.

use tests::{Folder, Setup};

use super::files::everything;

const PROVIDERS: &str = "slug,issuer,audience,jwks_url,slot\n";
const ORGANIZATIONS: &str = "slug,name,plan,domains,identity_provider,external_id\n";

fn seed(setup: &Setup, files: &[(&str, &str)], arguments: &[&str]) -> Result<String, String> {
    let folder = Folder::of(&setup.environment, files);
    let said = setup.job("seed", Some(&folder), arguments);
    said.map_err(|error| error.to_string())
}

fn providers(setup: &Setup, rows: &str, arguments: &[&str]) -> Result<String, String> {
    let text = format!("{PROVIDERS}{rows}");
    seed(setup, &[("identity_providers.csv", &text)], arguments)
}

fn organizations(setup: &Setup, rows: &str, arguments: &[&str]) -> Result<String, String> {
    let text = format!("{ORGANIZATIONS}{rows}");
    seed(setup, &[("organizations.csv", &text)], arguments)
}

/// The row of a provider.
fn provider(setup: &Setup, slug: &str) -> String {
    let query = "SELECT concat_ws(' ', issuer, audience, coalesce(jwks_url, '-'), coalesce(slot::text, '-'))
        FROM shell.identity_providers WHERE slug = $1::text";
    let mut superuser = setup.database().as_superuser();
    superuser.query_one(query, &[&slug]).unwrap().get(0)
}

/// An organization's provider and its id there, and whether its alias is void.
fn called(setup: &Setup, slug: &str) -> String {
    let query = "SELECT concat_ws(' ', identity_provider, coalesce(external_id, '-'),
          CASE WHEN alias_voided_at IS NOT NULL THEN 'void' END)
        FROM shell.organizations WHERE slug = $1::text";
    let mut superuser = setup.database().as_superuser();
    superuser.query_one(query, &[&slug]).unwrap().get(0)
}

/// The marker that Redis compares: if a change did not reach Redis, a new epoch begins.
fn mark(setup: &Setup) -> String {
    let query = "SELECT mark::text FROM shell.changes";
    let mut superuser = setup.database().as_superuser();
    superuser.query_one(query, &[]).unwrap().get(0)
}

#[test]
fn providers_are_added_and_changed_where_that_is_asked_for() {
    let setup = Setup::seeded();
    let first = "default,,,,\npartner,https://id.partner.example/realms/a,shell,,2\n";
    let before = mark(&setup);
    let said = providers(&setup, first, &[]).unwrap();
    assert!(
        said.contains("identity_providers.csv: 2 rows, 1 added, 0 changed"),
        "{said}"
    );
    assert_eq!(
        provider(&setup, "partner"),
        "https://id.partner.example/realms/a shell - 2"
    );
    assert_eq!(provider(&setup, "default"), "- 1");
    assert_ne!(mark(&setup), before);

    let before = everything(&setup);
    for arguments in [&[][..], &["--update"][..]] {
        let said = providers(&setup, first, arguments).unwrap();
        assert!(said.contains("2 rows, 0 added, 0 changed"), "{said}");
        assert_eq!(everything(&setup), before);
    }
    let second =
        "partner,https://id.partner.example/realms/b,shell,https://keys.partner.example/b,3\n";
    providers(&setup, second, &[]).unwrap();
    assert_eq!(everything(&setup), before);
    let said = providers(&setup, second, &["--update"]).unwrap();
    assert!(said.contains("1 rows, 0 added, 1 changed"), "{said}");
    assert_eq!(
        provider(&setup, "partner"),
        "https://id.partner.example/realms/b shell https://keys.partner.example/b 3"
    );
}

#[test]
fn all_faults_of_providers_are_reported_and_nothing_is_written() {
    let setup = Setup::seeded();
    providers(&setup, "partner,https://id.partner.example,shell,,2\n", &[]).unwrap();
    let before = everything(&setup);
    let rows = "default,https://id.example,,,2\none,http://id.example,,file:///keys,5\n\
                two,https://id.partner.example,shell,,2\nthree,https://three.example,shell,,3\n\
                four,https://three.example,shell,,3\n";
    for arguments in [&[][..], &["--update"][..]] {
        let error = providers(&setup, rows, arguments).unwrap_err();
        for fault in [
            "identity_providers.csv:2:issuer: \"https://id.example\", expected none",
            "identity_providers.csv:2:slot: \"2\", expected 1 for default",
            "identity_providers.csv:3:issuer: \"http://id.example\", expected an absolute https URL",
            "identity_providers.csv:3:audience: \"\", expected a value",
            "identity_providers.csv:3:jwks_url: \"file:///keys\", expected an absolute https URL",
            "identity_providers.csv:3:slot: \"5\", expected 2, 3 or 4",
            "identity_providers.csv:4:issuer: \"https://id.partner.example\" belongs to partner",
            "identity_providers.csv:4:slot: \"2\" belongs to partner",
            "identity_providers.csv:6:issuer: \"https://three.example\" is a duplicate of line 5",
            "identity_providers.csv:6:slot: \"3\" is a duplicate of line 5",
            "nothing was written",
        ] {
            assert!(error.contains(fault), "{fault} is not in {error}");
        }
        assert_eq!(everything(&setup), before);
    }
}

#[test]
fn an_organization_has_a_provider_of_the_same_run() {
    let setup = Setup::seeded();
    let files = [
        (
            "identity_providers.csv",
            &*format!("{PROVIDERS}partner,https://id.partner.example,shell,,2\n"),
        ),
        (
            "organizations.csv",
            &*format!("{ORGANIZATIONS}initech,Initech,free,,partner,id-1\n"),
        ),
    ];
    seed(&setup, &files, &[]).unwrap();
    assert_eq!(called(&setup, "initech"), "partner id-1");
}

#[test]
fn an_identifier_stays_where_it_is_not_named() {
    let setup = Setup::seeded();
    let learn = "SELECT FROM shell.name_organization('default', $1, NULL)";
    let learn = |id: &str| {
        let names = serde_json::json!([{"alias": "globex", "id": id}]);
        let mut runtime = setup.database().as_runtime();
        runtime.query_one(learn, &[&names]).unwrap();
    };
    learn("learned");
    assert_eq!(called(&setup, "globex"), "default learned");
    organizations(&setup, "globex,Globex,free,globex.example,,given\n", &[]).unwrap();
    assert_eq!(called(&setup, "globex"), "default learned");
    let unnamed = "globex,Globex Two,free,globex.example,,\n";
    organizations(&setup, unnamed, &["--update"]).unwrap();
    assert_eq!(called(&setup, "globex"), "default learned");

    // An unchanged value is no confirmation: repeating the run does not make the alias valid again.
    learn("another");
    assert_eq!(called(&setup, "globex"), "default learned void");
    let same = "globex,Globex Two,free,globex.example,,learned\n";
    let said = organizations(&setup, same, &["--update"]).unwrap();
    assert!(said.contains("1 rows, 0 added, 0 changed"), "{said}");
    assert_eq!(called(&setup, "globex"), "default learned void");
    let before = mark(&setup);
    let given = "globex,Globex Two,free,globex.example,,given\n";
    organizations(&setup, given, &["--update"]).unwrap();
    assert_eq!(called(&setup, "globex"), "default given");
    assert_ne!(mark(&setup), before);
}

#[test]
fn what_another_organization_has_is_a_fault() {
    let setup = Setup::seeded();
    organizations(&setup, "initech,Initech,free,,,id-1\n", &[]).unwrap();
    providers(&setup, "partner,https://id.partner.example,shell,,2\n", &[]).unwrap();
    let rows = "hooli,Hooli,free,,,id-1\nvandelay,Vandelay,free,,,id-2\nstark,Stark,free,,,id-2\n\
                wayne,Wayne,free,,partner,id-1\nacme,Acme Corporation,pro,,partner,\nqueen,Queen,free,,,a\tb\n";
    let error = organizations(&setup, rows, &["--update"]).unwrap_err();
    for fault in [
        "organizations.csv:2:external_id: it is the identity provider's id of initech",
        "organizations.csv:4:external_id: \"id-2\" of default is a duplicate of line 3",
        "organizations.csv:6:identity_provider: a change for an organization with members or role assignments, \
         expected default",
        "organizations.csv:7:external_id: \"a\\tb\", expected 1 to 255 characters",
        "4 errors; nothing was written",
    ] {
        assert!(error.contains(fault), "{fault} is not in {error}");
    }
    // An organization without members can change its provider, and loses its id at the old one.
    let moved = "initech,Initech,free,,partner,\n";
    organizations(&setup, moved, &["--update"]).unwrap();
    assert_eq!(called(&setup, "initech"), "partner -");
}

#[test]
fn a_provider_says_its_realm_and_which_attributes_are_kept() {
    let setup = Setup::seeded();
    let seed_told = |rows: &str, arguments: &[&str]| {
        let text = format!("slug,issuer,audience,jwks_url,realm,attributes\n{rows}");
        seed(&setup, &[("identity_providers.csv", &text)], arguments)
    };
    let told = |slug: &str| -> String {
        let query = "SELECT concat_ws(' ', coalesce(realm, '-'), attributes::text)
            FROM shell.identity_providers WHERE slug = $1::text";
        let mut superuser = setup.database().as_superuser();
        superuser.query_one(query, &[&slug]).unwrap().get(0)
    };
    let other = "partner,https://id.partner.example/realms/a,shell,,,\n";
    seed_told(other, &[]).unwrap();
    assert_eq!(told("partner"), "- {}");
    let rows = format!("default,,,,shell,department;cost center\n{other}");
    let said = seed_told(&rows, &["--update"]).unwrap();
    assert!(said.contains("2 rows, 0 added, 1 changed"), "{said}");
    assert_eq!(told("default"), "shell {department,\"cost center\"}");

    let mut superuser = setup.database().as_superuser();
    let statement = r#"UPDATE shell.users
        SET attributes = '{"department": ["a"], "cost center": ["b"]}' WHERE external_id = 'alice'"#;
    superuser.execute(statement, &[]).unwrap();
    let before = mark(&setup);
    seed_told("default,,,,shell,department\n", &["--update"]).unwrap();
    assert_ne!(mark(&setup), before);
    let query = "SELECT attributes::text FROM shell.users WHERE external_id = 'alice'";
    let kept: String = superuser.query_one(query, &[]).unwrap().get(0);
    assert_eq!(kept, r#"{"department": ["a"]}"#);
    let said = seed_told("default,,,,shell,organization_id\n", &[]).unwrap_err();
    assert!(
        said.contains("2:attributes: \"organization_id\", expected another name"),
        "{said}"
    );
}

#[test]
fn a_provider_says_where_its_admin_api_is() {
    let setup = Setup::seeded();
    let seed_urls = |rows: &str, arguments: &[&str]| {
        let text = format!("slug,issuer,audience,jwks_url,admin_url\n{rows}");
        seed(&setup, &[("identity_providers.csv", &text)], arguments)
    };
    let admin_url = |slug: &str| -> Option<String> {
        let query = "SELECT admin_url FROM shell.identity_providers WHERE slug = $1::text";
        let mut superuser = setup.database().as_superuser();
        superuser.query_one(query, &[&slug]).unwrap().get(0)
    };
    let rows = "default,,,,https://inside.example:8443/auth/\n\
                partner,https://id.partner.example/realms/a,shell,,\n";
    let said = seed_urls(rows, &["--update"]).unwrap();
    assert!(said.contains("2 rows, 1 added, 1 changed"), "{said}");
    let kept = Some("https://inside.example:8443/auth".to_owned());
    assert_eq!(admin_url("default"), kept);
    assert_eq!(admin_url("partner"), None);

    let before = everything(&setup);
    for arguments in [&[][..], &["--update"][..]] {
        let said = seed_urls(rows, arguments).unwrap();
        assert!(said.contains("2 rows, 0 added, 0 changed"), "{said}");
        assert_eq!(everything(&setup), before);
    }
    let moved = "default,,,,\npartner,https://id.partner.example/realms/a,shell,,https://inside.partner.example\n";
    seed_urls(moved, &[]).unwrap();
    assert_eq!(everything(&setup), before);
    let said = seed_urls(moved, &["--update"]).unwrap();
    assert!(said.contains("2 rows, 0 added, 2 changed"), "{said}");
    assert_eq!(admin_url("default"), None);
    let kept = Some("https://inside.partner.example".to_owned());
    assert_eq!(admin_url("partner"), kept);

    let before = everything(&setup);
    let unfit = "default,,,,http://inside.example\npartner,https://id.partner.example/realms/a,shell,,https://a.example?b\n";
    let error = seed_urls(unfit, &["--update"]).unwrap_err();
    for fault in [
        "identity_providers.csv:2:admin_url: \"http://inside.example\", expected an absolute https URL",
        "identity_providers.csv:3:admin_url: \"https://a.example?b\", expected a URL without a query",
    ] {
        assert!(error.contains(fault), "{fault} is not in {error}");
    }
    assert_eq!(everything(&setup), before);
}
