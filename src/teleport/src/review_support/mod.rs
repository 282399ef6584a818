//! Whether decisions from the chat can work: what each mode needs of the server and of our own role, tried out.

mod rights;
mod trial;

use accessbot_core::review::Mode;
use accessbot_core::teleport::Cluster;

use crate::link::Link;
use crate::permissions::{self, Outcome};
use crate::version;

pub use rights::MissingRights;

/// The first version that may want a second factor for reviews and set states.
const SECOND_FACTOR_SINCE: u64 = 15;
/// The first major version of which some release takes reviews on behalf of users: 18.11, as far as is known.
const ON_BEHALF_SINCE: u64 = 18;

/// What decisions from the chat are to be able to do.
#[derive(Clone, Debug)]
pub struct ReviewNeeds {
    /// How they are carried out.
    pub mode: Mode,
    /// The traits by which people are found, if any: all users are listed then.
    pub traits: Vec<String>,
    /// The Teleport users who may decide, as far as the configuration names them.
    pub people: Vec<String>,
    /// Whether others may, whom it does not name.
    pub others: bool,
    /// The roles for which requests are decided, with `*` for any text; empty for all.
    pub roles: Vec<String>,
}

/// Something that a mode needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A server that can do it at all.
    Server,
    /// That the server asks no second factor of us.
    NoSecondFactor,
    /// A rule of our role.
    Rule {
        /// The kind of resource.
        resource: &'static str,
        /// What may be done with it.
        verbs: &'static [&'static str],
    },
    /// `review_requests.submit_for_users` of our role, with these users.
    SubmitForUsers(Vec<String>),
    /// `review_requests.roles` of our role, with these roles.
    ReviewRoles(Vec<String>),
}

/// Something that a mode needs, and whether it is there.
#[derive(Clone, Debug)]
pub struct ReviewCheck {
    /// What is needed.
    pub need: Need,
    /// Whether it is there.
    pub outcome: Outcome,
    /// What was tried or seen, and what came of it, in one clause.
    pub found: String,
}

/// What was found out about a mode. Nothing for a mode that needs nothing.
#[derive(Clone, Debug)]
pub struct ReviewSupport {
    /// The mode.
    pub mode: Mode,
    /// What it needs, in the order in which it was tried.
    pub checks: Vec<ReviewCheck>,
}

impl ReviewSupport {
    /// What our role lacks.
    pub fn missing(&self) -> MissingRights {
        MissingRights::of(&self.checks)
    }
}

/// Finds out about a mode. Changes nothing.
pub(crate) async fn find_out(link: &Link, cluster: &Cluster, needs: &ReviewNeeds) -> ReviewSupport {
    let mut checks = Vec::new();
    if needs.mode != Mode::Link {
        let server = server(cluster, needs.mode);
        let can = matches!(server.outcome, Outcome::Granted);
        checks.push(server);
        if can {
            let roles = permissions::own_roles(link).await.unwrap_or_default();
            checks.extend(rights::try_all(link, needs, &roles).await);
            let trial = trial::Trial { link, needs, roles: &roles }.run().await;
            checks.extend(trial.as_ref().and_then(|trial| second_factor_ahead(link, cluster, trial)));
            checks.extend(trial);
        }
    }
    ReviewSupport { mode: needs.mode, checks }
}

fn server(cluster: &Cluster, mode: Mode) -> ReviewCheck {
    let version = &cluster.version;
    let lacking = match mode {
        Mode::OnBehalf | Mode::AsBot if !cluster.reviews => {
            Some(format!("Teleport {version} there is open source and has no reviews: only set-state decides requests"))
        }
        Mode::OnBehalf if version::major(version).is_some_and(|major| major < ON_BEHALF_SINCE) => {
            Some(format!("Teleport {version} takes no reviews on behalf of users: 18.11 is the first that does"))
        }
        _ => None,
    };
    let outcome = if lacking.is_some() { Outcome::Missing } else { Outcome::Granted };
    ReviewCheck { need: Need::Server, outcome, found: lacking.unwrap_or_else(|| format!("Teleport {version}")) }
}

/// What will fail as soon as the cluster wants a second factor, if the trial has not shown that it does.
fn second_factor_ahead(link: &Link, cluster: &Cluster, trial: &ReviewCheck) -> Option<ReviewCheck> {
    let may_want = version::major(&cluster.version).is_some_and(|major| major >= SECOND_FACTOR_SINCE);
    if !may_want || trial.need == Need::NoSecondFactor || link.certificate().needs_no_second_factor() {
        return None;
    }
    let found = match trial.outcome {
        Outcome::Granted => "the cluster asks for none now, but may, because our certificate is not from tbot",
        _ => "the cluster may ask for one, because our certificate is not from tbot",
    };
    Some(ReviewCheck { need: Need::NoSecondFactor, outcome: Outcome::Granted, found: found.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_servers_cannot_do_it_whatever_the_role_says() {
        let can = |version: &str, reviews: bool, mode| {
            let cluster = Cluster {
                name: String::new(),
                version: version.to_owned(),
                proxy_public_addr: String::new(),
                user: String::new(),
                reviews,
            };
            matches!(server(&cluster, mode).outcome, Outcome::Granted)
        };
        for (version, reviews, expected) in [
            ("8.3.21", false, [false, false, true]),
            ("8.3.21", true, [false, true, true]),
            ("17.7.0", true, [false, true, true]),
            ("18.0.0", true, [true, true, true]),
            ("18.11.0", true, [true, true, true]),
            ("18.11.0", false, [false, false, true]),
            ("19.0.0-dev", true, [true, true, true]),
            ("trunk", true, [true, true, true]),
        ] {
            let found = [Mode::OnBehalf, Mode::AsBot, Mode::SetState].map(|mode| can(version, reviews, mode));
            assert_eq!(found, expected, "{version} {reviews}");
        }
    }
}
