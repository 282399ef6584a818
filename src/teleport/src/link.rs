//! A channel to Auth that knows why it is down.

use std::future::Future;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accessbot_core::clock::SharedClock;
use accessbot_core::teleport::TeleportError;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status, TimeoutExpired};
use tonic_prost::ProstCodec;

use crate::calls::Call;
use crate::certificate::Certificate;
use crate::credentials::Credentials;
use crate::dial::Dialer;
use crate::dial_error::DialError;
use crate::door::Door;
use crate::listing::Way;
use crate::proto::auth::auth_service_client::AuthServiceClient;
use crate::proto::users::users_service_client::UsersServiceClient;
use crate::status;

/// Auth takes pings that come faster than every 60 s for an attack, and hangs up on the fourth.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(70);
/// A ping that is not answered for this long means that the connection is dead.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest answer that is taken. Old servers send all requests, and every server all plugin data, in one message;
/// gRPC's default of 4 MiB holds about ten thousand records.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;

/// Never dialled, and Auth does not look at it; HTTP/2 wants some authority. TLS is the dialer's business.
const AUTHORITY: &str = "http://teleport.cluster.local";

/// One channel: made with one set of credentials, dialled when it is needed, dialled again after it broke.
pub(crate) struct Link {
    channel: Channel,
    /// What the certificate says of us.
    certificate: Certificate,
    state: Arc<LinkState>,
}

/// HTTP/2 as Auth wants it.
fn endpoint() -> Endpoint {
    Endpoint::from_static(AUTHORITY)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        // A watch can be silent for days, and a dead one is as silent.
        .keep_alive_while_idle(true)
}

/// What the dialer and the calls tell each other.
#[derive(Default)]
pub(crate) struct LinkState {
    /// Whether nobody gave the port that is dialled.
    port_assumed: bool,
    /// Why the last dial failed; none if it did not.
    failure: Mutex<Option<DialError>>,
    /// How often was dialled.
    dials: AtomicU64,
    /// The [`Way`] that worked last on this connection.
    listing: AtomicU8,
}

impl LinkState {
    /// A dial ended. Whatever is at the other end now may be another server, of another version.
    pub(crate) fn dialled(&self, failure: Option<&DialError>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure.cloned();
        self.dials.fetch_add(1, Ordering::Relaxed);
        self.set_listing(Way::default());
    }

    /// How often was dialled: a number that changes with the connection.
    pub(crate) fn dials(&self) -> u64 {
        self.dials.load(Ordering::Relaxed)
    }

    fn failure(&self) -> Option<DialError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where to begin with the ways to list requests.
    pub(crate) fn listing(&self) -> Way {
        Way::from_number(self.listing.load(Ordering::Relaxed))
    }

    /// Remembers the way that worked.
    pub(crate) fn set_listing(&self, way: Way) {
        self.listing.store(way.number(), Ordering::Relaxed);
    }
}

impl Link {
    /// A link that has not dialled yet. Must be called within a tokio runtime.
    pub(crate) fn new(credentials: &Credentials, door: Arc<Door>, clock: SharedClock) -> Self {
        let port_assumed = door.address().port_is_assumed();
        let state = Arc::new(LinkState { port_assumed, ..LinkState::default() });
        let dialer = Dialer { door, credentials: credentials.clone(), clock, state: Arc::clone(&state) };
        let certificate = credentials.certificate().clone();
        Self { channel: endpoint().connect_with_connector_lazy(dialer), certificate, state }
    }

    /// A link over this connector.
    #[cfg(test)]
    pub(crate) fn piped(pipe: crate::piped::Pipe, certificate: Certificate) -> Self {
        Self { channel: endpoint().connect_with_connector_lazy(pipe), certificate, state: Arc::default() }
    }

    pub(crate) fn state(&self) -> &LinkState {
        &self.state
    }

    /// The calls that Auth offers.
    pub(crate) fn api(&self) -> AuthServiceClient<Channel> {
        AuthServiceClient::new(self.channel.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Makes a unary call whose answer is read as another message than the generated one: of the same fields, or fewer.
    pub(crate) async fn ask<Q, A>(&self, path: PathAndQuery, question: Q) -> Result<Response<A>, Status>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(LARGEST_ANSWER);
        grpc.ready().await.map_err(|e| Status::from_error(e.into()))?;
        grpc.unary(Request::new(question), path, ProstCodec::default()).await
    }

    /// The calls of the newer service for users.
    pub(crate) fn users_api(&self) -> UsersServiceClient<Channel> {
        UsersServiceClient::new(self.channel.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// What the certificate says that this connection is made with.
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Waits for the answer to a unary call, or for a stream's start, for as long as `call` allows.
    pub(crate) async fn answer<T>(
        &self,
        call: &Call,
        work: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, TeleportError> {
        self.within(call, async { work.await.map(Response::into_inner) }).await
    }

    /// Waits for `work` as long as `call` allows.
    pub(crate) async fn within<T>(
        &self,
        call: &Call,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, TeleportError> {
        let ended = match tokio::time::timeout(call.limit, work).await {
            Ok(Err(status)) if !is_timer(&status) => Err(status),
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(Status::deadline_exceeded(format!("no answer within {} s", call.limit.as_secs()))),
        };
        ended.map_err(|status| self.explain(call, &status))
    }

    /// What `status` means, or why there is no connection if there is none: tonic's status only says that it failed.
    pub(crate) fn explain(&self, call: &Call, status: &Status) -> TeleportError {
        let may_be_ours = matches!(
            status.code(),
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded | Code::Internal
        );
        match self.state.failure() {
            Some(cause) if may_be_ours => cause.into_teleport_error(call, self.state.port_assumed),
            _ => status::error(call, status),
        }
    }
}

/// Whether the channel or the server gave a [timed](Call::timed) call up, at the moment at which we would.
fn is_timer(status: &Status) -> bool {
    status.code() == Code::DeadlineExceeded || status.message() == TimeoutExpired(()).to_string()
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
