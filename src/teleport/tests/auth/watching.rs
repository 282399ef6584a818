//! The watch: what begins it, what comes through it, and what ends it.

use accessbot_core::request::RequestId;
use accessbot_core::teleport::{Teleport as _, TeleportError, TeleportErrorKind, WatchEvent};
use accessbot_teleport::proto::auth::event::Resource;
use accessbot_teleport::proto::auth::{Event, Operation};
use accessbot_teleport::proto::types::{Metadata, ResourceHeader, Role};
use tonic::Status;

use crate::stand_in::{Manners, StandIn, init, request};

fn put(id: &str) -> Event {
    Event { r#type: Operation::Put.into(), resource: Some(Resource::AccessRequest(request(id))) }
}

fn delete(id: &str) -> Event {
    let metadata = Some(Metadata { name: id.to_owned(), ..Default::default() });
    let header = ResourceHeader { kind: "access_request".to_owned(), metadata, ..Default::default() };
    Event { r#type: Operation::Delete.into(), resource: Some(Resource::ResourceHeader(header)) }
}

/// How a watch that sends `events` cannot be opened.
async fn refused(manners: Manners) -> TeleportError {
    let auth = StandIn::start(manners).await;
    auth.client().watch().await.err().unwrap()
}

#[tokio::test]
async fn events_come_through_and_what_does_not_concern_us_does_not() {
    let role = Event { r#type: Operation::Put.into(), resource: Some(Resource::Role(Role::default())) };
    let odd = Event { r#type: 9, resource: None };
    let events = [init(), put("a"), role, odd, init(), delete("a")].map(Ok).to_vec();
    let auth = StandIn::start(Manners { events, ..Manners::default() }).await;
    let mut watch = auth.client().watch().await.unwrap();
    let WatchEvent::Put(first) = watch.next().await.unwrap() else { panic!("no put") };
    assert_eq!(first.id, RequestId::new("a"));
    assert_eq!(watch.next().await.unwrap(), WatchEvent::Delete(RequestId::new("a")));
}

#[tokio::test]
async fn an_overflow_and_every_other_end_is_passing_trouble() {
    for end in [
        Status::invalid_argument("buffer overflow"),
        Status::unknown("watcher closed"),
        Status::unavailable("transport is closing"),
        Status::cancelled(""),
    ] {
        let events = vec![Ok(init()), Ok(put("a")), Err(end.clone())];
        let auth = StandIn::start(Manners { events, ..Manners::default() }).await;
        let client = auth.client();
        let mut watch = client.watch().await.unwrap();
        watch.next().await.unwrap();
        let error = watch.next().await.unwrap_err();
        assert_eq!(error.kind, TeleportErrorKind::Unavailable, "{end:?}");
        // The channel survives a watch's end.
        client.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_watch_begins_with_init() {
    let error = refused(Manners { events: vec![Ok(put("a"))], ..Manners::default() }).await;
    assert_eq!(error.kind, TeleportErrorKind::Unavailable);
    assert_eq!(error.message, "the server began with an event of type 1 rather than INIT");
    let error = refused(Manners { events: vec![Err(Status::permission_denied("no"))], ..Manners::default() }).await;
    assert_eq!(error.kind, TeleportErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let denied = Status::permission_denied("access denied to perform action \"read\" on \"access_request\"");
    let error = refused(Manners { refuse_watch: Some(denied), ..Manners::default() }).await;
    assert_eq!(error.kind, TeleportErrorKind::PermissionDenied);
    assert!(error.hint.unwrap().contains("access_request: [list, read]"));
}

#[tokio::test]
async fn a_watch_that_is_never_confirmed_is_given_up() {
    let auth = StandIn::start(Manners { events: Vec::new(), ..Manners::default() }).await;
    let client = auth.client();
    client.ping().await.unwrap();
    tokio::time::pause();
    let error = client.watch().await.err().unwrap();
    assert_eq!(error.kind, TeleportErrorKind::Unavailable);
    assert_eq!(error.message, "no answer within 15 s");
}
