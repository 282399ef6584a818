//! What `[review.roles]` says: for each role, or pattern of roles, who may decide and how many must agree.

use std::collections::BTreeSet;

use accessbot_core::backend::{ConfigError, Section};
use accessbot_core::review::{Approver, MOST_PEOPLE, Policy, ReasonPolicy, Rule, RuleError};

use super::review::reason;

/// Reads the rules. A channel that stands for people must be of a backend that runs: the others cannot be asked.
pub(super) fn policy(
    section: &mut Section,
    running: &[&str],
    general: &ReasonPolicy,
) -> Result<Policy, Vec<ConfigError>> {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for (roles, mut own) in section.tables("roles").unwrap_or_default() {
        check_pattern(section, &roles);
        match rule(&roles, &mut own, running, general) {
            Ok(rule) => rules.push(rule),
            Err(mistakes) => errors.extend(mistakes),
        }
    }
    if errors.is_empty() { Ok(Policy::new(rules)) } else { Err(errors) }
}

/// A pattern that fits no role leaves those that it is meant for to a rule that may be laxer.
fn check_pattern(section: &mut Section, roles: &str) {
    let key = format!("roles.{roles}");
    if roles.starts_with('^') || roles.ends_with('$') {
        let hint = "write the name of a role; * in it stands for any text, such as \"db-*\"";
        section.error(&key, "is written as a regular expression, which is not understood here", Some(hint));
    } else if roles.is_empty() || roles.trim() != roles {
        section.error(&key, "is no name of a role", Some("write it without spaces around it"));
    }
}

fn rule(
    roles: &str,
    section: &mut Section,
    running: &[&str],
    general: &ReasonPolicy,
) -> Result<Rule, Vec<ConfigError>> {
    let approvers = approvers(section, running);
    let [approvals, denials] = ["approvals", "denials"].map(|key| number(section, key, &approvers));
    let own = section.has("reason") || section.has("reason_pattern");
    let reason = own.then(|| reason(section, general));
    section.finish(Some(Rule { roles: roles.to_owned(), approvers, approvals, denials, reason }))
}

fn approvers(section: &mut Section, running: &[&str]) -> Vec<Approver> {
    let listed = section.list("approvers");
    if listed.as_ref().is_none_or(Vec::is_empty) && !wrong_kind(section, "approvers") {
        section.error("approvers", "is missing", Some(RuleError::HINT));
    }
    let mut approvers = Vec::new();
    for text in listed.unwrap_or_default() {
        match Approver::parse(&text, |name| running.contains(&name)) {
            Ok(approver) => approvers.push(approver),
            Err(error) => {
                let hint = format!("{}; what runs is {}", RuleError::HINT, running.join(", "));
                section.error("approvers", &format!("is wrong: {error}"), Some(&hint));
            }
        }
    }
    approvers
}

/// Whether something stands there that is no list of texts, which is a mistake already.
fn wrong_kind(section: &mut Section, key: &str) -> bool {
    section.has(key) && section.clone().list(key).is_none()
}

/// How many people must agree; 1 unless it is said.
fn number(section: &mut Section, key: &str, approvers: &[Approver]) -> u32 {
    let number = section.number(key, 1..=i64::from(MOST_PEOPLE)).and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let people: Option<BTreeSet<&str>> = approvers.iter().map(user).collect();
    if let Some(people) = people.filter(|people| !people.is_empty() && people.len() < number as usize) {
        let problem = format!("is {number}, and approvers names only {} people", people.len());
        section.error(key, &problem, Some("name more approvers, or ask for fewer"));
    }
    number
}

/// The one Teleport user that an approver is; `None` if it may be several.
fn user(approver: &Approver) -> Option<&str> {
    match approver {
        Approver::User(name) => Some(name),
        _ => None,
    }
}
