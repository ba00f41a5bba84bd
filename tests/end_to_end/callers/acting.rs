//! `Shell-Organization`: acting for another organization.

use tests::Shell;

#[test]
fn platform_acts_for_whom_it_likes() {
    let shell = Shell::start();
    for _ in ["from PostgreSQL", "from Redis"] {
        let own = shell.get("/v1/apps").by("platform", "svc-drive").send();
        let every = ["analytics", "billing", "chat", "drive", "hrm", "shell"];
        assert_eq!(own.slugs(), every);
        let itself = shell.get("/v1/apps").by("platform", "svc-drive");
        let itself = itself.header("shell-organization", "platform").send();
        assert_eq!(itself.slugs(), ["billing", "shell"]);
        let acme = shell.get("/v1/apps").by("platform", "svc-drive");
        let acme = acme.header("shell-organization", "acme").send();
        assert_eq!(acme.slugs(), ["chat", "drive", "hrm", "shell"]);
    }
}

#[test]
fn others_act_for_themselves_alone() {
    let shell = Shell::start();
    let own = shell
        .get("/v1/apps")
        .by("acme", "alice")
        .header("shell-organization", "acme");
    assert_eq!(own.send().slugs().len(), 4);
    // A permission of platform that Redis has cached must not let others in.
    let platform = shell.get("/v1/apps").by("platform", "svc-hrm");
    platform
        .header("shell-organization", "globex")
        .send()
        .expect(200);
    let other = shell
        .get("/v1/apps")
        .by("acme", "alice")
        .header("shell-organization", "globex");
    other.send().expect_problem(403, "forbidden");
}

#[test]
fn two_organizations_at_once_are_refused() {
    let shell = Shell::start();
    let request = shell.get("/v1/apps").by("platform", "svc-drive");
    let request = request.header("shell-organization", "acme");
    let answer = request.header("shell-organization", "globex").send();
    answer.expect_problem(403, "forbidden");
}

#[test]
fn an_organization_that_does_not_exist_is_refused() {
    let shell = Shell::start();
    for named in ["initech", "Not A Slug", ""] {
        for organization in ["platform", "acme"] {
            let request = shell.get("/v1/apps").by(organization, "admin");
            let answer = request.header("shell-organization", named).send();
            answer.expect_problem(403, "forbidden");
        }
    }
}
