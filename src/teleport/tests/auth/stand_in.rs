//! A small Auth server whose manners each test chooses.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use accessbot_core::clock::{SystemClock, Timestamp};
use accessbot_teleport::proto::auth::auth_service_server::{AuthService, AuthServiceServer};
use accessbot_teleport::proto::auth::{
    AccessRequests, Event, ListAccessRequestsRequest, ListAccessRequestsResponse, Operation, PingRequest, PingResponse,
    PluginDataSeq, Watch,
};
use accessbot_teleport::proto::types::{
    AccessRequestFilter, AccessRequestSpecV3, AccessRequestV3, Metadata, PluginDataFilter, PluginDataUpdateParams,
    PluginDataV3,
};
use accessbot_teleport::{Address, Credentials, TeleportClient};
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::BoxStream;
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tonic::{Request, Response, Status};

/// 2026-11-21.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

/// A moment in 2020.
pub(crate) const IN_2020: Timestamp = Timestamp::from_millis(1_590_000_000_000);

/// A cluster's authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::of("lab.example")
    }

    /// The authority of this cluster, or of the web.
    pub(crate) fn of(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(crate) fn sign(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "access-plugin");
        change(&mut params);
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// The bot's credentials, signed by this authority, trusting `host`.
    pub(crate) fn credentials(&self, host: &Self) -> Credentials {
        let (crt, key) = self.sign(&[], |_| {});
        Credentials::from_pem(&crt, &key, &host.pem, NOW).unwrap()
    }

    /// Credentials that were good in 2020.
    pub(crate) fn expired_credentials(&self) -> Credentials {
        self.credentials_of(2020, IN_2020)
    }

    /// Credentials that are good for the whole of `year`, of which `within` is a moment.
    pub(crate) fn credentials_of(&self, year: i32, within: Timestamp) -> Credentials {
        let (crt, key) = self.sign(&[], |params| {
            params.not_before = date_time_ymd(year, 1, 1);
            params.not_after = date_time_ymd(year + 1, 1, 1);
        });
        Credentials::from_pem(&crt, &key, &self.pem, within).unwrap()
    }
}

/// Which of the calls for listing the server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// `ListAccessRequests`, and the stream.
    Pages,
    /// The stream, and the whole.
    Stream,
    /// The whole alone; the stream is refused at the call.
    Whole,
    /// The whole alone; the stream is refused at its first read.
    WholeLate,
    /// Nothing that we know.
    Beyond,
}

/// What the server holds, and how it behaves.
pub(crate) struct Manners {
    pub(crate) era: Era,
    pub(crate) version: &'static str,
    pub(crate) requests: Vec<AccessRequestV3>,
    pub(crate) page: usize,
    /// Sends the same next page for ever.
    pub(crate) endless: bool,
    /// Ignores the filter by id.
    pub(crate) careless: bool,
    pub(crate) plugin_data: Vec<PluginDataV3>,
    pub(crate) update: fn(&PluginDataUpdateParams) -> Result<(), Status>,
    /// What a watch sends; it stays open after that.
    pub(crate) events: Vec<Result<Event, Status>>,
    pub(crate) refuse_watch: Option<Status>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            era: Era::Pages,
            version: "18.0.0",
            requests: Vec::new(),
            page: 1000,
            endless: false,
            careless: false,
            plugin_data: Vec::new(),
            update: |_| Ok(()),
            events: vec![Ok(init())],
            refuse_watch: None,
        }
    }
}

pub(crate) fn init() -> Event {
    Event { r#type: Operation::Init.into(), resource: None }
}

pub(crate) fn request(id: &str) -> AccessRequestV3 {
    let spec = AccessRequestSpecV3 { user: "bob".to_owned(), state: 1, ..Default::default() };
    let metadata = Metadata { name: id.to_owned(), ..Default::default() };
    AccessRequestV3 { metadata: Some(metadata), spec: Some(spec), ..Default::default() }
}

#[derive(Default)]
pub(crate) struct Seen {
    /// Calls, by method.
    pub(crate) calls: Mutex<Vec<&'static str>>,
    /// Names of the headers of the last call.
    pub(crate) headers: Mutex<Vec<String>>,
    pub(crate) connections: AtomicUsize,
}

impl Seen {
    fn call<T>(&self, name: &'static str, request: &Request<T>) {
        self.calls.lock().unwrap().push(name);
        let headers = request.metadata().clone().into_headers();
        *self.headers.lock().unwrap() = headers.keys().map(ToString::to_string).collect();
    }

    pub(crate) fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

pub(crate) struct StandIn {
    pub(crate) authority: Arc<Authority>,
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Seen>,
    accept: JoinHandle<()>,
    serve: JoinHandle<Result<(), tonic::transport::Error>>,
    stop: oneshot::Sender<()>,
}

impl StandIn {
    pub(crate) async fn start(manners: Manners) -> Self {
        Self::start_with(Arc::new(Authority::new()), &["teleport.cluster.local"], manners, "127.0.0.1:0").await
    }

    pub(crate) async fn start_with(authority: Arc<Authority>, names: &[&str], manners: Manners, bind: &str) -> Self {
        let listener = TcpListener::bind(bind).await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = acceptor(&authority, names);
        let seen = Arc::new(Seen::default());
        let (sender, incoming) = mpsc::channel::<std::io::Result<Stream>>(16);
        let connections = Arc::clone(&seen);
        let accept = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, sender, connections) = (acceptor.clone(), sender.clone(), Arc::clone(&connections));
                tokio::spawn(async move {
                    // Whoever only asks what is here goes away before the handshake ends.
                    if let Ok(tls) = acceptor.accept(tcp).await {
                        connections.connections.fetch_add(1, Ordering::SeqCst);
                        let _ = sender.send(Ok(Stream(tls))).await;
                    }
                });
            }
        });
        let service = AuthServiceServer::new(Service { manners: Arc::new(manners), seen: Arc::clone(&seen) });
        let (stop, stopped) = oneshot::channel();
        let serve = tokio::spawn(Server::builder().add_service(service).serve_with_incoming_shutdown(
            ReceiverStream::new(incoming),
            async {
                let _ = stopped.await;
            },
        ));
        Self { authority, address, seen, accept, serve, stop }
    }

    /// Stops listening and says good-bye to all connections.
    pub(crate) async fn shut_down(self) -> Arc<Authority> {
        self.accept.abort();
        let _ = self.accept.await;
        self.stop.send(()).unwrap();
        self.serve.await.unwrap().unwrap();
        self.authority
    }

    pub(crate) fn client(&self) -> TeleportClient {
        client(&self.authority.credentials(&self.authority), self.address)
    }
}

