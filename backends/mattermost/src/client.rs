//! Calls to the server: one request, one answer, within limits. What goes wrong is told, not mended: the engine retries
//! whatever may have taken effect, because only it can look whether it has.

use std::error::Error as _;
use std::time::Duration;

use accessbot_core::backend::BackendContext;
use accessbot_core::clock::SharedClock;
use accessbot_core::secret::{Secret, SecretSource};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::failure::{Exchange, Failure, Refusal};
use crate::pause::Pause;
use crate::server_url::ServerUrl;
use crate::tls::{self, TlsError};

/// Calls in flight at once.
const SLOTS: usize = 10;
/// How long a call waits for one of them.
const QUEUE_PATIENCE: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the first byte sent to the last one received.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Well below the minute after which Mattermost, and what stands before it, closes a connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Before a read is repeated.
const BREATH: Duration = Duration::from_millis(200);
/// The largest answer that is read.
pub(crate) const ANSWER_LIMIT: usize = 2 * 1024 * 1024;
/// The largest error that is read; the server's own have some hundred bytes.
const ERROR_LIMIT: usize = 64 * 1024;
/// The pause after a 429 that does not say how long.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// `X-Ratelimit-Reset` is a number of seconds in what the server sends, and a moment in what its documentation says.
/// Anything above this is a moment.
const EARLIEST_MOMENT: u64 = 1_000_000_000;

/// A Mattermost server and our account on it.
pub(crate) struct Client {
    http: reqwest::Client,
    server: ServerUrl,
    token: SecretSource,
    slots: Semaphore,
    pause: Pause,
    clock: SharedClock,
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("cannot set up HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

impl Client {
    pub(crate) fn new(server: ServerUrl, token: SecretSource, context: &BackendContext) -> Result<Self, BuildError> {
        let tls = tls::client_config(context.extra_ca.as_deref(), server.is_tls())?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .user_agent(&context.user_agent)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(SLOTS)
            // A redirected POST becomes a GET, and the token would go to whom the server names.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()?;
        let clock = context.clock.clone();
        Ok(Self { http, server, token, slots: Semaphore::new(SLOTS), pause: Pause::default(), clock })
    }

    /// Whether the token travels in the clear, to another machine.
    pub(crate) fn is_exposed(&self) -> bool {
        self.server.is_exposed()
    }

    /// The token as it is now.
    pub(crate) fn token(&self) -> Result<Secret, Failure> {
        Ok(self.token.current()?)
    }

    /// Reads. Repeated once if that may help at once.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, Failure> {
        match self.call(&Method::GET, path, query, None).await {
            Err(failure) if failure.is_momentary() => {
                tracing::debug!(error = %failure, "reading from Mattermost failed; trying once more");
                tokio::time::sleep(BREATH).await;
                self.call(&Method::GET, path, query, None).await
            }
            answer => answer,
        }
    }

    /// Writes, once.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let body = serde_json::to_vec(body).map_err(|e| Failure::Transport {
            exchange: exchange(method, path),
            problem: e.to_string(),
            sent: false,
            timeout: false,
        })?;
        self.call(method, path, query, Some(body)).await
    }

    /// Deletes, once.
    pub(crate) async fn delete(&self, path: &[&str]) -> Result<(), Failure> {
        let _: serde::de::IgnoredAny = self.call(&Method::DELETE, path, &[], None).await?;
        Ok(())
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<T, Failure> {
        let exchange = exchange(method, path);
        let _slot = self.slot(&exchange).await?;
        let mut request = self
            .http
            .request(method.clone(), self.server.endpoint(path, query))
            .header(AUTHORIZATION, bearer(&self.token()?)?)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body);
        }
        let response = request.send().await.map_err(|e| transport(&exchange, e))?;
        let status = response.status();
        tracing::trace!(%exchange, status = status.as_u16(), "Mattermost answered");
        if !status.is_success() {
            let refusal = self.refusal(response).await;
            return Err(Failure::Refused { exchange, refusal });
        }
        let answer = body_of(response, &exchange, ANSWER_LIMIT).await?;
        serde_json::from_slice(&answer).map_err(|e| {
            // The category and the place, not what stands there: that may be a message's text.
            let problem = format!("{:?} error at byte {} of {}", e.classify(), e.column(), answer.len());
            Failure::Garbled { exchange, problem, too_large: false }
        })
    }

    /// Waits until the server wants calls, and fewer than [`SLOTS`] are in flight.
    async fn slot(&self, exchange: &Exchange) -> Result<SemaphorePermit<'_>, Failure> {
        self.pause.over().await.map_err(Failure::Paused)?;
        let Ok(Ok(slot)) = timeout(QUEUE_PATIENCE, self.slots.acquire()).await else {
            return Err(Failure::Crowded(exchange.clone()));
        };
        // Whoever was in flight meanwhile may have been asked for a pause.
        self.pause.over().await.map_err(Failure::Paused)?;
        Ok(slot)
    }

    async fn refusal(&self, response: Response) -> Refusal {
        /// The part of an error that does not depend on anybody's language.
        #[derive(Deserialize)]
        struct ErrorBody {
            id: String,
        }
        let status = response.status().as_u16();
        let retry_after = (status == 429).then(|| self.asked_pause(response.headers())).flatten();
        if status == 429 {
            self.pause.extend(retry_after.unwrap_or(DEFAULT_PAUSE));
        }
        let anonymous = Exchange { method: Method::GET, path: String::new() };
        let body = body_of(response, &anonymous, ERROR_LIMIT).await.unwrap_or_default();
        let id = serde_json::from_slice(&body).map_or_else(|_| String::new(), |body: ErrorBody| body.id);
        // It goes into messages: whatever it is, it must look like a name.
        let nameable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let id = if id.len() <= 120 && id.chars().all(nameable) { id } else { String::new() };
        Refusal { status, id, retry_after }
    }

    fn asked_pause(&self, headers: &HeaderMap) -> Option<Duration> {
        let number = |value: &HeaderValue| value.to_str().ok()?.trim().parse::<u64>().ok();
        // With limits by user as well as by address each header comes twice; the longer pause satisfies both.
        let longest = |name: &str| headers.get_all(name).iter().filter_map(number).max();
        let seconds = longest(RETRY_AFTER.as_str()).or_else(|| longest("x-ratelimit-reset"))?;
        let seconds = if seconds < EARLIEST_MOMENT {
            seconds
        } else {
            seconds.saturating_sub(u64::try_from(self.clock.now().as_millis() / 1000).unwrap_or(0))
        };
        Some(Duration::from_secs(seconds.max(1)).min(LONGEST_PAUSE))
    }
}

fn exchange(method: &Method, path: &[&str]) -> Exchange {
    Exchange { method: method.clone(), path: format!("/{}", path.join("/")) }
}

fn bearer(token: &Secret) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| Failure::UnusableToken)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads the body, but never more than `limit` bytes of it.
async fn body_of(mut response: Response, exchange: &Exchange, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| transport(exchange, e))? {
        if body.len() + chunk.len() > limit {
            let problem = format!("larger than {limit} bytes");
            return Err(Failure::Garbled { exchange: exchange.clone(), problem, too_large: true });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn transport(exchange: &Exchange, error: reqwest::Error) -> Failure {
    let timeout = error.is_timeout();
    // A request that could not be built or connected was not sent; everything else may have arrived.
    let sent = !error.is_connect() && !error.is_builder();
    // The address stands in `exchange` already, without its host.
    let error = error.without_url();
    let mut problem = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        problem = format!("{problem}: {next}");
        cause = next.source();
    }
    Failure::Transport { exchange: exchange.clone(), problem, sent, timeout }
}
