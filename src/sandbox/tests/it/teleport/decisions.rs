//! Requests are decided.

use accessbot_core::request::RequestState::{self, Approved, Denied, Pending};
use accessbot_sandbox::teleport::{
    Issue, NewRequest, Role, Signed, TeleportOptions, TeleportSandbox, TeleportVersion, User,
};
use accessbot_teleport::proto::auth::RequestStateSetter;
use accessbot_teleport::proto::{types, wrappers};

use super::client::{bob, bot, by_id, client, client_with, error, start, start_version};

/// Bob's role needs two approvals or one denial.
fn dual(server: &TeleportSandbox) {
    server.add_role(Role::new("devops").may_request(&["dbadmin"]).needs(2, 1));
}

fn state(server: &TeleportSandbox, id: &str) -> RequestState {
    server.request(id).unwrap().state
}

#[tokio::test]
async fn two_approvals_grant_and_one_denial_ends_it() {
    let server = start().await;
    dual(&server);
    let granted = bob(&server);
    server.review(&granted, "alice", Approved, "fine").unwrap();
    assert_eq!(state(&server, &granted), Pending);
    let progress = server.request(&granted).unwrap().progress();
    assert_eq!((progress.approvals, progress.needed), (1, Some(2)));
    server.review(&granted, "ivan", Approved, "me too").unwrap();
    let request = server.request(&granted).unwrap();
    assert_eq!((request.state, request.resolve_reason.as_str()), (Approved, "me too"));
    assert_eq!(request.expires, request.access_expires, "lives as long as the access now");

    let denied = bob(&server);
    server.review(&denied, "alice", Approved, "").unwrap();
    server.review(&denied, "ivan", Denied, "no").unwrap();
    assert_eq!(state(&server, &denied), Denied);
}

#[tokio::test]
async fn who_may_not_review() {
    for (version, second, resolved) in [
        (TeleportVersion::V8_3, "PermissionDenied", "Ok"),
        (TeleportVersion::V16, "PermissionDenied", "PermissionDenied"),
        (TeleportVersion::V18_11, "AlreadyExists", "PermissionDenied"),
    ] {
        let server = start_version(version).await;
        dual(&server);
        server.add_user(User::new("eve", &["devops", "reviewer"]));
        let id = bob(&server);
        let review = async |id: &str, user: &str, author: &str| {
            let review = types::AccessReview {
                author: author.to_owned(),
                proposed_state: types::RequestState::Approved.into(),
                ..Default::default()
            };
            let submission = types::AccessReviewSubmission { request_id: id.to_owned(), review: Some(review) };
            error(client(&server, Some(user)).submit_access_review(submission).await)
        };
        let own = server.create_request(NewRequest::new("eve", "dbadmin")).unwrap();
        for (request, user, author, expected) in [
            (&id, "bob", "", "PermissionDenied user \"bob\" cannot submit reviews".to_owned()),
            (
                &id,
                "alice",
                "ivan",
                "PermissionDenied user \"alice\" cannot submit reviews on behalf of \"ivan\"".to_owned(),
            ),
            (&own, "eve", "eve", format!("PermissionDenied user \"eve\" cannot review request {own:?}")),
            (&id, "alice", "", "Ok".to_owned()),
            (&id, "alice", "alice", format!("{second} user \"alice\" has already reviewed this request")),
            (
                &"none".to_owned(),
                "alice",
                "",
                "NotFound cannot apply review to access request \"none\" (not found)".to_owned(),
            ),
        ] {
            assert_eq!(review(request, user, author).await, expected, "{version} {user} {author}");
        }
        server.approve(&id, "").unwrap();
        assert!(review(&id, "ivan", "").await.starts_with(resolved), "{version}");
        assert_eq!(state(&server, &id), Approved);
    }
    let options = TeleportOptions { reviews: false, ..Default::default() };
    let server = TeleportSandbox::start(options).await.unwrap();
    let id = bob(&server);
    let refused = server.review(&id, "alice", Approved, "").unwrap_err().to_string();
    assert_eq!(refused, "refused: PermissionDenied: user \"alice\" cannot submit reviews");
}

