//! A stand-in of Slack.
//!
//! It is a model with state, not a list of answers: what the bot posts can be read back, by the bot and by the test, and
//! what a person deletes is gone for the bot. It refuses what Slack refuses, with Slack's words: what the token has no
//! scope for, what is too long or empty, who is not in the channel. It listens on a real loopback port, so a client
//! cannot tell it from the real one by the wire.
//!
//! People can do more than look: they click buttons and fill in views, of which the app hears over Socket Mode, or at a
//! request URL once it has one ([`SlackSandbox::set_request_url`]). What they do is called `INTERACTION block_actions`
//! (`view_submission`, `view_closed`) by planned faults and in the log of calls; what goes over a socket is
//! `FRAME interactive` (`hello`, `disconnect`) to faults; a connection that comes about is `link`, an answer to a click
//! `response_url`.
//!
//! The world that it starts with: the public channels `access`, `general` and `random`; the people `admin`, `alice`,
//! `ivan` and `bob`, with addresses at example.com, and the bot. All of them are in `access` and `general`.

mod account;
mod api;
mod args;
mod block;
mod connect;
mod drive;
mod ephemeral;
mod form;
mod interact;
mod interaction;
mod mention;
mod modal;
mod model;
mod options;
mod payload;
mod rate_limit;
mod reply;
mod request_url;
mod response_url;
mod said;
mod server;
mod socket;
mod sockets;
mod trigger;
mod view;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

pub use account::{Account, Standing};
pub use api::{COMMON_ERRORS, METHODS, Method};
pub use interact::{ActError, Submitted};
pub use model::{ChannelKind, TokenKind};
pub use options::{ALL_SCOPES, OLD_SCOPES, SlackOptions};
pub use rate_limit::RateLimits;
pub use reply::{rate_limited, refusal};
pub use request_url::{Answered, SignedRequest};
pub use sockets::{DisconnectReason, SocketView};
pub use view::MessageView;
pub use views::ViewView;

use self::model::{Grant, Model, slack_id};
use self::request_url::RequestUrl;
use self::server::{Server, Shared};
use crate::common::calls::{Call, Calls};
use crate::common::changes::Changes;
use crate::common::error::SandboxError;
use crate::common::http_faults::HttpFaults;
use crate::common::ids::mattermost_id;
use crate::common::listener::Listener;
use crate::common::lock::lock;

/// A Slack workspace of one's own, on a loopback port. Dropping it closes the port.
///
/// Methods that take a *place* understand a channel's name, and `@user` for the direct messages between the bot and that
/// user. Counts of calls go by the method's name: `chat.postMessage`, `conversations.*`.
pub struct SlackSandbox {
    shared: Arc<Shared>,
    listener: Listener<Server>,
    token: String,
    app_token: String,
}

