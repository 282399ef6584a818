//! Our own client decides requests, and asks about people, on servers of every kind.

use std::time::Duration;

use accessbot_core::backend::decision::Action;
use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::request::{RequestId, RequestState};
use accessbot_core::teleport::{NewReview, NewState, Teleport, TeleportError, TeleportErrorKind, User};
use accessbot_sandbox::teleport::{
    self, Issue, LockTarget, NewRequest, Role, Signed, TeleportOptions, TeleportSandbox, TeleportVersion,
};

use super::client::{VERSIONS, bob, deciding, issued, ours, start, start_version};

fn pending(server: &TeleportSandbox) -> RequestId {
    RequestId::new(bob(server))
}

fn approval(author: Option<&str>) -> NewReview {
    NewReview { author: author.map(str::to_owned), action: Action::Approve, reason: "fine".to_owned() }
}

fn state(action: Action) -> NewState {
    NewState { action, reason: "because".to_owned(), delegator: "alice and ivan".to_owned() }
}

fn kind<T: std::fmt::Debug>(refused: Result<T, TeleportError>) -> TeleportErrorKind {
    refused.unwrap_err().kind
}

#[tokio::test]
async fn a_state_is_set_with_its_reason_and_in_the_name_of_those_who_agreed() {
    for version in VERSIONS {
        let server = start_version(version).await;
        let (bot, id) = (ours(&server), pending(&server));
        bot.set_state(&id, &state(Action::Approve)).await.unwrap();
        let request = bot.request(&id).await.unwrap().unwrap();
        assert_eq!((request.state, request.resolve_reason.as_str()), (RequestState::Approved, "because"), "{version}");
        let event = server.audit().pop().unwrap();
        assert_eq!((event.user.as_str(), event.delegator.as_str()), ("access-plugin", "alice and ivan"));

        let id = pending(&server);
        bot.set_state(&id, &state(Action::Deny)).await.unwrap();
        assert_eq!(server.request(id.as_str()).unwrap().state, RequestState::Denied);
        let late = kind(bot.set_state(&id, &state(Action::Approve)).await);
        assert_eq!(late, TeleportErrorKind::AlreadyResolved, "{version}");
        let unknown = RequestId::new("00000000-0000-4000-8000-000000000000");
        let nothing = kind(bot.set_state(&unknown, &state(Action::Approve)).await);
        assert_eq!(nothing, TeleportErrorKind::NotFound, "{version}");
        let nameless = kind(bot.set_state(&RequestId::new(""), &state(Action::Approve)).await);
        assert_eq!(nameless, TeleportErrorKind::Invalid);
    }
}

#[tokio::test]
async fn a_state_is_not_set_without_the_right_to() {
    let server = start().await;
    let (bot, id) = (ours(&server), pending(&server));
    server.add_role(Role::new("access-plugin").allow("access_request", &["list", "read"]));
    let refused = bot.set_state(&id, &state(Action::Approve)).await.unwrap_err();
    assert_eq!(refused.kind, TeleportErrorKind::PermissionDenied);
    let hint = "give the role of the bot's user the rule `access_request: [update]`, or unlock the user";
    assert_eq!(refused.hint.as_deref(), Some(hint));
    assert_eq!(server.request(id.as_str()).unwrap().state, RequestState::Pending);
}

#[tokio::test]
async fn a_resolved_request_stays_so_where_the_server_sees_to_it() {
    let options = TeleportOptions { version: TeleportVersion::V18_11, resolved_is_final: true, ..Default::default() };
    let server = TeleportSandbox::start(options).await.unwrap();
    let (bot, id) = (ours(&server), pending(&server));
    server.approve(id.as_str(), "").unwrap();
    let late = kind(bot.set_state(&id, &state(Action::Deny)).await);
    assert_eq!(late, TeleportErrorKind::AlreadyResolved);
}

#[tokio::test]
async fn nobody_sets_the_state_of_their_own_request() {
    let server = start_version(TeleportVersion::V16).await;
    server.add_role(deciding().may_request(&["dbadmin"]));
    let own = server.create_request(NewRequest::new("access-plugin", "dbadmin")).unwrap();
    let refused = kind(ours(&server).set_state(&RequestId::new(own), &state(Action::Approve)).await);
    assert_eq!(refused, TeleportErrorKind::PermissionDenied);
}

#[tokio::test]
async fn long_reasons_are_cut_to_what_the_server_takes() {
    let server = start().await;
    let (bot, id) = (ours(&server), pending(&server));
    let long = "ä".repeat(5000);
    let decided = NewState { action: Action::Deny, reason: long.clone(), delegator: long };
    bot.set_state(&id, &decided).await.unwrap();
    let stored = server.request(id.as_str()).unwrap().resolve_reason;
    assert!(stored.ends_with("ä…") && stored.len() > 4090 && stored.len() <= 4096, "{}", stored.len());
    assert_eq!(server.audit().pop().unwrap().delegator, stored);
}

