//! What our role lets us do: each permission that the bot uses is tried, because `Ping` needs none and proves nothing.
//!
//! A role without the verb `list` is not refused when it lists requests: the server leaves out those of others (v7 to
//! v18). So what a trial cannot show is read from our own roles, where the server shows them (v8.3 and later).

use std::collections::BTreeMap;
use std::sync::Arc;

use accessbot_core::random::Random;
use accessbot_core::teleport::{Record, RecordChange, TeleportError, TeleportErrorKind};
use tonic::Status;

use crate::calls::{self, Call};
use crate::link::Link;
use crate::proto::types::{AccessRequestFilter, Role, RoleConditions};
use crate::watch::ACCESS_REQUEST;
use crate::{listing, plugin_data, watch};

const PLUGIN_DATA: &str = "access_plugin_data";

/// A permission that the bot uses, and whether it has it.
#[derive(Clone, Debug)]
pub struct Permission {
    /// The kind of resource.
    pub resource: &'static str,
    /// What may be done with it.
    pub verbs: &'static [&'static str],
    /// What was tried, such as `list access requests`.
    pub tried: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of trying a permission.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// We have it.
    Granted,
    /// The server said no, or our roles do not say yes.
    Missing,
    /// The trial went wrong for another reason, or showed nothing; this is why.
    Unknown(String),
}

/// The rules that are missing, as verbs by kind of resource. Empty if all is well.
pub fn missing_rules(permissions: &[Permission]) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut rules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for permission in permissions.iter().filter(|p| matches!(p.outcome, Outcome::Missing)) {
        let verbs = rules.entry(permission.resource).or_default();
        for verb in permission.verbs {
            if !verbs.contains(verb) {
                verbs.push(verb);
            }
        }
    }
    for verbs in rules.values_mut() {
        verbs.sort_unstable();
    }
    rules
}

/// Tries every permission that the bot uses with the records of `plugin`. Changes nothing.
pub(crate) async fn try_all(link: &Arc<Link>, plugin: &str) -> Vec<Permission> {
    let roles = own_roles(link).await;
    vec![
        try_list(link, &roles).await,
        Permission {
            resource: ACCESS_REQUEST,
            verbs: &["read"],
            tried: calls::WATCH.name,
            outcome: outcome(watch::open(Arc::clone(link)).await.map(drop)),
        },
        try_read_records(link, plugin, &roles).await,
        Permission {
            resource: PLUGIN_DATA,
            verbs: &["update"],
            tried: calls::CHANGE.name,
            outcome: outcome(change_nothing(link, plugin).await),
        },
    ]
}

async fn try_list(link: &Link, roles: &Result<Vec<Role>, TeleportError>) -> Permission {
    let listed = listing::each(link, &calls::LIST, AccessRequestFilter::default(), &mut |_| {}).await;
    let outcome = match (outcome(listed), roles) {
        (Outcome::Granted, Ok(roles)) => match allows(roles, ACCESS_REQUEST, "list") {
            Allowed::Yes => Outcome::Granted,
            Allowed::No => Outcome::Missing,
            Allowed::Sometimes => Outcome::Unknown("a condition in the role decides, request by request".to_owned()),
        },
        (Outcome::Granted, Err(error)) => Outcome::Unknown(format!(
            "the server lists requests of others only if the role allows it, and does not say whether it does ({})",
            error.message
        )),
        (other, _) => other,
    };
    Permission { resource: ACCESS_REQUEST, verbs: &["list"], tried: calls::LIST.name, outcome }
}

/// The records are read with the right to list and read either requests or plugin data. What is missing is said of
/// requests, which the bot must list and read anyway.
async fn try_read_records(link: &Link, plugin: &str, roles: &Result<Vec<Role>, TeleportError>) -> Permission {
    let outcome = outcome(plugin_data::each(link, plugin, &mut |_, _| {}).await);
    let lacks = |verb| roles.as_ref().is_ok_and(|roles| allows(roles, ACCESS_REQUEST, verb) == Allowed::No);
    let verbs: &[&str] = match (lacks("list"), lacks("read")) {
        (true, false) => &["list"],
        (false, true) => &["read"],
        _ => &["list", "read"],
    };
    Permission { resource: ACCESS_REQUEST, verbs, tried: calls::RECORDS.name, outcome }
}

