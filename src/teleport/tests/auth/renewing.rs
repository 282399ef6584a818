//! New credentials while the client is at work: made first, broken after.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use accessbot_core::teleport::{Teleport as _, TeleportErrorKind};
use accessbot_teleport::CredentialChange;
use tokio::time::timeout;

use crate::stand_in::{Authority, Manners, StandIn, client};

#[tokio::test]
async fn the_new_connection_is_made_before_the_old_one_is_left() {
    let auth = StandIn::start(Manners::default()).await;
    let client = auth.client();
    let mut watch = client.watch().await.unwrap();
    let renewed = auth.authority.credentials(&auth.authority);
    assert_eq!(client.change_credentials(&renewed).await.unwrap(), CredentialChange::Connected);
    assert_eq!(auth.seen.connections.load(Ordering::SeqCst), 2);
    client.requests().await.unwrap();
    assert_eq!(auth.seen.connections.load(Ordering::SeqCst), 2, "the calls go over the one that was made");
    let still_open = timeout(Duration::from_millis(100), watch.next()).await;
    assert!(still_open.is_err(), "{still_open:?}");
}

#[tokio::test]
async fn credentials_that_do_not_work_do_not_replace_those_that_do() {
    let auth = StandIn::start(Manners::default()).await;
    let client = auth.client();
    client.ping().await.unwrap();
    let foreign = Authority::new().credentials(&auth.authority);
    let error = client.change_credentials(&foreign).await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Credentials, "{error}");
    for _ in 0..3 {
        client.requests().await.unwrap();
    }
    assert_eq!(auth.seen.connections.load(Ordering::SeqCst), 1, "the old connection never ended");

    let renewed = auth.authority.credentials(&auth.authority);
    assert_eq!(client.change_credentials(&renewed).await.unwrap(), CredentialChange::Connected);
}

#[tokio::test]
async fn an_expired_certificate_gives_way_to_one_that_works() {
    let auth = StandIn::start(Manners::default()).await;
    let client = client(&auth.authority.expired_credentials(), auth.address);
    assert_eq!(client.ping().await.unwrap_err().kind, TeleportErrorKind::Credentials);
    let renewed = auth.authority.credentials(&auth.authority);
    assert_eq!(client.change_credentials(&renewed).await.unwrap(), CredentialChange::Connected);
    client.ping().await.unwrap();
}

#[tokio::test]
async fn credentials_that_come_while_the_server_is_away_are_there_when_it_is_back() {
    let auth = StandIn::start(Manners::default()).await;
    let address = auth.address;
    let client = client(&auth.authority.expired_credentials(), address);
    let renewed = auth.authority.credentials(&auth.authority);
    let earlier = auth.client();
    earlier.ping().await.unwrap();
    let authority = auth.shut_down().await;
    assert_eq!(client.change_credentials(&renewed).await.unwrap(), CredentialChange::Untried);
    let names = ["teleport.cluster.local"];
    let _auth = StandIn::start_with(authority, &names, Manners::default(), &address.to_string()).await;
    client.ping().await.unwrap();
}

#[tokio::test]
async fn credentials_that_are_refused_do_not_replace_those_that_only_find_no_server() {
    let names = ["node-1.lab.example"];
    let node = StandIn::start_with(Arc::new(Authority::new()), &names, Manners::default(), "127.0.0.1:0").await;
    let client = node.client();
    assert_eq!(client.ping().await.unwrap_err().kind, TeleportErrorKind::Unavailable);
    let strange = node.authority.credentials(&Authority::new());
    assert_eq!(client.change_credentials(&strange).await.unwrap_err().kind, TeleportErrorKind::Credentials);
    assert_eq!(client.ping().await.unwrap_err().kind, TeleportErrorKind::Unavailable, "the old ones are in use");
}

#[tokio::test]
async fn no_call_is_lost_while_credentials_change_and_change() {
    let auth = StandIn::start(Manners::default()).await;
    let client = auth.client();
    client.ping().await.unwrap();
    let calls = async {
        for _ in 0..300 {
            client.requests().await.unwrap();
        }
    };
    let changes = async {
        for _ in 0..10 {
            client.change_credentials(&auth.authority.credentials(&auth.authority)).await.unwrap();
        }
    };
    tokio::join!(calls, changes);
    assert_eq!(auth.seen.connections.load(Ordering::SeqCst), 11);
}
