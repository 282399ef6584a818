//! What our own client finds out about ways of deciding, without deciding anything.

use accessbot_core::review::Mode;
use accessbot_core::teleport::Teleport as _;
use accessbot_sandbox::teleport::{Issue, Role, Signed, TeleportOptions, TeleportSandbox, TeleportVersion, User};
use accessbot_teleport::{MissingRights, Need, Outcome, ReviewNeeds, ReviewSupport};
use tonic::Code;

use super::client::{HOUR, bob, deciding, issued, ours, start_version};

const NEW: TeleportVersion = TeleportVersion::V18_11;

fn needs(mode: Mode) -> ReviewNeeds {
    ReviewNeeds { mode, traits: vec!["chat_id".to_owned()], people: vec![], others: true, roles: vec![] }
}

/// The checks that did not come out well, as `what: outcome`.
fn troubles(support: &ReviewSupport) -> Vec<String> {
    let troubled = support.checks.iter().filter(|check| !matches!(check.outcome, Outcome::Granted));
    let word = |check: &accessbot_teleport::ReviewCheck| match &check.outcome {
        Outcome::Missing => format!("{:?} missing", check.need),
        other => format!("{:?} {other:?}", check.need),
    };
    troubled.map(word).collect()
}

async fn find_out(server: &TeleportSandbox, needs: &ReviewNeeds) -> ReviewSupport {
    let (requests, audit) = (server.requests(), server.audit());
    let support = ours(server).review_support(needs).await.unwrap();
    assert_eq!((server.requests(), server.audit()), (requests, audit), "finding out changes nothing");
    support
}

#[tokio::test]
async fn each_mode_where_it_can_work() {
    for (version, modes) in [
        (TeleportVersion::V8_3, &[Mode::SetState, Mode::AsBot][..]),
        (TeleportVersion::V13, &[Mode::SetState, Mode::AsBot]),
        (TeleportVersion::V16, &[Mode::SetState, Mode::AsBot]),
        (NEW, &[Mode::SetState, Mode::AsBot, Mode::OnBehalf]),
    ] {
        let server = start_version(version).await;
        server.add_role(deciding().may_review(&["dbadmin"]));
        bob(&server);
        for mode in modes {
            let support = find_out(&server, &needs(*mode)).await;
            assert_eq!(troubles(&support), [""; 0], "{version} {mode:?}");
            assert!(support.missing().is_empty() && support.checks.len() >= 4, "{:?}", support.checks);
        }
        assert!(find_out(&server, &needs(Mode::Link)).await.checks.is_empty());
    }
}

#[tokio::test]
async fn a_server_that_cannot_is_not_asked_for_more() {
    for version in [TeleportVersion::V8_3, TeleportVersion::V13, TeleportVersion::V16] {
        let server = start_version(version).await;
        server.add_role(deciding());
        assert_eq!(troubles(&find_out(&server, &needs(Mode::OnBehalf)).await), ["Server missing"], "{version}");
        assert_eq!(server.calls("SubmitAccessReview"), 0);
    }
    let options = TeleportOptions { reviews: false, version: NEW, ..Default::default() };
    let server = TeleportSandbox::start(options).await.unwrap();
    server.add_role(deciding().may_review(&["dbadmin"]));
    for (mode, expected) in
        [(Mode::OnBehalf, &["Server missing"][..]), (Mode::AsBot, &["Server missing"]), (Mode::SetState, &[])]
    {
        assert_eq!(troubles(&find_out(&server, &needs(mode)).await), expected, "{mode:?}");
    }
}

