//! Who may decide, where Teleport does not say: approvers for each role, and how many must agree.

use std::collections::BTreeMap;

use super::reason::ReasonPolicy;
use crate::teleport::User;

/// The most people that a rule can ask for.
pub const MOST_PEOPLE: u32 = 16;
/// The rule for roles that no other rule names.
const ANY_ROLE: &str = "*";

/// Rules by the roles that they are for.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: BTreeMap<String, Rule>,
}

/// Who may decide requests for a role.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The role, or a pattern of roles: its name in votes.
    pub roles: String,
    /// Who may decide; any of them.
    pub approvers: Vec<Approver>,
    /// How many different people must approve.
    pub approvals: u32,
    /// How many different people must deny.
    pub denials: u32,
    /// Whether they must say why, if it differs from what is asked for in general.
    pub reason: Option<ReasonPolicy>,
}

/// Somebody who may decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approver {
    /// This Teleport user.
    User(String),
    /// Whoever has this Teleport role without asking.
    Role(String),
    /// Whoever has this value of this trait.
    Trait {
        /// The trait.
        name: String,
        /// The value.
        value: String,
    },
    /// Whoever is in this private channel of this backend.
    Channel {
        /// The backend's name.
        backend: String,
        /// The channel, as recipients are written for that backend.
        channel: String,
    },
}

/// Why a text does not name an approver, or a rule cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Nothing says what kind of approver it is.
    #[error("\"{0}\" does not say who that is")]
    Kindless(String),
    /// The name behind the kind is missing.
    #[error("\"{0}\" names nobody")]
    Nobody(String),
    /// A trait without a value.
    #[error("\"{0}\" is a trait without a value")]
    Valueless(String),
}

impl RuleError {
    /// What would be right.
    pub const HINT: &str = "write user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL, such as mattermost:team/approvers";
}

impl Approver {
    /// Reads `user:NAME`, `role:NAME`, `trait:NAME=VALUE` or `BACKEND:CHANNEL`, where `is_backend` says which backends there
    /// are.
    ///
    /// # Errors
    /// When the text names nobody.
    pub fn parse(text: &str, is_backend: impl Fn(&str) -> bool) -> Result<Self, RuleError> {
        let text = text.trim();
        let (kind, name) = text.split_once(':').ok_or_else(|| RuleError::Kindless(text.to_owned()))?;
        let (kind, name) = (kind.trim(), name.trim());
        if name.is_empty() {
            return Err(RuleError::Nobody(text.to_owned()));
        }
        match kind {
            "user" => Ok(Self::User(name.to_owned())),
            "role" => Ok(Self::Role(name.to_owned())),
            "trait" => match name.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
                Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                    Ok(Self::Trait { name: name.to_owned(), value: value.to_owned() })
                }
                _ => Err(RuleError::Valueless(text.to_owned())),
            },
            backend if is_backend(backend) => {
                Ok(Self::Channel { backend: backend.to_owned(), channel: name.to_owned() })
            }
            _ => Err(RuleError::Kindless(text.to_owned())),
        }
    }

    /// Whether it is `user`, as far as Teleport can say: a channel is the chat's to say.
    pub fn is(&self, user: &User) -> bool {
        match self {
            Self::User(name) => *name == user.name,
            Self::Role(role) => user.roles.contains(role),
            Self::Trait { name, value } => user.traits.get(name).is_some_and(|values| values.contains(value)),
            Self::Channel { .. } => false,
        }
    }
}

impl Policy {
    /// A policy of these rules.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().map(|rule| (rule.roles.clone(), rule)).collect() }
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The roles that the rules are for: names, patterns, `*`.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }

    /// The channels of this backend whose members are approvers, as they are written.
    pub fn channels(&self, backend: &str) -> impl Iterator<Item = &str> {
        self.rules.values().flat_map(|rule| &rule.approvers).filter_map(move |approver| match approver {
            Approver::Channel { backend: its, channel } if its == backend => Some(channel.as_str()),
            _ => None,
        })
    }

    /// The rules that a request for `roles` must satisfy, all of them; `None` if there is none for one of the roles, or
    /// no role. The rule that names a role exactly is the only one for it; else all patterns that match count; else the
    /// one for `*`.
    pub fn rules_for(&self, roles: &[String]) -> Option<Vec<&Rule>> {
        let mut needed: Vec<&Rule> = Vec::new();
        for role in roles {
            let its_own = self.for_role(role);
            if its_own.is_empty() {
                return None;
            }
            for rule in its_own {
                if !needed.iter().any(|other| other.roles == rule.roles) {
                    needed.push(rule);
                }
            }
        }
        Some(needed).filter(|rules| !rules.is_empty())
    }

    fn for_role(&self, role: &str) -> Vec<&Rule> {
        if let Some(exact) = self.rules.get(role).filter(|rule| !rule.roles.contains('*')) {
            return vec![exact];
        }
        let patterns = self.rules.values().filter(|rule| rule.roles != ANY_ROLE && rule.roles.contains('*'));
        let matching: Vec<&Rule> = patterns.filter(|rule| matches(&rule.roles, role)).collect();
        if matching.is_empty() { self.rules.get(ANY_ROLE).into_iter().collect() } else { matching }
    }
}

