//! Against a real Auth server, where `ACCESSBOT_LAB_TELEPORT_ADDR` says where it is and `ACCESSBOT_LAB_TELEPORT_CREDS` where
//! the credentials are: `PATH` for PATH.crt, PATH.key, PATH.cas and, as identity file, PATH.pem.
//!
//! Decisions are tried if `ACCESSBOT_LAB_TELEPORT_DECIDER_CREDS` names credentials in the same way, whose role is that of
//! `contrib/teleport/role-set-state.yaml`, `ACCESSBOT_LAB_TELEPORT_PENDING` two pending requests, `ID ID`, and
//! `ACCESSBOT_LAB_TELEPORT_LOCKED` a user whom a lock keeps out, and another whom a lock on a role does.

use std::path::PathBuf;
use std::sync::Arc;

use accessbot_core::backend::decision::Action;
use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::request::RequestId;
use accessbot_core::request::RequestState;
use accessbot_core::review::Mode;
use accessbot_core::teleport::{NewReview, NewState, Record, RecordChange, Teleport as _, TeleportErrorKind};
use accessbot_teleport::{CredentialFiles, Need, Outcome, ReviewNeeds, TeleportClient};

/// A plugin name that no bot uses.
const PLUGIN: &str = "accessbot-test";

#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was left out")]
fn clients(credentials: &str) -> Vec<TeleportClient> {
    let read = std::env::var;
    let (Ok(address), Ok(path)) = (read("ACCESSBOT_LAB_TELEPORT_ADDR"), read(credentials)) else {
        eprintln!("not run: ACCESSBOT_LAB_TELEPORT_ADDR and {credentials} do not name a real server");
        return Vec::new();
    };
    let file = |end: &str| PathBuf::from(format!("{path}.{end}"));
    let tls = CredentialFiles::Tls { client_crt: file("crt"), client_key: file("key"), root_cas: file("cas") };
    [tls, CredentialFiles::Identity(file("pem"))]
        .map(|files| {
            let credentials = files.load(SystemClock.now()).unwrap();
            eprintln!("{:?}", credentials.certificate());
            TeleportClient::connect_lazy(&credentials, &address.parse().unwrap(), Arc::new(SystemClock))
        })
        .into()
}

#[tokio::test]
async fn a_real_server_answers_every_call() {
    for client in clients("ACCESSBOT_LAB_TELEPORT_CREDS") {
        let cluster = client.ping().await.unwrap();
        assert!(!cluster.name.is_empty());
        assert!(client.way().is_some());
        drop(client.watch().await.unwrap());

        let requests = client.requests().await.unwrap();
        client.records(PLUGIN).await.unwrap();
        let unknown = RequestId::new("00000000-0000-4000-8000-000000000000");
        assert_eq!(client.request(&unknown).await.unwrap(), None);
        assert_eq!(client.record(PLUGIN, &unknown).await.unwrap(), Record::new());
        let pair = |value: &str| Record::from([("test".to_owned(), value.to_owned())]);
        let claim = RecordChange { set: pair("claimed"), expect: pair("") };
        let missing = client.change_record(PLUGIN, &unknown, &claim).await.unwrap_err();
        assert_eq!(missing.kind, TeleportErrorKind::NotFound, "{missing}");

        // Compare-and-set can only be tried where there is a request; it leaves nothing behind.
        for id in requests.iter().map(|r| &r.id).take(1) {
            assert_eq!(client.request(id).await.unwrap().unwrap().id, *id);
            client.change_record(PLUGIN, id, &claim).await.unwrap();
            let second = client.change_record(PLUGIN, id, &claim).await.unwrap_err();
            assert_eq!(second.kind, TeleportErrorKind::Conflict, "{second}");
            assert_eq!(client.record(PLUGIN, id).await.unwrap(), pair("claimed"));
            assert!(client.records(PLUGIN).await.unwrap().contains(&(id.clone(), pair("claimed"))));
            let release = RecordChange { set: pair(""), expect: pair("claimed") };
            client.change_record(PLUGIN, id, &release).await.unwrap();
            assert_eq!(client.record(PLUGIN, id).await.unwrap(), Record::new());
        }
    }
}

/// Two names in a variable.
fn two(variable: &str) -> [String; 2] {
    let names = std::env::var(variable).unwrap_or_default();
    let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
    names.try_into().unwrap_or_else(|names| panic!("{variable} does not hold two names: {names:?}"))
}

#[tokio::test]
async fn a_real_server_takes_decisions() {
    let clients = clients("ACCESSBOT_LAB_TELEPORT_DECIDER_CREDS");
    let Some(client) = clients.first() else { return };
    let cluster = client.ping().await.unwrap();
    for mode in [Mode::SetState, Mode::AsBot, Mode::OnBehalf] {
        let needs =
            ReviewNeeds { mode, traits: vec!["chat_id".to_owned()], people: vec![], others: true, roles: vec![] };
        let support = client.review_support(&needs).await.unwrap();
        let works = support.checks.iter().all(|check| matches!(check.outcome, Outcome::Granted));
        assert_eq!(works, mode == Mode::SetState, "{mode:?} {:?}", support.checks);
        let server = support.checks.first().unwrap();
        assert_eq!((&server.need, matches!(server.outcome, Outcome::Granted)), (&Need::Server, works));
    }

    let users = client.users().await.unwrap();
    let ourselves = users.iter().find(|user| user.name == cluster.user).unwrap();
    assert_eq!(client.user(&cluster.user).await.unwrap().as_ref(), Some(ourselves));
    assert!(!ourselves.roles.is_empty());
    assert_eq!(client.user("00000000-0000-4000-8000-000000000000").await.unwrap(), None);
    assert!(!client.is_locked(ourselves).await.unwrap());
    for name in two("ACCESSBOT_LAB_TELEPORT_LOCKED") {
        let user = users.iter().find(|user| user.name == name).unwrap();
        assert!(client.is_locked(user).await.unwrap(), "{name}");
    }

    let reason = |text: &str| format!("{text} {}", "ä".repeat(5000));
    let state = |action, text| NewState { action, reason: reason(text), delegator: "alice, ivan".to_owned() };
    let [approved, denied] = two("ACCESSBOT_LAB_TELEPORT_PENDING").map(RequestId::new);
    client.set_state(&approved, &state(Action::Approve, "yes")).await.unwrap();
    let after = client.request(&approved).await.unwrap().unwrap();
    assert_eq!((after.state, after.long_term), (RequestState::Approved, false));
    assert!(after.resolve_reason.starts_with("yes ä") && after.resolve_reason.ends_with('…'));
    client.set_state(&denied, &state(Action::Deny, "no")).await.unwrap();
    assert_eq!(client.request(&denied).await.unwrap().unwrap().state, RequestState::Denied);
    let late = client.set_state(&denied, &state(Action::Approve, "yes")).await.unwrap_err();
    assert_eq!(late.kind, TeleportErrorKind::AlreadyResolved, "{late}");
    let unknown = RequestId::new("00000000-0000-4000-8000-000000000000");
    let missing = client.set_state(&unknown, &state(Action::Deny, "no")).await.unwrap_err();
    assert_eq!(missing.kind, TeleportErrorKind::NotFound, "{missing}");
    let review = NewReview { author: None, action: Action::Deny, reason: String::new() };
    let refused = client.submit_review(&approved, &review).await.unwrap_err();
    assert_eq!(refused.kind, TeleportErrorKind::PermissionDenied, "{refused}");
}
