//! Calls to Slack: one request, one answer, within limits. What goes wrong is told, not mended: the engine retries
//! whatever may have taken effect, because only it can look whether it has.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accessbot_core::backend::BackendContext;
use accessbot_core::secret::{Secret, SecretSource};
use accessbot_http::{
    BaseUrl, BodyError, BuildError, CONNECTIONS, Pause, Transport, WebSocket, WebSocketError, bearer, body_of,
    seconds_asked,
};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::failure::{Failure, Refusal};
use crate::method::Method;

/// How long a call waits for one of the connections.
const QUEUE_PATIENCE: Duration = Duration::from_secs(10);
/// Before a read is repeated.
const BREATH: Duration = Duration::from_millis(200);
/// The largest answer that is read. A page of a thousand channels has about one megabyte.
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;
/// The pause after a 429 that does not say how long.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// The longest rest of a pause that a call waits for. With more than that left it fails at once, and the engine plans
/// with the time that is left.
const PAUSE_PATIENCE: Duration = Duration::from_secs(1);
/// Errors and their parts are shown to this many characters.
const WORDS: usize = 300;

/// Slack's API and our token for it.
pub(crate) struct Client {
    http: reqwest::Client,
    api: BaseUrl,
    token: SecretSource,
    slots: Semaphore,
    /// Slack limits each method by itself.
    pauses: Mutex<HashMap<&'static str, Arc<Pause>>>,
    scopes: Mutex<Option<BTreeSet<String>>>,
}

/// With whose token a call is made.
#[derive(Clone, Copy)]
enum Whose<'a> {
    Bot,
    App(&'a SecretSource),
}

/// The part of an answer that all methods have in common.
#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(default)]
    error: String,
    #[serde(default)]
    needed: String,
    #[serde(default)]
    warning: String,
    #[serde(default)]
    response_metadata: ResponseMetadata,
}

#[derive(Default, Deserialize)]
struct ResponseMetadata {
    #[serde(default)]
    messages: Vec<String>,
}

impl Client {
    pub(crate) fn new(api: BaseUrl, token: SecretSource, context: &BackendContext) -> Result<Self, BuildError> {
        Ok(Self {
            http: accessbot_http::client(context, api.is_tls())?,
            api,
            token,
            slots: Semaphore::new(CONNECTIONS),
            pauses: Mutex::default(),
            scopes: Mutex::default(),
        })
    }

    /// The token as it is now.
    pub(crate) fn token(&self) -> Result<Secret, Failure> {
        Ok(self.token.current()?)
    }

    /// Opens a websocket that Slack has named. In the clear only where all else is.
    pub(crate) async fn websocket(&self, url: Url, largest: usize) -> Result<WebSocket, WebSocketError> {
        let plain = !self.api.is_tls() && !self.api.is_exposed();
        accessbot_http::open_websocket(&self.http, url, plain, HeaderMap::new(), largest).await
    }

    /// What the token may do, if Slack has said so with one of its answers.
    pub(crate) fn scopes(&self) -> Option<BTreeSet<String>> {
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads, and reads once more if that may help at once.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        method: &'static Method,
        arguments: &[(&str, &str)],
    ) -> Result<T, Failure> {
        debug_assert!(method.takes(arguments.iter().map(|(name, _)| *name)), "{method} with {arguments:?}");
        let request = || self.http.get(self.api.endpoint(&[method.name], arguments));
        match self.call(Whose::Bot, method, request()).await {
            Err(failure) if failure.is_momentary() => {
                tracing::debug!(error = %failure, "reading from Slack failed; trying once more");
                tokio::time::sleep(BREATH).await;
                self.call(Whose::Bot, method, request()).await
            }
            answer => answer,
        }
    }

