//! Why a connection does not come about, in words; and that it comes about again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use accessbot_core::teleport::{Teleport as _, TeleportError, TeleportErrorKind};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::stand_in::{Authority, Manners, StandIn, client};

/// An error without the port, which differs from run to run.
fn words(error: &TeleportError, port: u16) -> String {
    let text = format!("{:?}: {error}\n  hint: {}", error.kind, error.hint.as_deref().unwrap_or("none"));
    text.replace(&format!(":{port}"), ":PORT")
}

#[tokio::test]
async fn a_good_certificate_is_taken() {
    let auth = StandIn::start(Manners::default()).await;
    let cluster = auth.client().ping().await.unwrap();
    assert_eq!(cluster.name, "lab.example");
    assert_eq!(cluster.version, "18.0.0");
    assert!(!cluster.reviews);
    let headers = auth.seen.headers.lock().unwrap().clone();
    // A version that is not its own makes Auth refuse us, and it is not asked for compression.
    assert!(!headers.iter().any(|h| h == "version" || h.contains("encoding")), "{headers:?}");
}

#[tokio::test]
async fn a_refused_certificate_is_told_from_a_broken_connection() {
    let auth = StandIn::start(Manners::default()).await;
    let foreign = client(&Authority::new().credentials(&auth.authority), auth.address);
    for _ in 0..20 {
        let error = foreign.ping().await.unwrap_err();
        assert_eq!(error.kind, TeleportErrorKind::Credentials, "{error}");
    }
    insta::assert_snapshot!(words(&foreign.requests().await.unwrap_err(), auth.address.port()), @"
    Credentials: Teleport: list access requests: 127.0.0.1:PORT refused our client certificate (DecryptError)
      hint: it is of another cluster, or was signed by an authority that has been rotated away: sign a new one
    ");
    insta::assert_snapshot!(words(&foreign.watch().await.err().unwrap(), auth.address.port()), @"
    Credentials: Teleport: watch access requests: 127.0.0.1:PORT refused our client certificate (DecryptError)
      hint: it is of another cluster, or was signed by an authority that has been rotated away: sign a new one
    ");
}

#[tokio::test]
async fn an_expired_certificate_is_told_from_a_refused_one() {
    let auth = StandIn::start(Manners::default()).await;
    let late = client(&auth.authority.expired_credentials(), auth.address);
    insta::assert_snapshot!(words(&late.ping().await.unwrap_err(), auth.address.port()), @"
    Credentials: Teleport: ping: 127.0.0.1:PORT refused our client certificate (CertificateExpired)
      hint: it expired at 2021-01-01T00:00:00Z: renew it
    ");
}

#[tokio::test]
async fn a_foreign_server_is_not_trusted() {
    let auth = StandIn::start(Manners::default()).await;
    let other = Authority::new();
    let client = client(&auth.authority.credentials(&other), auth.address);
    insta::assert_snapshot!(words(&client.ping().await.unwrap_err(), auth.address.port()), @"
    Credentials: Teleport: ping: the certificate that 127.0.0.1:PORT shows is not from an authority of our cluster
      hint: the address is of another cluster, or of a balancer that ends TLS before the proxy does, or the cluster's authorities were rotated since the credentials were made
    ");
    assert_eq!(auth.seen.take(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_server_of_the_cluster_that_is_not_auth_is_not_trusted() {
    let node =
        StandIn::start_with(Arc::new(Authority::new()), &["node-1.lab.example"], Manners::default(), "127.0.0.1:0")
            .await;
    insta::assert_snapshot!(words(&node.client().ping().await.unwrap_err(), node.address.port()), @"
    Unavailable: Teleport: ping: the certificate that 127.0.0.1:PORT shows is not an Auth server's
      hint: the address must be of Auth (port 3025 by default) or of a proxy's web port (443 or 3080)
    ");
}

#[tokio::test]
async fn ports_that_are_not_auth_are_named() {
    let authority = Authority::new();
    let credentials = authority.credentials(&authority);
    for (greeting, expected) in [
        ("SSH-2.0-Teleport\r\n", "does not speak TLS"),
        ("HTTP/1.0 400 Bad Request\r\n\r\n", "does not speak TLS"),
        ("", "closed the connection during the TLS handshake"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                let _ = tcp.write_all(greeting.as_bytes()).await;
                let _ = tcp.shutdown().await;
            }
        });
        let error = client(&credentials, address).ping().await.unwrap_err();
        assert_eq!(error.kind, TeleportErrorKind::Unavailable);
        assert!(error.message.ends_with(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_is_given_up_before_the_call_is() {
    let authority = Authority::new();
    // Listens, and never accepts.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let error = client(&authority.credentials(&authority), address).ping().await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Unavailable);
    assert!(error.message.contains("did not answer within 8 s"), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_said() {
    let authority = Authority::new();
    let address = "no-such-host.invalid".parse().unwrap();
    let clock = Arc::new(accessbot_core::clock::SystemClock);
    let credentials = authority.credentials(&authority);
    let client = accessbot_teleport::TeleportClient::connect_lazy(&credentials, &address, clock);
    let error = client.ping().await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Unavailable);
    assert!(error.message.starts_with("the name `no-such-host.invalid` cannot be resolved"), "{error}");
}

#[tokio::test]
async fn the_client_dials_again_until_the_server_is_there() {
    let authority = Arc::new(Authority::new());
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let client = client(&authority.credentials(&authority), address);
    insta::assert_snapshot!(words(&client.ping().await.unwrap_err(), address.port()), @"
    Unavailable: Teleport: ping: nothing listens at 127.0.0.1:PORT: connection refused
      hint: is this the address of Auth (port 3025 by default) or of a proxy's web port, and is it running?
    ");

    let names = ["teleport.cluster.local"];
    let auth = StandIn::start_with(authority, &names, Manners::default(), &address.to_string()).await;
    client.ping().await.unwrap();
    client.ping().await.unwrap();
    assert_eq!(auth.seen.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn new_credentials_are_for_new_calls_and_watches_live_on() {
    let auth = StandIn::start(Manners::default()).await;
    let client = client(&auth.authority.credentials(&auth.authority), auth.address);
    let mut watch = client.watch().await.unwrap();
    client.use_credentials(&auth.authority.credentials(&auth.authority));
    client.ping().await.unwrap();
    assert_eq!(auth.seen.connections.load(Ordering::SeqCst), 2);
    let still_open = tokio::time::timeout(std::time::Duration::from_millis(100), watch.next()).await;
    assert!(still_open.is_err(), "{still_open:?}");
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused() {
    let auth = StandIn::start(Manners { version: "6.2.31", ..Manners::default() }).await;
    insta::assert_snapshot!(words(&auth.client().ping().await.unwrap_err(), auth.address.port()), @"
    Unsupported: Teleport: ping: the server is Teleport 6.2.31; 7.0 is the oldest that works
      hint: update the server
    ");
}
