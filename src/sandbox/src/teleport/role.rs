//! Roles and users: who may do what.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use accessbot_core::request::Threshold;
use accessbot_teleport::proto::{types, wrappers};

/// A role: what those who hold it may do, ask for and review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Verbs by kind of resource, such as `access_request: [list, read]`.
    pub rules: BTreeMap<String, BTreeSet<String>>,
    /// Roles that its holders may ask for.
    pub requestable: Vec<String>,
    /// Who should review what they ask for.
    pub suggested_reviewers: Vec<String>,
    /// What settles what they ask for; one approval or one denial if it is empty.
    pub thresholds: Vec<Threshold>,
    /// Annotations of what they ask for.
    pub annotations: BTreeMap<String, Vec<String>>,
    /// Roles that its holders may review requests for; `*` for all.
    pub reviewable: Vec<String>,
    /// Users in whose name its holders may review (18.11); `*` for all.
    pub submit_for_users: Vec<String>,
    /// How long access by this role lasts at most.
    pub max_session_ttl: Option<Duration>,
}

impl Role {
    /// A role without any right.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Allows `verbs` (`list`, `read`, `create`, `update`, `delete`) on a kind of resource.
    #[must_use]
    pub fn allow(mut self, resource: &str, verbs: &[&str]) -> Self {
        self.rules.entry(resource.to_owned()).or_default().extend(verbs.iter().map(|verb| (*verb).to_owned()));
        self
    }

    /// Lets its holders ask for these roles.
    #[must_use]
    pub fn may_request(mut self, roles: &[&str]) -> Self {
        self.requestable.extend(roles.iter().map(|role| (*role).to_owned()));
        self
    }

    /// Suggests reviewers for what its holders ask for.
    #[must_use]
    pub fn suggests(mut self, reviewers: &[&str]) -> Self {
        self.suggested_reviewers.extend(reviewers.iter().map(|reviewer| (*reviewer).to_owned()));
        self
    }

    /// Lets its holders review requests for these roles.
    #[must_use]
    pub fn may_review(mut self, roles: &[&str]) -> Self {
        self.reviewable.extend(roles.iter().map(|role| (*role).to_owned()));
        self
    }

    /// Demands so many approvals and denials of what its holders ask for.
    #[must_use]
    pub fn needs(mut self, approve: u32, deny: u32) -> Self {
        self.thresholds.push(Threshold { name: String::new(), filter: String::new(), approve, deny });
        self
    }

    pub(crate) fn wire(&self) -> types::Role {
        let rules = self.rules.iter().map(|(resource, verbs)| types::Rule {
            resources: vec![resource.clone()],
            verbs: verbs.iter().cloned().collect(),
            r#where: String::new(),
        });
        let conditions = types::RoleConditions {
            logins: vec![self.name.clone()],
            rules: rules.collect(),
            request: Some(types::AccessRequestConditions {
                roles: self.requestable.clone(),
                annotations: Some(labels(&self.annotations)),
                thresholds: self.thresholds.iter().map(wire_threshold).collect(),
                suggested_reviewers: self.suggested_reviewers.clone(),
            }),
            review_requests: Some(types::AccessReviewConditions {
                roles: self.reviewable.clone(),
                submit_for_users: self.submit_for_users.clone(),
                ..types::AccessReviewConditions::default()
            }),
        };
        types::Role {
            kind: "role".to_owned(),
            sub_kind: String::new(),
            version: "v4".to_owned(),
            metadata: Some(types::Metadata { name: self.name.clone(), ..types::Metadata::default() }),
            spec: Some(types::RoleSpec { allow: Some(conditions), deny: None }),
        }
    }
}

/// A Teleport user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Names of its roles.
    pub roles: Vec<String>,
    /// What is known of it, such as `email` or `slack_uid`.
    pub traits: BTreeMap<String, Vec<String>>,
}

impl User {
    /// A user with these roles.
    pub fn new(name: impl Into<String>, roles: &[&str]) -> Self {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Self { name: name.into(), roles, ..Self::default() }
    }

    /// Adds a trait.
    #[must_use]
    pub fn with_trait(mut self, name: &str, values: &[&str]) -> Self {
        self.traits.insert(name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
        self
    }

    pub(crate) fn wire(&self) -> types::UserV2 {
        types::UserV2 {
            kind: "user".to_owned(),
            sub_kind: String::new(),
            version: "v2".to_owned(),
            metadata: Some(types::Metadata { name: self.name.clone(), ..types::Metadata::default() }),
            spec: Some(types::UserSpecV2 {
                roles: self.roles.clone(),
                traits: Some(labels(&self.traits)),
                ..types::UserSpecV2::default()
            }),
        }
    }
}

/// Whether a list of names and wildcards has `name`.
pub(crate) fn lists(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| crate::common::pattern::matches(pattern, name))
}

pub(crate) fn wire_threshold(threshold: &Threshold) -> types::AccessReviewThreshold {
    types::AccessReviewThreshold {
        name: threshold.name.clone(),
        filter: threshold.filter.clone(),
        approve: threshold.approve,
        deny: threshold.deny,
    }
}

pub(crate) fn labels(map: &BTreeMap<String, Vec<String>>) -> wrappers::LabelValues {
    let values = map.iter().map(|(name, values)| (name.clone(), wrappers::StringValues { values: values.clone() }));
    wrappers::LabelValues { values: values.collect() }
}

/// The users and roles that the stand-in starts with.
pub(crate) fn defaults() -> (Vec<Role>, Vec<User>) {
    let all = ["list", "read", "create", "update", "delete"];
    let mut admin = Role::new("labadmin");
    for resource in ["access_request", "access_plugin_data", "user", "role", "lock"] {
        admin = admin.allow(resource, &all);
    }
    let mut shortlived = Role::new("shortlived");
    shortlived.max_session_ttl = Some(Duration::from_secs(20));
    let roles = vec![
        admin,
        Role::new("access-plugin")
            .allow("access_request", &["list", "read", "update"])
            .allow("access_plugin_data", &["update"]),
        Role::new("dbadmin"),
        shortlived,
        Role::new("devops").may_request(&["dbadmin", "shortlived"]),
        Role::new("devops-suggest").may_request(&["dbadmin"]).suggests(&["alice@example.com", "ivan@example.com"]),
        Role::new("reviewer").may_review(&["dbadmin", "shortlived"]),
    ];
    let person =
        |name: &str, role: &str| User::new(name, &[role]).with_trait("email", &[&format!("{name}@example.com")]);
    let users = vec![
        User::new("labadmin", &["labadmin"]),
        User::new("access-plugin", &["access-plugin"]),
        person("alice", "reviewer"),
        person("ivan", "reviewer"),
        person("bob", "devops"),
        person("dave", "devops-suggest"),
    ];
    (roles, users)
}
