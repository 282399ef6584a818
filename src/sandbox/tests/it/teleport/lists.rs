//! Requests are filed, listed, and end.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_core::request::ResourceId;
use accessbot_sandbox::teleport::{NewRequest, TeleportOptions, TeleportSandbox, TeleportVersion};
use accessbot_teleport::proto::auth::{ListAccessRequestsRequest, RequestId};
use accessbot_teleport::proto::types;

use super::client::{HOUR, bob, bot, by_id, client, error, start, start_version};
use crate::ManualClock;

#[tokio::test]
async fn every_version_has_its_own_calls() {
    let filter = types::AccessRequestFilter::default;
    let missing = |call: &str| format!("Unimplemented unknown method {call} for service proto.AuthService");
    for (version, v1, v2, list) in [
        (TeleportVersion::V8_3, true, true, false),
        (TeleportVersion::V13, false, true, false),
        (TeleportVersion::V16, false, true, true),
        (TeleportVersion::V18_11, false, true, true),
    ] {
        let server = start_version(version).await;
        let mut bot = bot(&server);
        let expected = |has: bool, call: &str| if has { "Ok".to_owned() } else { missing(call) };
        let answers = [
            error(bot.get_access_requests(filter()).await),
            error(bot.get_access_requests_v2(filter()).await),
            error(bot.list_access_requests(ListAccessRequestsRequest::default()).await),
        ];
        let expected = [
            expected(v1, "GetAccessRequests"),
            expected(v2, "GetAccessRequestsV2"),
            expected(list, "ListAccessRequests"),
        ];
        assert_eq!(answers, expected, "{version}");
    }
    let without = vec!["GetAccessRequestsV2".to_owned()];
    let server = TeleportSandbox::start(TeleportOptions { without, ..Default::default() }).await.unwrap();
    assert_eq!(error(bot(&server).get_access_requests_v2(filter()).await), missing("GetAccessRequestsV2"));
}

#[tokio::test]
async fn a_request_looks_as_the_server_sends_it() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_795_224_723_475)));
    let server = TeleportSandbox::start(TeleportOptions { clock, ..Default::default() }).await.unwrap();
    let mut new = NewRequest::new("dave", "dbadmin").reason("to mend it").reviewers(&["carol"]);
    new.id = Some("99a4cbcb-c607-4dfe-ad61-d02c4ee46a9e".to_owned());
    let id = server.create_request(new).unwrap();
    let list = bot(&server).get_access_requests(by_id(&id)).await.unwrap().into_inner().access_requests;
    insta::assert_debug_snapshot!(list[0], @r#"
    AccessRequestV3 {
        kind: "access_request",
        sub_kind: "",
        version: "v3",
        metadata: Some(
            Metadata {
                name: "99a4cbcb-c607-4dfe-ad61-d02c4ee46a9e",
                namespace: "",
                description: "",
                labels: {},
                expires: Some(
                    Timestamp {
                        seconds: 1795228323,
                        nanos: 475000000,
                    },
                ),
                revision: "",
            },
        ),
        spec: Some(
            AccessRequestSpecV3 {
                user: "dave",
                roles: [
                    "dbadmin",
                ],
                state: Pending,
                created: Some(
                    Timestamp {
                        seconds: 1795224723,
                        nanos: 475000000,
                    },
                ),
                expires: Some(
                    Timestamp {
                        seconds: 1795332723,
                        nanos: 475000000,
                    },
                ),
                request_reason: "to mend it",
                resolve_reason: "",
                resolve_annotations: None,
                system_annotations: Some(
                    LabelValues {
                        values: {},
                    },
                ),
                thresholds: [
                    AccessReviewThreshold {
                        name: "default",
                        filter: "",
                        approve: 1,
                        deny: 1,
                    },
                ],
                role_threshold_mapping: {
                    "dbadmin": ThresholdIndexSets {
                        sets: [
                            ThresholdIndexSet {
                                indexes: [
                                    0,
                                ],
                            },
                        ],
                    },
                },
                reviews: [],
                suggested_reviewers: [
                    "carol",
                    "alice@example.com",
                    "ivan@example.com",
                ],
                requested_resource_ids: [],
                login_hint: "",
                dry_run: false,
                max_duration: None,
                session_ttl: None,
                access_list: None,
                assume_start_time: None,
                resource_expiry: None,
                request_kind: Undefined,
                requested_resource_access_ids: [],
            },
        ),
    }
    "#);
}

#[tokio::test]
async fn newer_versions_say_more() {
    for (version, resources, ends, kind) in [
        (TeleportVersion::V8_3, 0, false, 0),
        (TeleportVersion::V13, 1, false, 0),
        (TeleportVersion::V16, 1, true, 0),
        (TeleportVersion::V18_11, 1, true, 1),
    ] {
        let server = start_version(version).await;
        let mut new = NewRequest::bob();
        new.resources = vec![ResourceId {
            cluster: "lab.example".into(),
            kind: "node".into(),
            name: "db-1".into(),
            sub_resource: String::new(),
        }];
        let ids = [server.create_request(new).unwrap(), bob(&server)];
        let mut stream = bot(&server).get_access_requests_v2(by_id(&ids[0])).await.unwrap().into_inner();
        let spec = stream.message().await.unwrap().unwrap().spec.unwrap();
        let times = [spec.resource_expiry, spec.max_duration, spec.session_ttl];
        assert_eq!((spec.requested_resource_ids.len(), spec.request_kind), (resources, kind), "{version}");
        assert!(times.iter().all(|time| time.is_some() == ends), "{version}: {times:?}");
        // From 16 on ids begin with the time, so that those of one moment look alike.
        let digit = ids[0].as_bytes()[14];
        assert_eq!(digit, if ends { b'7' } else { b'4' }, "{version}");
        assert_eq!(ids[0][..8] == ids[1][..8], ends, "{version}");
    }
}

