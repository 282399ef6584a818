//! One connection in Socket Mode: what it is sent, and what the client acknowledges.

use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::Upgraded;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until};
use tokio_websockets::Message;

use super::server::Shared;
use super::sockets::Order;
use crate::common::wire::{Ended, Terms, Wire};

/// A client may send a view of 250 kB, and some more.
const TERMS: Terms = Terms { most: 1024 * 1024, ping: Duration::from_secs(10), pong: Duration::from_secs(60) };

/// The server's end of one connection. Dropping it closes it for the model.
struct Socket {
    shared: Arc<Shared>,
    wire: Wire,
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
    let wire = Wire::new(stream, TERMS);
    let (number, orders) = shared.change(|model| model.open_socket(&app_id));
    let mut socket = Socket { shared, wire, number, orders };
    let Err(Ended) = socket.run().await;
}

impl Socket {
    async fn run(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut close_at = None;
        loop {
            tokio::select! {
                biased;
                order = self.orders.recv() => match order.ok_or(Ended)? {
                    Order::Send(frame) => self.send_frame(&frame).await?,
                    Order::Close(notice) => close_at = Some(Instant::now() + notice),
                },
                message = self.wire.next() => {
                    let message = message?;
                    if message.is_text() {
                        self.take(&message.into_payload());
                    }
                }
                () = sleep_until(close_at.unwrap_or_else(Instant::now)), if close_at.is_some() => {
                    let _ = self.wire.send(Message::close(None, "")).await;
                    return Err(Ended);
                }
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

    /// Sends a frame, with the faults that are planned for `FRAME` and its type.
    async fn send_frame(&mut self, frame: &Value) -> Result<(), Ended> {
        let name = format!("FRAME {}", frame["type"].as_str().unwrap_or_default());
        self.wire.send_frame(&self.shared.faults, &name, frame.to_string()).await
    }
}
