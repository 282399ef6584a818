//! One connection in Socket Mode: what it is sent, and what the client acknowledges.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_websockets::{Limits, Message, ServerBuilder, WebSocketStream};

use super::server::Shared;
use super::sockets::Order;
use crate::common::faults::Outcome;

/// The most bytes of what a client sends at once: a view of 250 kB, and some more.
const MOST: usize = 1024 * 1024;
/// How often the server pings.
const PING: Duration = Duration::from_secs(10);
/// How long it waits for a pong, or for the client to take what is sent.
const PONG: Duration = Duration::from_secs(60);

/// Why a connection ends. The client sees no more than that it does.
struct Ended;

/// The server's end of one connection. Dropping it closes it for the model.
struct Socket {
    shared: Arc<Shared>,
    stream: WebSocketStream<TokioIo<Upgraded>>,
    number: u64,
    orders: Receiver<Order>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.change(|model| model.close_socket(self.number));
    }
}

/// Serves a connection of the app until either side ends it.
pub(crate) async fn serve(shared: Arc<Shared>, stream: Upgraded, app_id: String) {
    let limits = Limits::default().max_payload_len(Some(MOST));
    let stream = ServerBuilder::new().limits(limits).serve(TokioIo::new(stream));
    let (number, orders) = shared.change(|model| model.open_socket(&app_id));
    let mut socket = Socket { shared, stream, number, orders };
    let Err(Ended) = socket.run().await;
}

impl Socket {
    async fn run(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut pings = interval_at(Instant::now() + PING, PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        let mut close_at = None;
        loop {
            tokio::select! {
                biased;
                order = self.orders.recv() => match order.ok_or(Ended)? {
                    Order::Send(frame) => self.send_frame(&frame).await?,
                    Order::Close(notice) => close_at = Some(Instant::now() + notice),
                },
                message = self.stream.next() => {
                    let Ok(message) = message.ok_or(Ended)? else {
                        // Once more, so that the library can say what was wrong.
                        let _ = self.stream.next().await;
                        return Err(Ended);
                    };
                    if message.is_pong() {
                        heard = Instant::now();
                    } else if message.is_text() {
                        self.take(&message.into_payload());
                    }
                }
                () = sleep_until(close_at.unwrap_or_else(Instant::now)), if close_at.is_some() => {
                    let _ = self.send(Message::close(None, "")).await;
                    return Err(Ended);
                }
                _ = pings.tick() => self.send(Message::ping(Bytes::new())).await?,
                () = sleep_until(heard + PONG) => return Err(Ended),
            }
        }
    }

    /// A client says nothing but which envelopes it got. What is none of that is not looked at.
    fn take(&self, payload: &[u8]) {
        let Ok(mut said) = serde_json::from_slice::<Value>(payload) else { return };
        if let Some(envelope) = said["envelope_id"].as_str().map(str::to_owned) {
            let payload = said.get_mut("payload").map(Value::take).unwrap_or_default();
            self.shared.change(|model| model.acknowledge(&envelope, payload));
        }
    }

    /// Sends a frame, with the faults that are planned for `FRAME` and its type. One that is answered by a fault is lost.
    async fn send_frame(&mut self, frame: &Value) -> Result<(), Ended> {
        let kind = frame["type"].as_str().unwrap_or_default();
        let verdict = self.shared.faults.script.judge(&format!("FRAME {kind}"));
        verdict.wait_before().await;
        match &verdict.instead {
            Some(Outcome::Answer(_)) => return Ok(()),
            Some(Outcome::Drop) => return Err(Ended),
            None => self.send(Message::text(frame.to_string())).await?,
        }
        verdict.wait_after().await;
        if verdict.after.is_some() { Err(Ended) } else { Ok(()) }
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        timeout(PONG, self.stream.send(message)).await.map_err(|_| Ended)?.map_err(|_| Ended)
    }
}
