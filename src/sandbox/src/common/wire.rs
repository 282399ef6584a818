//! The server's end of a websocket, as far as it is the same in every chat: pings, an end to silence, planned faults.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_websockets::{Limits, Message, ServerBuilder, WebSocketStream};

use super::faults::Outcome;
use super::http_faults::HttpFaults;

/// Why a connection ends. The client sees no more than that it does.
pub(crate) struct Ended;

/// What a server allows a client, and asks of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The most bytes of what a client sends at once.
    pub(crate) most: usize,
    /// How often the server pings.
    pub(crate) ping: Duration,
    /// How long it waits for a pong, or for the client to take what is sent.
    pub(crate) pong: Duration,
}

/// An open websocket.
pub(crate) struct Wire {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    pong: Duration,
    pings: Interval,
    /// When the last pong came.
    heard: Instant,
}

impl Wire {
    pub(crate) fn new(stream: Upgraded, terms: Terms) -> Self {
        let Terms { most, ping, pong } = terms;
        let limits = Limits::default().max_payload_len(Some(most));
        let mut pings = interval_at(Instant::now() + ping, ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stream = ServerBuilder::new().limits(limits).serve(TokioIo::new(stream));
        Self { stream, pong, pings, heard: Instant::now() }
    }

    /// The next that the client says. Nothing is lost if this is not waited for to its end.
    pub(crate) async fn next(&mut self) -> Result<Message, Ended> {
        loop {
            tokio::select! {
                biased;
                message = self.stream.next() => {
                    let Ok(message) = message.ok_or(Ended)? else {
                        // Once more, so that the library can say what was wrong.
                        let _ = self.stream.next().await;
                        return Err(Ended);
                    };
                    if !message.is_pong() {
                        return Ok(message);
                    }
                    self.heard = Instant::now();
                }
                _ = self.pings.tick() => self.send(Message::ping(Bytes::new())).await?,
                () = sleep_until(self.heard + self.pong) => return Err(Ended),
            }
        }
    }

    /// Sends a frame, with the `faults` that are planned for it by its `name`. One that is answered by a fault is lost.
    pub(crate) async fn send_frame(&mut self, faults: &HttpFaults, name: &str, frame: String) -> Result<(), Ended> {
        let verdict = faults.script.judge(name);
        verdict.wait_before().await;
        match &verdict.instead {
            Some(Outcome::Answer(_)) => return Ok(()),
            Some(Outcome::Drop) => return Err(Ended),
            None => self.send(Message::text(frame)).await?,
        }
        verdict.wait_after().await;
        if verdict.after.is_some() { Err(Ended) } else { Ok(()) }
    }

    pub(crate) async fn send(&mut self, message: Message) -> Result<(), Ended> {
        timeout(self.pong, self.stream.send(message)).await.map_err(|_| Ended)?.map_err(|_| Ended)
    }
}