#[tokio::test]
async fn reviews_on_behalf_of_people_come_to_a_decision() {
    let server = start_version(TeleportVersion::V18_11).await;
    server.add_role(deciding());
    server.add_role(Role::new("devops").may_request(&["dbadmin"]).needs(2, 1));
    let (bot, id) = (ours(&server), pending(&server));
    let after = bot.submit_review(&id, &approval(Some("alice"))).await.unwrap();
    assert_eq!((after.state, after.reviews.len()), (RequestState::Pending, 1));
    assert_eq!((after.reviews[0].author.as_str(), after.reviews[0].reason.as_str()), ("alice", "fine"));
    let second = kind(bot.submit_review(&id, &approval(Some("alice"))).await);
    assert_eq!(second, TeleportErrorKind::AlreadyReviewed);
    let after = bot.submit_review(&id, &approval(Some("ivan"))).await.unwrap();
    assert_eq!((after.state, after.reviews.len()), (RequestState::Approved, 2));
    let late = kind(bot.submit_review(&id, &approval(Some("labadmin"))).await);
    assert_eq!(late, TeleportErrorKind::PermissionDenied, "who may not review is told so, and not how it ended");
    let event = server.audit().pop().unwrap();
    assert_eq!((event.user.as_str(), event.delegator.as_str()), ("access-plugin", "ivan"));
}

#[tokio::test]
async fn teleport_judges_those_on_whose_behalf_we_review() {
    let server = start_version(TeleportVersion::V18_11).await;
    server.add_role(deciding());
    server.add_user(teleport::User::new("eve", &["devops", "reviewer"]));
    let bot = ours(&server);
    let own = RequestId::new(server.create_request(NewRequest::new("eve", "dbadmin")).unwrap());
    for (author, what) in [("eve", "their own request"), ("dave", "no reviewer"), ("ghost", "no user")] {
        let refused = bot.submit_review(&own, &approval(Some(author))).await.unwrap_err();
        assert_eq!(refused.kind, TeleportErrorKind::PermissionDenied, "{what}: {refused}");
    }
    let refused = bot.submit_review(&own, &approval(Some(""))).await.unwrap_err();
    assert_eq!(refused.kind, TeleportErrorKind::Invalid, "nobody's review is not taken for our own");
    let gone = RequestId::new("00000000-0000-4000-8000-000000000000");
    assert_eq!(kind(bot.submit_review(&gone, &approval(Some("alice"))).await), TeleportErrorKind::NotFound);
}

#[tokio::test]
async fn our_own_review_counts_once() {
    for version in VERSIONS {
        let server = start_version(version).await;
        server.add_role(deciding().may_review(&["dbadmin"]));
        server.add_role(Role::new("devops").may_request(&["dbadmin"]).needs(2, 1));
        let (bot, id) = (ours(&server), pending(&server));
        let after = bot.submit_review(&id, &approval(None)).await.unwrap();
        assert_eq!(after.reviews[0].author, "access-plugin");
        let second = kind(bot.submit_review(&id, &approval(None)).await);
        assert_eq!(second, TeleportErrorKind::AlreadyReviewed, "{version}");

        let id = pending(&server);
        server.deny(id.as_str(), "no").unwrap();
        match bot.submit_review(&id, &approval(None)).await {
            Ok(after) => {
                assert!(version < TeleportVersion::V16, "{version}");
                assert_eq!(after.state, RequestState::Denied, "an old server stores it, and nothing changes");
            }
            Err(late) => assert_eq!(late.kind, TeleportErrorKind::AlreadyResolved, "{version}"),
        }
    }
}

#[tokio::test]
async fn on_behalf_is_refused_before_it_came() {
    for version in [TeleportVersion::V8_3, TeleportVersion::V13, TeleportVersion::V16] {
        let server = start_version(version).await;
        server.add_role(deciding());
        let refused = ours(&server).submit_review(&pending(&server), &approval(Some("alice"))).await.unwrap_err();
        assert_eq!(refused.kind, TeleportErrorKind::PermissionDenied, "{version}");
        assert!(refused.hint.unwrap().contains("submit_for_users"), "{version}");
    }
}

#[tokio::test]
async fn a_second_factor_is_named_with_what_to_do() {
    let options = TeleportOptions { version: TeleportVersion::V16, admin_mfa: true, ..Default::default() };
    let server = TeleportSandbox::start(options).await.unwrap();
    server.add_role(deciding().may_review(&["dbadmin"]));
    let signed = Issue::to("access-plugin").signed(Signed::By("labadmin".to_owned()));
    let (person, tbot) = (issued(&server, &signed), Issue::to("access-plugin").signed(Signed::Tbot("b".to_owned())));
    let id = pending(&server);
    for refused in [
        person.set_state(&id, &state(Action::Deny)).await.unwrap_err(),
        person.submit_review(&id, &approval(None)).await.unwrap_err(),
    ] {
        assert_eq!(refused.kind, TeleportErrorKind::PermissionDenied);
        assert!(refused.hint.as_deref().is_some_and(|hint| hint.starts_with("let tbot make")), "{refused:?}");
    }
    issued(&server, &tbot).set_state(&id, &state(Action::Deny)).await.unwrap();
}

