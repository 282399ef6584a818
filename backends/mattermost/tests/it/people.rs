//! Who people are, and who is in the channels that stand for groups.

use accessbot_core::backend::decision::{ChatUserId, Email, Membership, ReasonRule, Standing};
use accessbot_core::backend::{ChatErrorKind, Recipient};
use accessbot_sandbox::mattermost::ChannelKind;
use serde_json::{Value, json};

use crate::fake::{ACCESS, ALICE, Answer, Fake, ME, absent, denied};
use crate::world::World;

fn alice() -> ChatUserId {
    ChatUserId(ALICE.to_owned())
}

async fn standing(parts: &[(&str, Value)]) -> Standing {
    let fake = Fake::start().await;
    let mut user = json!({"id": ALICE, "username": "alice", "delete_at": 0, "roles": "system_user", "remote_id": null});
    for (key, value) in parts {
        user[key] = value.clone();
    }
    fake.answer(&format!("/users/{ALICE}"), user);
    fake.backend().identify(&alice()).await.unwrap().unwrap().standing
}

#[tokio::test]
async fn only_people_of_this_server_are_members() {
    assert_eq!(standing(&[]).await, Standing::Member);
    assert_eq!(standing(&[("roles", json!("system_user system_admin"))]).await, Standing::Member);
    assert_eq!(standing(&[("is_bot", json!(true))]).await, Standing::Bot);
    assert_eq!(standing(&[("delete_at", json!(5))]).await, Standing::Deactivated);
    assert_eq!(standing(&[("roles", json!("custom system_guest"))]).await, Standing::Guest);
    assert_eq!(standing(&[("remote_id", json!("otherotherotherotherothero"))]).await, Standing::Stranger);
}

#[tokio::test]
async fn an_address_is_never_vouched_for_whatever_the_server_seems_to_say() {
    let fake = Fake::start().await;
    let user = json!({
        "id": ALICE, "username": "alice", "email": "ceo@example.com", "email_verified": true, "auth_service": "ldap",
    });
    fake.answer(&format!("/users/{ALICE}"), user);
    let found = fake.backend().identify(&alice()).await.unwrap().unwrap();
    assert_eq!(found.name, "alice");
    assert_eq!(found.email, Some(Email { address: "ceo@example.com".to_owned(), vouched_for: None }));
    fake.answer(&format!("/users/{ALICE}"), json!({"id": ALICE, "username": "alice", "email": ""}));
    assert_eq!(fake.backend().identify(&alice()).await.unwrap().unwrap().email, None);
}

#[tokio::test]
async fn who_is_not_there_is_nobody_and_the_bot_itself_is_no_person() {
    let fake = Fake::start().await;
    let identify = async |id: &str| fake.backend().identify(&ChatUserId(id.to_owned())).await.unwrap();
    fake.answer_with(&format!("/users/{ALICE}"), absent("app.user.missing_account.const"));
    assert_eq!(identify(ALICE).await, None);
    fake.answer(&format!("/users/{ALICE}"), json!({"id": "mallorymallorymallorymallo", "username": "mallory"}));
    assert_eq!(identify(ALICE).await, None, "an answer about somebody else");
    for impossible in ["", "me", "../users/me", "alice"] {
        assert_eq!(identify(impossible).await, None, "{impossible}");
    }
    fake.answer(&format!("/users/{ME}"), json!({"id": ME, "username": "teleport"}));
    assert_eq!(identify(ME).await.unwrap().standing, Standing::Bot);
    fake.answer_with(&format!("/users/{ALICE}"), Answer::Text(500, &[], String::new()));
    let error = fake.backend().identify(&alice()).await.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Transient);
}

/// What the group that a private channel stands for says of alice, with one answer of the server changed.
async fn group(path: &str, answer: Answer) -> Membership {
    let fake = Fake::start().await;
    let at = |rest: &str| format!("/channels/{ACCESS}{rest}");
    let channel =
        json!({"id": ACCESS, "type": "P", "name": "dba", "display_name": "DBA", "delete_at": 0, "shared": null});
    fake.answer("/teams/name/lab/channels/name/dba", channel);
    fake.answer(&at("/stats"), json!({"member_count": 5, "guest_count": 0}));
    fake.answer(&at(&format!("/members/{ALICE}")), json!({"channel_id": ACCESS, "user_id": ALICE}));
    fake.answer_with(path, answer);
    let group = Recipient::Configured("lab/dba".to_owned());
    fake.backend().membership(&alice(), &group).await.unwrap()
}