#[tokio::test]
async fn what_the_role_lacks_is_named_for_a_new_one() {
    let server = start_version(NEW).await;
    let bare = || Role::new("access-plugin").allow("access_request", &["list", "read"]);
    let all = vec!["*".to_owned()];
    let looking = [("lock", vec!["list", "read"]), ("user", vec!["list", "read"])];
    for (mode, rule, submit_for_users, review_roles) in [
        (Mode::SetState, Some(("access_request", vec!["update"])), vec![], vec![]),
        (Mode::AsBot, None, vec![], all.clone()),
    ] {
        server.add_role(bare());
        let missing = find_out(&server, &needs(mode)).await.missing();
        let rules = looking.clone().into_iter().chain(rule).collect();
        assert_eq!(missing, MissingRights { rules, submit_for_users, review_roles }, "{mode:?}");
    }

    // Without the right to read users nobody is known on whose behalf it could be tried; our own role tells.
    let missing = find_out(&server, &needs(Mode::OnBehalf)).await.missing();
    let rules = looking.clone().into();
    assert_eq!(missing, MissingRights { rules, submit_for_users: all.clone(), ..MissingRights::default() });
    let mut role = bare();
    role.submit_for_users.clone_from(&all);
    server.add_role(role);
    let support = find_out(&server, &needs(Mode::OnBehalf)).await;
    assert_eq!(support.missing().rules, looking.into());
    assert_eq!(troubles(&support).len(), 4, "{:?}", support.checks);
    server.add_role(bare().allow("user", &["list", "read"]).allow("lock", &["list", "read"]));
    let support = find_out(&server, &needs(Mode::OnBehalf)).await;
    assert_eq!(support.missing(), MissingRights { submit_for_users: all, ..MissingRights::default() });
}

#[tokio::test]
async fn one_verb_that_is_missing_is_the_only_one_named() {
    let server = start_version(NEW).await;
    let role = |verbs: &[&str]| {
        Role::new("access-plugin").allow("access_request", &["update"]).allow("user", &["read"]).allow("lock", verbs)
    };
    server.add_role(role(&["read"]));
    let missing = find_out(&server, &needs(Mode::SetState)).await.missing();
    assert_eq!(missing.rules, [("lock", vec!["list"]), ("user", vec!["list"])].into());
    server.add_role(role(&["list"]));
    let by_name = ReviewNeeds { traits: vec![], ..needs(Mode::SetState) };
    let missing = find_out(&server, &by_name).await.missing();
    assert_eq!(missing.rules, [("lock", vec!["read"])].into(), "who lists no users need not be allowed to");
}

#[tokio::test]
async fn the_people_of_the_configuration_are_tried_and_named() {
    let server = start_version(NEW).await;
    let mut role = deciding();
    role.submit_for_users.clear();
    server.add_role(role.clone());
    let people = |names: &[&str]| ReviewNeeds {
        people: names.iter().map(|name| (*name).to_owned()).collect(),
        others: false,
        traits: vec![],
        ..needs(Mode::OnBehalf)
    };
    let missing = find_out(&server, &people(&["alice", "ivan"])).await.missing();
    assert_eq!(missing.submit_for_users, ["alice", "ivan"]);
    // Bob may review nothing, which says nothing about us; a ghost neither.
    role.submit_for_users = vec!["alice".to_owned(), "bob".to_owned()];
    server.add_role(role);
    let support = find_out(&server, &people(&["ghost", "bob", "alice"])).await;
    assert_eq!(troubles(&support), [""; 0]);
    let tried = support.checks.iter().find(|check| matches!(check.need, Need::SubmitForUsers(_))).unwrap();
    assert!(tried.found.ends_with("on behalf of alice: would work"), "{}", tried.found);
}

#[tokio::test]
async fn who_cannot_review_says_nothing_about_our_own_role() {
    let server = start_version(NEW).await;
    let mut role = deciding();
    role.submit_for_users = vec!["*".to_owned()];
    server.add_role(role.clone());
    for person in ["alice", "ivan"] {
        server.remove_user(person);
    }
    let support = find_out(&server, &needs(Mode::OnBehalf)).await;
    assert!(support.missing().is_empty(), "our role has it: {:?}", support.checks);
    assert_eq!(troubles(&support).len(), 1, "and nobody shows whether it works: {:?}", support.checks);

    // More users than are tried, none of whom decides; whom our role names, and who has the trait, come first.
    for n in 0..40 {
        server.add_user(User::new(format!("aaa-{n}"), &["access-requester"]));
    }
    server.add_user(User::new("zoe", &["reviewer"]));
    server.set_trait("zoe", "chat_id", &["c1"]).unwrap();
    assert_eq!(troubles(&find_out(&server, &needs(Mode::OnBehalf)).await), [""; 0], "by the trait");
    server.set_trait("zoe", "chat_id", &[]).unwrap();
    role.submit_for_users = vec!["zoe".to_owned()];
    server.add_role(role);
    assert_eq!(troubles(&find_out(&server, &needs(Mode::OnBehalf)).await), [""; 0], "by our role");

    // Who finds people by their addresses need not list users.
    let mut reads = Role::new("access-plugin").allow("user", &["read"]).allow("lock", &["list", "read"]);
    reads.submit_for_users = vec!["zoe".to_owned()];
    server.add_role(reads.clone());
    let by_address = ReviewNeeds { traits: vec![], ..needs(Mode::OnBehalf) };
    assert_eq!(troubles(&find_out(&server, &by_address).await), [""; 0], "by our role, without a list");
    reads.submit_for_users = vec!["*".to_owned()];
    server.add_role(reads);
    let some_by_map = ReviewNeeds { people: vec!["zoe".to_owned()], ..by_address };
    assert_eq!(troubles(&find_out(&server, &some_by_map).await), [""; 0], "by the configuration");
}