#[tokio::test]
async fn users_are_read_on_every_version() {
    for version in VERSIONS {
        let server = start_version(version).await;
        let bot = ours(&server);
        assert_eq!(kind(bot.user("alice").await), TeleportErrorKind::PermissionDenied);
        assert_eq!(kind(bot.users().await), TeleportErrorKind::PermissionDenied);
        server.add_role(deciding());
        server.set_trait("alice", "chat", &["U1"]).unwrap();
        let alice = bot.user("alice").await.unwrap().unwrap();
        assert_eq!(
            (alice.roles.as_slice(), alice.traits["chat"].as_slice()),
            (&["reviewer".into()][..], &["U1".into()][..])
        );
        assert_eq!(bot.user("nobody").await.unwrap(), None, "{version}");
        assert_eq!(bot.user("").await.unwrap(), None);
        let users = bot.users().await.unwrap();
        let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, ["access-plugin", "alice", "bob", "dave", "ivan", "labadmin"]);
        assert_eq!(users[1], alice);
        server.set_trait("alice", "chat", &[]).unwrap();
        assert!(!bot.user("alice").await.unwrap().unwrap().traits.contains_key("chat"), "asked for anew");
        server.remove_user("alice");
        assert_eq!(bot.user("alice").await.unwrap(), None, "{version}");
    }
}

#[tokio::test]
async fn more_users_than_a_page_holds() {
    for version in [TeleportVersion::V8_3, TeleportVersion::V18_11] {
        let server = start_version(version).await;
        server.add_role(deciding());
        for number in 0..2100 {
            server.add_user(teleport::User::new(format!("person-{number:04}"), &[]));
        }
        let users = ours(&server).users().await.unwrap();
        assert_eq!(users.len(), 2106, "{version}");
    }
}

#[tokio::test]
async fn our_own_user_that_is_gone_is_not_somebody_elses_absence() {
    let server = start().await;
    server.remove_user("access-plugin");
    assert_eq!(kind(ours(&server).user("alice").await), TeleportErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_lock_keeps_out_by_name_and_by_role_while_it_is_in_force() {
    for version in VERSIONS {
        let server = start_version(version).await;
        let bot = ours(&server);
        let alice = User { name: "alice".to_owned(), roles: vec!["reviewer".to_owned()], ..User::default() };
        assert_eq!(kind(bot.is_locked(&alice).await), TeleportErrorKind::PermissionDenied);
        server.add_role(deciding());
        assert!(!bot.is_locked(&alice).await.unwrap(), "{version}");
        server.lock_user("bob", true).unwrap();
        assert!(!bot.is_locked(&alice).await.unwrap(), "another's lock");
        server.lock_user("alice", true).unwrap();
        assert!(bot.is_locked(&alice).await.unwrap());
        server.lock_user("alice", false).unwrap();
        assert!(!bot.is_locked(&alice).await.unwrap());
        let role = LockTarget::Role("reviewer".to_owned());
        server.lock(role.clone(), Some(SystemClock.now().plus(Duration::from_secs(60))));
        assert!(bot.is_locked(&alice).await.unwrap());
        server.lock(role, Some(SystemClock.now().minus(Duration::from_secs(60))));
        assert!(!bot.is_locked(&alice).await.unwrap(), "it has ended");
    }
}

#[tokio::test]
async fn only_a_server_too_old_for_locks_has_none() {
    let without = vec!["GetLocks".to_owned()];
    let start = async |version_text: &str| {
        let options = TeleportOptions {
            without: without.clone(),
            version_text: Some(version_text.to_owned()),
            ..TeleportOptions::default()
        };
        TeleportSandbox::start(options).await.unwrap()
    };
    let old = start("7.3.26").await;
    let alice = User { name: "alice".to_owned(), ..User::default() };
    assert!(!ours(&old).is_locked(&alice).await.unwrap());
    for strange in ["21.0.0", "trunk"] {
        let refused = ours(&start(strange).await).is_locked(&alice).await;
        assert_eq!(kind(refused), TeleportErrorKind::Unsupported, "{strange}");
    }
}

#[tokio::test]
async fn who_asks_for_lasting_access_is_known() {
    let server = start_version(TeleportVersion::V18_11).await;
    let lasting = NewRequest { long_term: true, ..NewRequest::bob() };
    let lasting = RequestId::new(server.create_request(lasting).unwrap());
    let bot = ours(&server);
    assert!(bot.request(&lasting).await.unwrap().unwrap().long_term);
    assert!(!bot.request(&pending(&server)).await.unwrap().unwrap().long_term);
}

#[tokio::test]
async fn the_cluster_is_asked_as_the_user_of_the_certificate() {
    let server = start().await;
    assert_eq!(ours(&server).ping().await.unwrap().user, "access-plugin");
}
