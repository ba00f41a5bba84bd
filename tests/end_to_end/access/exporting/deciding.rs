//! Other Casbins decide by an exported policy as the Shell does.

use std::path::PathBuf;

use casbin::{CoreApi, DefaultModel, Enforcer, FileAdapter};
use serde_json::{Value, json};
use tests::{
    Setup, Shell,
    decisions::{SEVERAL, ask},
};
use xtask::{other_casbins, policy_export::Files, secret};

use super::{names, seed};

/// A chain of nine roles, the most that Casbin follows; lines without conditions that deny, that match anything, and
/// with names that a reader of the file might misread.
const ROLES: &str = "acme,lead,L,,s-2;guest\nacme,guest,G,,\n,auditor,A,,\nacme,watcher,W,,auditor\n\
    acme,s-2,2,,s-3\nacme,s-3,3,,s-4\nacme,s-4,4,,s-5\nacme,s-5,5,,s-6\nacme,s-6,6,,s-7\nacme,s-7,7,,s-8\n\
    acme,s-8,8,,s-9\nacme,s-9,9,,\n";
const PERMISSIONS: &str = "acme,s-9,deep,*,read,allow,\nacme,s-5,deep,secret,*,deny,\nacme,guest,odd,*,it's,allow,\n\
    acme,guest,odd,\"kind(x)[y]\",read,allow,\nacme,guest,odd,1,2.0,allow,\nacme,guest,odd,true,=,allow,\n\
    acme,guest,odd,ä é€😀,a b,allow,\nacme,guest,odd,a:b,C:\\x\\,allow,\nacme,guest,odd:a,b,read,allow,\n\
    acme,guest,odd,${x},{{y}},allow,\nacme,guest,odd,p,g,allow,\nacme,guest,odd,**,/a/*,allow,\n\
    ,auditor,*,*,read,allow,\n,auditor,deep,*,read,deny,\n,auditor,*,*,erase,deny,\n";
const ASSIGNMENTS: &str = "acme,bob,lead,\nacme,admin,guest,\nacme,lead,watcher,\nacme,role:admin,guest,\n\
    acme,user:alice,watcher,\nacme,svc,lead,2099-01-01T00:00:00Z\nacme,svc,watcher,2020-01-01T00:00:00Z\n\
    acme,carol,admin,\nacme,zoë (eu),watcher,\nacme,*,guest,\n";

const SUBJECTS: [&str; 14] = [
    "admin",
    "alice",
    "bob",
    "carol",
    "lead",
    "guest",
    "role:admin",
    "user:alice",
    "svc",
    "zoë (eu)",
    "*",
    "nobody",
    "editor",
    "",
];
const RESOURCES: [(&str, &str); 21] = [
    ("document", "1"),
    ("document", "*"),
    ("deep", "1"),
    ("deep", "secret"),
    ("odd", "kind(x)[y]"),
    ("odd", "1"),
    ("odd", "1.0"),
    ("odd", "true"),
    ("odd", "ä é€😀"),
    ("odd", "a:b"),
    ("odd:a", "b"),
    ("odd", "${x}"),
    ("odd", "p"),
    ("odd", "**"),
    ("odd", "*"),
    ("*", "*"),
    ("role:admin", "user:alice"),
    ("", ""),
    ("a,b", "\"c\""),
    ("#odd", " 1"),
    ("conditional", "1"),
];
const ACTIONS: [&str; 15] = [
    "read", "write", "delete", "erase", "it's", "2.0", "2", "=", "a b", "C:\\x\\", "{{y}}", "g",
    "/a/*", "*", "",
];

/// All questions that can be made from the known names.
fn questions() -> Vec<[String; 4]> {
    let mut questions = Vec::new();
    for subject in SUBJECTS {
        for (resource_type, id) in RESOURCES {
            for action in ACTIONS {
                questions.push([subject, resource_type, id, action].map(str::to_owned));
            }
        }
    }
    questions
}

/// The Shell's decisions; `properties` are what the satellite sends about the resource.
fn in_the_shell(shell: &Shell, questions: &[[String; 4]], properties: &Value) -> Vec<bool> {
    let mut decisions = Vec::new();
    for some in questions.chunks(1_000) {
        let items = some.iter().map(|[subject, resource_type, id, action]| {
            json!({"subject": {"type": "user", "id": subject}, "action": {"name": action},
                "resource": {"type": resource_type, "id": id, "properties": properties}})
        });
        let body = json!({"evaluations": items.collect::<Vec<_>>()});
        let answer = ask(shell, SEVERAL, &body).expect(200).json();
        let answers = answer["evaluations"].as_array().unwrap();
        decisions.extend(answers.iter().map(|answer| answer["decision"] == true));
    }
    assert_eq!(decisions.len(), questions.len());
    decisions
}

/// The decisions of plain casbin-rs, which knows nothing of the Shell.
fn in_casbin_rs(files: &Files, questions: &[[String; 4]]) -> Vec<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    runtime.block_on(async {
        let model = DefaultModel::from_file(files.model()).await.unwrap();
        let policy = FileAdapter::new(files.policy());
        let enforcer = Enforcer::new(model, policy).await.unwrap();
        let asked = questions.iter();
        asked
            .map(|[subject, resource_type, id, action]| {
                let asked = (&**subject, &**resource_type, &**id, &**action);
                enforcer.enforce(asked).unwrap()
            })
            .collect()
    })
}

