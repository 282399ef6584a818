//! Over real sockets, with a backend that repeats what it got.

use accessbot_core::routing::Routing;
use accessbot_core::secret::Secret;
use std::net::SocketAddr;
use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::*;
use crate::cli::config::Credentials;
use crate::cli::echo::Echo;

fn settings() -> HttpSettings {
    HttpSettings {
        listen_addr: ([127, 0, 0, 1], 0).into(),
        base_path: String::new(),
        credentials: None,
        certificate: None,
    }
}

async fn listening() -> SocketAddr {
    listening_with(settings()).await
}

async fn listening_with(settings: HttpSettings) -> SocketAddr {
    let routing = Routing::everything_to("echo", &[]);
    let desk = engine::Desk::new("echo", Arc::new(Echo { paths: &["/hook", "/never"], ..Echo::default() }), routing);
    let callbacks = Callbacks::bind(&settings, &[desk]).await.unwrap();
    let addr = callbacks.listener.local_addr().unwrap();
    tokio::spawn(callbacks.serve());
    addr
}

/// Sends `bytes` and reads all that comes back: the status line and the body.
async fn say(addr: SocketAddr, bytes: &[u8]) -> String {
    say_over(TcpStream::connect(addr).await.unwrap(), bytes).await
}

async fn say_over(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> String {
    // The server may hang up before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.lines().next().unwrap_or_default().to_owned();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    format!("{status}: {body}")
}

fn post(path: &str, body: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn a_backend_gets_what_is_meant_for_it() {
    let addr = listening().await;
    assert_eq!(say(addr, &post("/echo/hook?a=b", "hello")).await, "HTTP/1.1 200 OK: POST /hook?a=b hello");
    assert_eq!(say(addr, b"GET /echo/hook HTTP/1.1\r\nHost: x\r\n\r\n").await, "HTTP/1.1 200 OK: GET /hook ");
    for path in
        ["/", "/echo", "/echo/", "/hook", "/echo/hook/", "/echo/hookx", "/other/hook", "/echo/../echo/hook", "*"]
    {
        assert_eq!(say(addr, &post(path, "")).await, "HTTP/1.1 404 Not Found: ", "{path}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_http_is_refused() {
    let addr = listening().await;
    let largest = "x".repeat(LARGEST_BODY);
    assert!(say(addr, &post("/echo/hook", &largest)).await.starts_with("HTTP/1.1 200 OK"));
    let larger = "x".repeat(LARGEST_BODY + 1);
    assert_eq!(say(addr, &post("/echo/hook", &larger)).await, "HTTP/1.1 413 Payload Too Large: ");
    let chunked = format!(
        "POST /echo/hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{larger}\r\n0\r\n\r\n",
        larger.len()
    );
    assert_eq!(say(addr, chunked.as_bytes()).await, "HTTP/1.1 413 Payload Too Large: ");
    let headers = "X: y\r\n".repeat(HEADERS + 1);
    let many = format!("GET /echo/hook HTTP/1.1\r\n{headers}\r\n");
    let long = format!("GET /echo/hook HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(2 * BUFFER));
    for head in [many, long] {
        assert_eq!(say(addr, head.as_bytes()).await, "HTTP/1.1 431 Request Header Fields Too Large: ");
    }
    assert_eq!(say(addr, b"\x16\x03\x01 not HTTP\r\n\r\n").await, "HTTP/1.1 400 Bad Request: ");
}

#[tokio::test]
async fn one_connection_is_for_one_request_however_it_is_framed() {
    let addr = listening().await;
    let answer = "HTTP/1.1 200 OK: POST /hook hello";
    let twice = [post("/echo/hook", "hello"), post("/echo/hook", "again")].concat();
    assert_eq!(say(addr, &twice).await, answer, "the second one is not read");
    for (what, request) in [
        (
            "keep-alive",
            "POST /echo/hook HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        ),
        (
            "chunks",
            "POST /echo/hook HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n",
        ),
        (
            "a whole address",
            "POST http://bot.example.com/echo/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        ),
    ] {
        assert_eq!(say(addr, request.as_bytes()).await, answer, "{what}");
    }
    let old = "POST /echo/hook HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(say(addr, old.as_bytes()).await, answer.replace("1.1", "1.0"));
    for (what, request) in [
        ("two lengths", "POST /echo/hook HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello"),
        ("no number", "POST /echo/hook HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello"),
        (
            "chunks without an end",
            "POST /echo/hook HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        ),
        ("chunks and something else", "POST /echo/hook HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    ] {
        assert_eq!(say(addr, request.as_bytes()).await, "HTTP/1.1 400 Bad Request: ", "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_slow_is_cut_off() {
    let addr = listening().await;
    assert_eq!(say(addr, b"").await, ": ", "nothing at all");
    assert_eq!(say(addr, b"POST /echo/ho").await, ": ", "half a head");
    let half = b"POST /echo/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf";
    assert_eq!(say(addr, half).await, "HTTP/1.1 408 Request Timeout: ");
    assert_eq!(say(addr, &post("/echo/never", "")).await, "HTTP/1.1 503 Service Unavailable: ");
}

#[tokio::test]
async fn the_path_of_the_public_address_may_be_there_or_cut_off() {
    let addr = listening_with(HttpSettings { base_path: "/bot".to_owned(), ..settings() }).await;
    for path in ["/bot/echo/hook?a=b", "/echo/hook?a=b"] {
        assert_eq!(say(addr, &post(path, "x")).await, "HTTP/1.1 200 OK: POST /hook?a=b x", "{path}");
    }
    for path in ["/bot/bot/echo/hook", "/botecho/hook", "/other/echo/hook", "/bot/hook"] {
        assert_eq!(say(addr, &post(path, "")).await, "HTTP/1.1 404 Not Found: ", "{path}");
    }
}

#[tokio::test]
async fn whoever_does_not_show_the_password_is_refused() {
    let credentials = Some(Credentials { user: "bob".to_owned(), password: Secret::new("hunter2") });
    let addr = listening_with(HttpSettings { credentials, ..settings() }).await;
    let with = |header: &str| format!("GET /echo/hook HTTP/1.1\r\nHost: x\r\n{header}\r\n").into_bytes();
    // bob:hunter2
    assert_eq!(say(addr, &with("Authorization: Basic Ym9iOmh1bnRlcjI=\r\n")).await, "HTTP/1.1 200 OK: GET /hook ");
    assert_eq!(say(addr, &with("authorization: basic Ym9iOmh1bnRlcjI=\r\n")).await, "HTTP/1.1 200 OK: GET /hook ");
    for header in [
        "",
        "Authorization: Basic\r\n",
        "Authorization: Basic \r\n",
        "Authorization: Bearer Ym9iOmh1bnRlcjI=\r\n",
        // bob:hunter3, bob:, and what is no base64.
        "Authorization: Basic Ym9iOmh1bnRlcjM=\r\n",
        "Authorization: Basic Ym9iOg==\r\n",
        "Authorization: Basic bob:hunter2\r\n",
        "Authorization: Basic Ym9iOmh1bnRlcjI=x\r\n",
    ] {
        assert_eq!(say(addr, &with(header)).await, "HTTP/1.1 401 Unauthorized: ", "{header}");
    }
}

/// A certificate for `localhost` in two files of a folder.
struct Issued {
    folder: TempDir,
}

impl Issued {
    fn new() -> (Self, CertificateDer<'static>) {
        let issued = Self { folder: TempDir::new().unwrap() };
        let certificate = issued.renew();
        (issued, certificate)
    }

    fn files(&self) -> CertificateFiles {
        let path = |name| self.folder.path().join(name);
        CertificateFiles { cert: path("bot.crt"), key: path("bot.key") }
    }

    /// Writes another certificate into the files.
    fn renew(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        write(&self.files().cert, &cert.pem());
        write(&self.files().key, &signing_key.serialize_pem());
        cert.der().clone()
    }
}

/// Writes a file, and makes sure that it looks newer than before.
fn write(path: &Path, text: &str) {
    let before = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    std::fs::write(path, text).unwrap();
    if let Some(before) = before {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(before + Duration::from_secs(1)).unwrap();
    }
}

/// Speaks to the server over TLS, trusting `certificate` alone.
async fn say_safely(addr: SocketAddr, certificate: &CertificateDer<'static>, bytes: &[u8]) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
    let stream = TcpStream::connect(addr).await.unwrap();
    let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await;
    match stream {
        Ok(stream) => Ok(say_over(stream, bytes).await),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test(start_paused = true)]
async fn callbacks_are_answered_over_tls_with_the_certificate_of_the_day() {
    let (issued, first) = Issued::new();
    let addr = listening_with(HttpSettings { certificate: Some(issued.files()), ..settings() }).await;
    let hook = post("/echo/hook", "hello");
    let answer = Ok("HTTP/1.1 200 OK: POST /hook hello".to_owned());
    assert_eq!(say_safely(addr, &first, &hook).await, answer);
    assert!(!say(addr, &hook).await.contains("HTTP"), "in the clear");

    // Half of a rotation: the key of another certificate, then no certificate at all.
    let old = std::fs::read_to_string(issued.files().cert).unwrap();
    let second = issued.renew();
    let new = std::fs::read_to_string(issued.files().cert).unwrap();
    for half in [old.as_str(), "-----BEGIN CERTIFICATE-----\n", ""] {
        write(&issued.files().cert, half);
        tokio::time::sleep(Duration::from_secs(31)).await;
        assert_eq!(say_safely(addr, &first, &hook).await, answer, "{half}");
    }
    write(&issued.files().cert, &new);
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(say_safely(addr, &second, &hook).await, answer);
    assert!(say_safely(addr, &first, &hook).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn files_that_change_by_a_link_to_another_folder_are_followed() {
    let (issued, first) = Issued::new();
    let (next, second) = Issued::new();
    let folder = TempDir::new().unwrap();
    let link = |name: &str, to: &Path| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
    // As Kubernetes mounts a secret: both names lead through one link, which is replaced in one step.
    link("..data", issued.folder.path());
    link("bot.crt", Path::new("..data/bot.crt"));
    link("bot.key", Path::new("..data/bot.key"));
    let files = CertificateFiles { cert: folder.path().join("bot.crt"), key: folder.path().join("bot.key") };
    let addr = listening_with(HttpSettings { certificate: Some(files), ..settings() }).await;
    let hook = post("/echo/hook", "hello");
    assert!(say_safely(addr, &first, &hook).await.is_ok());
    // Of the same length and the same moment as the ones before.
    for (old, new) in [(issued.files().cert, next.files().cert), (issued.files().key, next.files().key)] {
        let moment = std::fs::metadata(old).unwrap().modified().unwrap();
        std::fs::File::options().write(true).open(new).unwrap().set_modified(moment).unwrap();
    }
    link("..data_tmp", next.folder.path());
    std::fs::rename(folder.path().join("..data_tmp"), folder.path().join("..data")).unwrap();
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert!(say_safely(addr, &second, &hook).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_slow_in_the_handshake_is_cut_off() {
    let (issued, _) = Issued::new();
    let addr = listening_with(HttpSettings { certificate: Some(issued.files()), ..settings() }).await;
    assert_eq!(say(addr, b"\x16\x03\x01").await, ": ");
}

#[test]
fn files_that_make_no_certificate_are_told_apart() {
    let (issued, _) = Issued::new();
    let (other, _) = Issued::new();
    let (files, strange) = (issued.files(), other.files());
    let told = |cert: &Path, key: &Path| {
        let error = CertificateFiles { cert: cert.to_owned(), key: key.to_owned() }.load().unwrap_err().to_string();
        [&issued, &other].iter().fold(error, |text, i| text.replace(&i.folder.path().display().to_string(), "."))
    };
    let nothing = issued.folder.path().join("none");
    insta::assert_snapshot!(told(&nothing, &files.key), @"./none cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(told(&files.key, &files.key), @"./bot.key holds no certificate in PEM form");
    insta::assert_snapshot!(told(&files.cert, &files.cert), @"./bot.crt holds no private key in PEM form");
    insta::assert_snapshot!(told(&files.cert, &strange.key), @"./bot.crt and ./bot.key cannot be used together: keys may not be consistent: KeyMismatch");
    assert!(files.load().is_ok());
}