#[tokio::test]
async fn on_behalf_of_a_user_only_on_the_newest_and_only_if_the_role_says_so() {
    let mut role = Role::new("access-plugin").allow("access_request", &["list", "read"]).allow("user", &["read"]);
    let submission = |id: &str| types::AccessReviewSubmission {
        request_id: id.to_owned(),
        review: Some(types::AccessReview {
            author: "alice".to_owned(),
            proposed_state: types::RequestState::Approved.into(),
            submitted_on_behalf_of_author: true,
            ..Default::default()
        }),
    };
    let refused = "PermissionDenied user \"access-plugin\" cannot submit reviews on behalf of \"alice\"";
    for version in [TeleportVersion::V16, TeleportVersion::V18_11] {
        let server = start_version(version).await;
        let id = bob(&server);
        server.add_role(role.clone());
        assert_eq!(error(bot(&server).submit_access_review(submission(&id)).await), refused);
        role.submit_for_users = vec!["*".to_owned()];
        server.add_role(role.clone());
        let answer = bot(&server).submit_access_review(submission(&id)).await;
        if version == TeleportVersion::V16 {
            assert_eq!(error(answer), refused);
        } else {
            let reviews = answer.unwrap().into_inner().spec.unwrap().reviews;
            assert_eq!((reviews[0].author.as_str(), reviews[0].submitted_by.as_str()), ("alice", "access-plugin"));
        }
        role.submit_for_users.clear();
    }
}

#[tokio::test]
async fn a_state_is_set_past_the_reviews() {
    let set = |id: &str, state: i32| RequestStateSetter {
        id: id.to_owned(),
        state,
        delegator: "alice".to_owned(),
        ..Default::default()
    };
    let [none, pending, approved, denied, promoted] = [0, 1, 2, 3, 4];
    let again = "InvalidArgument cannot set request-state \"APPROVED\" (already denied)";
    for (version, pending_answer) in [(TeleportVersion::V8_3, "Ok"), (TeleportVersion::V16, "InvalidArgument")] {
        let server = start_version(version).await;
        let id = bob(&server);
        let mut bot = bot(&server);
        for (number, expected) in [
            (none, "InvalidArgument missing request state"),
            (pending, pending_answer),
            (approved, "Ok"),
            (approved, "Ok"),
            (denied, "Ok"),
            (denied, "Ok"),
            (approved, again),
        ] {
            let answer = error(bot.set_access_request_state(set(&id, number)).await);
            assert!(answer.starts_with(expected), "{version} {number}: {answer}");
        }
        let unknown = "NotFound cannot set state of access request \"none\" (not found)";
        assert_eq!(error(bot.set_access_request_state(set("none", approved)).await), unknown);
        if version >= TeleportVersion::V16 {
            let promote = error(bot.set_access_request_state(set(&bob(&server), promoted)).await);
            assert!(promote.starts_with("InvalidArgument"), "{promote}");
        }
        let last = server.audit().pop().unwrap();
        assert_eq!(last.user, if version >= TeleportVersion::V16 { "bob" } else { "access-plugin" });
        let decided = server.audit().into_iter().filter(|event| event.kind == "access_request.update");
        assert!(decided.clone().count() >= 4 && decided.clone().all(|event| event.delegator == "alice"));
    }

    let options = TeleportOptions { resolved_is_final: true, version: TeleportVersion::V18_11, ..Default::default() };
    let server = TeleportSandbox::start(options).await.unwrap();
    let id = bob(&server);
    server.approve(&id, "").unwrap();
    assert!(server.deny(&id, "").is_err());
}

