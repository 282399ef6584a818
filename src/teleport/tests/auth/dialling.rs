//! Why a connection does not come about, in words; and that it comes about again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use accessbot_core::teleport::{Teleport as _, TeleportError, TeleportErrorKind};
use accessbot_teleport::Way;
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
    let client = auth.client();
    assert_eq!(client.way(), None);
    let cluster = client.ping().await.unwrap();
    assert_eq!(client.way(), Some(Way::Direct));
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
    let error = client.ping().await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Credentials, "{error}");
    assert_eq!(auth.seen.take(), Vec::<&str>::new());
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
async fn a_server_that_is_too_old_is_refused() {
    let auth = StandIn::start(Manners { version: "6.2.31", ..Manners::default() }).await;
    insta::assert_snapshot!(words(&auth.client().ping().await.unwrap_err(), auth.address.port()), @"
    Unsupported: Teleport: ping: the server is Teleport 6.2.31; 7.0 is the oldest that works
      hint: update the server
    ");
}
