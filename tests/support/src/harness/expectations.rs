//! What people see, and what must hold whatever they see.

use std::collections::BTreeMap;

use accessbot_sandbox::mattermost::{MattermostSandbox, PostView};

use super::{CHANNEL, PATIENCE, World};

/// The messages about a request in a place.
fn about(chat: &MattermostSandbox, place: &str, id: &str) -> Vec<PostView> {
    chat.posts(place).into_iter().filter(|post| post.text().contains(id)).collect()
}

/// The message about a request in a place says this in one of its fields.
fn says(chat: &MattermostSandbox, place: &str, id: &str, field: &str, text: &str) -> bool {
    about(chat, place, id).iter().any(|post| post.field(field).is_some_and(|value| value.contains(text)))
}

impl World {
    /// Waits until the channel shows a request in this state.
    pub fn shows<'w>(&'w self, id: &str, state: &str) -> impl Future<Output = ()> + use<'w> {
        self.shows_in(CHANNEL, id, state)
    }

    /// Waits until this place shows a request in this state.
    pub fn shows_in<'w>(&'w self, place: &str, id: &str, state: &str) -> impl Future<Output = ()> + use<'w> {
        self.says(place, id, "Status", state)
    }

    /// Waits until the message about a request says this in one of its fields.
    pub fn says<'w>(
        &'w self,
        place: &str,
        id: &str,
        field: &'static str,
        text: &str,
    ) -> impl Future<Output = ()> + use<'w> {
        let what = format!("{place} says {field} {text} of {id}");
        let (place, id, text) = (place.to_owned(), id.to_owned(), text.to_owned());
        async move {
            self.mattermost.wait_within(PATIENCE, &what, |chat| says(chat, &place, &id, field, &text)).await;
        }
    }

    /// Waits until so many messages stand in the channel.
    pub fn counts(&self, messages: usize) -> impl Future<Output = ()> + use<'_> {
        let what = format!("{messages} messages stand");
        async move { self.mattermost.wait_within(PATIENCE, &what, move |chat| chat.post_count(CHANNEL) >= messages).await }
    }

    /// Waits until so many replies stand under the message about a request.
    pub fn replies<'w>(&'w self, id: &str, count: usize) -> impl Future<Output = ()> + use<'w> {
        let (what, id) = (format!("{count} replies about {id}"), id.to_owned());
        let enough =
            move |chat: &MattermostSandbox| about(chat, CHANNEL, &id).iter().any(|post| post.replies.len() >= count);
        async move { self.mattermost.wait_within(PATIENCE, &what, enough).await }
    }

    /// Waits until a direct message contains a text.
    pub fn tells<'w>(&'w self, user: &str, text: &str) -> impl Future<Output = ()> + use<'w> {
        let what = format!("{user} is told: {text}");
        let (user, text) = (user.to_owned(), text.to_owned());
        let told = move |chat: &MattermostSandbox| {
            let place = format!("@{user}");
            chat.channel_id(&place).is_ok() && chat.posts(&place).iter().any(|post| post.text().contains(&text))
        };
        async move { self.mattermost.wait_within(PATIENCE, &what, told).await }
    }

    /// The one message about a request in the channel.
    #[track_caller]
    pub fn message(&self, id: &str) -> PostView {
        let mut found = about(&self.mattermost, CHANNEL, id);
        assert_eq!(found.len(), 1, "messages about {id}: {}", self.mattermost.dump());
        found.remove(0)
    }

    /// What people read in the channel about a request, with its thread; the id is written as ID.
    #[track_caller]
    pub fn reads(&self, id: &str) -> String {
        let message = self.message(id);
        let mut lines = vec![format!("[{}]", message.color().unwrap_or("no colour")), message.text()];
        lines.extend(message.replies.iter().map(|reply| format!("> {}", reply.text())));
        without_times(&lines.join("\n").replace(id, "ID"))
    }

    /// What a person reads in the direct messages of the bot.
    #[track_caller]
    pub fn reads_in_private(&self, user: &str, id: &str) -> String {
        let texts: Vec<String> = self.mattermost.posts(&format!("@{user}")).iter().map(PostView::text).collect();
        without_times(&texts.join("\n").replace(id, "ID"))
    }

    /// What must hold at the end of every story: no unconditional write to the cluster, nothing said twice, nobody
    /// notified by what a stranger wrote.
    #[track_caller]
    pub fn check(&self) {
        let unconditional = self.teleport.unconditional_writes();
        assert!(unconditional.is_empty(), "unconditional writes: {unconditional:?}");
        let mut messages: BTreeMap<String, usize> = BTreeMap::new();
        for post in self.mattermost.posts(CHANNEL) {
            assert_eq!(post.notified, Vec::<String>::new(), "notified by {}", post.text());
            if let Some(id) = post.props.get("accessbot").and_then(|mark| mark["req"].as_str()) {
                *messages.entry(id.to_owned()).or_default() += 1;
            }
            let mut replies: Vec<String> = post.replies.iter().map(PostView::text).collect();
            let all = replies.len();
            replies.sort();
            replies.dedup();
            assert_eq!(replies.len(), all, "a reply stands twice: {replies:?}");
        }
        let twice: Vec<_> = messages.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "announced more than once: {twice:?}");
    }
}

/// Times differ from run to run: `2026-11-21 09:30 UTC` becomes `TIME`.
fn without_times(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find(" UTC") {
        let start = at.saturating_sub("2026-11-21 09:30".len());
        match rest.get(start..at) {
            Some(time) if time.starts_with("20") => out.extend([&rest[..start], "TIME"]),
            _ => out.push_str(&rest[..at + " UTC".len()]),
        }
        rest = &rest[at + " UTC".len()..];
    }
    out + rest
}
