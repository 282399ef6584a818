//! The port, over gRPC.

use std::sync::Arc;

use accessbot_core::clock::SharedClock;
use accessbot_core::request::{AccessRequest, RequestId};
use accessbot_core::teleport::{
    Cluster, Record, RecordChange, RequestWatch, Teleport, TeleportError, TeleportErrorKind,
};
use arc_swap::ArcSwap;
use async_trait::async_trait;

use crate::address::Address;
use crate::credentials::{CredentialFiles, Credentials};
use crate::link::Link;
use crate::permissions::{self, Permission};
use crate::proto::auth::PingRequest;
use crate::proto::types::AccessRequestFilter;
use crate::{calls, convert, listing, plugin_data, version, watch};

/// Which cluster, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Auth's address.
    pub address: Address,
    /// Where the credentials are kept.
    pub credentials: CredentialFiles,
}

/// A Teleport cluster behind its Auth server.
///
/// All calls share one connection, which is dialled when it is first needed and again after it broke. Each call waits for
/// that, within its own timeout, and its error says why there is no connection rather than that there is none.
pub struct TeleportClient {
    address: Address,
    clock: SharedClock,
    link: ArcSwap<Link>,
}

impl TeleportClient {
    /// A client that has not dialled yet. `clock` only serves to tell an expired certificate from a refused one.
    ///
    /// Must be called within a tokio runtime, which the connection lives in.
    pub fn connect_lazy(credentials: &Credentials, address: &Address, clock: SharedClock) -> Self {
        let link = ArcSwap::from_pointee(Link::new(credentials, address, Arc::clone(&clock)));
        Self { address: address.clone(), clock, link }
    }

    /// Uses `credentials` for every call from now on, over a new connection. Calls and watches that are under way keep the
    /// old one until they end. Must be called within the same tokio runtime.
    pub fn use_credentials(&self, credentials: &Credentials) {
        self.link.store(Arc::new(Link::new(credentials, &self.address, Arc::clone(&self.clock))));
    }

    /// Tries every permission that the bot uses, with the records of `plugin`, for an operator who asks. Changes nothing.
    pub async fn permissions(&self, plugin: &str) -> Vec<Permission> {
        permissions::try_all(&self.link(), plugin).await
    }

    fn link(&self) -> Arc<Link> {
        self.link.load_full()
    }
}

#[async_trait]
impl Teleport for TeleportClient {
    async fn ping(&self) -> Result<Cluster, TeleportError> {
        let link = self.link();
        let pong = link.answer(&calls::PING, link.api().ping(PingRequest {})).await?;
        version::check(&pong.server_version).map_err(|problem| {
            TeleportError::new(TeleportErrorKind::Unsupported, calls::PING.name, problem).with_hint("update the server")
        })?;
        Ok(Cluster {
            name: pong.cluster_name,
            version: pong.server_version,
            proxy_public_addr: pong.proxy_public_addr,
            reviews: pong.server_features.is_some_and(|features| features.advanced_access_workflows),
        })
    }

    async fn watch(&self) -> Result<Box<dyn RequestWatch>, TeleportError> {
        watch::open(self.link()).await
    }

    async fn requests(&self) -> Result<Vec<AccessRequest>, TeleportError> {
        let listed = listing::list(&self.link(), &calls::LIST, AccessRequestFilter::default()).await?;
        Ok(listed.into_iter().filter_map(convert::request).collect())
    }

    async fn request(&self, id: &RequestId) -> Result<Option<AccessRequest>, TeleportError> {
        plugin_data::named(&calls::GET, id)?;
        let filter = AccessRequestFilter { id: id.as_str().to_owned(), ..Default::default() };
        match listing::list(&self.link(), &calls::GET, filter).await {
            // A server that did not understand the filter would send others.
            Ok(listed) => Ok(listed.into_iter().filter_map(convert::request).find(|request| request.id == *id)),
            Err(e) if e.kind == TeleportErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    async fn records(&self, plugin: &str) -> Result<Vec<(RequestId, Record)>, TeleportError> {
        plugin_data::all(&self.link(), plugin).await
    }

    async fn record(&self, plugin: &str, id: &RequestId) -> Result<Record, TeleportError> {
        plugin_data::one(&self.link(), plugin, id).await
    }

    async fn change_record(&self, plugin: &str, id: &RequestId, change: &RecordChange) -> Result<(), TeleportError> {
        plugin_data::change(&self.link(), plugin, id, change).await
    }
}
