//! Casbin, with the model of `model.conf`.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use casbin::function_map::OperatorFunction;
use casbin::rhai::Dynamic;
use casbin::{CoreApi, DefaultModel, Enforcer};

use crate::names;

const MODEL: &str = include_str!("model.conf");

thread_local! {
    /// It is reused, since creating one takes longer than loading what a decision needs.
    static ENFORCER: RefCell<Option<Enforcer>> = const { RefCell::new(None) };
}

/// The rules by which Casbin decides.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Lines, each with the values of `p` in the model.
    pub lines: Vec<Vec<String>>,
    /// Links, each with the values of `g` in the model.
    pub links: Vec<Vec<String>>,
}

/// A request to Casbin.
#[derive(Clone, Debug)]
pub struct Request {
    /// A user's id.
    pub user: String,
    /// An organization.
    pub organization: String,
    /// The resource's type.
    pub resource_type: String,
    /// The resource's id.
    pub resource_id: String,
    /// The action's name.
    pub action: String,
    /// Which conditions hold, by their numbers in the lines.
    pub held: Vec<bool>,
}

/// Whether Casbin allows the request by these rules alone.
pub fn allows(rules: Rules, request: Request) -> casbin::Result<bool> {
    // If there are no lines, Casbin matches the request against an empty one.
    if rules.lines.is_empty() {
        return Ok(false);
    }
    ENFORCER.with_borrow_mut(|kept| {
        // It is taken out, so that one that failed is not used again.
        let mut enforcer = kept.take().map_or_else(enforcer, Ok)?;
        load(&mut enforcer, rules)?;
        let allowed = ask(&enforcer, request)?;
        *kept = Some(enforcer);
        Ok(allowed)
    })
}

/// An enforcer without rules.
pub fn enforcer() -> casbin::Result<Enforcer> {
    let model = at_once(DefaultModel::from_str(MODEL))?;
    let mut enforcer = at_once(Enforcer::new_raw(model, ()))?;
    enforcer.add_function("holds", OperatorFunction::Arg2(holds));
    Ok(enforcer)
}

/// Replaces the rules of the enforcer.
pub fn load(enforcer: &mut Enforcer, rules: Rules) -> casbin::Result<()> {
    let model = enforcer.get_mut_model();
    model.clear_policy();
    for link in rules.links {
        model.add_policy("g", "g", link);
    }
    for line in rules.lines {
        model.add_policy("p", "p", line);
    }
    enforcer.build_role_links()
}

/// Asks the enforcer to decide.
pub fn ask(enforcer: &Enforcer, request: Request) -> casbin::Result<bool> {
    enforcer.enforce(vec![
        Dynamic::from(names::user(&request.user)),
        Dynamic::from(names::exactly(&request.organization)),
        Dynamic::from(names::exactly(&request.resource_type)),
        Dynamic::from(names::exactly(&request.resource_id)),
        Dynamic::from(names::exactly(&request.action)),
        Dynamic::from(Held(Arc::new(request.held))),
    ])
}

/// Which conditions hold, as a value that the matcher passes on.
#[derive(Clone)]
struct Held(Arc<Vec<bool>>);

/// Whether a line's condition holds. Casbin accepts no closure, so the results come with the request.
fn holds(held: Dynamic, condition: Dynamic) -> Dynamic {
    let number = condition
        .into_immutable_string()
        .ok()
        .and_then(|number| number.parse::<usize>().ok());
    let held = held.try_cast::<Held>();
    let found = held
        .zip(number)
        .and_then(|(held, number)| held.0.get(number).copied());
    found.unwrap_or(false).into()
}

/// The result of a future that never waits: Casbin's functions are asynchronous for adapters that read files.
fn at_once<T>(future: impl Future<Output = casbin::Result<T>>) -> casbin::Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(std::io::Error::other("Casbin did not finish at once").into()),
    }
}
