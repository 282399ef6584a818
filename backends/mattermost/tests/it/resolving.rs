//! From recipients to conversations.

use accessbot_core::backend::{ConversationKind, Recipient, Resolution, Unreachable};
use axum::http::Method;
use serde_json::{Value, json};

use crate::fake::{ACCESS, ALICE, Answer, Fake, ME, TOKEN, absent, channel, denied, error};
use crate::{context, section};

const LAB: &str = "lablablablablablablablabla";
const OTHER: &str = "otherotherotherotherothero";
const SECRET: &str = "secretsecretsecretsecretse";

async fn resolve(fake: &Fake, text: &str) -> Resolution {
    fake.backend().resolve(&Recipient::Configured(text.to_owned())).await.unwrap()
}

fn to(id: &str, kind: ConversationKind) -> Resolution {
    Resolution::Resolved(accessbot_core::backend::Conversation { id: id.to_owned(), kind })
}

fn not(reason: Unreachable) -> Resolution {
    Resolution::Unreachable(reason)
}

fn archived(mut thing: Value) -> Value {
    thing["delete_at"] = json!(5);
    thing
}

/// A server with a team in which there are some channels.
async fn lab() -> Fake {
    let fake = Fake::start().await;
    let access = channel(ACCESS, "O", "access", "Access");
    let square = channel(OTHER, "O", "town-square", "Town Square");
    fake.answer("/teams/name/lab/channels/name/access", access.clone());
    fake.answer("/teams/name/lab/channels/name/old", archived(channel(OTHER, "O", "old", "Old")));
    fake.answer("/teams/name/lab/channels/name/town-square", square.clone());
    fake.answer_with("/teams/name/closed/channels/name/access", denied());
    fake.answer("/users/me/teams", json!([{"id": LAB, "name": "lab", "display_name": "The Lab", "delete_at": 0}]));
    fake.answer(
        &format!("/users/me/teams/{LAB}/channels"),
        json!([access, channel(SECRET, "P", "s3cret", "Secret Ops"), channel(ALICE, "D", "a__b", "Access")]),
    );
    fake.answer(
        &format!("/teams/{LAB}/channels"),
        json!([access, square, archived(channel(ALICE, "O", "attic", "The Attic"))]),
    );
    fake.answer(&format!("/channels/{SECRET}/members/me"), json!({"user_id": ME}));
    fake
}

#[tokio::test]
async fn channels_by_their_handles_and_displayed_names() {
    let fake = lab().await;
    for (text, resolution) in [
        ("lab/access", to(ACCESS, ConversationKind::Channel)),
        ("LAB/Access", to(ACCESS, ConversationKind::Channel)),
        ("the lab/ACCESS", to(ACCESS, ConversationKind::Channel)),
        ("lab/secret ops", to(SECRET, ConversationKind::Channel)),
        ("lab/old", not(Unreachable::Archived)),
        ("lab/The Attic", not(Unreachable::Archived)),
        ("lab/town-square", not(Unreachable::NotMember)),
        ("lab/Town Square", not(Unreachable::NotMember)),
        ("lab/nothing", not(Unreachable::NotFound)),
        ("lab/No Thing", not(Unreachable::NotFound)),
        ("No Lab/Access", not(Unreachable::NotFound)),
        ("closed/access", not(Unreachable::NotMember)),
        ("lab/../x", not(Unreachable::Unknown)),
        ("access", not(Unreachable::Unknown)),
    ] {
        assert_eq!(resolve(&fake, text).await, resolution, "{text}");
    }
    assert!(fake.seen().iter().all(|seen| seen.method == Method::GET));
}

#[tokio::test]
async fn a_handle_is_never_taken_for_a_displayed_name() {
    let fake = lab().await;
    // The channel `vault` is hidden from us, and somebody has made another one that is shown under its name.
    let decoy = channel(SECRET, "O", "v4ult", "vault");
    fake.answer(&format!("/users/me/teams/{LAB}/channels"), json!([decoy]));
    assert_eq!(resolve(&fake, "lab/vault").await, not(Unreachable::NotFound));
}

#[tokio::test]
async fn a_displayed_name_that_two_have_is_ambiguous() {
    let fake = lab().await;
    let twins = json!([channel(SECRET, "O", "ops-2", "Secret Ops"), channel(OTHER, "O", "ops-3", "secret ops ")]);
    fake.answer(&format!("/teams/{LAB}/channels"), twins);
    let both = vec!["lab/ops-2".to_owned(), "lab/ops-3".to_owned()];
    assert_eq!(resolve(&fake, "lab/Secret Ops").await, not(Unreachable::Ambiguous(both)));
}

