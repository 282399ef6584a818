//! A plain HTTP client.

use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A server and the bot's client.
pub(crate) struct World {
    pub(crate) server: MattermostSandbox,
    http: reqwest::Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(MattermostOptions::default()).await
    }

    pub(crate) async fn with(options: MattermostOptions) -> Self {
        let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
        Self { server: MattermostSandbox::start(options).await.unwrap(), http }
    }

    /// Sends a call with the bot's token.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<reqwest::Response> {
        self.send_as(self.server.token(), method, path, body).await
    }

    async fn send_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/api/v4{path}", self.server.url());
        let mut request = self.http.request(method, url).bearer_auth(token);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        request.send().await
    }

    /// A call by somebody else than the bot: status and body.
    pub(crate) async fn call_as(&self, user: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        let token = self.server.token_of(user).unwrap();
        let response = self.send_as(&token, method, path, Some(body)).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// A call without any session.
    pub(crate) async fn call_as_nobody(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let response = self.send_as("", method, path, Some(body)).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn json(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let response = self.send(method, path, body).await.unwrap();
        let status: StatusCode = response.status();
        (status.as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.json(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.json(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.json(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        self.json(Method::DELETE, path, None).await
    }

    /// Posts into `access` and expects that it works.
    pub(crate) async fn write(&self, body: Value) -> Value {
        let mut post = json!({"channel_id": self.server.channel_id("access").unwrap()});
        post.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let (status, post) = self.post("/posts", post).await;
        assert_eq!(status, 201, "{post}");
        post
    }

    /// The id of a post that [`World::write`] made.
    pub(crate) async fn written(&self, body: Value) -> String {
        self.write(body).await["id"].as_str().unwrap().to_owned()
    }
}

/// `200` of a success, `status id` of an error.
pub(crate) fn error((status, body): &(u16, Value)) -> String {
    if *status < 400 { status.to_string() } else { format!("{status} {}", body["id"].as_str().unwrap_or_default()) }
}
