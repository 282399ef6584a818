//! A plain HTTP client.

use accessbot_sandbox::slack::{MessageView, SlackOptions, SlackSandbox};
use reqwest::Response;
use serde_json::{Value, json};

/// A workspace and the bot's client.
pub(crate) struct World {
    pub(crate) slack: SlackSandbox,
    pub(crate) http: reqwest::Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(SlackOptions::default()).await
    }

    pub(crate) async fn start_with(options: SlackOptions) -> Self {
        let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
        Self { slack: SlackSandbox::start(options).await.unwrap(), http }
    }

    /// Posts JSON with the bot's token.
    pub(crate) async fn send(&self, method: &str, body: &Value) -> reqwest::Result<Response> {
        self.send_with(self.slack.token(), method, body).await
    }

    async fn send_with(&self, token: &str, method: &str, body: &Value) -> reqwest::Result<Response> {
        let request = self.http.post(format!("{}/{method}", self.slack.url())).bearer_auth(token);
        request.header("Content-Type", "application/json; charset=utf-8").body(body.to_string()).send().await
    }

    pub(crate) async fn post(&self, method: &str, body: Value) -> Value {
        self.post_with(self.slack.token(), method, body).await
    }

    /// Posts JSON with another token.
    pub(crate) async fn post_with(&self, token: &str, method: &str, body: Value) -> Value {
        let response = self.send_with(token, method, &body).await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    pub(crate) async fn get(&self, method: &str, query: &[(&str, &str)]) -> Value {
        self.get_with(self.slack.token(), method, query).await
    }

    /// The same with another token.
    pub(crate) async fn get_with(&self, token: &str, method: &str, query: &[(&str, &str)]) -> Value {
        let request = self.http.get(format!("{}/{method}", self.slack.url())).query(query);
        request.bearer_auth(token).send().await.unwrap().json().await.unwrap()
    }

    /// The bot posts a message with a button `approve` in a place.
    pub(crate) async fn post_button(&self, place: &str) -> MessageView {
        let button = json!({"type": "button", "action_id": "approve", "value": "r1",
            "text": {"type": "plain_text", "text": "Approve"}, "style": "primary"});
        let blocks = json!([{"type": "actions", "block_id": "decide", "elements": [button]}]);
        let posted =
            self.post("chat.postMessage", json!({"channel": self.id(place), "text": "x", "blocks": blocks})).await;
        assert_eq!(outcome(&posted), "ok", "{posted}");
        self.slack.post(posted["channel"].as_str().unwrap(), posted["ts"].as_str().unwrap()).unwrap()
    }

    /// The id of a channel.
    pub(crate) fn id(&self, place: &str) -> String {
        self.slack.channel_id(place).unwrap()
    }
}

/// `ok`, or Slack's name for the error.
pub(crate) fn outcome(answer: &Value) -> &str {
    if answer["ok"] == true { "ok" } else { answer["error"].as_str().unwrap() }
}

/// What is told of an interaction in a call to the request URL.
pub(crate) fn payload_of(form: &[u8]) -> Value {
    let url = reqwest::Url::parse(&format!("http://x/?{}", std::str::from_utf8(form).unwrap())).unwrap();
    let (name, payload) = url.query_pairs().next().unwrap();
    assert_eq!(name, "payload");
    serde_json::from_str(&payload).unwrap()
}
