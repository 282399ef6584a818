//! Calls to the server: one request, one answer, within limits. What goes wrong is told, not mended: the engine retries
//! whatever may have taken effect, because only it can look whether it has.

use std::time::Duration;

use accessbot_core::backend::BackendContext;
use accessbot_core::clock::SharedClock;
use accessbot_core::secret::{Secret, SecretSource};
use accessbot_http::{
    BaseUrl, BodyError, BuildError, CONNECTIONS, Pause, Transport, WebSocket, bearer, body_of, seconds_asked,
};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::failure::{Exchange, Failure, Refusal};
use crate::live::ListenError;

/// How long a call waits for one of the connections.
const QUEUE_PATIENCE: Duration = Duration::from_secs(10);
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
/// The longest rest of a pause that a call waits for. With more than that left it fails at once, and the engine plans
/// with the time that is left.
const PAUSE_PATIENCE: Duration = Duration::from_secs(5);
/// `X-Ratelimit-Reset` is a number of seconds in what the server sends, and a moment in what its documentation says.
/// Anything above this is a moment.
const EARLIEST_MOMENT: u64 = 1_000_000_000;

/// A Mattermost server and our account on it.
pub(crate) struct Client {
    http: reqwest::Client,
    server: BaseUrl,
    token: SecretSource,
    slots: Semaphore,
    pause: Pause,
    clock: SharedClock,
}

impl Client {
    pub(crate) fn new(server: BaseUrl, token: SecretSource, context: &BackendContext) -> Result<Self, BuildError> {
        let http = accessbot_http::client(context, server.is_tls())?;
        let clock = context.clock.clone();
        Ok(Self { http, server, token, slots: Semaphore::new(CONNECTIONS), pause: Pause::default(), clock })
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
        let unsent = |e: serde_json::Error| Failure::Transport {
            exchange: exchange(method, path),
            transport: Transport::unsent(&e),
        };
        let body = serde_json::to_vec(body).map_err(unsent)?;
        self.call(method, path, query, Some(body)).await
    }

    /// Deletes, once.
    pub(crate) async fn delete(&self, path: &[&str]) -> Result<(), Failure> {
        let _: serde::de::IgnoredAny = self.call(&Method::DELETE, path, &[], None).await?;
        Ok(())
    }

    /// Opens a websocket with our token.
    pub(crate) async fn open_websocket(&self, largest: usize) -> Result<WebSocket, ListenError> {
        let mut url = self.server.endpoint(&["websocket"], &[]);
        let tls = self.server.is_tls();
        // No other scheme comes out of a `BaseUrl`.
        let _ = url.set_scheme(if tls { "wss" } else { "ws" });
        let token = bearer(&self.token()?).ok_or(Failure::UnusableToken)?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, token)]);
        Ok(accessbot_http::open_websocket(&self.http, url, !tls, headers, largest).await?)
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
            .header(AUTHORIZATION, bearer(&self.token()?).ok_or(Failure::UnusableToken)?)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(e) => return Err(Failure::Transport { exchange, transport: e.into() }),
        };
        let status = response.status();
        tracing::trace!(%exchange, status = status.as_u16(), "Mattermost answered");
        if !status.is_success() {
            let refusal = self.refusal(response).await;
            return Err(Failure::Refused { exchange, refusal });
        }
        let answer = match body_of(response, ANSWER_LIMIT).await {
            Ok(answer) => answer,
            Err(BodyError::Transport(transport)) => return Err(Failure::Transport { exchange, transport }),
            Err(large) => return Err(Failure::Garbled { exchange, problem: large.to_string(), too_large: true }),
        };
        serde_json::from_slice(&answer).map_err(|e| {
            // The category and the place, not what stands there: that may be a message's text.
            let problem = format!("{:?} error at byte {} of {}", e.classify(), e.column(), answer.len());
            Failure::Garbled { exchange, problem, too_large: false }
        })
    }

    /// Waits until the server wants calls, and fewer than [`CONNECTIONS`] are in flight.
    async fn slot(&self, exchange: &Exchange) -> Result<SemaphorePermit<'_>, Failure> {
        self.pause.over(PAUSE_PATIENCE).await.map_err(Failure::Paused)?;
        let Ok(Ok(slot)) = timeout(QUEUE_PATIENCE, self.slots.acquire()).await else {
            return Err(Failure::Crowded(exchange.clone()));
        };
        // Whoever was in flight meanwhile may have been asked for a pause.
        self.pause.over(PAUSE_PATIENCE).await.map_err(Failure::Paused)?;
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
        let body = body_of(response, ERROR_LIMIT).await.unwrap_or_default();
        let id = serde_json::from_slice(&body).map_or_else(|_| String::new(), |body: ErrorBody| body.id);
        // It goes into messages: whatever it is, it must look like a name.
        let nameable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let id = if id.len() <= 120 && id.chars().all(nameable) { id } else { String::new() };
        Refusal { status, id, retry_after }
    }

    fn asked_pause(&self, headers: &HeaderMap) -> Option<Duration> {
        let asked = seconds_asked(headers, "retry-after");
        let seconds = asked.or_else(|| seconds_asked(headers, "x-ratelimit-reset"))?;
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
