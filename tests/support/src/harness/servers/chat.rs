//! What stands in a Mattermost server, by its REST API (version 4) with the bot's token.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::harness::PATIENCE;

/// The server gives no more posts at once.
const PAGE: usize = 200;

/// A Mattermost server, as the bot may see it.
pub(super) struct Chat {
    http: Client,
    url: String,
    token: String,
}

/// A message as its readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its text.
    pub text: String,
    /// Title and value of each field.
    pub fields: Vec<(String, String)>,
    /// The texts of the replies in its thread, oldest first.
    pub replies: Vec<String>,
}

impl Seen {
    /// The value of a field.
    pub fn field(&self, title: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == title).map(|(_, value)| value.as_str())
    }

    /// Whether its text or a field contains this.
    pub fn says(&self, text: &str) -> bool {
        self.text.contains(text) || self.fields.iter().any(|(_, value)| value.contains(text))
    }
}

impl Chat {
    pub(super) fn new(url: &str, token: &str) -> Self {
        // One provider of TLS is as good as another.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().timeout(PATIENCE).build().unwrap();
        Self { http, url: url.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// The id of a channel that is named `team/channel`.
    pub(super) async fn channel(&self, name: &str) -> String {
        let (team, channel) = name.split_once('/').unwrap();
        self.id_of(&format!("/teams/name/{team}/channels/name/{channel}")).await
    }

    /// The id of the bot's direct messages with somebody.
    pub(super) async fn direct(&self, user: &str) -> String {
        let pair = [self.id_of("/users/me").await, self.id_of(&format!("/users/username/{user}")).await];
        self.call(Method::POST, "/channels/direct", Some(json!(pair))).await["id"].as_str().unwrap().to_owned()
    }

    async fn id_of(&self, path: &str) -> String {
        self.call(Method::GET, path, None).await["id"].as_str().unwrap().to_owned()
    }

    /// The last messages in a channel, oldest first.
    pub(super) async fn posts(&self, channel: &str) -> Vec<Seen> {
        let page = self.call(Method::GET, &format!("/channels/{channel}/posts?per_page={PAGE}"), None).await;
        let newest_first = page["order"].as_array().unwrap();
        let posts: Vec<&Value> = newest_first.iter().rev().map(|id| &page["posts"][id.as_str().unwrap()]).collect();
        let replies = |root: &Value| {
            let replies = posts.iter().filter(|post| post["root_id"] == root["id"]);
            replies.map(|reply| text(reply)).collect()
        };
        let roots = posts.iter().filter(|post| post["root_id"] == "");
        roots.map(|post| Seen { text: text(post), fields: fields(post), replies: replies(post) }).collect()
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let call = self.http.request(method, format!("{}/api/v4{path}", self.url)).bearer_auth(&self.token);
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        call.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

fn attachments(post: &Value) -> impl Iterator<Item = &Value> {
    post["props"]["attachments"].as_array().into_iter().flatten()
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The message, and the titles and texts of its attachments.
fn text(post: &Value) -> String {
    let parts = attachments(post).flat_map(|attachment| [&attachment["title"], &attachment["text"]]);
    let lines: Vec<String> = std::iter::once(&post["message"]).chain(parts).map(words).collect();
    lines.join("\n")
}

fn fields(post: &Value) -> Vec<(String, String)> {
    let fields = attachments(post).filter_map(|attachment| attachment["fields"].as_array()).flatten();
    fields.map(|field| (words(&field["title"]), words(&field["value"]))).collect()
}
