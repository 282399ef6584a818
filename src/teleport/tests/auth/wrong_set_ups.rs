//! Every wrong set-up, made for real, and what is said about it. The same sentences stand in `docs/connection-errors.md`.

use std::fmt::Write as _;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{SharedClock, SystemClock, TimerClock, Timestamp};
use accessbot_core::teleport::{Teleport as _, TeleportError};
use accessbot_teleport::{Credentials, Door, TeleportClient, WebAuthorities};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::ports::{self, Web};
use crate::stand_in::{Authority, IN_2020, Manners, StandIn};

/// The longest that an operator waits for the sentence.
const SOON: Duration = Duration::from_secs(10);

/// Stands for the address that was dialled.
const ADDRESS: &str = "teleport.example.com:443";

const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: LENGTH\r\n\r\nnot found";
const REDIRECT: &str = "HTTP/1.1 302 Found\r\nlocation: https://login.example.com/\r\ncontent-length: LENGTH\r\n\r\n";
const PROXY_7: &str =
    "HTTP/1.1 200 OK\r\ncontent-length: LENGTH\r\n\r\n{\"proxy\":{\"ssh\":{}},\"server_version\":\"7.3.2\"}";
const PROXY_18: &str = "HTTP/1.1 200 OK\r\ncontent-length: LENGTH\r\n\r\n\
    {\"proxy\":{\"tls_routing_enabled\":true},\"server_version\":\"18.0.0\",\"cluster_name\":\"lab.example\"}";
const PROXY_ELSEWHERE: &str = "HTTP/1.1 200 OK\r\ncontent-length: LENGTH\r\n\r\n\
    {\"proxy\":{\"tls_routing_enabled\":true},\"server_version\":\"18.0.0\",\"cluster_name\":\"other.example\"}";

type Case = Pin<Box<dyn Future<Output = TeleportError>>>;

/// What goes wrong, in an operator's words, and how to make it happen.
fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("The host's name is misspelt, or DNS is down", Box::pin(ask("no-such-host.invalid:443", &good()))),
        ("Nothing listens there", Box::pin(refused())),
        // A loopback address that hardly anybody listens on.
        ("`addr` has no port", Box::pin(ask("127.66.66.66", &good()))),
        ("Packets vanish: a firewall, a route", Box::pin(vanished())),
        ("The port is an SSH server's", Box::pin(greeted("SSH-2.0-OpenSSH_9.2p1\r\n"))),
        ("The port is the proxy's SSH or tunnel port (3023, 3024)", Box::pin(tunnel())),
        ("The port speaks HTTP without TLS", Box::pin(plain_http())),
        ("The port is of something else without TLS", Box::pin(greeted("220 mail.example.com ESMTP\r\n"))),
        ("The port is of something else with TLS", Box::pin(web(Web { protocols: &["imap"], ..Web::answering("") }))),
        ("Something accepts connections and closes them", Box::pin(greeted(""))),
        ("A web server that is not Teleport's", Box::pin(web(Web::answering(NOT_FOUND)))),
        ("A web server that wants a login first", Box::pin(web(Web::answering(REDIRECT)))),
        ("A proxy or balancer whose web certificate this machine does not trust", Box::pin(untrusted())),
        (
            "The address is another name of the proxy than its web certificate has, and does not lead to Auth",
            Box::pin(web(Web { name: "teleport.example.com", ..Web::answering(PROXY_18) })),
        ),
        ("A balancer that ends TLS stands before the proxy", Box::pin(web(Web::answering(PROXY_18)))),
        ("The proxy is older than 8.0", Box::pin(web(Web::answering(PROXY_7)))),
        (
            "The proxy cannot reach its Auth server",
            Box::pin(web(Web { closes_on_route: true, ..Web::answering(PROXY_18) })),
        ),
        (
            "The proxy is of another cluster",
            Box::pin(web(Web { closes_on_route: true, ..Web::answering(PROXY_ELSEWHERE) })),
        ),
        ("The Auth server is of another cluster", Box::pin(elsewhere())),
        ("The cluster's authorities were rotated", Box::pin(rotated())),
        ("The port is of a node of the cluster", Box::pin(node())),
        ("The client certificate has expired", Box::pin(outdated(2020, IN_2020, Arc::new(SystemClock)))),
        ("The client certificate is not yet valid", Box::pin(outdated(2090, IN_2090, Arc::new(SystemClock)))),
        (
            "The client certificate has expired, but this machine's clock is late",
            Box::pin(outdated(2020, IN_2020, Arc::new(TimerClock::starting_at(IN_2020)))),
        ),
        ("The client certificate is of another cluster", Box::pin(stranger("other.example"))),
        ("The authority of the client certificate was rotated away", Box::pin(stranger("lab.example"))),
    ]
}

/// A moment in 2090.
const IN_2090: Timestamp = Timestamp::from_millis(3_800_000_000_000);

