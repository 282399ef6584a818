//! What becomes of a decision that is taken in the chat.

/// What becomes of a decision that is taken in the chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: messages link to where the request can be decided.
    #[default]
    Link,
    /// The person's own review, which Teleport judges by that person's rights.
    OnBehalf,
    /// A vote; enough of them become one review by the bot.
    AsBot,
    /// A vote; enough of them set the request's state.
    SetState,
}

impl Mode {
    /// All of them, the one that does nothing first.
    pub const ALL: [Self; 4] = [Self::Link, Self::OnBehalf, Self::AsBot, Self::SetState];

    /// Its name in the configuration: `on-behalf`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::OnBehalf => "on-behalf",
            Self::AsBot => "as-bot",
            Self::SetState => "set-state",
        }
    }

    /// The mode of this [`name`](Self::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether people vote, by our own policy.
    pub fn votes(self) -> bool {
        matches!(self, Self::AsBot | Self::SetState)
    }
}
