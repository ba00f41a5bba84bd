//! Authentication and authorization for every handler.

use std::cell::{Cell, OnceCell, RefCell};

use clock::Timestamp;
use service::{
    cache::{Lookup, seal::Sealed},
    http::head::Head,
    identity::entrance::{self, Claimed},
    problem::Problem,
    tenant::{Authorized, Reach, TenantContext, TenantPath},
};
use uuid::Uuid;

use crate::{
    Action, Resource, Rights,
    policies::{Subjects, find_resources, find_subjects, keys_of_subjects},
};

/// A request with a valid token. It is not authorized yet: [`Entered::admit`] and [`Entered::authorize`] do that.
pub struct Entered {
    /// The caller, and its path to the tenant.
    pub context: TenantContext,
    /// The values in Redis at the handler's keys.
    pub lookup: Lookup,
    /// The values in Redis for the caller's own policy.
    own: RefCell<Vec<Option<Sealed>>>,
    rights: OnceCell<Rights>,
}

/// Authenticates a request that needs rights: the caller's policy is looked up with its token.
pub async fn enter(head: &Head) -> Result<Entered, Problem> {
    let (context, mut lookup) = entrance::enter(head, head.arrived(), keys_of_own).await?;
    let own = std::mem::take(&mut lookup.values);
    Ok(Entered::new(context, lookup, own))
}

/// Authenticates a request and looks up what else it needs, at the keys that `keys` returns for the path that the
/// token claims; also the caller's policy, if the request names an organization to act for.
pub async fn enter_asking(
    head: &Head,
    now: Timestamp,
    keys: impl Fn(&TenantPath) -> Vec<String>,
) -> Result<Entered, Problem> {
    let own_at = Cell::new(0);
    let all = |claimed: &Claimed| {
        let mut all = keys(&claimed.path);
        // There are as many keys for every path.
        own_at.set(all.len());
        if claimed.path.acting_for.is_some() {
            all.extend(keys_of_own(claimed));
        }
        all
    };
    let (context, mut lookup) = entrance::enter(head, now, all).await?;
    let own = lookup
        .values
        .split_off(own_at.get().min(lookup.values.len()));
    Ok(Entered::new(context, lookup, own))
}

/// Authenticates a request that needs rights and looks up other values: both are looked up with its token.
pub async fn enter_comparing(head: &Head) -> Result<Entered, Problem> {
    let own_at = Cell::new(0);
    let all = |claimed: &Claimed| {
        let mut all = keys_of_own(claimed);
        own_at.set(all.len());
        if claimed.path.acting_for.is_some() {
            all.extend(keys_of_subjects(&claimed.path, std::iter::empty()));
        }
        all
    };
    let (context, mut lookup) = entrance::enter(head, head.arrived(), all).await?;
    let tenant = lookup
        .values
        .split_off(own_at.get().min(lookup.values.len()));
    let own = std::mem::replace(&mut lookup.values, tenant);
    Ok(Entered::new(context, lookup, own))
}

fn keys_of_own(claimed: &Claimed) -> Vec<String> {
    let subjects = std::iter::once(claimed.subject.as_str());
    keys_of_subjects(&claimed.path.of_the_caller(), subjects)
}

impl Entered {
    fn new(context: TenantContext, lookup: Lookup, own: Vec<Option<Sealed>>) -> Self {
        Self {
            context,
            lookup,
            own: RefCell::new(own),
            rights: OnceCell::new(),
        }
    }

