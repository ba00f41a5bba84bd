//! `policy-test` when nothing can be decided: invalid files, refused questions and tokens, no Shell.

use tests::{Setup, Shell};

use super::policy_testing::{Ci, FAILS, PASSES};

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
            "faulty.yaml:3:3: `subject` is a duplicate: expected it once",
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
        ["error: no test was run: correct the files first"]
    );
    assert_eq!(shell.log_lines(), [] as [serde_json::Value; 0]);
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
fn who_may_not_ask_is_told_so() {
    let shell = Shell::start();
    let files = [("a.yaml", PASSES)];
    let bob = Ci::with(&shell, &shell.token("acme", "bob"), &files);
    bob.run(&["a.yaml", "--junit", "report.xml"])
        .expect(2)
        .says("1 case: 0 passed, 0 failed, 1 not sent\n")
        .warns("error: the token may not ask this (403")
        .warns("`evaluate` on `decision:*`");
    assert!(
        bob.folder
            .read("report.xml")
            .contains("<error message=\"it was not sent\">")
    );
    // Anybody may ask about oneself.
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
    // The token itself is passed to the option by mistake.
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
        .says("1 case: 0 passed, 0 failed, 1 not sent\n")
        .warns("error: the Shell cannot be reached");
    // A server that is not a Shell.
    ci.url = format!("{}/elsewhere", shell.url());
    ci.run(&["a.yaml"])
        .expect(2)
        .warns("(404")
        .warns("is the address right");
}
