//! Socket Mode: the connections of the app, and what is sent over which of them.

use std::collections::BTreeMap;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::model::Model;
use crate::common::ids::uuid;

/// So many connections an app may have.
const MOST: usize = 10;
/// So much may wait for a client that does not read. One more, and it is cut off.
const QUEUE: usize = 256;
/// How long a ticket may be used. Slack says "temporary" of the address that it is in.
const TICKET: Duration = Duration::from_secs(30);
/// How long a connection stays open after its end was announced.
const NOTICE: Duration = Duration::from_secs(10);

/// The name of a server, in what is for people who debug.
const HOST: &str = "applink-sandbox-1";

/// Why a connection is to end, as the server tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisconnectReason {
    /// It will end in about ten seconds.
    Warning,
    /// It ends now, and a new one is welcome.
    RefreshRequested,
    /// Socket Mode was switched off.
    LinkDisabled,
    /// The app has too many.
    TooManyWebsockets,
}

impl DisconnectReason {
    fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::RefreshRequested => "refresh_requested",
            Self::LinkDisabled => "link_disabled",
            Self::TooManyWebsockets => "too_many_websockets",
        }
    }

    fn notice(self) -> Duration {
        if self == Self::Warning { NOTICE } else { Duration::ZERO }
    }
}

/// The connections, by their numbers, and what they wait for.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    open: BTreeMap<u64, Socket>,
    last: u64,
    /// The number of the one that got the last envelope.
    served: u64,
    /// When each was given out.
    tickets: BTreeMap<String, Timestamp>,
    /// Envelopes that are not acknowledged.
    waiting: BTreeMap<String, oneshot::Sender<Value>>,
    /// So many envelopes to come are sent twice.
    pub(crate) repeat: usize,
}

#[derive(Debug)]
struct Socket {
    since: Timestamp,
    queue: Sender<Order>,
    envelopes: usize,
}

/// What a connection is to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Send this.
    Send(Value),
    /// Close so much later, and go on until then.
    Close(Duration),
}

/// A connection, as the sandbox's owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketView {
    /// Counted from one, in the order in which they came.
    pub number: u64,
    /// When it came.
    pub since: Timestamp,
    /// How many envelopes were sent over it.
    pub envelopes: usize,
}

impl Model {
    /// The address of a connection to be, for one use.
    pub(crate) fn make_ticket(&mut self, app_id: &str) -> String {
        let now = self.now();
        self.sockets.tickets.retain(|_, made| now.since(*made) <= TICKET);
        let ticket = uuid();
        self.sockets.tickets.insert(ticket.clone(), now);
        format!("ws://{}/link/?ticket={ticket}&app_id={app_id}", self.address)
    }

    /// Uses a ticket up; whether it was good.
    pub(crate) fn take_ticket(&mut self, ticket: &str) -> bool {
        let now = self.now();
        self.sockets.tickets.remove(ticket).is_some_and(|made| now.since(made) <= TICKET)
    }

    /// A client has connected. Gives the connection's number, and what it is to do.
    pub(crate) fn open_socket(&mut self, app_id: &str) -> (u64, Receiver<Order>) {
        let (queue, orders) = channel(QUEUE);
        self.sockets.last += 1;
        let number = self.sockets.last;
        self.sockets.open.insert(number, Socket { since: self.now(), queue, envelopes: 0 });
        if self.sockets.open.len() > MOST {
            self.disconnect_socket(number, DisconnectReason::TooManyWebsockets);
        } else if self.request_url.is_some() {
            self.disconnect_socket(number, DisconnectReason::LinkDisabled);
        } else {
            let hello = json!({
                "type": "hello",
                "num_connections": self.sockets.open.len(),
                "debug_info": {
                    "host": HOST,
                    "build_number": 1,
                    "approximate_connection_time": 18060,
                },
                "connection_info": {"app_id": app_id},
            });
            self.order(number, Order::Send(hello));
        }
        (number, orders)
    }

    /// Connection `number` is gone, or is to go at once.
    pub(crate) fn close_socket(&mut self, number: u64) {
        self.sockets.open.remove(&number);
    }

    /// Cuts all connections. The answer is how many there were.
    pub(crate) fn cut_sockets(&mut self) -> usize {
        std::mem::take(&mut self.sockets.open).len()
    }

    /// Tells all connections that they are to end, and ends them. The answer is how many there were.
    pub(crate) fn disconnect_sockets(&mut self, reason: DisconnectReason) -> usize {
        let numbers: Vec<u64> = self.sockets.open.keys().copied().collect();
        for number in &numbers {
            self.disconnect_socket(*number, reason);
        }
        numbers.len()
    }

    fn disconnect_socket(&mut self, number: u64, reason: DisconnectReason) {
        let frame = json!({"type": "disconnect", "reason": reason.name(), "debug_info": {"host": HOST}});
        self.order(number, Order::Send(frame));
        self.order(number, Order::Close(reason.notice()));
    }

    fn order(&mut self, number: u64, order: Order) {
        let socket = self.sockets.open.get(&number);
        if socket.is_some_and(|socket| socket.queue.try_send(order).is_err()) {
            self.close_socket(number);
        }
    }

    /// The open connections, oldest first.
    pub(crate) fn socket_views(&self) -> Vec<SocketView> {
        let views = self.sockets.open.iter();
        views
            .map(|(number, socket)| SocketView { number: *number, since: socket.since, envelopes: socket.envelopes })
            .collect()
    }

    /// Sends an interaction over one of the connections, each in its turn; `None` without any. What comes is what the
    /// client says with its acknowledgement.
    pub(crate) fn send_envelope(
        &mut self,
        payload: &Value,
        accepts_response_payload: bool,
    ) -> Option<oneshot::Receiver<Value>> {
        let id = uuid();
        let mut envelope = json!({
            "envelope_id": id,
            "type": "interactive",
            "accepts_response_payload": accepts_response_payload,
            "payload": payload,
        });
        self.send_over_next(envelope.clone())?;
        if self.sockets.repeat > 0 {
            self.sockets.repeat -= 1;
            envelope["retry_attempt"] = json!(1);
            envelope["retry_reason"] = json!("timeout");
            self.send_over_next(envelope);
        }
        self.sockets.waiting.retain(|_, waits| !waits.is_closed());
        let (acknowledged, answer) = oneshot::channel();
        self.sockets.waiting.insert(id, acknowledged);
        Some(answer)
    }

    fn send_over_next(&mut self, envelope: Value) -> Option<()> {
        let sockets = &mut self.sockets;
        let next = sockets.open.range(sockets.served + 1..).next().or_else(|| sockets.open.iter().next());
        let number = *next?.0;
        sockets.served = number;
        sockets.open.get_mut(&number)?.envelopes += 1;
        self.order(number, Order::Send(envelope));
        Some(())
    }

    /// A client acknowledges an envelope, over whichever connection. Nothing happens if nobody waits for it any more.
    pub(crate) fn acknowledge(&mut self, envelope: &str, payload: Value) {
        if let Some(waits) = self.sockets.waiting.remove(envelope) {
            let _ = waits.send(payload);
        }
    }
}