    /// Authorizes a request that needs no right except access to the tenant; a caller that acts for another
    /// organization needs the right to do so.
    pub async fn admit(&self) -> Result<Authorized<'_>, Problem> {
        self.enter_tenant().await?;
        Ok(self.context.authorized(Reach::Wide))
    }

    /// Authorizes a caller that has the right; other callers are refused.
    pub async fn authorize(
        &self,
        action: Action,
        resource: Resource<'_>,
    ) -> Result<Authorized<'_>, Problem> {
        self.enter_tenant().await?;
        if self.may(action, resource).await? {
            Ok(self.context.authorized(Reach::Wide))
        } else {
            Err(needed(action, resource))
        }
    }

    /// Authorizes reading organizations: with the right, a caller may read all of them, and otherwise, like every
    /// member, its own.
    pub async fn authorize_reading_organizations(
        &self,
        resource: Resource<'_>,
    ) -> Result<Authorized<'_>, Problem> {
        self.enter_tenant().await?;
        let reach = if self.may(Action::Read, resource).await? {
            Reach::Wide
        } else {
            Reach::Own
        };
        Ok(self.context.authorized(reach))
    }

    /// Whether the caller has a right.
    pub async fn may(&self, action: Action, resource: Resource<'_>) -> Result<bool, Problem> {
        let own = self.context.of_the_caller();
        let rights = self.rights(&own).await?;
        let now = self.lookup.at.unix_microseconds();
        if let Some(decided) = rights.decide_without_stored(action, resource, now)? {
            return Ok(decided);
        }
        let id = resource.id();
        let named = vec![(resource.kind(), &*id)];
        let authorized = own.authorized(Reach::Own);
        let found = find_resources(&own, &authorized, &self.lookup, named).await?;
        let stored = found.into_values().next();
        rights.decide(action, resource, stored.as_deref(), now)
    }

    /// Takes the caller's own policy from the handler's lookup, so that it is not looked up again.
    pub fn take_own(&self, found: &Subjects) {
        let subject = &self.context.caller.subject;
        let policy = found.policies.get(subject.as_str());
        if self.context.path.acting_for.is_none()
            && let Some(policy) = policy
        {
            let (granted, policy) = (found.granted.clone(), policy.clone());
            // If they have been looked up already, they are not replaced.
            let _ = self
                .rights
                .set(Rights::new(subject.as_str().to_owned(), granted, policy));
        }
    }

    /// The organization that the request is about: the caller's own, or the one that it acts for. A caller that
    /// may not act there is refused.
    pub async fn organization(&self) -> Result<Uuid, Problem> {
        let context = &self.context;
        if context.path.acting_for.is_none() {
            return Ok(context.path.organization);
        }
        let authorized = self.admit().await?;
        let looked_up = self.lookup.values.clone();
        let found = find_subjects(context, &authorized, &self.lookup, looked_up, &[]).await?;
        Ok(found.granted.organization)
    }

    /// Whether the caller may act for others than its own organization.
    pub async fn is_of_platform(&self) -> Result<bool, Problem> {
        let own = self.context.of_the_caller();
        Ok(self.rights(&own).await?.is_of_platform())
    }

    /// The caller's id, if it acts in its own organization; in another one, another user can have the same id.
    pub async fn own_subject(&self) -> Result<Option<&str>, Problem> {
        let subject = self.context.caller.subject.as_str();
        Ok((!self.acts_for_another().await?).then_some(subject))
    }

    async fn acts_for_another(&self) -> Result<bool, Problem> {
        let Some(named) = &self.context.path.acting_for else {
            return Ok(false);
        };
        let own = self.context.of_the_caller();
        Ok(self.rights(&own).await?.acts_for(named.as_str()))
    }

    async fn enter_tenant(&self) -> Result<(), Problem> {
        let Some(named) = &self.context.path.acting_for else {
            return Ok(());
        };
        let organization = Resource::Organization(named.as_str());
        if self.acts_for_another().await? && !self.may(Action::ActFor, organization).await? {
            return Err(needed(Action::ActFor, organization));
        }
        Ok(())
    }

    /// The caller's own policy, looked up once.
    async fn rights(&self, own: &TenantContext) -> Result<&Rights, Problem> {
        if let Some(rights) = self.rights.get() {
            return Ok(rights);
        }
        let subject = own.caller.subject.as_str();
        let authorized = own.authorized(Reach::Own);
        let looked_up = self.own.take();
        let found = find_subjects(own, &authorized, &self.lookup, looked_up, &[subject]).await?;
        let (granted, mut policies) = (found.granted, found.policies);
        let policy = policies.remove(subject);
        let policy =
            policy.ok_or_else(|| Problem::internal("find_access did not return the caller"))?;
        let rights = Rights::new(subject.to_owned(), granted, policy);
        Ok(self.rights.get_or_init(|| rights))
    }
}

fn needed(action: Action, resource: Resource<'_>) -> Problem {
    let place = if resource.is_of_platform() {
        ", in the organization platform"
    } else {
        ""
    };
    Problem::forbidden(format!(
        "the caller needs the right to {} {}:{}{place}",
        action.name(),
        resource.kind(),
        resource.id()
    ))
}
