//! The keys that the official Go plugins keep in plugin data, which we read and keep true, so that one can switch from
//! the one bot to the other while requests are open.

use crate::backend::{CardState, MessageRef};
use crate::teleport::Record;

const USER: &str = "user";
const ROLES: &str = "roles";
const REASON: &str = "request_reason";
const REVIEWS_COUNT: &str = "reviews_count";
const RESOLUTION: &str = "resolution";
const RESOLVE_REASON: &str = "resolve_reason";
const MESSAGES: &str = "messages";
/// One message only, as plugins before v7.3 wrote it. Read, never written.
const OLD_CHANNEL: &str = "channel_id";
const OLD_POST: [&str; 2] = ["postID", "timestamp"];

/// The most messages of one request that are read; a Go plugin posts one for each recipient.
const MOST_MESSAGES: usize = 1000;

/// What the Go plugin stores about a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoKeys {
    /// Who asks.
    pub user: String,
    /// For which roles, joined by commas.
    pub roles: String,
    /// Why.
    pub reason: String,
    /// How many reviews were replied to.
    pub reviews_count: u32,
    /// How the request ended: empty while it is open.
    pub resolution: String,
    /// Why it ended so.
    pub resolve_reason: String,
    /// The messages that stand.
    pub messages: Vec<MessageRef>,
}

impl GoKeys {
    /// The names of all keys that are read or written.
    pub const NAMES: [&'static str; 10] = [
        USER,
        ROLES,
        REASON,
        REVIEWS_COUNT,
        RESOLUTION,
        RESOLVE_REASON,
        MESSAGES,
        OLD_CHANNEL,
        OLD_POST[0],
        OLD_POST[1],
    ];

    /// Reads them from a record. Anything unreadable counts as absent: anybody may have written it.
    pub fn read(record: &Record) -> Self {
        let text = |key| record.get(key).cloned().unwrap_or_default();
        Self {
            user: text(USER),
            roles: text(ROLES),
            reason: text(REASON),
            reviews_count: text(REVIEWS_COUNT).parse().unwrap_or(0),
            resolution: text(RESOLUTION),
            resolve_reason: text(RESOLVE_REASON),
            messages: messages(record),
        }
    }

    /// Whether a Go plugin has claimed the request.
    pub fn is_claim(&self) -> bool {
        !self.user.is_empty() || !self.roles.is_empty() || !self.messages.is_empty()
    }

    /// The roles one by one.
    pub fn role_list(&self) -> Vec<String> {
        self.roles.split(',').filter(|r| !r.is_empty()).map(str::to_owned).collect()
    }

    /// The state that the Go plugin has shown.
    pub fn state(&self) -> CardState {
        match self.resolution.as_str() {
            "APPROVED" => CardState::Approved,
            "DENIED" => CardState::Denied,
            "PROMOTED" => CardState::Promoted,
            "EXPIRED" => CardState::Expired,
            _ => CardState::Pending,
        }
    }

    /// The word that the Go plugin has for a state; it knows no removal.
    pub fn resolution_of(state: CardState) -> &'static str {
        match state {
            CardState::Pending => "",
            CardState::Approved => "APPROVED",
            CardState::Denied => "DENIED",
            CardState::Promoted => "PROMOTED",
            CardState::Expired | CardState::Removed => "EXPIRED",
        }
    }

    /// Writes them into a record, as the Go plugin would: an empty value is no value.
    pub fn write(&self, record: &mut Record) {
        let reviews = if self.reviews_count == 0 { String::new() } else { self.reviews_count.to_string() };
        let messages = self.messages.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        for (key, value) in [
            (USER, self.user.clone()),
            (ROLES, self.roles.clone()),
            (REASON, self.reason.clone()),
            (REVIEWS_COUNT, reviews),
            (RESOLUTION, self.resolution.clone()),
            (RESOLVE_REASON, self.resolve_reason.clone()),
            (MESSAGES, messages),
        ] {
            if value.is_empty() {
                record.remove(key);
            } else {
                record.insert(key.to_owned(), value);
            }
        }
    }
}

fn messages(record: &Record) -> Vec<MessageRef> {
    if let Some(text) = record.get(MESSAGES) {
        return text.split(',').filter_map(message).take(MOST_MESSAGES).collect();
    }
    let Some(conversation) = record.get(OLD_CHANNEL) else { return Vec::new() };
    let post = OLD_POST.iter().find_map(|key| record.get(*key));
    post.and_then(|post| message(&format!("{conversation}/{post}"))).into_iter().collect()
}

/// `conversation/message`, both without further slashes and not empty.
fn message(text: &str) -> Option<MessageRef> {
    let (conversation, message) = text.trim().split_once('/')?;
    let plain = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    (plain(conversation) && plain(message))
        .then(|| MessageRef { conversation: conversation.to_owned(), message: message.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(entries: &[(&str, &str)]) -> Record {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn what_a_go_plugin_wrote_is_read_and_written_back_the_same() {
        let stored = record(&[
            ("messages", "qieri131h3dy78qy1d9apsto9a/z4t3hrq7jfgb7dco5xqme5x4ma,c2/p2"),
            ("request_reason", "need prod db"),
            ("resolution", "APPROVED"),
            ("resolve_reason", "go ahead"),
            ("reviews_count", "2"),
            ("roles", "dbadmin,shortlived"),
            ("user", "bob"),
        ]);
        let go = GoKeys::read(&stored);
        assert_eq!(go.state(), CardState::Approved);
        assert_eq!(go.role_list(), ["dbadmin", "shortlived"]);
        assert_eq!(go.messages.len(), 2);
        let mut written = Record::new();
        go.write(&mut written);
        assert_eq!(written, stored);
    }

    #[test]
    fn one_message_in_the_oldest_form_is_read() {
        let go = GoKeys::read(&record(&[("channel_id", "c1"), ("postID", "p1"), ("user", "bob")]));
        assert_eq!(go.messages, [MessageRef { conversation: "c1".into(), message: "p1".into() }]);
    }

    #[test]
    fn of_more_messages_than_a_plugin_posts_the_first_are_read() {
        let many = "c1/p1,".repeat(200_000);
        assert_eq!(GoKeys::read(&record(&[("messages", &many)])).messages.len(), MOST_MESSAGES);
    }

    #[test]
    fn garbage_counts_as_absent() {
        let go = GoKeys::read(&record(&[("messages", ",/,a,a/,/b,a/b/c,../x y/z"), ("reviews_count", "-1")]));
        assert_eq!(go, GoKeys::default());
    }
}
