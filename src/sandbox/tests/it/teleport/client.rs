//! A plain gRPC client.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_sandbox::teleport::{
    Credentials, Issue, NewRequest, Role, TeleportOptions, TeleportSandbox, TeleportVersion,
};
use accessbot_teleport::TeleportClient;
use accessbot_teleport::proto::auth::auth_service_client::AuthServiceClient;
use accessbot_teleport::proto::types;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Status};

pub(crate) type Client = AuthServiceClient<Channel>;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) async fn start() -> TeleportSandbox {
    TeleportSandbox::start(TeleportOptions::default()).await.unwrap()
}

pub(crate) async fn start_version(version: TeleportVersion) -> TeleportSandbox {
    TeleportSandbox::start(TeleportOptions { version, ..Default::default() }).await.unwrap()
}

/// All that can be played.
pub(crate) const VERSIONS: [TeleportVersion; 4] =
    [TeleportVersion::V8_3, TeleportVersion::V13, TeleportVersion::V16, TeleportVersion::V18_11];

/// Our own client, as the bot.
pub(crate) fn ours(server: &TeleportSandbox) -> TeleportClient {
    issued(server, &Issue::to("access-plugin").lasting(HOUR))
}

/// Our own client, with a certificate to order.
pub(crate) fn issued(server: &TeleportSandbox, order: &Issue) -> TeleportClient {
    let pem = server.issue(order).unwrap();
    let now = SystemClock.now();
    let credentials =
        accessbot_teleport::Credentials::from_pem(&pem.certificate, &pem.key, &pem.host_authorities, now).unwrap();
    let address = server.addr().to_string().parse().unwrap();
    TeleportClient::connect_lazy(&credentials, &address, Arc::new(SystemClock))
}

/// The bot's role, with all that decisions may need.
pub(crate) fn deciding() -> Role {
    let mut role = Role::new("access-plugin")
        .allow("access_request", &["list", "read", "update"])
        .allow("access_plugin_data", &["update"])
        .allow("user", &["list", "read"])
        .allow("lock", &["list", "read"]);
    role.submit_for_users = vec!["*".to_owned()];
    role
}

/// Bob's request.
pub(crate) fn bob(server: &TeleportSandbox) -> String {
    server.create_request(NewRequest::bob().reason("why not")).unwrap()
}

/// How a client goes to the server.
pub(crate) struct Connect<'a> {
    pub(crate) to: SocketAddr,
    /// The ALPN protocols that it offers.
    pub(crate) protocols: &'a [&'a str],
    pub(crate) credentials: &'a Credentials,
    /// Whether it gives its certificate.
    pub(crate) named: bool,
}

/// A client that dials when it is first used. `None` gives no certificate.
pub(crate) fn client(server: &TeleportSandbox, user: Option<&str>) -> Client {
    let credentials = server.credentials(user.unwrap_or_default(), HOUR).unwrap();
    connect(&Connect { to: server.addr(), protocols: &["h2"], credentials: &credentials, named: user.is_some() })
}

/// A client with these credentials.
pub(crate) fn client_with(server: &TeleportSandbox, credentials: &Credentials) -> Client {
    connect(&Connect { to: server.addr(), protocols: &["h2"], credentials, named: true })
}

/// The same with everything to choose.
pub(crate) fn connect(how: &Connect<'_>) -> Client {
    AuthServiceClient::new(channel(how)).max_decoding_message_size(usize::MAX)
}

/// What all kinds of clients speak through.
pub(crate) fn channel(how: &Connect<'_>) -> Channel {
    let pem = how.credentials;
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(pem.host_authorities.as_bytes()) {
        roots.add(authority.unwrap()).unwrap();
    }
    let tls = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut tls = if how.named {
        let chain = CertificateDer::pem_slice_iter(pem.certificate.as_bytes()).map(Result::unwrap).collect();
        tls.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(pem.key.as_bytes()).unwrap()).unwrap()
    } else {
        tls.with_no_client_auth()
    };
    tls.alpn_protocols = how.protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let connector = Connector { addr: how.to.to_string(), tls: TlsConnector::from(Arc::new(tls)) };
    Endpoint::from_static("http://teleport.cluster.local").connect_with_connector_lazy(connector)
}

/// The bot's client.
pub(crate) fn bot(server: &TeleportSandbox) -> Client {
    client(server, Some("access-plugin"))
}

#[derive(Clone)]
struct Connector {
    addr: String,
    tls: TlsConnector,
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<tokio_rustls::client::TlsStream<TcpStream>>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { addr, tls } = self.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(addr).await?;
            let name = "teleport.cluster.local".try_into().unwrap();
            Ok(TokioIo::new(tls.connect(name, stream).await?))
        })
    }
}

/// `Code message` of an error.
pub(crate) fn error<T>(result: Result<T, Status>) -> String {
    match result {
        Ok(_) => format!("{:?}", Code::Ok),
        Err(status) => format!("{:?} {}", status.code(), status.message()),
    }
}

/// What is at the bottom of an error: of a connection that could not be made, why.
pub(crate) fn cause(status: &Status) -> String {
    let mut cause: &dyn std::error::Error = status;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

pub(crate) fn by_id(id: &str) -> types::AccessRequestFilter {
    types::AccessRequestFilter { id: id.to_owned(), ..Default::default() }
}
