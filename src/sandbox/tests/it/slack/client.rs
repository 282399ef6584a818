//! A plain HTTP client.

use accessbot_sandbox::slack::{SlackOptions, SlackSandbox};
use reqwest::Response;
use serde_json::Value;

/// A workspace and the bot's client.
pub(crate) struct World {
    pub(crate) slack: SlackSandbox,
    pub(crate) http: reqwest::Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
        Self { slack: SlackSandbox::start(SlackOptions::default()).await.unwrap(), http }
    }

    /// Posts JSON with the bot's token.
    pub(crate) async fn send(&self, method: &str, body: &Value) -> reqwest::Result<Response> {
        let request = self.http.post(format!("{}/{method}", self.slack.url())).bearer_auth(self.slack.token());
        request.header("Content-Type", "application/json; charset=utf-8").body(body.to_string()).send().await
    }

    pub(crate) async fn post(&self, method: &str, body: Value) -> Value {
        let response = self.send(method, &body).await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    pub(crate) async fn get(&self, method: &str, query: &[(&str, &str)]) -> Value {
        let request = self.http.get(format!("{}/{method}", self.slack.url())).query(query);
        request.bearer_auth(self.slack.token()).send().await.unwrap().json().await.unwrap()
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
