//! One websocket: how it says who it is, what it may ask, what it is sent.

use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::Upgraded;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until};
use tokio_websockets::Message;

use super::body::object;
use super::event::Event;
use super::server::{Shared, version_id};
use crate::common::lock::lock;
use crate::common::wire::{Ended, Terms, Wire};

const TERMS: Terms = Terms { most: 8 * 1024, ping: Duration::from_secs(60), pong: Duration::from_secs(100) };
/// Whoever has not said by then who it is, is cut off.
const INTRODUCTION: Duration = Duration::from_secs(5);

/// The server's end of one connection.
struct Socket {
    shared: Arc<Shared>,
    wire: Wire,
    /// Set once it has said who it is.
    session: Option<Session>,
}

/// An authenticated connection. Dropping it closes it for the model.
struct Session {
    shared: Arc<Shared>,
    number: u64,
    events: Receiver<Event>,
    /// The number of the next event.
    seq: u64,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.change(|model| model.close_socket(self.number));
    }
}

/// What a client asks.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Request {
    seq: i64,
    action: String,
    data: Value,
}

/// Serves a connection until either side ends it. `token` is the one of the upgrade's header, if it had one.
pub(crate) async fn serve(shared: Arc<Shared>, stream: Upgraded, token: Option<String>) {
    let mut socket = Socket { shared, wire: Wire::new(stream, TERMS), session: None };
    if let Some(token) = token {
        socket.introduce(&token);
    }
    let Err(Ended) = socket.run().await;
}

impl Socket {
    async fn run(&mut self) -> Result<std::convert::Infallible, Ended> {
        let introduced_by = Instant::now() + INTRODUCTION;
        loop {
            let silent = self.session.is_none();
            tokio::select! {
                biased;
                event = next_event(&mut self.session) => self.send_event(event.ok_or(Ended)?).await?,
                message = self.wire.next() => {
                    let message = message?;
                    if message.is_text() || message.is_binary() {
                        self.take(&message.into_payload()).await?;
                    }
                }
                () = sleep_until(introduced_by), if silent => return Err(Ended),
            }
        }
    }

    /// Knows the user by a token. A wrong one changes nothing, and the connection stays dumb.
    fn introduce(&mut self, token: &str) -> bool {
        let version = version_id(&self.shared.options.version);
        let opened = self.shared.change(|model| {
            let user_id = model.session_user(token)?.id.clone();
            Some(model.open_socket(&user_id, token, &version))
        });
        let Some((number, events)) = opened else { return false };
        self.session = Some(Session { shared: Arc::clone(&self.shared), number, events, seq: 0 });
        true
    }

    /// Does what the client asks. Before it has said who it is, nothing else is heard.
    async fn take(&mut self, payload: &[u8]) -> Result<(), Ended> {
        let request: Request = object(payload, 1).ok_or(Ended)?;
        if request.action == "authentication_challenge" {
            return self.challenge(&request).await;
        }
        let Some(session) = &self.session else { return Ok(()) };
        let answer = answer(&self.shared, session.number, &request);
        self.send_json(&answer).await
    }

    async fn challenge(&mut self, request: &Request) -> Result<(), Ended> {
        if self.session.is_some() {
            return Ok(());
        }
        if !self.introduce(request.data["token"].as_str().unwrap_or_default()) {
            return Err(Ended);
        }
        // Hello goes out before the answer, as on the real server.
        let hello = next_event(&mut self.session).await.ok_or(Ended)?;
        self.send_event(hello).await?;
        self.send_json(&json!({"status": "OK", "seq_reply": request.seq})).await
    }

    /// Sends an event, with the faults that are planned for `EVENT` and its name. One that is answered by a fault is lost:
    /// its number is missing at the client.
    async fn send_event(&mut self, event: Event) -> Result<(), Ended> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let json = event.json(session.seq);
        session.seq += 1;
        self.wire.send_frame(&self.shared.faults, &format!("EVENT {}", event.name), line(&json)).await
    }

    async fn send_json(&mut self, json: &Value) -> Result<(), Ended> {
        self.wire.send(Message::text(line(json))).await
    }
}

/// JSON as the server writes it: with a line break behind it.
fn line(json: &Value) -> String {
    format!("{json}\n")
}

/// The next event for a connection that has said who it is; `None` when the server has cut it off.
async fn next_event(session: &mut Option<Session>) -> Option<Event> {
    match session {
        Some(session) => session.events.recv().await,
        None => std::future::pending().await,
    }
}

fn answer(shared: &Shared, number: u64, request: &Request) -> Value {
    let refuse = |id: &str, message: &str, status: u16| {
        let error = json!({"id": id, "message": message, "detailed_error": "", "status_code": status});
        json!({"status": "FAIL", "error": error})
    };
    let mut answer = match request.action.as_str() {
        "" => refuse("api.web_socket_router.no_action.app_error", "No websocket action.", 400),
        _ if request.seq <= 0 => {
            refuse("api.web_socket_router.bad_seq.app_error", "Invalid sequence for WebSocket message.", 400)
        }
        _ if lock(&shared.model).is_mute(number) => refuse(
            "api.web_socket_router.not_authenticated.app_error",
            "WebSocket connection is not authenticated. Please log in and try again.",
            401,
        ),
        "ping" => {
            let now = lock(&shared.model).now().as_millis();
            let version = &shared.options.version;
            json!({"status": "OK", "data": {"node_id": "", "server_time": now, "text": "pong", "version": version}})
        }
        "get_statuses" => json!({"status": "OK", "data": lock(&shared.model).statuses()}),
        // Nobody is told: no bot needs to know.
        "user_typing" => json!({"status": "OK"}),
        _ => refuse("api.web_socket_router.bad_action.app_error", "Unknown WebSocket action.", 500),
    };
    if request.seq != 0 {
        answer["seq_reply"] = json!(request.seq);
    }
    answer
}