pub(crate) fn client(credentials: &Credentials, address: SocketAddr) -> TeleportClient {
    let address: Address = address.to_string().parse().unwrap();
    TeleportClient::connect_lazy(credentials, &address, Arc::new(SystemClock))
}

/// What speaks TLS as Auth does.
fn acceptor(authority: &Authority, names: &[&str]) -> TlsAcceptor {
    let (crt, key) = authority.sign(names, |_| {});
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    // Auth takes clients without a certificate too, and refuses those with a bad one.
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.allow_unauthenticated().build().unwrap();
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(crt.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

struct Stream(TlsStream<TcpStream>);

impl Connected for Stream {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

struct Service {
    manners: Arc<Manners>,
    seen: Arc<Seen>,
}

impl Service {
    fn selected(&self, filter: &AccessRequestFilter) -> Vec<AccessRequestV3> {
        let is_wanted = |r: &&AccessRequestV3| {
            self.manners.careless || filter.id.is_empty() || r.metadata.as_ref().is_some_and(|m| m.name == filter.id)
        };
        self.manners.requests.iter().filter(is_wanted).cloned().collect()
    }
}

fn unknown(method: &str) -> Status {
    Status::unimplemented(format!("unknown method {method} for service proto.AuthService"))
}

#[tonic::async_trait]
impl AuthService for Service {
    async fn ping(&self, ask: Request<PingRequest>) -> Result<Response<PingResponse>, Status> {
        self.seen.call("Ping", &ask);
        Ok(Response::new(PingResponse {
            cluster_name: "lab.example".to_owned(),
            server_version: self.manners.version.to_owned(),
            ..Default::default()
        }))
    }

    async fn list_access_requests(
        &self,
        ask: Request<ListAccessRequestsRequest>,
    ) -> Result<Response<ListAccessRequestsResponse>, Status> {
        self.seen.call("ListAccessRequests", &ask);
        if self.manners.era != Era::Pages {
            return Err(unknown("ListAccessRequests"));
        }
        let ask = ask.into_inner();
        let all = self.selected(&ask.filter.unwrap_or_default());
        let start: usize = ask.start_key.parse().unwrap_or(0);
        let end = all.len().min(start + self.manners.page);
        let next_key = match (self.manners.endless, end < all.len()) {
            (true, _) => "again".to_owned(),
            (false, true) => end.to_string(),
            (false, false) => String::new(),
        };
        Ok(Response::new(ListAccessRequestsResponse { access_requests: all[start..end].to_vec(), next_key }))
    }

    async fn get_access_requests_v2(
        &self,
        ask: Request<AccessRequestFilter>,
    ) -> Result<Response<BoxStream<AccessRequestV3>>, Status> {
        self.seen.call("GetAccessRequestsV2", &ask);
        let found: Vec<_> = match self.manners.era {
            Era::Pages | Era::Stream => self.selected(ask.get_ref()).into_iter().map(Ok).collect(),
            Era::WholeLate => vec![Err(unknown("GetAccessRequestsV2"))],
            Era::Whole | Era::Beyond => return Err(unknown("GetAccessRequestsV2")),
        };
        Ok(Response::new(Box::pin(tokio_stream::iter(found))))
    }

    async fn get_access_requests(&self, ask: Request<AccessRequestFilter>) -> Result<Response<AccessRequests>, Status> {
        self.seen.call("GetAccessRequests", &ask);
        if matches!(self.manners.era, Era::Pages | Era::Beyond) {
            return Err(unknown("GetAccessRequests"));
        }
        Ok(Response::new(AccessRequests { access_requests: self.selected(ask.get_ref()) }))
    }

    async fn get_plugin_data(&self, ask: Request<PluginDataFilter>) -> Result<Response<PluginDataSeq>, Status> {
        self.seen.call("GetPluginData", &ask);
        Ok(Response::new(PluginDataSeq { plugin_data: self.manners.plugin_data.clone() }))
    }

    async fn update_plugin_data(&self, ask: Request<PluginDataUpdateParams>) -> Result<Response<()>, Status> {
        self.seen.call("UpdatePluginData", &ask);
        (self.manners.update)(ask.get_ref()).map(Response::new)
    }

    async fn watch_events(&self, ask: Request<Watch>) -> Result<Response<BoxStream<Event>>, Status> {
        self.seen.call("WatchEvents", &ask);
        if let Some(status) = &self.manners.refuse_watch {
            return Err(status.clone());
        }
        let (sender, events) = mpsc::channel(16);
        let manners = Arc::clone(&self.manners);
        tokio::spawn(async move {
            for event in &manners.events {
                let _ = sender.send(event.clone()).await;
            }
            sender.closed().await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(events))))
    }
}
