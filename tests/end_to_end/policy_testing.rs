//! `policy-test`: the built program, asking a Shell.

use std::fmt::Write as _;
use std::process::Command;

use tests::{Folder, Setup, Shell};
use xtask::{policy_test, workspace};

const PASSES: &str = "- {subject: alice, action: read, resource: document/1, expect: allow}\n";
const FAILS: &str = "- {subject: alice, action: read, resource: document/1, expect: deny}\n";

/// What a run came to.
struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Run {
    #[track_caller]
    fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}{}", self.out, self.err);
        self
    }

    /// Demands that standard output has this.
    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no `{text}`: {}", self.out);
        self
    }

    /// Demands that standard error has this.
    #[track_caller]
    fn warns(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}`: {}", self.err);
        self
    }
}

/// A folder with files for the program, and how it is started there.
struct Ci {
    folder: Folder,
    url: String,
    token: String,
}

impl Ci {
    /// With a token of platform's service account.
    fn of(shell: &Shell, files: &[(&str, &str)]) -> Self {
        Self::with(shell, &shell.token("platform", "svc-drive"), files)
    }

    fn with(shell: &Shell, token: &str, files: &[(&str, &str)]) -> Self {
        Self {
            folder: Folder::of(&shell.setup().environment, files),
            url: shell.url(),
            token: token.to_owned(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(policy_test::program());
        command.args(arguments).current_dir(self.folder.path());
        command.env("SHELL_URL", &self.url);
        command
    }

    /// The token never shows, whatever becomes of the run.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Run {
        self.finish(self.command(arguments).env("SHELL_TOKEN", &self.token))
    }

    #[track_caller]
    fn finish(&self, command: &mut Command) -> Run {
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
    // A token of acme's own asks about acme.
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
        .says("      expected deny, came allow\n")
        .says("FAIL  bad.yaml:7:3: bob may write document/1\n      expected allow, came deny\n")
        .says("3 cases: 1 passed, 2 failed\n");
}

#[test]
fn every_fault_of_every_file_is_told_and_nothing_is_asked() {
    let shell = Setup::seeded().variable("request_log", "all").start();
    let faulty = "
- subject: alice
  subject: bob
  action: 7
  resource: handbook
  expected: allow
";
    let files = [
        ("good.yaml", PASSES),
        ("faulty.yaml", faulty),
        ("none.yaml", "# nothing yet\n"),
        ("other.yaml", "cases: []\n"),
        ("broken.yaml", "- {\n"),
    ];
    let ci = Ci::of(&shell, &files);
    let mut names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    names.push("absent.yaml");
    let run = ci.run(&names).expect(2);
    assert_eq!(run.out, "");
    let told: Vec<_> = run.err.lines().collect();
    assert_eq!(
        told[..7],
        [
            "faulty.yaml:2:3: no `expect`: expected it",
            "faulty.yaml:3:3: `subject` stands here twice: expected it once",
            "faulty.yaml:4:11: a number: expected a name, or an object with name and properties",
            "faulty.yaml:5:13: `handbook`: expected type/id, as document/handbook",
            "faulty.yaml:6:3: `expected`: expected one of name, subject, action, resource, context, expect",
            "none.yaml:1:1: nothing: expected a list of cases",
            "other.yaml:1:1: an object: expected a list of cases",
        ]
    );
    assert!(
        told[7].starts_with("broken.yaml:2:1: no YAML: "),
        "{}",
        told[7]
    );
    assert!(
        told[8].starts_with("absent.yaml: No such file"),
        "{}",
        told[8]
    );
    assert_eq!(
        told[9..],
        ["error: nothing was asked: mend the files first"]
    );
    assert_eq!(shell.log_lines(), [] as [serde_json::Value; 0]);
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
fn a_question_that_is_refused_is_no_denial() {
    let shell = Shell::start();
    let large = "x".repeat(70_000);
    let refused = format!(
        "- {{subject: alice, action: read, resource: document/1, context: {{k: {large}}}, expect: deny}}\n{PASSES}"
    );
    let ci = Ci::with(
        &shell,
        &shell.token("acme", "admin"),
        &[("a.yaml", &refused)],
    );
    ci.run(&["a.yaml", "--junit", "report.xml"])
        .expect(2)
        .says("ERROR a.yaml:1:3: alice may not read document/1\n")
        .says("expected deny, but it could not be decided (400): /context")
        .says("2 cases: 1 passed, 0 failed, 1 not decided\n");
    assert!(
        ci.folder
            .read("report.xml")
            .contains("<error message=\"expected deny, but")
    );
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
        r#"<failure message="expected deny, came allow">"#,
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
    // Nobody but platform acts for others.
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
fn who_may_not_ask_is_told_so() {
    let shell = Shell::start();
    let files = [("a.yaml", PASSES)];
    let bob = Ci::with(&shell, &shell.token("acme", "bob"), &files);
    bob.run(&["a.yaml", "--junit", "report.xml"])
        .expect(2)
        .says("1 case: 0 passed, 0 failed, 1 not asked\n")
        .warns("error: the token may not ask this (403")
        .warns("`evaluate` on `decision:*`");
    assert!(
        bob.folder
            .read("report.xml")
            .contains("<error message=\"it was not asked\">")
    );
    // Anybody may about oneself.
    let alice = Ci::with(&shell, &shell.token("acme", "alice"), &files);
    alice.run(&["a.yaml"]).expect(0);

    let good = shell.token("acme", "admin");
    let stranger = format!("{}x", good.strip_suffix(|_: char| true).unwrap());
    let stranger = Ci::with(&shell, &stranger, &files);
    stranger
        .run(&["a.yaml"])
        .expect(2)
        .warns("error: the token is not accepted (401");
}

#[test]
fn the_token_comes_from_the_environment_or_a_file() {
    let shell = Shell::start();
    let token = shell.token("acme", "admin");
    let files = [("a.yaml", PASSES), ("token", &format!("{token}\n"))];
    let ci = Ci::with(&shell, &token, &files);
    let from_file = &mut ci.command(&["a.yaml", "--token-file", "token"]);
    ci.finish(from_file).expect(0);
    ci.finish(&mut ci.command(&["a.yaml"]))
        .expect(2)
        .warns("there is no token");
    // Who takes the option for the token's own.
    let mistaken = &mut ci.command(&["a.yaml", "--token-file", &token]);
    ci.finish(mistaken)
        .expect(2)
        .warns("--token-file cannot be read");
    ci.run(&["a.yaml", "--url", "http://shell.example"])
        .expect(2)
        .warns("use https");
}

#[test]
fn a_shell_that_is_away_is_no_denial() {
    let shell = Shell::start();
    let mut ci = Ci::with(&shell, &shell.token("acme", "admin"), &[("a.yaml", FAILS)]);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    ci.url = format!("http://{free}");
    ci.run(&["a.yaml"])
        .expect(2)
        .says("1 case: 0 passed, 0 failed, 1 not asked\n")
        .warns("error: the Shell cannot be reached");
    // Another server than a Shell.
    ci.url = format!("{}/elsewhere", shell.url());
    ci.run(&["a.yaml"])
        .expect(2)
        .warns("(404")
        .warns("is the address right");
}