#[tokio::test]
async fn a_second_factor_is_named_before_anybody_clicks() {
    let order = |signed| Issue::to("access-plugin").lasting(HOUR).signed(signed);
    for (signed, enforced, expected) in [
        (Signed::By("labadmin".to_owned()), true, &["NoSecondFactor missing"][..]),
        (Signed::Login, true, &["NoSecondFactor missing"]),
        (Signed::OnAuth, true, &[]),
        (Signed::Tbot("bot".to_owned()), true, &[]),
        (Signed::Login, false, &[]),
    ] {
        for mode in [Mode::SetState, Mode::AsBot, Mode::OnBehalf] {
            let options = TeleportOptions { version: NEW, admin_mfa: enforced, ..Default::default() };
            let server = TeleportSandbox::start(options).await.unwrap();
            server.add_role(deciding().may_review(&["dbadmin"]));
            let support = issued(&server, &order(signed.clone())).review_support(&needs(mode)).await.unwrap();
            assert_eq!(troubles(&support), expected, "{signed:?} {mode:?}");
            let ahead = support
                .checks
                .iter()
                .any(|check| check.need == Need::NoSecondFactor && matches!(check.outcome, Outcome::Granted));
            assert_eq!(ahead, !enforced, "{signed:?} {mode:?}: what the cluster may want one day");
        }
    }
}

#[tokio::test]
async fn what_the_trial_does_not_show_is_unknown() {
    let server = start_version(NEW).await;
    server.add_role(deciding().may_review(&["dbadmin"]));
    for (mode, call) in [
        (Mode::SetState, "SetAccessRequestState"),
        (Mode::AsBot, "SubmitAccessReview"),
        (Mode::OnBehalf, "SubmitAccessReview"),
    ] {
        server.faults().fail_next(call, 1, Code::Internal, "the moon is full");
        let support = find_out(&server, &needs(mode)).await;
        let unknown = support.checks.iter().filter(|check| matches!(&check.outcome, Outcome::Unknown(_)));
        let found: Vec<&str> = unknown.map(|check| check.found.as_str()).collect();
        assert!(found.len() == 1 && found[0].ends_with("the moon is full"), "{mode:?} {found:?}");
        assert!(support.missing().is_empty());
        // A refusal that our roles do not explain.
        server.faults().fail_next(call, 1, Code::PermissionDenied, "certificate has active access requests");
        let support = find_out(&server, &needs(mode)).await;
        let explained = mode == Mode::OnBehalf;
        assert_eq!(
            troubles(&support).is_empty(),
            explained,
            "on behalf of the next one it works: {:?}",
            support.checks
        );
        assert!(support.missing().is_empty());
    }
}

#[tokio::test]
async fn nobody_is_reviewed_for_who_is_no_person() {
    let server = start_version(NEW).await;
    server.add_role(deciding());
    for person in ["alice", "bob", "dave", "ivan", "labadmin"] {
        server.remove_user(person);
    }
    server.add_user(User::new("bot-robot", &["reviewer"]));
    server.add_user(User::new("@teleport-access-approval-bot", &["reviewer"]));
    let support = find_out(&server, &needs(Mode::OnBehalf)).await;
    assert_eq!(server.calls("SubmitAccessReview"), 0);
    assert_eq!(troubles(&support).len(), 1, "{:?}", support.checks);
    assert!(support.missing().is_empty(), "nothing was found missing");
}

#[tokio::test]
async fn a_server_that_is_away_is_no_answer() {
    let server = start_version(NEW).await;
    let client = ours(&server);
    client.ping().await.unwrap();
    server.stop().await;
    let away = client.review_support(&needs(Mode::SetState)).await.unwrap_err();
    assert_eq!(away.kind, accessbot_core::teleport::TeleportErrorKind::Unavailable);
}
