//! Slack in stories.

use accessbot_sandbox::slack::{ChannelKind, MessageView, SlackOptions, SlackSandbox, rate_limited, refusal};
use accessbot_sandbox::{Answer, HttpFaults};

use super::{BOT, ChatStandIn, Shown};
use crate::harness::PATIENCE;

impl ChatStandIn for SlackSandbox {
    const BACKEND: &'static str = "slack";
    const POST: &'static str = "chat.postMessage";
    const CROWD_CHANNELS: usize = 100;

    async fn start() -> Self {
        Self::start(SlackOptions { patience: PATIENCE, ..SlackOptions::default() }).await.unwrap()
    }

    fn section(&self) -> String {
        format!("[slack]\napi_url = \"{}\"\ntoken = \"{}\"\n", self.url(), self.token())
    }

    fn token(&self) -> &str {
        self.token()
    }

    fn channel(name: &str) -> String {
        format!("#{name}")
    }

    fn channel_by_title(name: &str, _: &str) -> String {
        name.to_owned()
    }

    fn person(name: &str) -> String {
        format!("{name}@example.com")
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
        refusal("internal_error")
    }

    fn rate_limited() -> Answer {
        rate_limited(1)
    }

    fn revoke_token(&self) {
        self.revoke_token();
    }

    fn restore_token(&self) {
        self.restore_token();
    }

    fn new_channel(&self, name: &str, _: &str, private: bool) -> String {
        self.add_channel(name, if private { ChannelKind::Private } else { ChannelKind::Public })
    }

    fn invite_bot(&self, channel: &str) {
        self.add_member(channel, BOT).unwrap();
    }

    fn set_archive(&self, channel: &str, archived: bool) {
        self.set_archived(channel, archived).unwrap();
    }

    fn write_as(&self, user: &str, place: &str, text: &str) -> String {
        let ts = self.post_as(user, place, text).unwrap();
        format!("{}/{ts}", self.channel_id(place).unwrap())
    }

    fn delete(&self, message: &Shown) {
        let (channel, ts) = message.place();
        self.delete_post(channel, ts).unwrap();
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

fn shown(message: &MessageView) -> Shown {
    let text = message.text();
    let request = message.metadata.as_ref().and_then(|metadata| metadata["event_payload"]["req"].as_str());
    Shown {
        id: format!("{}/{}", message.channel, message.ts),
        fields: fields(&text),
        text,
        color: None,
        notified: message.mentioned.clone(),
        about: request.map(str::to_owned),
        replies: message.replies.iter().map(shown).collect(),
    }
}

/// Labels are bold lines of their own; the value is the line below.
fn fields(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let label = |line: &str| Some(line.strip_prefix('*')?.strip_suffix('*')?.to_owned());
    lines.windows(2).filter_map(|pair| Some((label(pair[0])?, pair[1].to_owned()))).collect()
}