    /// Writes, once.
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        method: &'static Method,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        self.write_as(Whose::Bot, method, body).await
    }

    /// The same with the token of the app itself, which has rights that no bot has.
    pub(crate) async fn write_as_app<T: DeserializeOwned>(
        &self,
        token: &SecretSource,
        method: &'static Method,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        self.write_as(Whose::App(token), method, body).await
    }

    async fn write_as<T: DeserializeOwned>(
        &self,
        whose: Whose<'_>,
        method: &'static Method,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let unsent = |e: serde_json::Error| Failure::Transport { method, transport: Transport::unsent(&e) };
        let body = serde_json::to_vec(body).map_err(unsent)?;
        debug_assert!(takes(method, &body), "{method} with an argument that is not in the table");
        let request = self.http.post(self.api.endpoint(&[method.name], &[]));
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        self.call(whose, method, request.header(CONTENT_TYPE, json).body(body)).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        whose: Whose<'_>,
        method: &'static Method,
        request: RequestBuilder,
    ) -> Result<T, Failure> {
        let _slot = self.slot(method).await?;
        let token = match whose {
            Whose::Bot => self.token()?,
            Whose::App(token) => token.current()?,
        };
        let token = bearer(&token).ok_or(Failure::UnusableToken)?;
        let transport = |transport| Failure::Transport { method, transport };
        let response = request.header(AUTHORIZATION, token).send().await.map_err(|e| transport(e.into()))?;
        let status = response.status();
        tracing::trace!(%method, status = status.as_u16(), "Slack answered");
        if let Whose::Bot = whose {
            self.note_scopes(response.headers());
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(self.limited(method, seconds_asked(response.headers(), "retry-after")));
        }
        if !status.is_success() {
            return Err(Failure::Status { method, status: status.as_u16() });
        }
        let answer = body_of(response, ANSWER_LIMIT).await.map_err(|error| match error {
            BodyError::Transport(broken) => transport(broken),
            large @ BodyError::TooLarge(_) => Failure::Garbled { method, problem: large.to_string() },
        })?;
        // The category and the place, not what stands there: that may be a message's text.
        let garbled = |e: serde_json::Error| {
            let problem = format!("{:?} error at byte {} of {}", e.classify(), e.column(), answer.len());
            Failure::Garbled { method, problem }
        };
        let envelope: Envelope = serde_json::from_slice(&answer).map_err(garbled)?;
        if !envelope.ok {
            return Err(self.refused(method, &envelope));
        }
        if !envelope.warning.is_empty() {
            tracing::debug!(%method, warning = %named(&envelope.warning), "Slack warns");
        }
        serde_json::from_slice(&answer).map_err(garbled)
    }

    /// Waits until Slack wants calls of this method, and fewer than [`CONNECTIONS`] calls are in flight.
    async fn slot(&self, method: &'static Method) -> Result<SemaphorePermit<'_>, Failure> {
        let pause = self.pause(method);
        let paused = |left| Failure::Paused { method, left };
        pause.over(PAUSE_PATIENCE).await.map_err(paused)?;
        let Ok(Ok(slot)) = timeout(QUEUE_PATIENCE, self.slots.acquire()).await else {
            return Err(Failure::Crowded(method));
        };
        // Whoever was in flight meanwhile may have been asked for a pause.
        pause.over(PAUSE_PATIENCE).await.map_err(paused)?;
        Ok(slot)
    }

    fn pause(&self, method: &'static Method) -> Arc<Pause> {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pauses.entry(method.name).or_default())
    }

    fn limited(&self, method: &'static Method, seconds: Option<u64>) -> Failure {
        let asked = seconds.map(|seconds| Duration::from_secs(seconds.max(1)));
        let retry_after = asked.unwrap_or(DEFAULT_PAUSE).min(LONGEST_PAUSE);
        self.pause(method).extend(retry_after);
        Failure::Limited { method, retry_after }
    }

    fn refused(&self, method: &'static Method, envelope: &Envelope) -> Failure {
        let code = named(&envelope.error);
        if matches!(code.as_str(), "ratelimited" | "rate_limited") {
            return self.limited(method, None);
        }
        let messages = envelope.response_metadata.messages.iter().take(5).map(|message| short(message)).collect();
        Failure::Refused { method, refusal: Refusal { code, needed: named(&envelope.needed), messages } }
    }

    fn note_scopes(&self, headers: &HeaderMap) {
        let Some(scopes) = headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok()) else { return };
        let scopes = scopes.split(',').map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect();
        *self.scopes.lock().unwrap_or_else(PoisonError::into_inner) = Some(scopes);
    }
}

/// Whether a body holds only what our table says.
fn takes(method: &Method, body: &[u8]) -> bool {
    let body = serde_json::from_slice::<BTreeMap<String, Value>>(body);
    body.is_ok_and(|body| method.takes(body.keys().map(String::as_str)))
}

/// A word of Slack's, for messages. Whatever it is, it must look like a name.
fn named(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | ',' | '-');
    if word.len() <= WORDS && word.chars().all(harmless) { word.to_owned() } else { "(unreadable)".to_owned() }
}

fn short(message: &str) -> String {
    message.chars().filter(|c| !c.is_control()).take(WORDS).collect()
}
