//! Plugin data.

use std::collections::BTreeMap;

use accessbot_core::request::RequestId;
use accessbot_core::teleport::{Record, RecordChange, Teleport as _, TeleportErrorKind};
use accessbot_teleport::proto::types::{Metadata, PluginDataEntry, PluginDataSpecV3, PluginDataV3};
use tonic::Status;

use crate::stand_in::{Manners, StandIn};

fn stored(owner: &str, entries: &[(&str, &str)]) -> PluginDataV3 {
    let entry = |value: &str| PluginDataEntry { data: BTreeMap::from([("user".to_owned(), value.to_owned())]) };
    let entries = entries.iter().map(|(plugin, value)| ((*plugin).to_owned(), entry(value))).collect();
    PluginDataV3 {
        metadata: Some(Metadata { name: owner.to_owned(), ..Default::default() }),
        spec: Some(PluginDataSpecV3 { entries }),
        ..Default::default()
    }
}

fn record(value: &str) -> Record {
    Record::from([("user".to_owned(), value.to_owned())])
}

#[tokio::test]
async fn only_our_own_entries_are_taken() {
    let plugin_data = vec![
        stored("a", &[("mattermost", "bob"), ("slack", "eve")]),
        stored("b", &[("slack", "eve")]),
        // Left by an entry whose last key was removed.
        stored("c", &[]),
        stored("", &[("mattermost", "nobody")]),
        PluginDataV3::default(),
        stored("d", &[("mattermost", &"x".repeat(5 * 1024 * 1024))]),
    ];
    let auth = StandIn::start(Manners { plugin_data, ..Manners::default() }).await;
    let client = auth.client();
    let records = client.records("mattermost").await.unwrap();
    let owners: Vec<_> = records.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(owners, ["a", "d"]);
    assert_eq!(records[0].1, record("bob"));

    assert_eq!(client.record("slack", &RequestId::new("b")).await.unwrap(), record("eve"));
    assert_eq!(client.record("mattermost", &RequestId::new("b")).await.unwrap(), Record::new());
    assert_eq!(client.record("mattermost", &RequestId::new("z")).await.unwrap(), Record::new());
    let no_id = client.record("mattermost", &RequestId::new("")).await.unwrap_err();
    assert_eq!(no_id.kind, TeleportErrorKind::Invalid);
}

#[tokio::test]
async fn a_change_says_whether_it_happened() {
    let auth = StandIn::start(Manners {
        update: |params| {
            assert_eq!((params.kind.as_str(), params.plugin.as_str()), ("access_request", "mattermost"));
            assert_eq!(params.set, record("bob"));
            assert_eq!(params.expect, record(""));
            match params.resource.as_str() {
                "fresh" => Ok(()),
                "claimed" => Err(Status::failed_precondition("expectations not met for field \"user\"")),
                "gone" => Err(Status::not_found("key \"/access_requests/gone/params\" is not found")),
                "forbidden" => Err(Status::permission_denied("access denied to perform action \"update\"")),
                _ => Err(Status::unavailable("transport is closing")),
            }
        },
        ..Manners::default()
    })
    .await;
    let client = auth.client();
    let claim = RecordChange { set: record("bob"), expect: record("") };
    let mut report = Vec::new();
    for id in ["fresh", "claimed", "gone", "forbidden", "unlucky"] {
        let done = client.change_record("mattermost", &RequestId::new(id), &claim).await;
        report.push(match done {
            Ok(()) => format!("{id}: done"),
            Err(e) => format!("{id}: {:?}: {e} ({})", e.kind, e.hint.as_deref().unwrap_or("no hint")),
        });
    }
    insta::assert_snapshot!(report.join("\n"), @r#"
    fresh: done
    claimed: Conflict: Teleport: update plugin data: expectations not met for field "user" (no hint)
    gone: NotFound: Teleport: update plugin data: key "/access_requests/gone/params" is not found (no hint)
    forbidden: PermissionDenied: Teleport: update plugin data: access denied to perform action "update" (give the role of the bot's user the rule `access_plugin_data: [update]`, or unlock the user)
    unlucky: Unavailable: Teleport: update plugin data: transport is closing (no hint)
    "#);
}

#[tokio::test]
async fn a_change_without_an_expectation_is_never_sent() {
    let auth = StandIn::start(Manners::default()).await;
    let blind = RecordChange { set: record("bob"), expect: Record::new() };
    let error = auth.client().change_record("mattermost", &RequestId::new("a"), &blind).await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Invalid);
    assert_eq!(auth.seen.take(), Vec::<&str>::new());
}
