//! Watches.

use std::time::Duration;

use accessbot_sandbox::teleport::{NewRequest, Role, TeleportOptions, TeleportSandbox, TeleportVersion};
use accessbot_teleport::proto::auth::{Event, Operation, Watch, event};
use accessbot_teleport::proto::types;
use tonic::{Code, Streaming};

use super::client::{Client, bob, bot, client, error, start, start_version};

fn watch(kinds: &[&str], partial: bool) -> Watch {
    let kind = |kind: &&str| types::WatchKind { kind: (*kind).to_owned(), ..Default::default() };
    Watch { kinds: kinds.iter().map(kind).collect(), allow_partial_success: partial }
}

/// Opens a watch and takes INIT.
async fn open(client: &mut Client) -> Streaming<Event> {
    let mut events = client.watch_events(watch(&["access_request"], false)).await.unwrap().into_inner();
    let init = events.message().await.unwrap().unwrap();
    assert_eq!(init.r#type(), Operation::Init);
    events
}

/// What the event says, in short.
fn text(event: &Event) -> String {
    match event.resource.as_ref().unwrap() {
        event::Resource::AccessRequest(request) => {
            let spec = request.spec.as_ref().unwrap();
            format!("{:?} {} {:?}", event.r#type(), request.metadata.as_ref().unwrap().name, spec.state())
        }
        event::Resource::ResourceHeader(header) => {
            format!("{:?} {} {}", event.r#type(), header.metadata.as_ref().unwrap().name, header.kind)
        }
        other => panic!("{other:?}"),
    }
}

async fn next(events: &mut Streaming<Event>) -> String {
    text(&events.message().await.unwrap().unwrap())
}

#[tokio::test]
async fn events_tell_every_change_after_init() {
    let server = start().await;
    let before = bob(&server);
    let mut events = open(&mut bot(&server)).await;
    let id = bob(&server);
    server.approve(&id, "").unwrap();
    server.approve(&id, "again").unwrap();
    server.put_event_again(&before);
    server.remove(&id).unwrap();
    server.expire(&before).unwrap();
    for expected in [
        format!("Put {id} Pending"),
        format!("Put {id} Approved"),
        format!("Put {id} Approved"),
        format!("Put {before} Pending"),
        format!("Delete {id} access_request"),
        format!("Delete {before} access_request"),
    ] {
        assert_eq!(next(&mut events).await, expected);
    }
}

#[tokio::test]
async fn init_says_what_is_watched_since_13() {
    let partial = ["access_request", "access_monitoring_rule"];
    let server = start().await;
    let mut client = bot(&server);
    let denied = "PermissionDenied access denied to perform action \"read\" on \"access_monitoring_rule\"";
    assert_eq!(error(client.watch_events(watch(&partial, true)).await), denied);
    let mut events = client.watch_events(watch(&["access_request"], false)).await.unwrap().into_inner();
    assert_eq!(events.message().await.unwrap().unwrap().resource, None);

    let server = start_version(TeleportVersion::V13).await;
    let mut client = bot(&server);
    assert_eq!(error(client.watch_events(watch(&partial, false)).await), denied);
    assert_eq!(error(client.watch_events(watch(&[], false)).await), "PermissionDenied can't setup global watch");
    let mut events = client.watch_events(watch(&partial, true)).await.unwrap().into_inner();
    let Some(event::Resource::WatchStatus(status)) = events.message().await.unwrap().unwrap().resource else {
        panic!()
    };
    let kinds: Vec<String> = status.spec.unwrap().kinds.into_iter().map(|kind| kind.kind).collect();
    assert_eq!(kinds, ["access_request"]);
    server.add_role(Role::new("access-plugin"));
    assert!(error(client.watch_events(watch(&partial, true)).await).starts_with("InvalidArgument"));
}

#[tokio::test]
async fn filters_hold_for_puts_only() {
    let server = start().await;
    let mut watch = watch(&["access_request"], false);
    watch.kinds[0].filter.insert("user".to_owned(), "dave".to_owned());
    let mut dave = client(&server, Some("dave"));
    let mut events = dave.watch_events(watch.clone()).await.unwrap().into_inner();
    events.message().await.unwrap().unwrap();
    let bobs = bob(&server);
    let daves = server.create_request(NewRequest::new("dave", "dbadmin")).unwrap();
    server.remove(&bobs).unwrap();
    assert_eq!(next(&mut events).await, format!("Put {daves} Pending"));
    assert_eq!(next(&mut events).await, format!("Delete {bobs} access_request"));
    watch.kinds[0].filter.insert("color".to_owned(), "red".to_owned());
    assert_eq!(error(dave.watch_events(watch).await), "InvalidArgument unknown filter key color");
}

#[tokio::test]
async fn more_than_sixty_four_at_once_overflow() {
    let server = start().await;
    let mut client = bot(&server);
    let mut events = open(&mut client).await;
    let ids = server.burst_requests((0..64).map(|_| NewRequest::bob())).unwrap();
    for id in &ids {
        assert_eq!(next(&mut events).await, format!("Put {id} Pending"));
    }
    server.burst_requests((0..65).map(|_| NewRequest::bob())).unwrap();
    let end = events.message().await.unwrap_err();
    assert_eq!((end.code(), end.message()), (Code::InvalidArgument, "buffer overflow"));
    assert_eq!(server.watches(), 0);
    // The connection is as good as before.
    open(&mut client).await;
    assert_eq!(server.watches(), 1);
}

#[tokio::test]
async fn many_that_come_one_by_one_do_not_overflow() {
    let server = start().await;
    let mut events = open(&mut bot(&server)).await;
    let take = async {
        for _ in 0..500 {
            next(&mut events).await;
        }
    };
    let (created, ()) = tokio::join!(server.create_requests((0..500).map(|_| NewRequest::bob())), take);
    assert_eq!(created.unwrap().len(), 500);
}

#[tokio::test]
async fn a_polled_backend_delivers_in_batches() {
    let options = TeleportOptions { poll_interval: Duration::from_millis(200), ..Default::default() };
    let server = TeleportSandbox::start(options).await.unwrap();
    let mut events = open(&mut bot(&server)).await;
    let ids = [bob(&server), bob(&server)];
    assert_eq!(next(&mut events).await, format!("Put {} Pending", ids[0]));
    assert_eq!(next(&mut events).await, format!("Put {} Pending", ids[1]));
    for _ in 0..65 {
        bob(&server);
    }
    assert_eq!(error(events.message().await), "InvalidArgument buffer overflow");
}

#[tokio::test]
async fn events_can_be_held_back_and_watches_ended() {
    let server = start().await;
    let mut events = open(&mut bot(&server)).await;
    server.hold_events();
    let id = bob(&server);
    assert!(tokio::time::timeout(Duration::from_millis(50), events.message()).await.is_err());
    server.release_events();
    assert_eq!(next(&mut events).await, format!("Put {id} Pending"));
    server.disconnect_watches();
    assert_eq!(error(events.message().await), "Unknown watcher closed");
    let events = open(&mut bot(&server)).await;
    assert_eq!(server.watches(), 1);
    drop(events);
    server.wait_until("the watch to close", |server| server.watches() == 0).await;
}
