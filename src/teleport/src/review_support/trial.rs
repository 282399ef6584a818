//! A decision on a request that does not exist: whoever may decide is told that there is no such request.

use accessbot_core::backend::decision::Action;
use accessbot_core::random::Random;
use accessbot_core::review::Mode;
use accessbot_core::teleport::{NewReview, NewState, TeleportError, TeleportErrorKind, User};

use super::{Need, ReviewCheck, ReviewNeeds};
use crate::link::Link;
use crate::permissions::{Allowed, Outcome, allows};
use crate::proto::types::{AccessReviewConditions, Role};
use crate::watch::ACCESS_REQUEST;
use crate::{decisions, people, status};

/// The most users in whose name it is tried. Each must be one who may review something.
const MOST_PEOPLE: usize = 12;
/// Stands in a role for everybody, or every role.
const ALL: &str = "*";

/// A trial of one mode.
pub(super) struct Trial<'a> {
    pub(super) link: &'a Link,
    pub(super) needs: &'a ReviewNeeds,
    /// Our own roles, as far as the server shows them.
    pub(super) roles: &'a [Role],
}

impl Trial<'_> {
    /// Tries it.
    pub(super) async fn run(&self) -> Option<ReviewCheck> {
        match self.needs.mode {
            Mode::Link => None,
            Mode::SetState => Some(self.set_state().await),
            Mode::AsBot => Some(self.as_bot().await),
            Mode::OnBehalf => Some(self.on_behalf().await),
        }
    }

    async fn set_state(&self) -> ReviewCheck {
        let need = Need::Rule { resource: ACCESS_REQUEST, verbs: &["update"] };
        let state = NewState { action: Action::Deny, reason: String::new(), delegator: String::new() };
        let tried = decisions::set_state(self.link, &Random::system().request_id(), &state).await;
        let has_it = allows(self.roles, ACCESS_REQUEST, "update") == Allowed::Yes;
        judged(need, "set the state of a request that does not exist", tried, has_it)
    }

    async fn as_bot(&self) -> ReviewCheck {
        let roles = if self.needs.roles.is_empty() { vec![ALL.to_owned()] } else { self.needs.roles.clone() };
        let tried = self.review(None).await;
        let has_it = self.listed(|conditions| &conditions.roles);
        judged(Need::ReviewRoles(roles), "review a request that does not exist", tried, has_it)
    }

    /// Tries it in the name of one user after the other: a user who may review nothing is refused like an unknown caller.
    async fn on_behalf(&self) -> ReviewCheck {
        let named = !self.needs.others && !self.needs.people.is_empty();
        let people = if named { self.needs.people.clone() } else { vec![ALL.to_owned()] };
        let need = Need::SubmitForUsers(people);
        let what = "review a request that does not exist, on behalf of";
        let mut refused = Vec::new();
        let mut refusal = String::new();
        for author in self.authors().await {
            match self.review(Some(&author)).await {
                Err(e) if e.kind == TeleportErrorKind::PermissionDenied && !status::wants_second_factor(&e.message) => {
                    // What the server says of us comes before what it says of somebody who may review nothing.
                    if refusal.is_empty() || decisions::refuses_us(&e.message) {
                        refusal = e.message;
                    }
                    refused.push(author);
                }
                other => return judged(need, &format!("{what} {author}"), other, true),
            }
        }
        let named = self.listed(|conditions| &conditions.submit_for_users);
        if refused.is_empty() && !self.roles.is_empty() && !named {
            let found = "our roles name nobody on whose behalf we may review".to_owned();
            return ReviewCheck { need, outcome: Outcome::Missing, found };
        }
        if refused.is_empty() {
            let why = "there is no Teleport user to try it with that we can read".to_owned();
            let found = format!("{what} somebody: could not be tried: {why}");
            return ReviewCheck { need, outcome: Outcome::Unknown(why), found };
        }
        let found = format!("{what} {}: {refusal}", refused.join(", "));
        let outcome =
            if named && !decisions::refuses_us(&refusal) { Outcome::Unknown(refusal) } else { Outcome::Missing };
        ReviewCheck { need, outcome, found }
    }

    /// Reviews a request of a fresh random name.
    async fn review(&self, author: Option<&str>) -> Result<(), TeleportError> {
        let review = NewReview { author: author.map(str::to_owned), action: Action::Deny, reason: String::new() };
        decisions::submit_review(self.link, &Random::system().request_id(), &review).await.map(drop)
    }

    /// Users who exist: those whom the configuration names; then, if we may list users, those first who have a trait by
    /// which people are found; then whom our roles name. We are none of them, and no bots of Teleport's own.
    async fn authors(&self) -> Vec<String> {
        let mut authors = self.existing(&self.needs.people).await;
        if !self.needs.others && !authors.is_empty() {
            return authors;
        }
        let mut listed = people::users(self.link).await.unwrap_or_default();
        if listed.is_empty() {
            let named = self.conditions().flat_map(|conditions| &conditions.submit_for_users);
            authors.extend(self.existing(named).await);
        }
        listed.retain(|user| self.is_person(&user.name));
        listed.sort_by_key(|user| (!self.decides(user), !self.is_named(&user.name)));
        authors.extend(listed.into_iter().map(|user| user.name).take(MOST_PEOPLE));
        authors
    }

    /// Those of these people who are there, if we may look.
    async fn existing(&self, names: impl IntoIterator<Item = &String>) -> Vec<String> {
        let mut existing = Vec::new();
        for name in names.into_iter().filter(|name| self.is_person(name)).take(MOST_PEOPLE) {
            if matches!(people::user(self.link, name).await, Ok(Some(_))) {
                existing.push(name.clone());
            }
        }
        existing
    }

    fn is_person(&self, name: &str) -> bool {
        name != self.link.certificate().user && !name.starts_with('@') && !name.starts_with("bot-")
    }

    /// Whether this user can be found by one of the traits.
    fn decides(&self, user: &User) -> bool {
        self.needs.traits.iter().any(|name| user.traits.get(name).is_some_and(|values| !values.is_empty()))
    }

    /// Whether our roles name this user.
    fn is_named(&self, name: &str) -> bool {
        self.conditions().any(|conditions| conditions.submit_for_users.iter().any(|user| user == name))
    }

    /// Whether our roles list anything there.
    fn listed(&self, pick: fn(&AccessReviewConditions) -> &Vec<String>) -> bool {
        self.conditions().any(|conditions| !pick(conditions).is_empty())
    }

    fn conditions(&self) -> impl Iterator<Item = &AccessReviewConditions> {
        self.roles.iter().filter_map(|role| role.spec.as_ref()?.allow.as_ref()?.review_requests.as_ref())
    }
}

/// What a trial has shown. `has_it` says that our roles allow it: a refusal has another reason then.
fn judged(need: Need, what: &str, tried: Result<(), TeleportError>, has_it: bool) -> ReviewCheck {
    let (need, outcome, found) = match tried {
        Err(e) if e.kind == TeleportErrorKind::NotFound => (need, Outcome::Granted, format!("{what}: would work")),
        Err(e) if status::wants_second_factor(&e.message) => {
            (Need::NoSecondFactor, Outcome::Missing, format!("{what}: {}", e.message))
        }
        Err(e) if e.kind == TeleportErrorKind::PermissionDenied && !has_it => {
            (need, Outcome::Missing, format!("{what}: {}", e.message))
        }
        Err(e) => (need, Outcome::Unknown(e.message.clone()), format!("{what}: {}", e.message)),
        Ok(()) => {
            let why = "the server says that it did".to_owned();
            (need, Outcome::Unknown(why.clone()), format!("{what}: {why}"))
        }
    };
    ReviewCheck { need, outcome, found }
}
