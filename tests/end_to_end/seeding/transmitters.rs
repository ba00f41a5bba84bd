//! Seeding transmitters of the Shared Signals Framework.

use tests::{Folder, Setup};

use super::files::everything;

const HEADER: &str = "slug,identity_provider,issuer,audience,slot,alias\n";

fn seed(setup: &Setup, rows: &str, arguments: &[&str]) -> Result<String, String> {
    let text = format!("{HEADER}{rows}");
    let folder = Folder::of(&setup.environment, &[("ssf_transmitters.csv", &text)]);
    let said = setup.job("seed", Some(&folder), arguments);
    said.map_err(|error| error.to_string())
}

/// The rows of the transmitters.
fn transmitters(setup: &Setup) -> Vec<String> {
    let query = "SELECT concat_ws(' ', t.slug, p.slug, coalesce(t.issuer, '-'), t.audience,
          coalesce(t.slot::text, '-'), coalesce(t.alias, '-'))
        FROM shell.ssf_transmitters t JOIN shell.identity_providers p ON p.id = t.identity_provider_id
        ORDER BY t.slug";
    let mut superuser = setup.database().as_superuser();
    let rows = superuser.query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn they_are_added_and_changed_where_that_is_asked_for() {
    let setup = Setup::seeded();
    // As in the seed data.
    assert_eq!(transmitters(&setup), ["default default - shell-ssf 1 -"]);
    let rows = "default,,,other,,\ngoogle,,https://accounts.google.com/,client,2,google\n";
    let said = seed(&setup, rows, &[]).unwrap();
    assert!(
        said.contains("ssf_transmitters.csv: 2 rows, 1 added, 0 changed"),
        "{said}"
    );
    let google = "google default https://accounts.google.com/ client 2 google";
    assert_eq!(
        transmitters(&setup),
        ["default default - shell-ssf 1 -", google]
    );
    let said = seed(&setup, rows, &["--update"]).unwrap();
    assert!(said.contains("2 rows, 0 added, 1 changed"), "{said}");
    assert_eq!(
        transmitters(&setup),
        ["default default - other 1 -", google]
    );
    let before = everything(&setup);
    for arguments in [&[][..], &["--update"][..]] {
        let said = seed(&setup, rows, arguments).unwrap();
        assert!(said.contains("2 rows, 0 added, 0 changed"), "{said}");
        assert_eq!(everything(&setup), before);
    }
}

#[test]
fn all_faults_are_reported_and_nothing_is_written() {
    let setup = Setup::seeded();
    seed(
        &setup,
        "google,,https://accounts.google.com,client,2,google\n",
        &[],
    )
    .unwrap();
    let before = everything(&setup);
    let rows = "default,elsewhere,,,2,google\none,,http://id.example,shell,2,\none,,,shell,5,\n";
    for arguments in [&[][..], &["--update"][..]] {
        let error = seed(&setup, rows, arguments).unwrap_err();
        for fault in [
            "ssf_transmitters.csv:2:identity_provider: no identity provider \"elsewhere\"",
            "ssf_transmitters.csv:2:audience: ",
            "ssf_transmitters.csv:2:slot: \"2\", expected 1 for default",
            "ssf_transmitters.csv:2:alias: \"google\", expected none",
            "ssf_transmitters.csv:3:issuer: \"http://id.example\", expected an absolute https URL",
            "ssf_transmitters.csv:3:slot: \"2\" is a duplicate of line 2",
            "ssf_transmitters.csv:4:slug: \"one\" is a duplicate of line 3",
            "ssf_transmitters.csv:4:slot: \"5\", expected 2, 3 or 4",
            "nothing was written",
        ] {
            assert!(error.contains(fault), "{fault} is not in {error}");
        }
        assert_eq!(everything(&setup), before);
    }
    let error = seed(&setup, "one,,https://id.example,shell,2,\n", &[]).unwrap_err();
    let fault = "ssf_transmitters.csv:2:slot: \"2\" belongs to google, expected one of no other transmitter";
    assert!(error.contains(fault), "{error}");
}
