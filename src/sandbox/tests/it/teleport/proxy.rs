//! The proxy before the cluster.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::teleport::{Teleport as _, TeleportError};
use accessbot_sandbox::teleport::{ProxyMode, Rotation, TeleportOptions, TeleportSandbox, TeleportVersion};
use accessbot_teleport::proto::auth::PingRequest;
use accessbot_teleport::{Address, CredentialFiles, TeleportClient};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::client::{Connect, HOUR, bob, cause, connect};

const TO_AUTH: &str = "teleport-auth@6c61622e6578616d706c65.teleport.cluster.local";

async fn start(mode: ProxyMode) -> TeleportSandbox {
    TeleportSandbox::start(TeleportOptions { proxy: Some(mode), ..Default::default() }).await.unwrap()
}

/// The bot's own client at the proxy's address, with the TLS files or the identity file.
fn our_client(server: &TeleportSandbox, identity: bool) -> TeleportClient {
    let folder = tempfile::tempdir().unwrap();
    let paths = server.write_credentials("access-plugin", folder.path(), HOUR).unwrap();
    let files = if identity {
        CredentialFiles::Identity(paths.identity)
    } else {
        CredentialFiles::Tls { client_crt: paths.crt, client_key: paths.key, root_cas: paths.cas }
    };
    let address: Address = server.proxy().unwrap().public_addr().parse().unwrap();
    TeleportClient::connect_lazy(&files.load(SystemClock.now()).unwrap(), &address, Arc::new(SystemClock))
}

#[tokio::test]
async fn our_own_client_gets_to_auth_through_it() {
    for mode in [ProxyMode::Classic, ProxyMode::Multiplex] {
        let server = start(mode).await;
        let id = bob(&server);
        for identity in [false, true] {
            let client = our_client(&server, identity);
            let cluster = client.ping().await.unwrap();
            assert_eq!((cluster.name.as_str(), cluster.version.as_str()), ("lab.example", "8.3.21"));
            assert_eq!(cluster.proxy_public_addr, server.proxy().unwrap().public_addr());
            assert_eq!(client.requests().await.unwrap(), server.requests());
            let mut watch = client.watch().await.unwrap();
            server.put_event_again(&id);
            watch.next().await.unwrap();
        }
    }
}

/// What comes of a connection to the proxy's port with these ALPN protocols, by one who trusts the cluster's authority.
async fn dial(server: &TeleportSandbox, protocols: &[&str]) -> String {
    let credentials = &server.credentials("access-plugin", HOUR).unwrap();
    let how = Connect { to: server.proxy().unwrap().addr(), protocols, credentials, named: true };
    connect(&how).ping(PingRequest {}).await.map_or_else(|status| cause(&status), |_| "Ok".to_owned())
}

#[tokio::test]
async fn the_first_protocol_decides_who_answers() {
    let server = start(ProxyMode::Multiplex).await;
    let eof = "tls handshake eof";
    let web = "UnknownIssuer";
    for (protocols, expected) in [
        (&[TO_AUTH, "h2"][..], "Ok"),
        (&["teleport-auth@616e6f74686572.teleport.cluster.local", "h2"], eof),
        (&["teleport-auth@66666.teleport.cluster.local", "h2"], eof),
        (&["h2", TO_AUTH], web),
        (&["h2"], web),
        (&[], web),
        (&["http/1.1"], web),
        (&["teleport-reversetunnel"], web),
        (&[TO_AUTH], "NoApplicationProtocol"),
        (&["foo"], "NoApplicationProtocol"),
    ] {
        let answer = dial(&server, protocols).await;
        assert!(answer.contains(expected), "{protocols:?}: {answer}");
    }
}

#[tokio::test]
async fn other_tongues_are_hung_up_on() {
    let server = start(ProxyMode::Classic).await;
    for words in ["GET /webapi/find HTTP/1.1\r\nHost: localhost\r\n\r\n", "SSH-2.0-OpenSSH_9.9\r\n"] {
        let mut stream = TcpStream::connect(server.proxy().unwrap().addr()).await.unwrap();
        stream.write_all(words.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Closed with our bytes unread, it may also be a reset.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty(), "{words}");
    }
}