#[tokio::test]
async fn channels_by_id() {
    let fake = lab().await;
    let direct = |name: &str| channel(SECRET, "D", name, "");
    for (answer, resolution) in [
        (Answer::Json(200, channel(SECRET, "P", "x", "X")), to(SECRET, ConversationKind::Channel)),
        (Answer::Json(200, channel(SECRET, "G", "x", "X")), to(SECRET, ConversationKind::Channel)),
        (Answer::Json(200, archived(channel(SECRET, "P", "x", "X"))), not(Unreachable::Archived)),
        (Answer::Json(200, direct(&format!("{ALICE}__{ME}"))), to(SECRET, ConversationKind::Direct)),
        (Answer::Json(200, direct(&format!("{ALICE}__{OTHER}"))), not(Unreachable::Forbidden)),
        (denied(), not(Unreachable::NotMember)),
        (absent("app.channel.get.existing.app_error"), not(Unreachable::NotFound)),
    ] {
        fake.answer_with(&format!("/channels/{SECRET}"), answer);
        assert_eq!(resolve(&fake, SECRET).await, resolution);
    }
    fake.answer_with(&format!("/channels/{ACCESS}/members/me"), absent("app.channel.get_member.missing.app_error"));
    assert_eq!(resolve(&fake, ACCESS).await, not(Unreachable::NotMember));
}

fn user(id: &str) -> Value {
    json!({"id": id, "username": "alice", "delete_at": 0})
}

#[tokio::test]
async fn people_get_direct_conversations() {
    let fake = lab().await;
    let bot = json!({"id": OTHER, "is_bot": true});
    fake.answer("/users/email/alice@example.com", user(ALICE));
    fake.answer("/users/username/alice", user(ALICE));
    fake.answer("/users/username/gone", archived(user(ALICE)));
    fake.answer("/users/username/robot", bot);
    fake.answer("/users/username/teleport", user(ME));
    fake.answer_with("/users/email/hidden@example.com", error(403, "api.user.get_user_by_email.permissions.app_error"));
    let direct = channel(SECRET, "D", &format!("{ME}__{ALICE}"), "");
    for text in ["alice@example.com", "@alice", "@Alice"] {
        fake.once(Method::POST, Answer::Json(201, direct.clone()));
        assert_eq!(resolve(&fake, text).await, to(SECRET, ConversationKind::Direct), "{text}");
        assert_eq!(fake.seen().last().unwrap().body, json!([ME, ALICE]));
    }
    let posts = || fake.seen().iter().filter(|seen| seen.method == Method::POST).count();
    let before = posts();
    for (text, reason) in [
        ("nobody@example.com", Unreachable::NotFound),
        ("@nobody", Unreachable::NotFound),
        ("@gone", Unreachable::Archived),
        ("@robot", Unreachable::Forbidden),
        ("@teleport", Unreachable::Forbidden),
        ("hidden@example.com", Unreachable::Forbidden),
        ("@../../x", Unreachable::Unknown),
    ] {
        assert_eq!(resolve(&fake, text).await, not(reason), "{text}");
    }
    assert_eq!(posts(), before);
    // A conversation of others than the two is not the one that was asked for.
    for wrong in [channel(SECRET, "D", &format!("{OTHER}__{ALICE}"), ""), channel(SECRET, "O", "access", "")] {
        fake.once(Method::POST, Answer::Json(201, wrong));
        assert_eq!(resolve(&fake, "@alice").await, not(Unreachable::Forbidden));
    }
}

#[tokio::test]
async fn teleport_users_are_found_by_e_mail_and_by_name_only_if_allowed() {
    let fake = lab().await;
    fake.answer("/users/email/alice@example.com", user(ALICE));
    fake.answer("/users/username/alice", user(ALICE));
    fake.answer("/users/username/access", user(ALICE));
    let direct = channel(SECRET, "D", &format!("{ME}__{ALICE}"), "");
    let allowed = [("url", fake.url.as_str()), ("token", TOKEN), ("match_usernames", "true")];
    let lenient = (accessbot_mattermost::BACKEND.build)(&mut section(&allowed), &context()).unwrap();
    for (name, by_default, if_allowed) in [
        ("alice@example.com", true, true),
        ("alice", false, true),
        ("access", false, true),
        ("lab/access", false, false),
        ("@alice", false, false),
    ] {
        for (backend, found) in [(&fake.backend(), by_default), (&lenient, if_allowed)] {
            if found {
                fake.once(Method::POST, Answer::Json(201, direct.clone()));
            }
            let expected = if found { to(SECRET, ConversationKind::Direct) } else { not(Unreachable::Unknown) };
            assert_eq!(backend.resolve(&Recipient::Person(name.to_owned())).await.unwrap(), expected, "{name}");
        }
    }
}

#[tokio::test]
async fn an_answer_with_a_forged_id_is_not_followed() {
    let fake = lab().await;
    fake.answer("/teams/name/lab/channels/name/access", channel("../users/me", "O", "access", "Access"));
    assert!(fake.backend().resolve(&Recipient::Configured("lab/access".to_owned())).await.is_err());
}
