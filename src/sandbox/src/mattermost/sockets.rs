//! The websockets that are open, and what is sent to whom.

use std::collections::BTreeMap;

use accessbot_core::clock::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::event::{Audience, Event};
use super::model::Model;

/// So many events may wait for a client that does not read. One more, and it is cut off.
const QUEUE: usize = 256;

/// The connections that have said who they are, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    open: BTreeMap<u64, Socket>,
    last: u64,
}

#[derive(Debug)]
struct Socket {
    user_id: String,
    /// The token that it came with.
    token: String,
    /// Whether the token was revoked since: the connection stays open, and nothing comes any more.
    mute: bool,
    since: Timestamp,
    queue: Sender<Event>,
}

/// An authenticated websocket, as the sandbox's owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketView {
    /// The user name of whoever listens.
    pub user: String,
    /// When it said who it is.
    pub since: Timestamp,
    /// Whether its token was revoked: it stays open, and nothing comes any more.
    pub mute: bool,
}

impl Model {
    /// A connection has said who it is. Gives its number and its events, of which the first says hello.
    pub(crate) fn open_socket(&mut self, user_id: &str, token: &str, version: &str) -> (u64, Receiver<Event>) {
        let (queue, events) = channel(QUEUE);
        self.sockets.last += 1;
        let number = self.sockets.last;
        let first = !self.is_online(user_id);
        let _ = queue.try_send(Event::hello(user_id, version));
        let socket =
            Socket { user_id: user_id.to_owned(), token: token.to_owned(), mute: false, since: self.now(), queue };
        self.sockets.open.insert(number, socket);
        if first {
            self.publish(&Event::status_change(user_id, "online"));
        }
        (number, events)
    }

    /// Connection `number` is gone, or is to go: its events end.
    pub(crate) fn close_socket(&mut self, number: u64) {
        self.sockets.open.remove(&number);
    }

    /// Cuts the connections of a user. The answer is how many there were.
    pub(crate) fn close_sockets_of(&mut self, user_id: &str) -> usize {
        let before = self.sockets.open.len();
        self.sockets.open.retain(|_, socket| socket.user_id != user_id);
        before - self.sockets.open.len()
    }

    /// Connections that came with this token are sent nothing any more, and are not told why.
    pub(crate) fn mute_sockets_with(&mut self, token: &str) {
        self.sockets.open.values_mut().filter(|socket| socket.token == token).for_each(|socket| socket.mute = true);
    }

    /// Whether the token of connection `number` was revoked.
    pub(crate) fn is_mute(&self, number: u64) -> bool {
        self.sockets.open.get(&number).is_some_and(|socket| socket.mute)
    }

    /// Who is online, by id.
    pub(crate) fn statuses(&self) -> Value {
        self.sockets.open.values().map(|socket| (socket.user_id.clone(), json!("online"))).collect()
    }

    /// Whether the user has a connection.
    pub(crate) fn is_online(&self, user_id: &str) -> bool {
        self.sockets.open.values().any(|socket| socket.user_id == user_id)
    }

    /// The open connections, oldest first.
    pub(crate) fn socket_views(&self) -> Vec<SocketView> {
        let name = |id: &String| self.users.get(id).map(|user| user.username.clone()).unwrap_or_default();
        let views = self.sockets.open.values();
        views.map(|socket| SocketView { user: name(&socket.user_id), since: socket.since, mute: socket.mute }).collect()
    }

    /// Sends an event to those whom it concerns and who listen now. Nobody else will ever hear it.
    pub(crate) fn publish(&mut self, event: &Event) {
        let channel = match &event.audience {
            Audience::Channel(id) => match self.channels.get(id) {
                Some(channel) => Some(channel),
                None => return,
            },
            Audience::User { .. } => None,
        };
        self.sockets.open.retain(|_, socket| {
            let hears = match (&event.audience, channel) {
                (Audience::User { user_id, .. }, _) => *user_id == socket.user_id,
                (Audience::Channel(_), Some(channel)) => channel.members.contains(&socket.user_id),
                (Audience::Channel(_), None) => false,
            };
            !hears || socket.mute || socket.queue.try_send(event.clone()).is_ok()
        });
    }
}
