//! What was dealt with in this process, so that what is looked up once more is not dealt with once more.

use std::collections::{HashSet, VecDeque};

use crate::api::{Id, Reaction};

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    /// They reacted, at this time: the same reaction, taken back and made again, is another deed.
    Reaction { post: Id, user: Id, emoji: String, at: i64 },
    /// They took a reaction back.
    Removal { post: Id, user: Id, emoji: String },
    /// They wrote a reply.
    Reply(Id),
}

impl Deed {
    pub(super) fn reaction(reaction: &Reaction) -> Self {
        Self::Reaction {
            post: reaction.post_id.clone(),
            user: reaction.user_id.clone(),
            emoji: reaction.emoji_name.clone(),
            at: reaction.create_at,
        }
    }

    pub(super) fn removal(reaction: &Reaction) -> Self {
        Self::Removal {
            post: reaction.post_id.clone(),
            user: reaction.user_id.clone(),
            emoji: reaction.emoji_name.clone(),
        }
    }

    /// Its name in our answers, which all replicas give it. The same reaction, taken back and made again, has another.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Reaction { post, emoji, at, .. } => format!("{post}:{emoji}:{at}"),
            Self::Removal { post, emoji, .. } => format!("{post}:{emoji}:removed"),
            Self::Reply(post) => format!("{post}:reply"),
        }
    }
}

/// So many are remembered; then the oldest is forgotten. What is forgotten is handed over again at most, and what was
/// decided once has no effect twice.
const MOST: usize = 10_000;

/// The deeds that were dealt with.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    all: HashSet<Deed>,
    in_order: VecDeque<Deed>,
}

impl Seen {
    pub(super) fn contains(&self, deed: &Deed) -> bool {
        self.all.contains(deed)
    }

    pub(super) fn remember(&mut self, deed: Deed) {
        if self.all.insert(deed.clone()) {
            self.in_order.push_back(deed);
        }
        if self.in_order.len() > MOST
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first_and_memory_is_bounded() {
        let deed = |n: usize| Deed::Reply(Id::parse(&format!("{n:026}")).unwrap());
        let mut seen = Seen::default();
        for n in 0..=MOST {
            seen.remember(deed(n));
            seen.remember(deed(n));
        }
        assert_eq!((seen.all.len(), seen.in_order.len()), (MOST, MOST));
        assert!(!seen.contains(&deed(0)) && seen.contains(&deed(1)) && seen.contains(&deed(MOST)));
    }
}
