//! Messages that only one person sees, and only while they look: Slack does not store them.

use super::model::{Message, Model};

/// So many are remembered for the sandbox's owner.
const REMEMBERED: usize = 10_000;

impl Model {
    /// Shows a message to one user in a channel. The answer is its `ts`, by which nothing can be done.
    pub(crate) fn show_ephemeral(&mut self, user: &str, channel: &str, mut message: Message) -> String {
        let ts = self.next_ts();
        message.ts.clone_from(&ts);
        if self.ephemerals.len() == REMEMBERED {
            self.ephemerals.pop_front();
        }
        self.ephemerals.push_back((user.to_owned(), channel.to_owned(), message));
        ts
    }
}