#[tokio::test]
async fn a_second_factor_is_demanded_of_people_and_not_of_bots() {
    let demanded = "PermissionDenied admin-level API request requires MFA verification";
    let signed = |signed: Signed| Issue::to("access-plugin").signed(signed);
    for (version, signed, expected) in [
        (TeleportVersion::V13, signed(Signed::Login), "Ok"),
        (TeleportVersion::V16, signed(Signed::Login), demanded),
        (TeleportVersion::V16, signed(Signed::By("alice".to_owned())), demanded),
        (TeleportVersion::V16, signed(Signed::OnAuth), "Ok"),
        (TeleportVersion::V18_11, signed(Signed::Tbot("bot".to_owned())), "Ok"),
    ] {
        let options = TeleportOptions { version, admin_mfa: true, ..Default::default() };
        let server = TeleportSandbox::start(options).await.unwrap();
        let id = bob(&server);
        let mut bot = client_with(&server, &server.issue(&signed).unwrap());
        let setter = RequestStateSetter { id, state: types::RequestState::Denied.into(), ..Default::default() };
        assert_eq!(error(bot.set_access_request_state(setter).await), expected, "{version} {signed:?}");
        let role = Role::new("access-plugin").allow("access_request", &["list", "read", "create"]);
        server.add_role(role.may_review(&["dbadmin"]));
        let id = bob(&server);
        assert_eq!(error(bot.submit_access_review(review(&id, |_| ())).await), expected, "{version} {signed:?}");
        let spec =
            types::AccessRequestSpecV3 { user: "bob".into(), roles: vec!["dbadmin".into()], ..Default::default() };
        let request = types::AccessRequestV3 { spec: Some(spec), ..Default::default() };
        if version < TeleportVersion::V18_11 {
            assert_eq!(error(bot.create_access_request(request).await), expected, "for somebody else");
        }
        // What everybody may do asks for no second factor.
        assert_eq!(error(bot.get_access_requests_v2(by_id("none")).await), "Ok");
    }
}

/// An approval by whoever submits it, after a change.
fn review(id: &str, change: impl FnOnce(&mut types::AccessReview)) -> types::AccessReviewSubmission {
    let mut review = types::AccessReview { proposed_state: types::RequestState::Approved.into(), ..Default::default() };
    change(&mut review);
    types::AccessReviewSubmission { request_id: id.to_owned(), review: Some(review) }
}

#[tokio::test]
async fn of_several_faults_the_first_is_told() {
    let server = start_version(TeleportVersion::V18_11).await;
    let id = bob(&server);
    let (alice, ivan) = (&mut client(&server, Some("alice")), &mut client(&server, Some("ivan")));
    let promote = review("none", |review| {
        review.proposed_state = types::RequestState::Promoted.into();
        review.author = "ivan".to_owned();
    });
    let refused = "InvalidArgument invalid state proposal: PROMOTED (expected approval/denial)";
    assert_eq!(error(alice.submit_access_review(promote).await), refused);
    let nothing = review("none", |review| review.proposed_state = 0);
    let refused = "InvalidArgument invalid state proposal: NONE (expected approval/denial)";
    assert_eq!(error(alice.submit_access_review(nothing).await), refused);
    let long = review("none", |review| review.reason = "x".repeat(4097));
    assert!(error(alice.submit_access_review(long).await).starts_with("InvalidArgument access request resolve reason"));
    let part = |id: &str| review(id, |review| review.roles = vec!["other".to_owned()]);
    assert!(error(alice.submit_access_review(part("none")).await).starts_with("NotFound"));
    assert!(error(alice.submit_access_review(part(&id)).await).starts_with("Unimplemented role subselection"));
    let labels = Some(wrappers::LabelValues { values: [("k".to_owned(), wrappers::StringValues::default())].into() });
    let annotated = review(&id, |review| review.annotations = labels);
    assert!(error(alice.submit_access_review(annotated).await).starts_with("Unimplemented annotations"));
    let all = review(&id, |review| review.roles = vec!["dbadmin".to_owned()]);
    assert_eq!(error(alice.submit_access_review(all).await), "Ok", "all roles are no part");
    let late = "PermissionDenied the access request has been already approved";
    assert_eq!(error(ivan.submit_access_review(review(&id, |_| ())).await), late);
}
