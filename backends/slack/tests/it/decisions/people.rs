//! Who somebody is, and who is in a group, as far as Slack vouches for it.

use accessbot_core::backend::decision::{ChatUserId, Email, Membership, Outcome, ReasonRule, Standing};
use accessbot_core::backend::{ChatErrorKind, Recipient};
use accessbot_sandbox::Answer;
use accessbot_sandbox::slack::{ChannelKind, SlackSandbox, Standing as Account, refusal};
use serde_json::json;

use super::World;

async fn standing(world: &World, name: &str) -> Standing {
    world.backend.identify(&ChatUserId(world.id(name))).await.unwrap().unwrap().standing
}

async fn membership(world: &World, name: &str, channel: &str) -> Membership {
    let channel = Recipient::Configured(channel.to_owned());
    world.backend.membership(&ChatUserId(world.id(name)), &channel).await.unwrap()
}

/// A private channel that alice, ivan and the bot are in.
fn group(slack: &SlackSandbox) -> String {
    let id = slack.add_channel("dba", ChannelKind::Private);
    for member in ["alice", "ivan", "teleport"] {
        slack.add_member("dba", member).unwrap();
    }
    id
}

#[track_caller]
fn unfit(membership: &Membership, why: &str) {
    assert!(matches!(membership, Membership::Unfit(text) if text.contains(why)), "{membership:?} does not say {why:?}");
}

#[tokio::test]
async fn slack_says_who_somebody_is() {
    let world = World::with(&["review.app_token"]).await;
    let alice = world.backend.identify(&ChatUserId(world.id("alice"))).await.unwrap().unwrap();
    assert_eq!((alice.id.0, alice.name.as_str(), alice.standing), (world.id("alice"), "alice", Standing::Member));
    assert_eq!(alice.email, Some(Email { address: "alice@example.com".to_owned(), vouched_for: Some(true) }));
    for nobody in ["U0NOBODY0", "alice", "", "C0ACCESS0", "U0&x=y"] {
        assert_eq!(world.backend.identify(&ChatUserId(nobody.to_owned())).await.unwrap(), None, "{nobody}");
    }
}

#[tokio::test]
async fn an_answer_about_somebody_else_says_nothing() {
    let world = World::with(&["review.app_token"]).await;
    world.backend.probe().await.unwrap();
    let ivan = json!({"ok": true, "user": {"id": world.id("ivan"), "name": "ivan", "team_id": "T0"}});
    world.slack.faults().fail_next("users.info", 1, Answer::new(200, "application/json", ivan.to_string()));
    assert_eq!(world.backend.identify(&ChatUserId(world.id("alice"))).await.unwrap(), None);
}

#[tokio::test]
async fn whom_slack_does_not_show_is_nobody_rather_than_a_reason_to_try_again() {
    let world = World::with(&["review.app_token"]).await;
    world.backend.probe().await.unwrap();
    world.slack.faults().fail_next("users.info", 1, refusal("user_not_visible"));
    assert_eq!(world.backend.identify(&ChatUserId(world.id("alice"))).await.unwrap(), None);
}

#[tokio::test]
async fn bots_guests_strangers_and_the_deactivated_are_known_as_such_at_once() {
    let world = World::with(&["review.app_token"]).await;
    assert_eq!(standing(&world, "teleport").await, Standing::Bot);
    assert_eq!(standing(&world, "alice").await, Standing::Member);
    for account in [Account::Guest, Account::SingleChannelGuest] {
        world.slack.change_account("alice", |alice| alice.standing = account).unwrap();
        assert_eq!(standing(&world, "alice").await, Standing::Guest);
    }
    world.slack.set_active("alice", false).unwrap();
    assert_eq!(standing(&world, "alice").await, Standing::Deactivated);
    world.slack.add_outsider("eve");
    assert_eq!(standing(&world, "eve").await, Standing::Stranger);
    world.slack.add_member("access", "eve").unwrap();
    assert_eq!(standing(&world, "eve").await, Standing::Stranger, "also where Slack calls her none any more");
}

#[tokio::test]
async fn whoever_clicks_from_another_organization_is_handed_on_as_the_stranger_that_they_are() {
    for world in World::every_way().await {
        let message = world.post(ReasonRule::Off).await;
        world.slack.add_outsider("eve");
        world.slack.add_member("access", "eve").unwrap();
        world.script.answer_next(Outcome::NotAllowed, "People of other organizations do not decide here.");
        world.slack.click("eve", &message, "accessbot_approve").await.unwrap();
        assert_eq!(world.is_told("eve", 1).await, ["People of other organizations do not decide here."]);
        let who = world.script.decisions().pop().unwrap().who;
        assert_eq!(world.backend.identify(&who).await.unwrap().unwrap().standing, Standing::Stranger);
    }
}