impl SlackSandbox {
    /// Starts a server. Must be called within a tokio runtime, which then carries it.
    ///
    /// # Errors
    /// When the port cannot be taken.
    #[expect(clippy::unused_async, reason = "starting is allowed to wait, one day")]
    pub async fn start(options: SlackOptions) -> Result<Self, SandboxError> {
        let token = options.token.clone().unwrap_or_else(|| format!("xoxb-{}", mattermost_id()));
        let app_token = options.app_token.clone().unwrap_or_else(|| format!("xapp-1-{}", mattermost_id()));
        let signing_secret = options.signing_secret.clone().unwrap_or_else(mattermost_id);
        let mut model = Model::new(Arc::clone(&options.clock));
        model.enterprise_id = options.enterprise_id.clone().unwrap_or_default();
        people(&mut model, &options, &token, &app_token);
        let port = options.port;
        let gate = Arc::default();
        let shared = Arc::new(Shared {
            model: Mutex::new(model),
            request_url: RequestUrl::new(&options, Arc::clone(&gate))?,
            signing_secret,
            options,
            changes: Changes::default(),
            calls: Calls::default(),
            faults: HttpFaults::default(),
        });
        let listener = Listener::start_behind(gate, port, Arc::new(Server { shared: Arc::clone(&shared) }))?;
        shared.change(|model| model.address = listener.addr());
        Ok(Self { shared, listener, token, app_token })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// The address of its API for a client's configuration, `http://127.0.0.1:PORT/api`.
    pub fn url(&self) -> String {
        format!("http://{}/api", self.addr())
    }

    /// The bot's token, also while it is revoked.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The faults that are planned. Calls go by the method's name: `chat.postMessage`, `conversations.*`.
    pub fn faults(&self) -> &HttpFaults {
        &self.shared.faults
    }

    /// Closes the port and cuts all connections, like a server that is killed. What it knows stays.
    pub async fn stop(&self) {
        self.listener.stop().await;
    }

    /// Opens the same port again.
    ///
    /// # Errors
    /// When the port was lost meanwhile.
    pub fn start_again(&self) -> Result<(), SandboxError> {
        self.listener.start_again()
    }

    /// From now on the server accepts connections and does not answer: nothing is read, nothing is written.
    pub fn freeze(&self) {
        self.listener.gate().freeze();
    }

    /// Goes on where it was frozen: calls that came meanwhile are carried out, although their clients may have gone.
    pub fn thaw(&self) {
        self.listener.gate().thaw();
    }

    /// Sets the rate limits.
    pub fn set_rate_limits(&self, limits: RateLimits) {
        self.shared.change(|model| model.limits.limits = limits);
    }

    /// How many calls fit `pattern`: `chat.postMessage`, `conversations.*`, `*`.
    pub fn calls(&self, pattern: &str) -> usize {
        self.shared.calls.count(pattern)
    }

    /// The calls so far, oldest first (the last 200000).
    pub fn call_log(&self) -> Vec<Call> {
        self.shared.calls.all()
    }

    /// The most calls that were at work at once.
    pub fn peak_in_flight(&self) -> usize {
        self.shared.calls.peak_in_flight()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.shared.calls.clear();
    }

    /// Waits until `condition` holds, looking again after every change of the server's state and after every call.
    ///
    /// # Panics
    /// After [`SlackOptions::patience`], with `what` was waited for and what stands in the channels instead.
    #[track_caller]
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Self) -> bool) -> impl Future<Output = ()> {
        self.wait_within(self.shared.options.patience, what, condition)
    }

    /// The same with a patience of one's own.
    ///
    /// # Panics
    /// After `patience`.
    #[track_caller]
    pub fn wait_within(
        &self,
        patience: Duration,
        what: &str,
        condition: impl Fn(&Self) -> bool,
    ) -> impl Future<Output = ()> {
        let from = Location::caller();
        self.shared.changes.wait_until(patience, what, from, move || condition(self), || self.dump())
    }

    /// Sees every change of the server's state and every call from now on, for those who wait for more than one thing
    /// at once.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// What stands in the channels, and the last calls, for people to read.
    pub fn dump(&self) -> String {
        let mut dump = String::new();
        let model = lock(&self.shared.model);
        for channel in model.channels.values().filter(|channel| !channel.messages.is_empty()) {
            let _ = writeln!(dump, "channel {:?} {:?} {}", channel.kind, channel.name, channel.id);
            let roots: Vec<_> = channel.messages.values().filter(|message| message.thread_ts.is_empty()).collect();
            for message in roots.iter().skip(roots.len().saturating_sub(20)) {
                let _ = write!(dump, "{}", MessageView::of(&model, channel, message));
            }
        }
        for (user, _, message) in model.ephemerals.iter().rev().take(20).rev() {
            let name = model.users.get(user).map_or(user, |user| &user.name);
            let _ = writeln!(dump, "only for {name}: {}", message.text);
        }
        let _ = writeln!(dump, "connections: {:?}", model.socket_views());
        drop(model);
        let _ = write!(dump, "last calls:\n{}", self.shared.calls.tail(30));
        dump
    }
}

/// Whom a message with these `blocks` and this `text` would mention when it is posted: ids of users, and `*` for
/// everybody.
///
/// # Errors
/// What Slack would refuse about the blocks.
pub fn examine(text: &str, blocks: &serde_json::Value) -> Result<BTreeSet<String>, String> {
    let blocks = block::check(blocks).map_err(|bad| format!("{bad:?}"))?;
    Ok(mention::mentions(text, &blocks))
}

/// Fills an empty world.
fn people(model: &mut Model, options: &SlackOptions, token: &str, app_token: &str) {
    let mut everybody = BTreeSet::new();
    for name in ["admin", "alice", "ivan", "bob"] {
        everybody.insert(model.add_user(name, &format!("{name}@example.com"), false));
    }
    let user = model.add_user(&options.bot, "", true);
    everybody.insert(user.clone());
    let scopes = options.scopes.iter().cloned().collect();
    let bot =
        Grant { kind: TokenKind::Bot, user, bot_id: slack_id('B'), app_id: slack_id('A'), scopes, revoked: false };
    let scopes = BTreeSet::from(["connections:write".to_owned()]);
    let app = Grant { kind: TokenKind::App, scopes, ..bot.clone() };
    model.tokens = BTreeMap::from([(token.to_owned(), bot), (app_token.to_owned(), app)]);
    for name in ["access", "general"] {
        model.add_channel(ChannelKind::Public, name, everybody.clone());
    }
    model.add_channel(ChannelKind::Public, "random", BTreeSet::new());
}