/// Writes to the record of a request that does not exist, on the condition that there is nothing and in a way that
/// leaves nothing: who may is told that there is no such request.
async fn change_nothing(link: &Link, plugin: &str) -> Result<(), TeleportError> {
    let nobody = Random::system().request_id();
    let nothing = Record::from([(NO_KEY.to_owned(), String::new())]);
    let change = RecordChange { set: nothing.clone(), expect: nothing };
    match plugin_data::change(link, plugin, &nobody, &change).await {
        Err(e) if e.kind == TeleportErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A key that nobody writes.
const NO_KEY: &str = "accessbot-check";

fn outcome(tried: Result<(), TeleportError>) -> Outcome {
    match tried {
        Ok(()) => Outcome::Granted,
        Err(e) if e.kind == TeleportErrorKind::PermissionDenied => Outcome::Missing,
        Err(e) => Outcome::Unknown(e.message),
    }
}

/// Our own roles, as the server shows them to us.
pub(crate) async fn own_roles(link: &Link) -> Result<Vec<Role>, TeleportError> {
    const CALL: Call = Call { name: "get our own roles", limit: calls::PING.limit, needs: None };
    let collect = async {
        let mut stream = link.api().get_current_user_roles(()).await?.into_inner();
        let mut roles = Vec::new();
        while let Some(role) = stream.message().await? {
            roles.push(role);
        }
        Ok::<_, Status>(roles)
    };
    link.within(&CALL, collect).await
}

/// Whether roles allow something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Yes,
    No,
    /// Only where a condition holds that we do not understand.
    Sometimes,
}

/// Whether `roles` together allow `verb` on `resource`: one that denies beats all that allow.
pub(crate) fn allows(roles: &[Role], resource: &str, verb: &str) -> Allowed {
    let conditions = |pick: fn(&crate::proto::types::RoleSpec) -> Option<&RoleConditions>| {
        let specs = roles.iter().filter_map(|role| role.spec.as_ref()).filter_map(pick);
        let matching = specs
            .flat_map(|conditions| &conditions.rules)
            .filter(|rule| has(&rule.resources, resource) && has(&rule.verbs, verb));
        matching.map(|rule| rule.r#where.is_empty()).collect::<Vec<_>>()
    };
    let (allow, deny) = (conditions(|spec| spec.allow.as_ref()), conditions(|spec| spec.deny.as_ref()));
    match (allow.contains(&true), deny.contains(&true)) {
        (_, true) => Allowed::No,
        (true, false) if deny.is_empty() => Allowed::Yes,
        (false, false) if allow.is_empty() => Allowed::No,
        _ => Allowed::Sometimes,
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|n| n == name || n == "*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::types::{RoleSpec, Rule};

    fn rule(resource: &str, verbs: &[&str], condition: &str) -> Rule {
        Rule {
            resources: vec![resource.to_owned()],
            verbs: verbs.iter().map(|v| (*v).to_owned()).collect(),
            r#where: condition.to_owned(),
        }
    }

    fn role(allow: Vec<Rule>, deny: Vec<Rule>) -> Role {
        let side = |rules| Some(RoleConditions { rules, ..RoleConditions::default() });
        Role { spec: Some(RoleSpec { allow: side(allow), deny: side(deny) }), ..Role::default() }
    }

    #[test]
    fn roles_add_up_and_denial_wins() {
        let list = || rule("access_request", &["list", "read"], "");
        let ask = |roles: &[Role]| allows(roles, "access_request", "list");
        assert_eq!(ask(&[]), Allowed::No);
        assert_eq!(ask(&[role(vec![list()], vec![])]), Allowed::Yes);
        assert_eq!(ask(&[role(vec![rule("*", &["*"], "")], vec![])]), Allowed::Yes);
        assert_eq!(ask(&[role(vec![rule("access_request", &["read"], "")], vec![])]), Allowed::No);
        assert_eq!(ask(&[role(vec![rule("user", &["list"], "")], vec![])]), Allowed::No);
        assert_eq!(ask(&[role(vec![], vec![]), role(vec![list()], vec![])]), Allowed::Yes);
        assert_eq!(ask(&[role(vec![list()], vec![]), role(vec![], vec![list()])]), Allowed::No);
        assert_eq!(ask(&[role(vec![rule("*", &["list"], "equals(1, 2)")], vec![])]), Allowed::Sometimes);
        assert_eq!(ask(&[role(vec![list()], vec![rule("*", &["list"], "equals(1, 2)")])]), Allowed::Sometimes);
    }

    #[test]
    fn what_is_missing_is_named_once() {
        let permission = |resource, verbs, outcome| Permission { resource, verbs, tried: "", outcome };
        let found = missing_rules(&[
            permission("access_request", &["read"], Outcome::Missing),
            permission("access_request", &["list", "read"], Outcome::Missing),
            permission("access_plugin_data", &["update"], Outcome::Granted),
            permission("user", &["read"], Outcome::Unknown("late".to_owned())),
        ]);
        assert_eq!(found, BTreeMap::from([("access_request", vec!["list", "read"])]));
    }
}