/// The decisions of each implementation, with its name.
fn elsewhere(files: &Files, questions: &[[String; 4]]) -> Vec<(&'static str, Vec<bool>)> {
    let questions: Vec<_> = questions
        .iter()
        .map(|[subject, resource_type, id, action]| {
            let subject = format!("user:{subject}");
            [subject, resource_type.clone(), id.clone(), action.clone()]
        })
        .collect();
    let mut decided = vec![("casbin-rs", in_casbin_rs(files, &questions))];
    for (name, mut program) in other_casbins::programs() {
        let decisions =
            other_casbins::decide(&mut program, &files.model(), &files.policy(), &questions);
        decided.push((name, decisions.unwrap()));
    }
    if decided.len() == 1 {
        println!("node-casbin and pycasbin left out: `cargo xtask test --other-casbins` has them");
    }
    decided
}

fn written(setup: &Setup, organization: &str) -> Files {
    let (policy, said) = setup.export(organization);
    let folder: PathBuf = setup
        .environment
        .folder
        .join(secret::random_token().unwrap());
    let files = Files::in_folder(&folder, false).unwrap();
    files.write(&policy.expect(&said)).unwrap();
    files
}

#[test]
fn every_casbin_decides_as_the_shell() {
    let setup = Setup::seeded();
    let rows = [
        ("roles.csv", ROLES),
        ("permissions.csv", PERMISSIONS),
        ("role_assignments.csv", ASSIGNMENTS),
    ];
    seed(&setup, &rows);
    // The seed data's own lines with conditions are tested in the next test.
    let delete = "DELETE FROM shell.permissions WHERE condition IS NOT NULL";
    let mut database = setup.database().as_superuser();
    database.batch_execute(delete).unwrap();
    let shell = setup.start();
    let questions = questions();
    let files = written(shell.setup(), "acme");
    let expected = in_the_shell(&shell, &questions, &json!({}));
    let allowed = expected.iter().filter(|decision| **decision).count();
    assert!(allowed > 400 && allowed < expected.len() / 2, "{allowed}");
    for (name, decided) in elsewhere(&files, &questions) {
        let pairs = questions.iter().zip(expected.iter().zip(&decided));
        let otherwise: Vec<_> = pairs.filter(|(_, (ours, theirs))| ours != theirs).collect();
        assert!(otherwise.is_empty(), "{name}: {otherwise:?}");
    }
}

#[test]
fn without_conditions_nothing_more_is_allowed() {
    let setup = Setup::seeded();
    let lines = "acme,viewer,conditional,*,read,allow,resource.properties.n == 1\n\
        acme,viewer,conditional,*,write,allow,\nacme,viewer,conditional,*,write,deny,resource.properties.n == 2\n\
        acme,viewer,conditional,1,delete,allow,\nacme,viewer,conditional,*,delete,deny,has(context.never)\n";
    seed(
        &setup,
        &[
            ("roles.csv", ROLES),
            ("permissions.csv", &format!("{PERMISSIONS}{lines}")),
            ("role_assignments.csv", ASSIGNMENTS),
        ],
    );
    let shell = setup.start();
    let questions = questions();
    let files = written(shell.setup(), "acme");
    let elsewhere = elsewhere(&files, &questions);
    let mut ever_allowed_less = false;
    for properties in [
        json!({}),
        json!({"n": 1}),
        json!({"n": 2, "status": "archived"}),
    ] {
        let ours = in_the_shell(&shell, &questions, &properties);
        for (name, theirs) in &elsewhere {
            for (question, (ours, theirs)) in questions.iter().zip(ours.iter().zip(theirs)) {
                assert!(*ours || !theirs, "{name}: {question:?} with {properties}");
                ever_allowed_less |= *ours && !theirs;
            }
        }
    }
    assert!(ever_allowed_less);
}

#[test]
fn every_name_that_is_not_refused_is_read_back() {
    let marks = "a\"'`,#()[] \\=*;|{$/%\u{a0}\u{feff}\u{2028}\t";
    let one = marks.chars().map(|mark| mark.to_string());
    let two = marks.chars().flat_map(|first| {
        let second = marks.chars();
        second.map(move |second| format!("{first}{second}"))
    });
    // A name that is only `*` matches anything.
    let names: Vec<_> = one.chain(two).filter(|name| name != "*").collect();
    let (fit, unfit): (Vec<_>, Vec<_>) = names
        .iter()
        .cloned()
        .partition(|name| names::flaw(name).is_none());
    assert!(fit.len() > 150 && unfit.len() > 150);
    let setup = Setup::seeded();
    let insert = "INSERT INTO shell.permissions (organization_id, role, resource_type, resource_id, action, effect)
        SELECT o.id, 'viewer', 'name', n.name, 'read', 'allow'
        FROM shell.organizations o, unnest($1::text[]) n(name) WHERE o.slug = 'acme'";
    let mut database = setup.database().as_superuser();
    database.execute(insert, &[&fit]).unwrap();
    let files = written(&setup, "acme");
    let question = |name: &String| ["bob", "name", name, "read"].map(str::to_owned);
    let questions: Vec<_> = names.iter().map(question).collect();
    for (name, decided) in elsewhere(&files, &questions) {
        for (asked, decision) in names.iter().zip(decided) {
            assert_eq!(decision, fit.contains(asked), "{name}: {asked:?}");
        }
    }
}

#[test]
fn where_nobody_holds_anything_nothing_is_allowed() {
    let setup = Setup::seeded();
    let suspend = "UPDATE shell.organizations SET status = 'suspended' WHERE slug = 'acme'";
    let mut database = setup.database().as_superuser();
    database.batch_execute(suspend).unwrap();
    let files = written(&setup, "acme");
    let questions = questions();
    for (name, decided) in elsewhere(&files, &questions) {
        assert!(!decided.contains(&true), "{name}");
    }
}
