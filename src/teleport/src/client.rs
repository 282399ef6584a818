//! The port, over gRPC.

use std::sync::Arc;

use accessbot_core::clock::SharedClock;
use accessbot_core::request::{AccessRequest, RequestId};
use accessbot_core::teleport::{
    Cluster, NewReview, NewState, Record, RecordChange, RequestWatch, Teleport, TeleportError, TeleportErrorKind, User,
};
use arc_swap::ArcSwap;
use async_trait::async_trait;

use crate::address::Address;
use crate::certificate::Certificate;
use crate::credentials::Credentials;
use crate::door::Door;
use crate::link::Link;
use crate::permissions::{self, Permission};
use crate::proto::auth::{PingRequest, PingResponse};
use crate::proto::types::AccessRequestFilter;
use crate::review_support::{self, ReviewNeeds, ReviewSupport};
use crate::way::Way;
use crate::{calls, decisions, listing, locks, people, plugin_data, version, watch};

/// A Teleport cluster behind its Auth server.
///
/// All calls share one connection, which is dialled when it is first needed and again after it broke. Each call waits for
/// that, within its own timeout, and its error says why there is no connection rather than that there is none.
pub struct TeleportClient {
    door: Arc<Door>,
    clock: SharedClock,
    link: ArcSwap<Link>,
}

/// How new credentials were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialChange {
    /// A connection was made with them.
    Connected,
    /// No connection could be made with them, nor with the old ones: they are used from now on all the same.
    Untried,
}

impl TeleportClient {
    /// A client that has not dialled yet, for Auth or a proxy at `address`. `clock` only serves to tell an expired
    /// certificate from a refused one.
    ///
    /// Must be called within a tokio runtime, which the connection lives in.
    pub fn connect_lazy(credentials: &Credentials, address: &Address, clock: SharedClock) -> Self {
        Self::through(Door::new(address.clone()), credentials, clock)
    }

    /// The same through a [`Door`] of which more is known than its address.
    pub fn through(door: Door, credentials: &Credentials, clock: SharedClock) -> Self {
        let door = Arc::new(door);
        let link = ArcSwap::from_pointee(Link::new(credentials, Arc::clone(&door), Arc::clone(&clock)));
        Self { door, clock, link }
    }

    /// Makes a connection with `credentials`, and uses it for every call from then on. Until it stands, all calls go over
    /// the old one; calls and watches that are under way stay there until they end, as the server does not cut a
    /// connection whose certificate has expired unless it was told to.
    ///
    /// # Errors
    /// Why no connection can be made with `credentials`, when one with the old ones works, or when only the new ones are
    /// refused: the old ones are kept. In all other cases nothing is lost by the new ones, and they are taken.
    pub async fn change_credentials(&self, credentials: &Credentials) -> Result<CredentialChange, TeleportError> {
        let link = self.new_link(credentials);
        let change = match pong(&link).await {
            Ok(_) => CredentialChange::Connected,
            Err(problem) => match pong(&self.link()).await {
                Err(old) if problem.kind != REFUSED || old.kind == REFUSED => CredentialChange::Untried,
                // The old ones work, or they may again when the server can be reached.
                _ => return Err(problem),
            },
        };
        self.link.store(Arc::new(link));
        Ok(change)
    }

    /// Which way the last connection took; none if there was none yet, or if it could not be told.
    pub fn way(&self) -> Option<Way> {
        self.door.way()
    }

    /// What the certificate says that is used now.
    pub fn certificate(&self) -> Certificate {
        self.link().certificate().clone()
    }

    fn new_link(&self, credentials: &Credentials) -> Link {
        Link::new(credentials, Arc::clone(&self.door), Arc::clone(&self.clock))
    }

    /// The calls that Auth offers, as they are.
    #[cfg(feature = "raw")]
    pub fn api(&self) -> crate::proto::auth::auth_service_client::AuthServiceClient<tonic::transport::Channel> {
        self.link().api()
    }

