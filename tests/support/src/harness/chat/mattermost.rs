//! Mattermost in stories.

use accessbot_sandbox::mattermost::{ChannelKind, MattermostOptions, MattermostSandbox, PostView, TEAM};
use accessbot_sandbox::{Answer, HttpFaults};

use super::{BOT, ChatStandIn, Shown};
use crate::harness::PATIENCE;

impl ChatStandIn for MattermostSandbox {
    const BACKEND: &'static str = "mattermost";
    const POST: &'static str = "POST /posts";
    const CROWD_CHANNELS: usize = 1;

    async fn start() -> Self {
        Self::start(MattermostOptions { patience: PATIENCE, ..MattermostOptions::default() }).await.unwrap()
    }

    fn section(&self) -> String {
        format!("[mattermost]\nurl = \"{}\"\ntoken = \"{}\"\n", self.url(), self.token())
    }

    fn token(&self) -> &str {
        self.token()
    }

    fn channel(name: &str) -> String {
        format!("{TEAM}/{name}")
    }

    fn channel_by_title(_: &str, title: &str) -> String {
        format!("{TEAM}/{title}")
    }

    fn person(name: &str) -> String {
        format!("@{name}")
    }

    fn account(&self, name: &str) -> String {
        self.user_id(name).unwrap()
    }

    async fn stop(&self) {
        self.stop().await;
    }

    fn start_again(&self) {
        self.start_again().unwrap();
    }

    fn faults(&self) -> &HttpFaults {
        self.faults()
    }

    fn internal_error() -> Answer {
        Answer::internal_error()
    }

    fn rate_limited() -> Answer {
        Answer::rate_limited(1)
    }

    fn revoke_token(&self) {
        self.revoke_token();
    }

    fn restore_token(&self) {
        self.restore_token();
    }

    fn new_channel(&self, name: &str, title: &str, private: bool) -> String {
        let kind = if private { ChannelKind::Private } else { ChannelKind::Public };
        self.add_channel(name, title, kind).unwrap()
    }

    fn invite_bot(&self, channel: &str) {
        self.add_member(channel, BOT).unwrap();
    }

    fn set_archive(&self, channel: &str, archived: bool) {
        if archived { self.archive(channel) } else { self.unarchive(channel) }.unwrap();
    }

    fn write_as(&self, user: &str, place: &str, text: &str) -> String {
        let post = self.post_as(user, place, text).unwrap();
        format!("{}/{post}", self.channel_id(place).unwrap())
    }

    fn delete(&self, message: &Shown) {
        self.delete_post(message.place().1).unwrap();
    }

    fn shown(&self, place: &str) -> Vec<Shown> {
        self.posts(place).iter().map(shown).collect()
    }

    fn count(&self, place: &str) -> usize {
        self.post_count(place)
    }

    fn dump(&self) -> String {
        self.dump()
    }

    async fn wait(&self, what: &str, condition: impl Fn(&Self) -> bool + Send) {
        self.wait_within(PATIENCE, what, condition).await;
    }
}

fn shown(post: &PostView) -> Shown {
    let fields = post.attachments.iter().filter_map(|attachment| attachment["fields"].as_array()).flatten();
    let words = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Shown {
        id: format!("{}/{}", post.channel_id, post.id),
        text: post.text(),
        fields: fields.map(|field| (words(&field["title"]), words(&field["value"]))).collect(),
        color: post.color().map(str::to_owned),
        notified: post.notified.clone(),
        about: post.props.get("accessbot").map(|mark| words(&mark["req"])),
        replies: post.replies.iter().map(shown).collect(),
    }
}
