//! A stand-in of a Teleport cluster: its Auth server, and a proxy before it.
//!
//! It is a model with state behind real gRPC over mutual TLS, with certificate authorities of its own: any client that
//! has credentials which it wrote can use it. Its rules and texts are those of the real server, where bots notice them:
//! permissions, plugin data with compare-and-set, watches with INIT and their bounded queues, reviews and thresholds,
//! requests that expire. A version switch makes it differ as the real versions differ.
//!
//! * [`TeleportSandbox::start`] takes [`TeleportOptions`]; [`addr`](TeleportSandbox::addr) is Auth's address,
//!   [`proxy`](TeleportSandbox::proxy) the way to Auth through a proxy's web port, if the options ask for one.
//! * [`write_credentials`](TeleportSandbox::write_credentials) gives a user TLS files and an identity file;
//!   [`issue`](TeleportSandbox::issue) makes certificates of any time and origin, and
//!   [`rotate`](TeleportSandbox::rotate) makes all of them worthless.
//! * [`faults`](TeleportSandbox::faults) plans what goes wrong with calls; `stop`, `freeze`, `disconnect_watches`,
//!   `hold_events`, `lag_lists` and `set_version` are what goes wrong with a server.
//! * [`create_request`](TeleportSandbox::create_request), `review`, `approve`, `deny`, `remove`, `expire`, `add_user`,
//!   `remove_user`, `set_trait`, `add_role`, `lock`, `unlock` are what people do; [`requests`](TeleportSandbox::requests), `plugin_data`, `audit`, `call_log` are what one
//!   sees of it, and [`wait_until`](TeleportSandbox::wait_until) waits for it.
//!
//! The cluster that it starts with is `lab.example`: the bot's user `access-plugin`; `bob`, who may ask for the roles
//! `dbadmin` and `shortlived`; `dave`, whose role suggests reviewers; `alice` and `ivan`, who may review; `labadmin`, who
//! may do everything.

mod authority;
mod caller;
mod certificate;
mod credential_files;
mod decisions;
mod drive;
mod faults;
mod http_api;
mod locks;
mod model;
mod options;
mod plugin_data;
mod proxy;
mod request;
mod review;
mod role;
mod server;
mod service;
mod ssh_certificate;
mod tls;
mod trouble;
mod version;
mod watch;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

pub use authority::{Credentials, Rotation};
pub use certificate::{Issue, Signed};
pub use credential_files::CredentialPaths;
pub use faults::Faults;
pub use locks::LockTarget;
pub use model::AuditEvent;
pub use options::{ProxyMode, TeleportOptions};
pub use plugin_data::PluginWrite;
pub use proxy::Proxy;
pub use request::NewRequest;
pub use role::{Role, User};
pub use version::TeleportVersion;

use self::authority::Authorities;
use self::model::Model;
use self::server::{Server, Shared};
use crate::common::calls::Calls;
use crate::common::changes::Changes;
use crate::common::error::SandboxError;
use crate::common::listener::Listener;
use crate::common::lock::lock;

/// How often it is looked whether a request has expired.
const EXPIRY_TICK: Duration = Duration::from_millis(100);

/// A Teleport cluster of one's own, on a loopback port or two. Dropping it closes them.
pub struct TeleportSandbox {
    shared: Arc<Shared>,
    listener: Listener<Server>,
    proxy: Option<Proxy>,
    authorities: Mutex<Authorities>,
    reject_certificates: Arc<AtomicBool>,
    patience: Duration,
    ticks: Vec<JoinHandle<()>>,
}

