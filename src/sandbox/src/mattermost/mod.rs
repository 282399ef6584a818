//! A stand-in of a Mattermost server.
//!
//! It is a model with state, not a list of answers: what the bot posts can be read back, by the bot and by the test, and
//! what a person deletes is gone for the bot. Its limits, its error shapes and its traps are those of a server 5.36. It
//! listens on a real loopback port, so a client cannot tell it from the real one by the wire.
//!
//! It is live: what happens is told over websockets to those who may hear it, and to nobody later; a pressed button or a
//! dialog calls the integration behind it, and its answer is carried out.
//!
//! The world that it starts with: the team `lab`; in it the public channels `access`, `town-square` and `off-topic`; the
//! people `admin` (who may do everything), `alice`, `ivan` and `bob`, with addresses at example.com, and the bot. All of
//! them are in the team and in `access`.

mod answer;
mod api;
mod attachment;
mod body;
mod button;
mod channel;
mod dialog;
mod drive;
mod edit;
mod ephemeral;
mod error;
mod event;
mod integration;
mod interact;
mod markdown;
mod mention;
mod model;
mod options;
mod pending;
mod post;
mod rate_limit;
mod reaction;
mod server;
mod socket;
mod sockets;
mod trigger;
mod user;
mod view;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use channel::ChannelKind;
pub use dialog::{Dialog, DialogElement, DialogView};
pub use interact::ActError;
pub use options::MattermostOptions;
pub use rate_limit::RateLimit;
pub use sockets::SocketView;
pub use view::{PostView, ReactionView};

use self::integration::Integrations;
use self::model::Model;
use self::pending::PendingPosts;
use self::server::{Server, Shared};
use self::trigger::Triggers;
use crate::common::calls::{Call, Calls};
use crate::common::changes::Changes;
use crate::common::error::SandboxError;
use crate::common::gate::Gate;
use crate::common::http_faults::HttpFaults;
use crate::common::ids::mattermost_id;
use crate::common::listener::Listener;
use crate::common::lock::lock;

/// The team that the stand-in starts with.
pub const TEAM: &str = "lab";

/// A Mattermost server of one's own, on a loopback port. Dropping it closes the port.
///
/// Methods that take a *place* understand `channel` (in the team `lab`), `team/channel`, and `@user` for the direct
/// messages between the bot and that user.
pub struct MattermostSandbox {
    shared: Arc<Shared>,
    listener: Listener<Server>,
    token: String,
}

impl MattermostSandbox {
    /// Starts a server. Must be called within a tokio runtime, which then carries it.
    ///
    /// # Errors
    /// When the port cannot be taken.
    #[expect(clippy::unused_async, reason = "starting is allowed to wait, one day")]
    pub async fn start(options: MattermostOptions) -> Result<Self, SandboxError> {
        let token = options.token.clone().unwrap_or_else(mattermost_id);
        let mut model = Model::new(&options);
        people(&mut model, &options.bot, &token);
        let port = options.port;
        let gate = Arc::<Gate>::default();
        let shared = Arc::new(Shared {
            model: Mutex::new(model),
            triggers: Mutex::new(Triggers::new(options.trigger_life)),
            integrations: Integrations::new(&options, Arc::clone(&gate))?,
            options,
            changes: Changes::default(),
            calls: Calls::default(),
            faults: HttpFaults::default(),
        });
        let listener = Listener::start_behind(gate, port, Arc::new(Server::new(Arc::clone(&shared))))?;
        Ok(Self { shared, listener, token })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// Its address for a client's configuration, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The bot's access token, also while it is revoked.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The faults that are planned. Calls go by method and path below `/api/v4`: `POST /posts`, `PUT /posts/*/patch`,
    /// `GET *`. Two more kinds of names are meant by patterns:
    ///
    /// * `EVENT posted`, `EVENT *`: an event on its way to one websocket. Failed, it is lost and its number missing;
    ///   dropped, the connection is cut instead of it, or right after it.
    /// * `CALLBACK /path`, `CALLBACK *`: a call to the integration at that path. Failed, the given answer counts as the
    ///   integration's, which hears nothing, or whose own answer is lost; dropped, the call or its answer is lost.
    pub fn faults(&self) -> &HttpFaults {
        &self.shared.faults
    }

    /// Closes the port and cuts all connections, like a server that is killed. What it knows stays, but for the memory
    /// of pending post ids.
    pub async fn stop(&self) {
        self.listener.stop().await;
        self.shared.change(|model| model.pending = PendingPosts::default());
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

    /// Switches the rate limit on, or off with `None`.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.shared.change(|model| model.limiter = limit.map(rate_limit::RateLimiter::new));
    }

    /// How many calls fit `pattern`: `POST /posts`, `PUT /posts/*/patch`, `*`.
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

    /// Sees every change of the server's state and every call from now on, for those who wait for more than one thing
    /// at once.
    pub(crate) fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Waits until `condition` holds, looking again after every change of the server's state and after every call.
    ///
    /// # Panics
    /// After [`MattermostOptions::patience`], with `what` was waited for and what stands in the channels instead.
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

    /// What stands in the channels, and the last calls, for people to read.
    pub fn dump(&self) -> String {
        let mut dump = String::new();
        let model = lock(&self.shared.model);
        for channel in model.channels.values().filter(|channel| channel.message_count > 0) {
            let _ = writeln!(
                dump,
                "channel {} {:?} ({} posts)",
                channel.kind.letter(),
                channel.name,
                channel.message_count
            );
            let roots = channel.posts.iter().filter_map(|id| model.posts.get(id));
            let roots: Vec<_> = roots.filter(|post| post.is_message() && post.root_id.is_empty()).collect();
            for post in roots.iter().skip(roots.len().saturating_sub(20)) {
                let _ = write!(dump, "{}", PostView::of(&model, post));
            }
        }
        drop(model);
        let _ = write!(dump, "last calls:\n{}", self.shared.calls.tail(30));
        dump
    }
}

/// Fills an empty world.
fn people(model: &mut Model, bot: &str, token: &str) {
    let admin = model.add_user("admin", "admin@example.com", false, true, mattermost_id());
    let mut everybody = vec![admin.clone()];
    for name in ["alice", "ivan", "bob"] {
        everybody.push(model.add_user(name, &format!("{name}@example.com"), false, false, mattermost_id()));
    }
    everybody.push(model.add_user(bot, &format!("{bot}@localhost"), true, false, token.to_owned()));
    let team = model.add_team(TEAM, "Lab");
    if let Some(team) = model.teams.get_mut(&team) {
        team.members.extend(everybody.iter().cloned());
    }
    for (name, display_name) in [("town-square", "Town Square"), ("off-topic", "Off-Topic"), ("access", "Access")] {
        let id = model.add_channel(&team, name, display_name, ChannelKind::Public, &admin);
        if let Some(channel) = model.channels.get_mut(&id) {
            channel.members.extend(everybody.iter().cloned());
        }
    }
}
