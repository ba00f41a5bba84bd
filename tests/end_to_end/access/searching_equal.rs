//! A search finds exactly what an evaluation would allow: compared for random organizations.

mod world;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use tests::{
    Dice, Setup, Shell,
    decisions::SEVERAL,
    searches::{ACTIONS, RESOURCES, SUBJECTS, names},
};
use world::{ACTION_NAMES, Files, IDS, Random, TYPES, USERS, World};

const WORLDS: usize = 24;
const QUESTIONS: usize = 12;

/// A random question with subject, action and resource.
fn question(random: &mut Random) -> Value {
    let with_properties = |random: &mut Random, mut entity: Value| {
        if random.one_in(3) {
            entity["properties"] = random.properties();
        }
        entity
    };
    let user = random.one_of(&USERS);
    let kind = if random.one_in(12) { "group" } else { "user" };
    let subject = with_properties(random, json!({"type": kind, "id": user}));
    let (kind, id) = (random.one_of(&TYPES), random.one_of(&IDS));
    let resource = with_properties(random, json!({"type": kind, "id": id}));
    let action = json!({"name": random.one_of(&ACTION_NAMES)});
    let mut question = json!({"subject": subject, "action": action, "resource": resource});
    if !random.one_in(3) {
        question["context"] = random.properties();
    }
    question
}

/// The path of a search, the member with the names of its results, and the pointer to them in an evaluation.
type Search = (&'static str, &'static str, &'static str);

const SEARCHES: [Search; 3] = [
    (SUBJECTS, "id", "/subject/id"),
    (RESOURCES, "id", "/resource/id"),
    (ACTIONS, "name", "/action/name"),
];

#[derive(Clone, Copy)]
struct Asking<'a> {
    shell: &'a Shell,
    /// The token of a user, or of a service that acts for the organization.
    token: &'a str,
    acting_for: Option<&'a str>,
}

impl Asking<'_> {
    fn ask(&self, path: &str, body: &Value) -> tests::Answer {
        let mut request = self.shell.request("POST", path).bearing(self.token);
        if let Some(organization) = self.acting_for {
            request = request.header("shell-organization", organization);
        }
        request.json(body).send()
    }

    /// The results on all pages of a search.
    fn search(&self, (path, member, _): Search, question: &Value, limit: usize) -> Vec<String> {
        let mut body = question.clone();
        body["page"] = json!({"limit": limit});
        let mut found = Vec::new();
        loop {
            let answer = self.ask(path, &body);
            found.extend(names(&answer, member));
            let token = answer.json()["page"]["next_token"].clone();
            if token == "" {
                found.sort();
                return found;
            }
            body["page"] = json!({"token": token});
        }
    }

    /// Those of the known names for which an evaluation allows, one by one.
    fn evaluate(&self, (_, _, pointer): Search, question: &Value, known: &[&str]) -> Vec<String> {
        let items = known.iter().map(|name| {
            let mut item = question.clone();
            *item.pointer_mut(pointer).unwrap() = json!(name);
            item
        });
        let body = json!({"evaluations": items.collect::<Vec<_>>()});
        if known.is_empty() {
            return Vec::new();
        }
        let answer = self.ask(SEVERAL, &body).expect(200).json();
        let decisions = answer["evaluations"].as_array().unwrap();
        assert_eq!(decisions.len(), known.len());
        let decided = known.iter().zip(decisions);
        let allowed = decided.filter(|(_, decision)| decision["decision"] == true);
        let mut allowed: Vec<_> = allowed.map(|(name, _)| (*name).to_owned()).collect();
        allowed.sort();
        allowed
    }
}

#[test]
fn a_search_finds_whom_an_evaluation_allows() {
    let setup = Setup::seeded();
    let mut random = Random(Dice(21));
    let mut files = Files::new();
    let globals: Vec<_> = (0..2).map(|number| format!("global-{number}")).collect();
    let global = World::global(&mut random, &mut files, &globals);
    let slugs: Vec<_> = (0..WORLDS)
        .map(|number| format!("world-{number}"))
        .collect();
    let worlds = slugs
        .iter()
        .map(|slug| World::new(&mut random, &mut files, slug, &globals));
    let worlds: Vec<_> = worlds.collect();
    files.seed(&setup);
    let shell = setup.start();
    let service = shell.token("platform", "svc-drive");
    let (mut found_any, mut found_not_all) = ([0; 3], [0; 3]);
    for (slug, world) in slugs.iter().zip(&worlds) {
        for number in 0..QUESTIONS {
            let question = question(&mut random);
            let user = question["subject"]["id"].as_str().unwrap();
            let is_user = question["subject"]["type"] == "user";
            let is_own = is_user && user != "out" && number % 3 == 0;
            // Signing a token for each request would take longer than everything else.
            let own = is_own.then(|| shell.token(slug, user));
            let service = Asking {
                shell: &shell,
                token: &service,
                acting_for: Some(slug),
            };
            let asking = own.as_deref().map_or(service, |token| Asking {
                shell: &shell,
                token,
                acting_for: None,
            });
            let members = world.members.iter().filter(|_| is_user).copied();
            let kind = question["resource"]["type"].as_str().unwrap();
            let named = world.named.union(&global.named);
            let ids = named.filter(|(of, id)| *of == kind && *id != "*");
            let ids: BTreeSet<_> = ids.map(|(_, id)| *id).collect();
            let actions = world.actions.union(&global.actions).copied();
            let known: [Vec<&str>; 3] = [
                members.collect(),
                ids.into_iter().collect(),
                actions.filter(|name| *name != "*").collect(),
            ];
            for (place, known) in known.into_iter().enumerate() {
                // A search for subjects is never about the caller itself.
                let asking = if place == 0 { service } else { asking };
                let limit = 1 + random.below(4);
                let found = asking.search(SEARCHES[place], &question, limit);
                let expected = asking.evaluate(SEARCHES[place], &question, &known);
                assert_eq!(found, expected, "{slug} {:?} {question}", SEARCHES[place]);
                found_any[place] += usize::from(!found.is_empty());
                found_not_all[place] += usize::from(found.len() < known.len());
            }
        }
    }
    // Otherwise the comparison would have tested nothing.
    let all = found_any.iter().chain(&found_not_all);
    assert!(
        all.copied().all(|times| times > WORLDS),
        "{found_any:?} {found_not_all:?}"
    );
}