impl TeleportSandbox {
    /// Starts a server. Must be called within a tokio runtime, which then carries it.
    ///
    /// # Errors
    /// When the port cannot be taken, or a certificate cannot be made.
    #[expect(clippy::unused_async, reason = "starting is allowed to wait, one day")]
    pub async fn start(options: TeleportOptions) -> Result<Self, SandboxError> {
        let authorities = Authorities::new(&options.cluster)?;
        let reject_certificates = Arc::new(AtomicBool::new(false));
        let tls = tls::server_config(&authorities, options.clock.clone(), Arc::clone(&reject_certificates))?;
        let (port, patience, poll_interval) = (options.port, options.patience, options.poll_interval);
        let (proxy, proxy_port) = (options.proxy, options.proxy_port);
        let changes = Changes::default();
        let shared = Arc::new(Shared {
            model: Mutex::new(Model::new(options, changes.clone())),
            changes,
            calls: Calls::default(),
            faults: Faults::default(),
        });
        let listener = Listener::start(port, Arc::new(Server::new(Arc::clone(&shared), tls)))?;
        let proxy = proxy.map(|mode| Proxy::start(proxy_port, mode, listener.addr(), &shared)).transpose()?;
        let mut ticks = vec![every(EXPIRY_TICK, &shared, Model::expire)];
        if !poll_interval.is_zero() {
            ticks.push(every(poll_interval, &shared, |model| {
                model.flush();
                false
            }));
        }
        let authorities = Mutex::new(authorities);
        Ok(Self { shared, listener, proxy, authorities, reject_certificates, patience, ticks })
    }

    /// Where Auth listens.
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// The proxy, if [`TeleportOptions::proxy`] asked for one.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// Credentials of a user, for so long from now on. Nobody asks whether the user exists.
    ///
    /// # Errors
    /// When a certificate cannot be made.
    pub fn credentials(&self, user: &str, ttl: Duration) -> Result<Credentials, SandboxError> {
        self.issue(&Issue::to(user).lasting(ttl))
    }

    /// Credentials to order: expired ones, of one minute, made by tbot.
    ///
    /// # Errors
    /// When a certificate cannot be made.
    pub fn issue(&self, order: &Issue) -> Result<Credentials, SandboxError> {
        let (now, roles) = {
            let model = lock(&self.shared.model);
            (model.now(), model.users.get(&order.user).map(|user| user.roles.clone()).unwrap_or_default())
        };
        lock(&self.authorities).issue(order, &roles, now)
    }

    /// Writes credentials of a user into a folder, as TLS files and as an identity file. Files that are there are
    /// replaced at one blow.
    ///
    /// # Errors
    /// When a certificate cannot be made or a file cannot be written.
    pub fn write_credentials(&self, user: &str, dir: &Path, ttl: Duration) -> Result<CredentialPaths, SandboxError> {
        self.write_issue(&Issue::to(user).lasting(ttl), dir)
    }

    /// The same with credentials to order.
    ///
    /// # Errors
    /// When a certificate cannot be made or a file cannot be written.
    pub fn write_issue(&self, order: &Issue, dir: &Path) -> Result<CredentialPaths, SandboxError> {
        credential_files::write(&self.issue(order)?, &order.user, dir)
    }

    /// Replaces the cluster's authorities, as at the end of `tctl auth rotate`: from now on the server has a certificate
    /// of the new one and takes credentials of the new one. Credentials made later are good again. Connections that stand
    /// go on.
    ///
    /// # Errors
    /// When a certificate cannot be made; then everything is as it was.
    pub fn rotate(&self, which: Rotation) -> Result<(), SandboxError> {
        let clock = lock(&self.shared.model).options.clock.clone();
        let mut authorities = lock(&self.authorities);
        authorities.rotate(which)?;
        let tls = tls::server_config(&authorities, clock, Arc::clone(&self.reject_certificates))?;
        self.listener.server().use_tls(tls);
        Ok(())
    }
}

impl Drop for TeleportSandbox {
    fn drop(&mut self) {
        self.ticks.iter().for_each(JoinHandle::abort);
    }
}

/// Does something to the model again and again. It says whether those who wait need to know.
fn every(period: Duration, shared: &Arc<Shared>, work: impl Fn(&mut Model) -> bool + Send + 'static) -> JoinHandle<()> {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            let changed = work(&mut lock(&shared.model));
            if changed {
                shared.changes.happened();
            }
        }
    })
}