/// Whether `pattern`, in which `*` stands for any text, is all of `text`.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(patterns: &[&str]) -> Policy {
        Policy::new(patterns.iter().map(|roles| Rule {
            roles: (*roles).to_owned(),
            approvers: vec![],
            approvals: 1,
            denials: 1,
            reason: None,
        }))
    }

    #[test]
    fn the_most_exact_rules_count_and_every_role_needs_one() {
        let policy = policy(&["dbadmin", "db*", "*-prod", "*"]);
        let ask = |roles: &[&str]| {
            let roles: Vec<String> = roles.iter().map(|r| (*r).to_owned()).collect();
            policy.rules_for(&roles).map(|rules| rules.iter().map(|rule| rule.roles.clone()).collect::<Vec<_>>())
        };
        let are = |rules: &[&str]| Some(rules.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>());
        assert_eq!(ask(&["dbadmin"]), are(&["dbadmin"]));
        assert_eq!(ask(&["dbread"]), are(&["db*"]));
        assert_eq!(ask(&["db-prod"]), are(&["*-prod", "db*"]), "both patterns, so that none is got round");
        assert_eq!(ask(&["web"]), are(&["*"]));
        assert_eq!(ask(&["dbadmin", "web", "dbadmin"]), are(&["dbadmin", "*"]));
        assert_eq!(ask(&["*"]), are(&["*"]), "a role named like a pattern");
        assert_eq!(ask(&[]), None);
        assert_eq!(self::policy(&["dbadmin"]).rules_for(&["dbadmin".into(), "web".into()]).map(|r| r.len()), None);
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "x", true),
            ("a*", "a", true),
            ("a*b", "ab", true),
            ("a*b", "a", false),
            ("a*a", "a", false),
            ("a*b*c", "axbyc", true),
            ("a*b*c", "acb", false),
            ("*b", "ab", true),
            ("ab", "ab", true),
            ("ab", "abc", false),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_approver_is_named_with_its_kind() {
        let parse = |text| Approver::parse(text, |name| name == "mattermost");
        assert_eq!(parse("user:alice"), Ok(Approver::User("alice".into())));
        assert_eq!(parse(" role: dba-lead "), Ok(Approver::Role("dba-lead".into())));
        assert_eq!(parse("trait:team=dba"), Ok(Approver::Trait { name: "team".into(), value: "dba".into() }));
        let channel = Approver::Channel { backend: "mattermost".into(), channel: "lab/approvers".into() };
        assert_eq!(parse("mattermost:lab/approvers"), Ok(channel));
        assert_eq!(parse("alice"), Err(RuleError::Kindless("alice".into())));
        assert_eq!(parse("slack:C1"), Err(RuleError::Kindless("slack:C1".into())));
        assert_eq!(parse("user:"), Err(RuleError::Nobody("user:".into())));
        assert_eq!(parse("trait:team"), Err(RuleError::Valueless("trait:team".into())));
        assert_eq!(parse("trait:=x"), Err(RuleError::Valueless("trait:=x".into())));
    }

    #[test]
    fn an_approver_is_who_has_the_role_or_the_trait() {
        let alice = User {
            name: "alice".into(),
            roles: vec!["dba".into()],
            traits: BTreeMap::from([("team".to_owned(), vec!["db".to_owned(), "web".to_owned()])]),
        };
        let parse = |text: &str| Approver::parse(text, |_| true).unwrap();
        for (text, expected) in [
            ("user:alice", true),
            ("user:Alice", false),
            ("role:dba", true),
            ("role:db", false),
            ("trait:team=web", true),
            ("trait:team=we", false),
            ("trait:other=web", false),
            ("mattermost:alice", false),
        ] {
            assert_eq!(parse(text).is(&alice), expected, "{text}");
        }
    }
}
