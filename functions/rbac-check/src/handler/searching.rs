//! `/access/v1/search`.

use access::{
    Action, Entered, Resource, enter, enter_asking,
    policies::{KeptPolicy, find_resources, find_subjects, keys_of_subjects},
    refused_or,
};
use clock::Timestamp;
use decisions::{AskedBy, SubjectPolicy, decide};
use http::StatusCode;
use service::{
    cache,
    http::{request::Request, response::Response},
    problem::Problem,
    tenant::Authorized,
};

use super::{
    evaluations::{read, text},
    stopwatch::Stopwatch,
};
use crate::{
    evaluating::entities::Sought,
    searching::{
        finding::{Found, find},
        known::{Known, Named},
        request::Asked,
        token::{self, Place},
    },
    store,
};

/// Which subjects may do it? This is always about others.
pub async fn search_subjects(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let entered = enter(&head).await?;
    let body = text(&head, body).await;
    let authorized = entered
        .authorize(Action::Evaluate, Resource::Decision)
        .await?;
    let asked = read(&body, |body| Asked::read(body, Sought::Subjects));
    let asked = refused_or(&authorized, asked).await?;
    let start = start(&entered, &asked).await?;
    if asked.subject.kind != "user" {
        return nothing(&entered, &asked).await;
    }
    let (now, after) = (clock::now(), start.after.as_deref());
    let (organization, members) = store::find_known_subjects(&authorized, &asked, after).await?;
    if let Some(organization) = organization {
        head.concerns(organization);
    }
    let own = entered.own_subject().await?;
    let now = now.unix_microseconds();
    let time = Stopwatch::start();
    let found = find(
        &members.known,
        &start,
        || time.has_time(),
        members.decider(&asked, own, now),
    );
    answer(&entered, &asked, &found).await
}

/// For which resources may the subject do it?
pub async fn search_resources(request: Request) -> Result<Response, Problem> {
    search_of_a_subject(request, Sought::Resources).await
}

/// What may the subject do to the resource?
pub async fn search_actions(request: Request) -> Result<Response, Problem> {
    search_of_a_subject(request, Sought::Actions).await
}

/// One lookup in Redis finds the caller and the policy of the subject, as for an evaluation.
async fn search_of_a_subject(request: Request, sought: Sought) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let body = text(&head, body).await;
    let asked = read(&body, |body| Asked::read(body, sought));
    let user = asked.as_ref().ok().and_then(Asked::user);
    let now = clock::now();
    let mut entered =
        enter_asking(&head, now, |path| keys_of_subjects(path, user.into_iter())).await?;
    let looked_up = std::mem::take(&mut entered.lookup.values);
    let authorized = entered.admit().await?;
    let asked = refused_or(&authorized, asked).await?;
    let context = &entered.context;
    let own = entered.own_subject().await?;
    let is_about_itself = own.is_some_and(|own| asked.subject.is_user(own));
    if !is_about_itself {
        entered
            .authorize(Action::Evaluate, Resource::Decision)
            .await?;
    }
    let start = start(&entered, &asked).await?;
    let Some(user) = asked.user() else {
        return nothing(&entered, &asked).await;
    };
    let subjects = find_subjects(context, &authorized, &entered.lookup, looked_up, &[user]).await?;
    head.concerns(subjects.granted.organization);
    let policy = subjects.policies.get(user).and_then(KeptPolicy::policy);
    let policy = policy.ok_or_else(|| Problem::internal("the policy cannot be read"))?;
    let mut lines = policy.lines.iter();
    if !lines.any(|line| asked.may_be_allowed_by(line)) {
        return nothing(&entered, &asked).await;
    }
    let asked_by = if is_about_itself {
        AskedBy::EndUser
    } else {
        AskedBy::Service
    };
    let may_read = policy.lines.iter().any(|line| line.condition.is_some())
        && subjects.granted.may_store(&asked.resource.kind);
    let of = OfSubject {
        entered: &entered,
        authorized,
        asked: &asked,
        start,
        policy,
        asked_by,
        may_read,
        now,
    };
    match sought {
        Sought::Actions => of.actions().await,
        _ => of.resources().await,
    }
}

/// A search about a subject whose policy is known.
struct OfSubject<'s> {
    entered: &'s Entered,
    authorized: Authorized<'s>,
    asked: &'s Asked<'s>,
    start: Place,
    policy: SubjectPolicy<&'s str>,
    asked_by: AskedBy,
    /// Whether a line may read the stored data of a resource.
    may_read: bool,
    now: Timestamp,
}

impl OfSubject<'_> {
    async fn resources(&self) -> Result<Response, Problem> {
        let after = self.start.after.as_deref();
        let known =
            store::find_known_resources(&self.authorized, self.asked, self.may_read, after).await?;
        self.found(&known, |resource| resource.properties()).await
    }

    async fn actions(&self) -> Result<Response, Problem> {
        let resource = &self.asked.resource;
        let mut stored = None;
        if self.may_read {
            let named = vec![(&*resource.kind, &*resource.id)];
            let (context, lookup) = (&self.entered.context, &self.entered.lookup);
            let found = find_resources(context, &self.authorized, lookup, named).await?;
            stored = found.into_values().next();
        }
        let after = self.start.after.as_deref();
        let known = store::find_known_actions(&self.authorized, after).await?;
        self.found(&known, |_| stored.as_deref()).await
    }

    async fn found<'k, One: Named>(
        &self,
        known: &'k Known<One>,
        stored: impl Fn(&'k One) -> Option<&'k str>,
    ) -> Result<Response, Problem> {
        let now = self.now.unix_microseconds();
        let time = Stopwatch::start();
        let found = find(
            known,
            &self.start,
            || time.has_time(),
            |one| {
                let question = self.asked.question(one.name(), self.asked_by);
                decide(&self.policy, &question, stored(one), now)
            },
        );
        answer(self.entered, self.asked, &found).await
    }
}

async fn start(entered: &Entered, asked: &Asked<'_>) -> Result<Place, Problem> {
    token::place(cache::seal_key().await?, &entered.context.path, asked)
}

/// The answer if nothing can be found.
async fn nothing(entered: &Entered, asked: &Asked<'_>) -> Result<Response, Problem> {
    answer(entered, asked, &Found::default()).await
}

async fn answer(
    entered: &Entered,
    asked: &Asked<'_>,
    found: &Found<'_>,
) -> Result<Response, Problem> {
    let next_token = match &found.next {
        Some(next) => token::seal(cache::seal_key().await?, &entered.context.path, asked, next),
        None => String::new(),
    };
    let body = found.body(asked, &next_token)?;
    Ok(Response::json(StatusCode::OK, body)
        .of_question()
        .with_cause(found.failure.clone()))
}