#[tokio::test]
async fn filing_and_removing_need_permission() {
    let server = start().await;
    let request = |user: &str, role: &str| types::AccessRequestV3 {
        spec: Some(types::AccessRequestSpecV3 { user: user.into(), roles: vec![role.into()], ..Default::default() }),
        ..Default::default()
    };
    let denied =
        |verb: &str| format!("PermissionDenied access denied to perform action {verb:?} on \"access_request\"");
    let mut bob = client(&server, Some("bob"));
    assert_eq!(error(bob.create_access_request(request("bob", "dbadmin")).await), "Ok");
    assert_eq!(error(bob.create_access_request(request("dave", "dbadmin")).await), denied("create"));
    let refused = "InvalidArgument user \"bob\" can not request role \"labadmin\"";
    assert_eq!(error(bob.create_access_request(request("bob", "labadmin")).await), refused);
    let id = server.requests()[0].id.to_string();
    assert_eq!(error(bob.delete_access_request(RequestId { id: id.clone() }).await), denied("delete"));
    let mut admin = client(&server, Some("labadmin"));
    assert_eq!(error(admin.delete_access_request(RequestId { id: id.clone() }).await), "Ok");
    let gone = format!("NotFound cannot delete access request {id:?} (not found)");
    assert_eq!(error(admin.delete_access_request(RequestId { id }).await), gone);
    assert!(server.create_request(NewRequest::bob().reason("x".repeat(4097))).is_err());
}

#[tokio::test]
async fn people_see_their_own_and_what_they_may_review() {
    let server = start().await;
    let id = bob(&server);
    server.create_request(NewRequest::new("dave", "dbadmin")).unwrap();
    for (user, expected) in [("access-plugin", 2), ("bob", 1), ("alice", 2), ("labadmin", 2)] {
        let mut client = client(&server, Some(user));
        let list = client.get_access_requests(types::AccessRequestFilter::default()).await.unwrap().into_inner();
        assert_eq!(list.access_requests.len(), expected, "{user}");
    }
    let mut bot = bot(&server);
    let unknown = by_id("0b3f7f8c-bdad-475e-b657-d1efe0df78bf");
    assert!(bot.get_access_requests(unknown).await.unwrap().into_inner().access_requests.is_empty(), "no error");
    server.lag_lists(true);
    server.approve(&id, "").unwrap();
    let pending = types::AccessRequestFilter { state: types::RequestState::Pending.into(), ..Default::default() };
    assert_eq!(bot.get_access_requests(pending.clone()).await.unwrap().into_inner().access_requests.len(), 2, "lags");
    let one = bot.get_access_requests(by_id(&id)).await.unwrap().into_inner().access_requests;
    assert_eq!(one[0].spec.as_ref().unwrap().state(), types::RequestState::Approved, "never lags");
    server.lag_lists(false);
    assert_eq!(bot.get_access_requests(pending).await.unwrap().into_inner().access_requests.len(), 1);
}

#[tokio::test]
async fn pages_bring_everything_once() {
    let server = start_version(TeleportVersion::V16).await;
    let mut ids: Vec<String> = (0..25).map(|_| bob(&server)).collect();
    ids.sort();
    let mut bot = bot(&server);
    let mut query = ListAccessRequestsRequest { limit: 10, ..Default::default() };
    let mut seen = Vec::new();
    loop {
        let page = bot.list_access_requests(query.clone()).await.unwrap().into_inner();
        seen.extend(page.access_requests.into_iter().map(|request| request.metadata.unwrap().name));
        if page.next_key.is_empty() {
            break;
        }
        query.start_key = page.next_key;
    }
    assert_eq!(seen, ids);
    query.limit = 16_001;
    assert!(error(bot.list_access_requests(query).await).starts_with("InvalidArgument"));
}

#[tokio::test]
async fn requests_expire_by_the_clock_and_their_records_an_hour_later() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_795_000_000_000)));
    let server = TeleportSandbox::start(TeleportOptions { clock: clock.clone(), ..Default::default() }).await.unwrap();
    let pending = bob(&server);
    let approved = bob(&server);
    server.approve(&approved, "").unwrap();
    server.set_plugin_data(&pending, "p", [("k".to_owned(), "v".to_owned())].into()).unwrap();
    clock.advance(Duration::from_secs(3599));
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(server.request_count(), 2);
    clock.advance(Duration::from_secs(1));
    server.wait_until("the pending one to expire", |server| server.request(&pending).is_none()).await;
    assert!(server.request(&approved).is_some(), "lives as long as the access");
    clock.advance(29 * HOUR);
    server.wait_until("the access to end", |server| server.request_count() == 0).await;
    assert!(!server.plugin_data(&pending, "p").is_empty());
    clock.advance(HOUR);
    server
        .wait_within(Duration::from_secs(5), "the record to end", |server| server.plugin_data(&pending, "p").is_empty())
        .await;
    let kinds: Vec<_> = server.audit().into_iter().map(|event| event.kind).collect();
    let (create, update, expire) = ("access_request.create", "access_request.update", "access_request.expire");
    assert_eq!(kinds, [create, create, update, expire, expire]);
}

#[tokio::test]
async fn ten_thousand_requests_are_quick() {
    let server = start().await;
    let began = tokio::time::Instant::now();
    let ids = server.create_requests((0..10_000).map(|n| NewRequest::bob().reason(n.to_string()))).await.unwrap();
    assert_eq!(ids.len(), 10_000);
    let list = bot(&server).get_access_requests(types::AccessRequestFilter::default()).await.unwrap().into_inner();
    assert_eq!(list.access_requests.len(), 10_000);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