#[tokio::test]
async fn each_is_named_in_one_sentence_in_time_and_the_docs_say_the_same() {
    let mut seen = String::new();
    let mut table = String::from("| What you see | Cause | What to do |\n|---|---|---|\n");
    for (cause, case) in cases() {
        let error = case.await;
        let hint = error.hint.clone().unwrap_or_default();
        writeln!(seen, "{cause}\n  {:?}: {}\n  hint: {hint}", error.kind, error.message).unwrap();
        writeln!(table, "| {} | {cause} | {hint} |", error.message).unwrap();
    }
    agrees_with_the_docs(&table);
    insta::assert_snapshot!(seen, @"
    The host's name is misspelt, or DNS is down
      Unavailable: the name `no-such-host.invalid` cannot be resolved: …
      hint: look at the spelling of the address, and at this machine's DNS
    Nothing listens there
      Unavailable: nothing listens at teleport.example.com:443: connection refused
      hint: is this the address of Auth (port 3025 by default) or of a proxy's web port, and is it running?
    `addr` has no port
      Unavailable: nothing listens at teleport.example.com:443: connection refused
      hint: no port was given, so 3025 was taken: give the port, 443 or 3080 for a proxy's web port, 3025 for Auth
    Packets vanish: a firewall, a route
      Unavailable: teleport.example.com:443 did not answer within 6 s (TLS handshake)
      hint: look at the address, at firewalls and at routes between here and there
    The port is an SSH server's
      Unavailable: teleport.example.com:443 is an SSH port: it says `SSH-2.0-OpenSSH_9.2p1`
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    The port is the proxy's SSH or tunnel port (3023, 3024)
      Unavailable: teleport.example.com:443 is an SSH port: it says `SSH-2.0-Teleport`
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    The port speaks HTTP without TLS
      Unavailable: teleport.example.com:443 speaks plain HTTP, not TLS
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    The port is of something else without TLS
      Unavailable: teleport.example.com:443 does not speak TLS
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    The port is of something else with TLS
      Unavailable: teleport.example.com:443 speaks TLS, but no HTTP/2
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    Something accepts connections and closes them
      Unavailable: teleport.example.com:443 closed the connection during the TLS handshake
      hint: a proxy does that when it knows no cluster of the credentials' name, or cannot reach its Auth; so does a port of another kind
    A web server that is not Teleport's
      Unavailable: teleport.example.com:443 is a web server, but not Teleport's: it answers 404
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    A web server that wants a login first
      Unavailable: teleport.example.com:443 is a web server, but not Teleport's: it answers 302
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    A proxy or balancer whose web certificate this machine does not trust
      Unavailable: teleport.example.com:443 does not lead to Auth, and its web certificate is not trusted, so it was not asked what it is: this machine does not know who signed it
      hint: if it is your proxy, name a file with the authorities of its web certificate in teleport.extra_ca, so that it can be asked what is wrong; if not, the address is wrong
    The address is another name of the proxy than its web certificate has, and does not lead to Auth
      Unavailable: teleport.example.com:443 does not lead to Auth, and its web certificate is not trusted, so it was not asked what it is: it is for other names
      hint: if it is your proxy, give its address by the name in that certificate
    A balancer that ends TLS stands before the proxy
      Unavailable: teleport.example.com:443 leads to a Teleport 18.0.0 proxy, but something before it ends TLS
      hint: let the balancer hand TLS through (layer 4), or give the address of the proxy itself or of Auth
    The proxy is older than 8.0
      Unavailable: teleport.example.com:443 is a Teleport 7.3.2 proxy, and only those from 8.0 on hand connections to Auth through
      hint: give the address of Auth (port 3025 by default)
    The proxy cannot reach its Auth server
      Unavailable: teleport.example.com:443 is a Teleport 18.0.0 proxy, and closed the connection to the Auth server of `lab.example`
      hint: the proxy cannot reach that Auth server, or has never heard of the cluster: look into its log
    The proxy is of another cluster
      Credentials: teleport.example.com:443 is of the cluster `other.example`, and our credentials are of the cluster `lab.example`
      hint: give the address of `lab.example`, or credentials of `other.example`
    The Auth server is of another cluster
      Credentials: teleport.example.com:443 is of the cluster `other.example`, and our credentials are of the cluster `lab.example`
      hint: give the address of `lab.example`, or credentials of `other.example`
    The cluster's authorities were rotated
      Credentials: teleport.example.com:443 is of our cluster `lab.example`, but no authority in our credentials vouches for it
      hint: the cluster's authorities were rotated since the credentials were made, or this is another cluster of the same name: make new credentials
    The port is of a node of the cluster
      Unavailable: the certificate that teleport.example.com:443 shows is not an Auth server's
      hint: the address must be of a proxy's web port (443 or 3080), or of Auth (3025)
    The client certificate has expired
      Credentials: teleport.example.com:443 refused our client certificate (CertificateExpired)
      hint: it expired at 2021-01-01T00:00:00Z: renew it
    The client certificate is not yet valid
      Credentials: teleport.example.com:443 refused our client certificate (CertificateExpired)
      hint: it is valid from 2090-01-01T00:00:00Z only: compare the clock of this machine with that of whoever signed it
    The client certificate has expired, but this machine's clock is late
      Credentials: teleport.example.com:443 refused our client certificate (CertificateExpired)
      hint: by the server's clock it has expired, by this machine's it has not: compare the two clocks
    The client certificate is of another cluster
      Credentials: teleport.example.com:443 refused our client certificate (UnknownCA)
      hint: it is of the cluster `other.example`, and the server of `lab.example`: sign one there
    The authority of the client certificate was rotated away
      Credentials: teleport.example.com:443 refused our client certificate (DecryptError)
      hint: it is of another cluster, or was signed by an authority that has been rotated away: sign a new one
    ");
}

/// Compares the table in the docs, or writes it there when `UPDATE_DOCS` is set.
fn agrees_with_the_docs(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connection-errors.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let begin = text.find("| What you see").unwrap();
    let length = text[begin..].split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    let (before, rest) = text.split_at(begin);
    let (kept, after) = rest.split_at(length);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{table}{after}")).unwrap();
    } else {
        assert_eq!(kept, table, "docs/connection-errors.md is stale: UPDATE_DOCS=1 cargo test");
    }
}

