//! Who people are, as far as a chat server vouches for it.

/// An account, as the chat server names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatUserId(pub String);

/// What the chat server vouches for about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatUser {
    /// The account.
    pub id: ChatUserId,
    /// The name that people know it by, for the audit log.
    pub name: String,
    /// What kind of account it is.
    pub standing: Standing,
    /// Its e-mail address, if the server tells.
    pub email: Option<Email>,
}

/// What kind of account it is. Only a [`Standing::Member`] ever decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person who belongs to the organisation.
    Member,
    /// A program.
    Bot,
    /// A person with limited access.
    Guest,
    /// A person of another organisation, in a channel that both share.
    Stranger,
    /// An account that was switched off.
    Deactivated,
}

/// An e-mail address of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether the chat server vouches for it, because it was verified or comes from the organisation's directory; `None`
    /// if this server never says. Where people can put in any address, it proves nothing.
    pub vouched_for: Option<bool>,
}

/// Whether somebody belongs to a group of people who decide, which a channel of the chat stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Membership {
    /// They do.
    Member,
    /// They do not.
    Outsider,
    /// The channel cannot stand for a group: it is public, shared with others, has guests, or cannot be seen. This says
    /// which, for the operator.
    Unfit(String),
}