#[tokio::test]
async fn an_address_that_was_not_confirmed_is_not_vouched_for() {
    let world = World::with(&["review.app_token"]).await;
    world
        .slack
        .change_account("bob", |bob| {
            "ceo@example.com".clone_into(&mut bob.email);
            bob.email_confirmed = false;
        })
        .unwrap();
    let email = async || world.backend.identify(&ChatUserId(world.id("bob"))).await.unwrap().unwrap().email;
    assert_eq!(email().await, Some(Email { address: "ceo@example.com".to_owned(), vouched_for: Some(false) }));
    world.slack.set_scopes(&["chat:write", "users:read"]);
    assert_eq!(email().await, None);
    world.slack.set_scopes(&["chat:write"]);
    let error = world.backend.identify(&ChatUserId(world.id("bob"))).await.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Unauthorized, "{error}");
    assert!(error.to_string().contains("users:read"), "{error}");
}

#[tokio::test]
async fn whoever_is_in_a_private_channel_belongs_to_its_group_for_as_long() {
    let world = World::with(&["review.app_token"]).await;
    let group = group(&world.slack);
    assert_eq!(membership(&world, "alice", &group).await, Membership::Member);
    assert_eq!(membership(&world, "bob", &group).await, Membership::Outsider);
    world.slack.remove_member("dba", "alice").unwrap();
    assert_eq!(membership(&world, "alice", &group).await, Membership::Outsider);
    world.slack.add_member("dba", "bob").unwrap();
    assert_eq!(membership(&world, "bob", &group).await, Membership::Member);
}

#[tokio::test]
async fn a_channel_that_others_can_enter_is_no_group() {
    let world = World::with(&["review.app_token"]).await;
    let group = group(&world.slack);
    let access = world.slack.channel_id("access").unwrap();
    unfit(&membership(&world, "alice", &access).await, "public");
    unfit(&membership(&world, "alice", "dba").await, "write the channel's id");
    unfit(&membership(&world, "alice", "#dba").await, "write the channel's id");
    unfit(&membership(&world, "alice", &world.slack.channel_id("@alice").unwrap()).await, "write the channel's id");
    unfit(&membership(&world, "alice", "C0NOWHERE").await, "does not exist");
    world.slack.set_archived("dba", true).unwrap();
    unfit(&membership(&world, "alice", &group).await, "archived");
    world.slack.set_archived("dba", false).unwrap();
    let person = Recipient::Person("alice@example.com".to_owned());
    let of_a_person = world.backend.membership(&ChatUserId(world.id("alice")), &person).await.unwrap();
    unfit(&of_a_person, "no channel");
    world.slack.remove_member("dba", "teleport").unwrap();
    unfit(&membership(&world, "alice", &group).await, "the bot is not in it");
}

#[tokio::test]
async fn a_channel_with_a_guest_or_a_stranger_is_no_group() {
    let world = World::with(&["review.app_token"]).await;
    let group = group(&world.slack);
    world.slack.change_account("ivan", |ivan| ivan.standing = Account::Guest).unwrap();
    unfit(&membership(&world, "alice", &group).await, "guest");
    world.slack.remove_member("dba", "ivan").unwrap();
    assert_eq!(membership(&world, "alice", &group).await, Membership::Member);
    world.slack.add_outsider("eve");
    world.slack.add_member("dba", "eve").unwrap();
    let with_stranger = membership(&world, "alice", &group).await;
    assert!(matches!(with_stranger, Membership::Unfit(_)), "{with_stranger:?}");
}

#[tokio::test]
async fn a_guest_is_no_member_of_a_group_that_has_no_other() {
    let world = World::with(&["review.app_token"]).await;
    let group = group(&world.slack);
    // As for whoever voted before they became one.
    world.slack.change_account("alice", |alice| alice.standing = Account::Guest).unwrap();
    unfit(&membership(&world, "alice", &group).await, "guest");
}

#[tokio::test]
async fn a_channel_of_hundreds_is_no_group_and_one_of_many_is_asked_about_once() {
    let world = World::with(&["review.app_token"]).await;
    let group = group(&world.slack);
    for n in 0..150 {
        world.slack.add_user(&format!("m{n}"));
        world.slack.add_member("dba", &format!("m{n}")).unwrap();
    }
    assert_eq!(membership(&world, "alice", &group).await, Membership::Member);
    let asked = world.slack.calls("users.info");
    assert_eq!(membership(&world, "alice", &group).await, Membership::Member);
    assert_eq!(world.slack.calls("users.info"), asked);
    for n in 150..200 {
        world.slack.add_user(&format!("m{n}"));
        world.slack.add_member("dba", &format!("m{n}")).unwrap();
    }
    unfit(&membership(&world, "alice", &group).await, "more than 200");
}