/// What comes of a ping at `address`; whatever was dialled is called [`ADDRESS`].
async fn failure(door: Door, credentials: &Credentials, clock: SharedClock) -> TeleportError {
    let address = door.address().to_string();
    let client = TeleportClient::through(door, credentials, clock);
    let begin = Instant::now();
    let error = client.ping().await.unwrap_err();
    assert!(begin.elapsed() < SOON, "{error} after {:?}", begin.elapsed());
    // The second attempt finds the same as the first.
    assert_eq!(client.ping().await.unwrap_err().message, error.message);
    assert_eq!(client.way(), None);
    let mut message = error.message.replace(&address, ADDRESS);
    // The rest is the operating system's.
    if let Some(end) = message.find("cannot be resolved: ") {
        message.truncate(end + "cannot be resolved: ".len());
        message.push('…');
    }
    TeleportError { message, ..error }
}

fn good() -> Credentials {
    let authority = Authority::new();
    authority.credentials(&authority)
}

fn ask(address: &str, credentials: &Credentials) -> impl Future<Output = TeleportError> + use<> {
    let (door, credentials) = (Door::new(address.parse().unwrap()), credentials.clone());
    async move { failure(door, &credentials, Arc::new(SystemClock)).await }
}

async fn refused() -> TeleportError {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    ask(&address.to_string(), &good()).await
}

/// In paused time: nothing happens there but timeouts.
async fn vanished() -> TeleportError {
    let (_listener, address) = ports::black_hole().await;
    tokio::time::pause();
    let error = ask(&address.to_string(), &good()).await;
    tokio::time::resume();
    error
}

async fn greeted(words: &'static str) -> TeleportError {
    ask(&ports::greeter(words).await.to_string(), &good()).await
}

async fn tunnel() -> TeleportError {
    ask(&ports::listener("SSH-", "SSH-2.0-Teleport\r\n").await.to_string(), &good()).await
}

async fn plain_http() -> TeleportError {
    ask(&ports::listener("", "HTTP/1.1 400 Bad Request\r\n\r\n").await.to_string(), &good()).await
}

/// A web server whose certificate is trusted.
async fn web(web: Web) -> TeleportError {
    let authority = Authority::of("Web authority");
    let address = web.start(&authority).await.to_string();
    let door = Door::new(address.parse().unwrap()).trusting(WebAuthorities::from_pem(&authority.pem).unwrap());
    failure(door, &good(), Arc::new(SystemClock)).await
}

async fn untrusted() -> TeleportError {
    let address = Web::answering(PROXY_18).start(&Authority::of("Web authority")).await;
    ask(&address.to_string(), &good()).await
}

/// An Auth server of the cluster that `authority` is of.
async fn auth_of(authority: Authority, names: &[&str]) -> StandIn {
    StandIn::start_with(Arc::new(authority), names, Manners::default(), "127.0.0.1:0").await
}

const AUTH: &[&str] = &["teleport.cluster.local"];

async fn elsewhere() -> TeleportError {
    ask(&auth_of(Authority::of("other.example"), AUTH).await.address.to_string(), &good()).await
}

async fn rotated() -> TeleportError {
    ask(&auth_of(Authority::new(), AUTH).await.address.to_string(), &good()).await
}

async fn node() -> TeleportError {
    let node = auth_of(Authority::new(), &["node-1.lab.example"]).await;
    ask(&node.address.to_string(), &node.authority.credentials(&node.authority)).await
}

/// Our certificate is good in `year` alone, of which `within` is a moment.
async fn outdated(year: i32, within: Timestamp, clock: SharedClock) -> TeleportError {
    let auth = auth_of(Authority::new(), AUTH).await;
    let credentials = auth.authority.credentials_of(year, within);
    failure(Door::new(auth.address.to_string().parse().unwrap()), &credentials, clock).await
}

/// Our certificate is of another authority than the server knows, whose name is `cluster`.
async fn stranger(cluster: &str) -> TeleportError {
    let auth = auth_of(Authority::new(), AUTH).await;
    ask(&auth.address.to_string(), &Authority::of(cluster).credentials(&auth.authority)).await
}
