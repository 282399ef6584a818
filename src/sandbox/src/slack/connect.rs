//! How the app is reached: its tokens and secrets, its connections, its request URL.

use super::SlackSandbox;
use super::model::Model;
use super::request_url::{Answered, SignedRequest};
use super::sockets::{DisconnectReason, SocketView};
use crate::common::lock::lock;

/// Socket Mode, which is on unless there is a request URL.
impl SlackSandbox {
    /// The app-level token, also while it is revoked.
    pub fn app_token(&self) -> &str {
        &self.app_token
    }

    /// Makes the app-level token invalid.
    pub fn revoke_app_token(&self) {
        self.grant(self.app_token(), |grant| grant.revoked = true);
    }

    /// Makes the app-level token valid again.
    pub fn restore_app_token(&self) {
        self.grant(self.app_token(), |grant| grant.revoked = false);
    }

    /// Gives the app-level token these scopes and no others.
    pub fn set_app_scopes(&self, scopes: &[&str]) {
        self.grant(self.app_token(), |grant| grant.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect());
    }

    /// The open connections, oldest first.
    pub fn sockets(&self) -> Vec<SocketView> {
        lock(&self.shared.model).socket_views()
    }

    /// Tells all connections that they are to end, and ends them: after ten seconds at [`DisconnectReason::Warning`], else
    /// at once. The answer is how many there were.
    pub fn disconnect_sockets(&self, reason: DisconnectReason) -> usize {
        self.shared.change(|model| model.disconnect_sockets(reason))
    }

    /// Cuts all connections without a word. The answer is how many there were.
    pub fn cut_sockets(&self) -> usize {
        self.shared.change(Model::cut_sockets)
    }

    /// The next `n` envelopes are sent twice, the second time over the next connection, if there is another.
    pub fn repeat_envelopes(&self, n: usize) {
        self.shared.change(|model| model.sockets.repeat = n);
    }
}

/// The request URL.
impl SlackSandbox {
    /// The secret by which calls to the request URL are signed.
    pub fn signing_secret(&self) -> &str {
        &self.shared.signing_secret
    }

    /// Sets the address that the app is called at when people interact, which switches Socket Mode off; `None` switches it
    /// on again.
    pub fn set_request_url(&self, url: Option<&str>) {
        self.shared.change(|model| {
            model.request_url = url.map(str::to_owned);
            if model.request_url.is_some() {
                model.disconnect_sockets(DisconnectReason::LinkDisabled);
            }
        });
    }

    /// Signs a form as Slack does, so many seconds ago: `ssl_check=1`, or anything else.
    pub fn sign(&self, body: impl Into<Vec<u8>>, seconds_ago: i64) -> SignedRequest {
        let now = lock(&self.shared.model).now().as_millis() / 1000;
        SignedRequest::sign(&self.shared.signing_secret, now - seconds_ago, body.into())
    }

    /// Makes a call to the request URL, whatever is in it. `Err` says why there was no answer.
    pub async fn send(&self, request: &SignedRequest) -> Result<Answered, String> {
        self.shared.request_url.send(&self.request_url()?, request).await
    }

    /// Makes a call to a request URL without TLS and breaks off after so many bytes of its body.
    pub async fn send_cut(&self, request: &SignedRequest, bytes: usize) -> Result<(), String> {
        self.shared.request_url.send_cut(&self.request_url()?, request, bytes).await
    }

    fn request_url(&self) -> Result<String, String> {
        lock(&self.shared.model).request_url.clone().ok_or_else(|| "there is no request URL".to_owned())
    }
}