/// An HTTP client that trusts the web authority out of the file.
fn browser(server: &TeleportSandbox) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.ca");
    server.proxy().unwrap().write_authority(&path).unwrap();
    let authority = reqwest::Certificate::from_pem(&std::fs::read(&path).unwrap()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([authority]);
    client.redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

#[tokio::test]
async fn everybody_may_ask_what_it_is() {
    let server = start(ProxyMode::Multiplex).await;
    let url = format!("https://{}", server.proxy().unwrap().public_addr());
    let browser = browser(&server);
    let get = async |path: &str| browser.get(format!("{url}{path}")).send().await.unwrap();
    let find: serde_json::Value = get("/webapi/find").await.json().await.unwrap();
    assert_eq!(find["proxy"]["tls_routing_enabled"], true);
    assert_eq!(find["proxy"]["ssh"]["public_addr"], *server.proxy().unwrap().public_addr());
    assert_eq!((&find["server_version"], find.get("cluster_name")), (&"8.3.21".into(), None));
    server.set_version(TeleportVersion::V16);
    let ping: serde_json::Value = get("/webapi/ping").await.json().await.unwrap();
    assert_eq!((&ping["server_version"], &ping["cluster_name"]), (&"16.4.0".into(), &"lab.example".into()));
    assert_eq!(ping["auth"]["type"], "local");
    assert_eq!(get("/webapi/nonsense").await.status(), 404);
    // What a gRPC client is told that found the web certificate good.
    let lost = get("/proto.AuthService/Ping").await;
    assert_eq!((lost.status().as_u16(), lost.headers()["location"].to_str().unwrap()), (302, "/web"));
    assert_eq!(server.calls("GET /webapi/*"), 3);
    server.faults().fail_next("GET /webapi/find", 1, tonic::Code::Internal, "out of order");
    assert_eq!(get("/webapi/find").await.status(), 502);
    server.faults().drop_next("GET /webapi/find", 1);
    assert!(browser.get(format!("{url}/webapi/find")).send().await.is_err());
    // Nobody else's certificate is any good here.
    let stranger = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    assert!(stranger.get(format!("{url}/webapi/find")).send().await.is_err());
}

#[tokio::test]
async fn plain_http1_is_spoken_too() {
    let server = start(ProxyMode::Classic).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.proxy().unwrap().authority().as_bytes()).unwrap()).unwrap();
    let tls = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(server.proxy().unwrap().addr()).await.unwrap();
    let mut stream = TlsConnector::from(Arc::new(tls)).connect("127.0.0.1".try_into().unwrap(), tcp).await.unwrap();
    stream.write_all(b"GET /webapi/find HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"tls_routing_enabled\":false"), "{answer}");
}

fn connection_error<T: std::fmt::Debug>(result: Result<T, TeleportError>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_proxy_that_is_up_before_an_auth_that_is_not() {
    let server = start(ProxyMode::Multiplex).await;
    let client = our_client(&server, false);
    client.ping().await.unwrap();
    server.stop().await;
    assert!(client.ping().await.is_err(), "cut in the middle");
    assert!(dial(&server, &[TO_AUTH, "h2"]).await.contains("tls handshake eof"));
    let url = format!("https://{}/webapi/find", server.proxy().unwrap().public_addr());
    assert_eq!(browser(&server).get(&url).send().await.unwrap().status(), 200, "the proxy itself is well");
    server.start_again().unwrap();
    client.ping().await.unwrap();

    server.proxy().unwrap().stop().await;
    let refused = connection_error(our_client(&server, true).ping().await);
    assert!(refused.contains("refused"), "{refused}");
    server.proxy().unwrap().start_again().unwrap();
    our_client(&server, true).ping().await.unwrap();

    let client = our_client(&server, true);
    server.proxy().unwrap().freeze();
    assert!(tokio::time::timeout(Duration::from_millis(100), client.ping()).await.is_err());
    server.proxy().unwrap().thaw();
    client.ping().await.unwrap();
}

#[tokio::test]
async fn a_rotation_is_seen_through_it() {
    let server = start(ProxyMode::Classic).await;
    let [old, old_too] = [our_client(&server, false), our_client(&server, false)];
    server.rotate(Rotation::Users).unwrap();
    let refused = connection_error(old.ping().await);
    assert!(refused.contains("certificate"), "{refused}");
    our_client(&server, false).ping().await.unwrap();
    server.rotate(Rotation::Hosts).unwrap();
    let untrusted = connection_error(old_too.ping().await);
    assert_ne!(untrusted, refused);
    our_client(&server, true).ping().await.unwrap();
}
