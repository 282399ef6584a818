//! Calls that the server makes to the address of a button or a dialog.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::{Method, Url};
use serde_json::Value;

use super::error::ApiError;
use super::options::MattermostOptions;
use crate::common::answer::Answer;
use crate::common::callback;
use crate::common::error::SandboxError;
use crate::common::faults::Outcome;
use crate::common::gate::Gate;
use crate::common::http_faults::HttpFaults;

/// How long a connection may take to come about.
const DIAL: Duration = Duration::from_secs(3);
/// The server reads so much of an answer.
const MOST: usize = 1024 * 1024;
/// So many requests are made for one call, redirects and all.
const REDIRECTS: usize = 10;

/// The server's client for integrations.
pub(crate) struct Integrations {
    client: reqwest::Client,
    allowed: Vec<String>,
    timeout: Duration,
    gate: Arc<Gate>,
}

/// The call failed, or the answer was no 200. What exactly is in the server's log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the integration did not answer with 200")]
pub(crate) struct IntegrationError;

impl From<IntegrationError> for ApiError {
    fn from(_: IntegrationError) -> Self {
        Self::bad_request("api.post.do_action.action_integration.app_error", "Action integration error.")
    }
}

impl Integrations {
    pub(crate) fn new(options: &MattermostOptions, gate: Arc<Gate>) -> Result<Self, SandboxError> {
        let client = callback::client(&options.callback_roots, "Mattermost-Bot/1.1", DIAL)?;
        let allowed = options.allowed_connections.clone();
        Ok(Self { client, allowed, timeout: options.callback_timeout, gate })
    }

    /// Posts `body` to `url` and gives the body of the answer. Faults that are planned for `CALLBACK` and the path of
    /// the address come to pass, and a frozen server neither sends nor reads.
    pub(crate) async fn call(&self, faults: &HttpFaults, url: &str, body: &Value) -> Result<Vec<u8>, IntegrationError> {
        let url = Url::parse(url).map_err(|_| IntegrationError)?;
        let verdict = faults.script.judge(&format!("CALLBACK {}", url.path()));
        verdict.wait_before().await;
        self.gate.opened().await;
        let answer = match &verdict.instead {
            Some(outcome) => made_up(outcome),
            None => tokio::time::timeout(self.timeout, self.exchange(url, body)).await.unwrap_or(Err(IntegrationError)),
        };
        self.gate.opened().await;
        verdict.wait_after().await;
        verdict.after.as_ref().map_or(answer, made_up)
    }

    /// A request of a person's client, which the driver of a test makes.
    pub(crate) fn request(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    async fn exchange(&self, mut url: Url, body: &Value) -> Result<Vec<u8>, IntegrationError> {
        let mut method = Method::POST;
        for _ in 0..REDIRECTS {
            self.check(&url).await?;
            let mut request = self.client.request(method.clone(), url.clone()).headers(headers());
            if method == Method::POST {
                request = request.body(body.to_string());
            }
            let answer = request.send().await.map_err(|_| IntegrationError)?;
            match answer.status() {
                StatusCode::OK => return callback::read(answer, MOST).await.map_err(|_| IntegrationError),
                // The body goes along with these, and only these.
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {}
                StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => method = Method::GET,
                _ => return Err(IntegrationError),
            }
            let location = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            url = url.join(location.ok_or(IntegrationError)?).map_err(|_| IntegrationError)?;
        }
        Err(IntegrationError)
    }

    /// Whether the server's settings let it call there. All of a stand-in's addresses are internal ones, which must be
    /// listed; and whatever is listed, it calls nobody but this machine.
    async fn check(&self, url: &Url) -> Result<(), IntegrationError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(IntegrationError);
        }
        let host = url.host_str().ok_or(IntegrationError)?.trim_matches(['[', ']']);
        let found = callback::addresses(url).await.ok_or(IntegrationError)?;
        let listed = |ip| self.allowed.iter().any(|entry| entry == host || covers(entry, ip));
        let may = |address: &SocketAddr| address.ip().is_loopback() && listed(address.ip());
        if found.is_empty() || !found.iter().all(may) { Err(IntegrationError) } else { Ok(()) }
    }
}

fn headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(header::CONTENT_TYPE, json.clone()), (header::ACCEPT, json)])
}

fn made_up(outcome: &Outcome<Answer>) -> Result<Vec<u8>, IntegrationError> {
    match outcome {
        Outcome::Answer(answer) if answer.status == 200 => Ok(answer.body.clone()),
        Outcome::Answer(_) | Outcome::Drop => Err(IntegrationError),
    }
}

/// Whether `entry` is a network, `127.0.0.0/8`, that `ip` is in.
fn covers(entry: &str, ip: IpAddr) -> bool {
    let Some((network, bits)) = entry.split_once('/') else { return false };
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) if bits <= 32 => {
            (network.to_bits() ^ ip.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) if bits <= 128 => {
            (network.to_bits() ^ ip.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_network_covers_its_addresses() {
        for (entry, ip, expected) in [
            ("127.0.0.0/8", "127.9.9.9", true),
            ("127.0.0.0/8", "128.0.0.1", false),
            ("127.0.0.1/32", "127.0.0.1", true),
            ("127.0.0.1/32", "127.0.0.2", false),
            ("0.0.0.0/0", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.1", false),
            ("127.0.0.1/33", "127.0.0.1", false),
            ("::1/128", "::1", true),
            ("::/0", "127.0.0.1", false),
            ("nonsense/8", "127.0.0.1", false),
        ] {
            assert_eq!(covers(entry, ip.parse().unwrap()), expected, "{entry} {ip}");
        }
    }
}
