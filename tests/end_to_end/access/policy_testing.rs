//! `policy-test`: the built program, run against a Shell.

use std::fmt::Write as _;
use std::process::Command;

use tests::{Folder, Setup, Shell};
use xtask::{policy_test, workspace};

pub const PASSES: &str = "- {subject: alice, action: read, resource: document/1, expect: allow}\n";
pub const FAILS: &str = "- {subject: alice, action: read, resource: document/1, expect: deny}\n";

/// The result of a run.
pub struct Run {
    status: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}{}", self.out, self.err);
        self
    }

    /// Asserts that standard output contains this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no `{text}`: {}", self.out);
        self
    }

    /// Asserts that standard error contains this.
    #[track_caller]
    pub fn warns(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}`: {}", self.err);
        self
    }
}

/// A folder with files for the program, which is started there.
pub struct Ci {
    pub folder: Folder,
    pub url: String,
    token: String,
}

impl Ci {
    /// With a token of platform's service account.
    pub fn of(shell: &Shell, files: &[(&str, &str)]) -> Self {
        Self::with(shell, &shell.token("platform", "svc-drive"), files)
    }

    pub fn with(shell: &Shell, token: &str, files: &[(&str, &str)]) -> Self {
        Self {
            folder: Folder::of(&shell.setup().environment, files),
            url: shell.url(),
            token: token.to_owned(),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(policy_test::program());
        command.args(arguments).current_dir(self.folder.path());
        command.env("SHELL_URL", &self.url);
        // A developer's own variables must not affect the test.
        command
            .env_remove("SHELL_TOKEN")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    /// The token is never shown, whatever the result of the run.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.finish(self.command(arguments).env("SHELL_TOKEN", &self.token))
    }

    #[track_caller]
    pub fn finish(&self, command: &mut Command) -> Run {
        let output = command.output().unwrap();
        let run = Run {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.out.contains(&self.token), "{}", run.out);
        assert!(!run.err.contains(&self.token), "{}", run.err);
        assert!(!run.out.contains('\u{1b}'), "no colours but on a terminal");
        run
    }
}

#[test]
fn the_example_passes_against_the_seed_data() {
    let shell = Shell::start();
    let example = workspace::root().join("policy-test/examples/acme.yaml");
    let example = example.to_str().unwrap();
    let ci = Ci::of(&shell, &[]);
    let run = ci.run(&[example, "--organization", "acme"]).expect(0);
    assert_eq!(run.out, "9 cases: 9 passed, 0 failed\n");
    assert_eq!(run.err, "");
    // A token of acme asks about acme.
    let ci = Ci::with(&shell, &shell.token("acme", "admin"), &[]);
    ci.run(&[example]).expect(0).says("9 passed");
}

#[test]
fn a_case_that_comes_out_otherwise_fails_the_run() {
    let shell = Shell::start();
    let named = "
- name: editors read nothing
  subject: alice
  action: read
  resource: document/1
  expect: deny
- subject: bob
  action: write
  resource: document/1
  expect: allow
";
    let ci = Ci::of(&shell, &[("good.yaml", PASSES), ("bad.yaml", named)]);
    let files = ["good.yaml", "bad.yaml", "--organization", "acme"];
    ci.run(&files)
        .expect(1)
        .says("FAIL  bad.yaml:2:3: editors read nothing\n      alice may not read document/1\n")
        .says("      expected deny, but was allow\n")
        .says("FAIL  bad.yaml:7:3: bob may write document/1\n      expected allow, but was deny\n")
        .says("3 cases: 1 passed, 2 failed\n");
}

#[test]
fn a_thousand_cases_go_in_one_request() {
    let shell = Setup::seeded().variable("request_log", "all").start();
    let mut cases = String::new();
    for id in 0..2_100 {
        writeln!(
            cases,
            "- {{subject: alice, action: read, resource: document/{id}, expect: allow}}"
        )
        .unwrap();
    }
    let ci = Ci::with(
        &shell,
        &shell.token("acme", "admin"),
        &[("many.yaml", &cases)],
    );
    ci.run(&["many.yaml"])
        .expect(0)
        .says("2100 cases: 2100 passed");
    assert_eq!(shell.log_lines().len(), 3);
}

#[test]
fn ci_gets_a_junit_report() {
    let shell = Shell::start();
    let files = [("one.yaml", PASSES), ("two.yaml", FAILS)];
    let ci = Ci::with(&shell, &shell.token("acme", "admin"), &files);
    let run = ci.run(&["one.yaml", "two.yaml", "--junit", "report.xml"]);
    run.expect(1);
    let report = ci.folder.read("report.xml");
    for part in [
        r#"<testsuites name="policy-test" tests="2" failures="1" errors="0">"#,
        r#"<testsuite name="one.yaml" tests="1" failures="0" errors="0""#,
        r#"<testcase name="alice may read document/1" classname="one.yaml" file="one.yaml" line="1"/>"#,
        r#"<failure message="expected deny, but was allow">"#,
    ] {
        assert!(report.contains(part), "no {part}: {report}");
    }
    let run = ci.run(&["one.yaml", "--junit", "absent/report.xml"]);
    run.expect(2).warns("absent/report.xml cannot be written");
}

#[test]
fn the_organization_is_the_one_that_is_named() {
    let shell = Shell::start();
    let carol = "- {subject: carol, action: write, resource: document/1, expect: allow}\n";
    let ci = Ci::of(&shell, &[("carol.yaml", carol)]);
    ci.run(&["carol.yaml", "--organization", "globex"])
        .expect(0);
    ci.run(&["carol.yaml", "--organization", "acme"]).expect(1);
    ci.run(&["carol.yaml"]).expect(1);
    for nowhere in ["nowhere", "acme\nx: y"] {
        ci.run(&["carol.yaml", "--organization", nowhere]).expect(2);
    }
    // Only platform may act for others.
    let ci = Ci::with(
        &shell,
        &shell.token("acme", "admin"),
        &[("carol.yaml", carol)],
    );
    ci.run(&["carol.yaml", "--organization", "globex"])
        .expect(2)
        .warns("the token may not ask this (403")
        .warns("`act_for` on `organization:<slug>`");
}

#[test]
fn the_lines_that_decided_are_shown_to_who_may_read_roles() {
    let shell = Shell::start();
    let archived =
        "- {subject: alice, action: write, resource: document/budget-2024, expect: allow}\n";
    let files = [("archived.yaml", archived)];
    let arguments = [
        "archived.yaml",
        "--organization",
        "acme",
        "--junit",
        "report.xml",
    ];
    let decided =
        "decided: editor denies write on document:* where has(resource.properties.status)";
    let admin = Ci::with(&shell, &shell.token("platform", "admin"), &files);
    admin
        .run(&arguments)
        .expect(1)
        .says("      expected allow, but was deny\n      reason: ")
        .says(&format!("      {decided}"))
        .says("        resource.properties.status = \"archived\"\n")
        .says("      counts: editor allows write on document:*\n")
        .says("      holds editor, viewer (by editor > viewer)\n");
    assert!(admin.folder.read("report.xml").contains(decided));
    // A satellite may ask for decisions, but not read roles.
    let satellite = Ci::of(&shell, &files);
    let run = satellite.run(&arguments).expect(1);
    assert!(
        !run.out.contains("reason: ") && !run.out.contains("decided: "),
        "{}",
        run.out
    );
    run.says("No lines are shown: the token is not allowed to read explanations (403)");
}