#[tokio::test]
async fn only_a_private_channel_of_people_of_this_server_stands_for_a_group() {
    let named = "/teams/name/lab/channels/name/dba";
    let at = |rest: &str| format!("/channels/{ACCESS}{rest}");
    let (stats, member) = (at("/stats"), at(&format!("/members/{ALICE}")));
    let channel = |parts: Value| {
        let mut channel = json!({"id": ACCESS, "type": "P", "name": "dba", "display_name": "DBA", "delete_at": 0});
        channel.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        Answer::Json(200, channel)
    };
    assert_eq!(group("/", absent("x")).await, Membership::Member);
    assert_eq!(group(named, channel(json!({"shared": false}))).await, Membership::Member);
    assert_eq!(group(&member, absent("app.channel.get_member.missing.app_error")).await, Membership::Outsider);
    assert_eq!(
        group(&member, Answer::Json(200, json!({"channel_id": ACCESS, "user_id": ME}))).await,
        Membership::Outsider,
        "an answer about somebody else"
    );
    let mut unfit = Vec::new();
    for (path, answer) in [
        (named, channel(json!({"type": "O"}))),
        (named, channel(json!({"type": "D"}))),
        (named, channel(json!({"delete_at": 5}))),
        (named, channel(json!({"shared": true}))),
        (named, absent("app.channel.get_by_name.missing.app_error")),
        (named, denied()),
        (&stats, Answer::Json(200, json!({"guest_count": 1}))),
        (&stats, Answer::Json(200, json!({"member_count": 5}))),
        (&stats, denied()),
        (&member, denied()),
    ] {
        match group(path, answer).await {
            Membership::Unfit(why) => unfit.push(why),
            fit => panic!("{fit:?}"),
        }
    }
    insta::assert_snapshot!(unfit.join("\n"), @r"
    lab/dba is a public channel, which anybody in the team can join
    lab/dba is no channel of a team
    lab/dba is archived
    lab/dba is shared with another server
    lab/dba is no private channel that the bot is in, written as team/channel or by its id
    lab/dba is no private channel that the bot is in, written as team/channel or by its id
    lab/dba has guests
    lab/dba may have guests: the server does not tell
    lab/dba is hidden from the bot
    lab/dba is hidden from the bot
    ");
}

#[tokio::test]
async fn people_join_and_leave_and_the_next_click_knows() {
    let world = World::start(&["buttons"]).await;
    let id = world.server.add_channel("dba", "DBA", ChannelKind::Private).unwrap();
    for user in ["teleport", "alice", "ivan"] {
        world.server.add_member("dba", user).unwrap();
    }
    for group in ["lab/dba", "Lab/DBA", &id] {
        let group = Recipient::Configured(group.to_owned());
        let of = async |user: &str| world.backend.membership(&world.user(user), &group).await.unwrap();
        assert_eq!(of("alice").await, Membership::Member);
        assert_eq!(of("bob").await, Membership::Outsider);
        world.server.add_member("dba", "bob").unwrap();
        assert_eq!(of("bob").await, Membership::Member);
        world.server.remove_member("dba", "bob").unwrap();
        assert_eq!(of("bob").await, Membership::Outsider);
    }
    let group = Recipient::Configured("lab/dba".to_owned());
    let of = async |user: &str| world.backend.membership(&world.user(user), &group).await.unwrap();
    for nothing in [Recipient::Configured("@alice".to_owned()), Recipient::Person("lab/dba".to_owned())] {
        let found = world.backend.membership(&world.user("alice"), &nothing).await.unwrap();
        assert!(matches!(found, Membership::Unfit(_)), "{found:?}");
    }
    world.server.make_guest("ivan").unwrap();
    assert_eq!(of("alice").await, Membership::Unfit("lab/dba has guests".to_owned()));
    let ivan = world.backend.identify(&world.user("ivan")).await.unwrap().unwrap();
    assert_eq!(ivan.standing, Standing::Guest);
    // A guest's press is handed over all the same: that he may not decide is not for us to say.
    let message = world.announce(ReasonRule::Off).await;
    world.server.click("ivan", &message.message, "approve").await.unwrap();
    assert_eq!(world.script.decisions().pop().unwrap().who, world.user("ivan"));
}
