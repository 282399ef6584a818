//! Which Teleport user a chat account is.

use std::collections::BTreeMap;

use crate::backend::decision::{ChatUser, ChatUserId};
use crate::backend::{ConfigError, Key, KeyKind, Section};
use crate::teleport::User;

/// The keys of `[NAME.review]` that say who people are, in every backend's section.
pub const IDENTITY_KEYS: &[Key] = &[
    Key {
        name: "review.users",
        kind: KeyKind::Table,
        aliases: &[],
        doc: "Teleport users by name, and the id of the chat account that each of them decides with.",
    },
    Key {
        name: "review.user_trait",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "The user trait in Teleport that holds the id of a user's chat account.",
    },
    Key {
        name: "review.allow_email_match",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Whether an account is the Teleport user whose name is its e-mail address (default false: addresses can be \
              changed by their owners in many chats).",
    },
];

/// How chat accounts are mapped to Teleport users on one backend. Nobody is mapped unless one of these says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityRules {
    /// Teleport users by chat account.
    pub users: BTreeMap<ChatUserId, String>,
    /// The trait that holds the chat account's id.
    pub user_trait: Option<String>,
    /// Whether the e-mail address may be the user's name.
    pub allow_email_match: bool,
}

/// How an account was mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By the operator's map.
    Map,
    /// By a trait in Teleport.
    Trait,
    /// By its e-mail address.
    Email,
}

impl How {
    /// One word for the audit trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Trait => "trait",
            Self::Email => "email",
        }
    }
}

impl IdentityRules {
    /// Reads the [`IDENTITY_KEYS`] of a backend's section.
    ///
    /// # Errors
    /// Every mistake in those keys.
    pub fn from_section(section: &mut Section) -> Result<Self, Vec<ConfigError>> {
        let mut users: BTreeMap<ChatUserId, String> = BTreeMap::new();
        for (user, accounts) in section.table("review.users").unwrap_or_default() {
            for account in accounts {
                if let Some(other) = users.insert(ChatUserId(account.clone()), user.clone())
                    && other != user
                {
                    let problem = format!("gives the account \"{account}\" to {other} and to {user}");
                    let hint = "an account is one person's: leave one of the two out";
                    section.error(&format!("review.users.{user}"), &problem, Some(hint));
                }
            }
        }
        let user_trait = section.text("review.user_trait");
        let allow_email_match = section.switch("review.allow_email_match").unwrap_or(false);
        section.finish(Some(Self { users, user_trait, allow_email_match }))
    }

    /// Whether anybody can be mapped at all.
    pub fn map_anybody(&self) -> bool {
        !self.users.is_empty() || self.user_trait.is_some() || self.allow_email_match
    }

    /// The one user of `users` whose trait holds this account, if the trait decides; `Err` with their number if several do.
    pub(crate) fn by_trait<'a>(&self, who: &ChatUserId, users: &'a [User]) -> Result<Option<&'a User>, usize> {
        let Some(name) = &self.user_trait else { return Ok(None) };
        let holds = |user: &&User| user.traits.get(name).is_some_and(|values| values.contains(&who.0));
        let mut holders = users.iter().filter(holds);
        match (holders.next(), holders.count()) {
            (one, 0) => Ok(one),
            (_, more) => Err(more + 1),
        }
    }

    /// The name that the e-mail address says, where that is allowed. An address that the chat server knows to be
    /// unconfirmed never says anything; one of which it says nothing does only where Teleport judges the person anyway,
    /// and the operator has taken the risk. Letters beyond ASCII stay as they are: some of them become others in lower
    /// case.
    pub(crate) fn by_email(&self, who: &ChatUser, judged_by_teleport: bool) -> Option<String> {
        let email = who.email.as_ref().filter(|_| self.allow_email_match)?;
        let good = email.vouched_for.unwrap_or(judged_by_teleport);
        Some(email.address.trim().to_ascii_lowercase()).filter(|address| good && address.contains('@'))
    }

    /// Whether `user`, as Teleport has it now, is still mapped to this account in this way.
    pub(crate) fn still_maps(&self, who: &ChatUser, user: &User, how: How) -> bool {
        match how {
            How::Map => self.users.get(&who.id) == Some(&user.name),
            How::Trait => matches!(self.by_trait(&who.id, std::slice::from_ref(user)), Ok(Some(_))),
            // Whether the address counts was asked when it was taken.
            How::Email => self.by_email(who, true).is_some_and(|name| name == user.name.to_ascii_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Value;
    use crate::backend::decision::{Email, Standing};

    fn user(name: &str, values: &[&str]) -> User {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        User { name: name.to_owned(), roles: vec![], traits: BTreeMap::from([("chat".to_owned(), values)]) }
    }

    #[test]
    fn a_trait_maps_one_account_to_one_user_only() {
        let rules = IdentityRules { user_trait: Some("chat".into()), ..IdentityRules::default() };
        let users = [user("alice", &["U1", "U2"]), user("bob", &["U3"]), user("eve", &["U3"]), user("carol", &[])];
        let ask = |id: &str| rules.by_trait(&ChatUserId(id.to_owned()), &users).map(|u| u.map(|u| u.name.as_str()));
        assert_eq!(ask("U1"), Ok(Some("alice")));
        assert_eq!(ask("U2"), Ok(Some("alice")), "one person may have two accounts");
        assert_eq!(ask("U3"), Err(2), "an account of two people is nobody's");
        assert_eq!(ask("U"), Ok(None));
        assert_eq!(IdentityRules::default().by_trait(&ChatUserId("U1".into()), &users), Ok(None));
    }

    #[test]
    fn an_address_is_nobody_elses_in_lower_case() {
        let rules = IdentityRules { allow_email_match: true, ..IdentityRules::default() };
        let name = |address: &str| {
            let email = Some(Email { address: address.to_owned(), vouched_for: Some(true) });
            let id = ChatUserId("U1".into());
            rules.by_email(&ChatUser { id, name: String::new(), standing: Standing::Member, email }, false)
        };
        assert_eq!(name(" Kim@Example.com"), Some("kim@example.com".to_owned()));
        assert_eq!(
            name("\u{212a}im@example.com"),
            Some("\u{212a}im@example.com".to_owned()),
            "the sign of kelvin is no k"
        );
        assert_eq!(name("kim"), None);
    }

    #[test]
    fn an_account_cannot_be_two_people_in_the_map() {
        let text = |t: &str| Value::Text(t.to_owned());
        let table = Value::Table(BTreeMap::from([("alice".to_owned(), text("U1")), ("bob".to_owned(), text("U1"))]));
        let mut section = Section::new("chat", "bot.toml", BTreeMap::from([("review.users".to_owned(), table)]));
        let errors = IdentityRules::from_section(&mut section).unwrap_err();
        insta::assert_snapshot!(errors[0], @r#"
        bot.toml: chat.review.users.bob: gives the account "U1" to alice and to bob
          hint: an account is one person's: leave one of the two out
        "#);
    }
}