    /// Tries every permission that the bot uses, with the records of `plugin`, for an operator who asks. Changes nothing.
    pub async fn permissions(&self, plugin: &str) -> Vec<Permission> {
        permissions::try_all(&self.link(), plugin).await
    }

    /// Finds out whether decisions from the chat can work in this way, for an operator who asks and before the bot starts.
    /// What is tried is tried on a request that does not exist: it changes nothing.
    ///
    /// # Errors
    /// When the server cannot be asked who it is, so that nothing could be found out.
    pub async fn review_support(&self, needs: &ReviewNeeds) -> Result<ReviewSupport, TeleportError> {
        let cluster = self.ping().await?;
        Ok(review_support::find_out(&self.link(), &cluster, needs).await)
    }

    fn link(&self) -> Arc<Link> {
        self.link.load_full()
    }
}

/// What a server says to credentials that are no good.
const REFUSED: TeleportErrorKind = TeleportErrorKind::Credentials;

async fn pong(link: &Link) -> Result<PingResponse, TeleportError> {
    link.answer(&calls::PING, link.api().ping(PingRequest {})).await
}

#[async_trait]
impl Teleport for TeleportClient {
    async fn ping(&self) -> Result<Cluster, TeleportError> {
        let link = self.link();
        let pong = pong(&link).await?;
        version::check(&pong.server_version).map_err(|problem| {
            TeleportError::new(TeleportErrorKind::Unsupported, calls::PING.name, problem).with_hint("update the server")
        })?;
        Ok(Cluster {
            name: pong.cluster_name,
            version: pong.server_version,
            proxy_public_addr: pong.proxy_public_addr,
            reviews: pong.server_features.is_some_and(|features| features.advanced_access_workflows),
            user: link.certificate().user.clone(),
        })
    }

    async fn watch(&self) -> Result<Box<dyn RequestWatch>, TeleportError> {
        watch::open(self.link()).await
    }

    async fn each_request(&self, visit: &mut (dyn FnMut(AccessRequest) + Send)) -> Result<(), TeleportError> {
        listing::each(&self.link(), &calls::LIST, AccessRequestFilter::default(), visit).await
    }

    async fn request(&self, id: &RequestId) -> Result<Option<AccessRequest>, TeleportError> {
        plugin_data::named(&calls::GET, id)?;
        let filter = AccessRequestFilter { id: id.as_str().to_owned(), ..Default::default() };
        let mut found = None;
        // A server that did not understand the filter would send others.
        let mut find = |request: AccessRequest| found = found.take().or_else(|| (request.id == *id).then_some(request));
        match listing::each(&self.link(), &calls::GET, filter, &mut find).await {
            Ok(()) => Ok(found),
            Err(e) if e.kind == TeleportErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    async fn each_record(
        &self,
        plugin: &str,
        visit: &mut (dyn FnMut(RequestId, Record) + Send),
    ) -> Result<(), TeleportError> {
        plugin_data::each(&self.link(), plugin, visit).await
    }

    async fn record(&self, plugin: &str, id: &RequestId) -> Result<Record, TeleportError> {
        plugin_data::one(&self.link(), plugin, id).await
    }

    async fn change_record(&self, plugin: &str, id: &RequestId, change: &RecordChange) -> Result<(), TeleportError> {
        plugin_data::change(&self.link(), plugin, id, change).await
    }

    async fn submit_review(&self, id: &RequestId, review: &NewReview) -> Result<AccessRequest, TeleportError> {
        decisions::submit_review(&self.link(), id, review).await
    }

    async fn set_state(&self, id: &RequestId, state: &NewState) -> Result<(), TeleportError> {
        decisions::set_state(&self.link(), id, state).await
    }

    async fn user(&self, name: &str) -> Result<Option<User>, TeleportError> {
        people::user(&self.link(), name).await
    }

    async fn users(&self) -> Result<Vec<User>, TeleportError> {
        people::users(&self.link()).await
    }

    async fn is_locked(&self, user: &User) -> Result<bool, TeleportError> {
        locks::keep_out(&self.link(), user).await
    }
}
