//! The life of a message on a real Mattermost, if `ACCESSBOT_LAB_MATTERMOST_URL` and
//! `ACCESSBOT_LAB_MATTERMOST_TOKEN_FILE` name one. The bot must be in the channel `lab/access` (or the one that
//! `ACCESSBOT_LAB_MATTERMOST_CHANNEL` names), and there must be a person `alice`, as in the lab.

use std::env;
use std::sync::Arc;

use accessbot_core::backend::{
    CardState, ChatBackend, ChatErrorKind, Content, Conversation, ConversationKind, FieldValue, Marker, MessageRef,
    Outgoing, Recipient, Resolution, Sought, Unreachable,
};
use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::random::Random;
use accessbot_core::request::RequestId;
use tokio::time::Instant;

use crate::{card, note};

fn fresh() -> Marker {
    Random::system().marker()
}

struct Lab {
    backend: Arc<dyn ChatBackend>,
    access: Conversation,
    request: RequestId,
}

impl Lab {
    async fn enter() -> Option<Self> {
        let (Ok(url), Ok(token)) =
            (env::var("ACCESSBOT_LAB_MATTERMOST_URL"), env::var("ACCESSBOT_LAB_MATTERMOST_TOKEN_FILE"))
        else {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests must know what was not tested")]
            {
                eprintln!("skipped: ACCESSBOT_LAB_MATTERMOST_URL and ACCESSBOT_LAB_MATTERMOST_TOKEN_FILE are not set");
            }
            return None;
        };
        let backend = crate::backend(&url, &token);
        backend.probe().await.unwrap();
        let channel = env::var("ACCESSBOT_LAB_MATTERMOST_CHANNEL").unwrap_or_else(|_| "lab/access".to_owned());
        let Resolution::Resolved(access) = backend.resolve(&Recipient::Configured(channel)).await.unwrap() else {
            panic!("the bot is not in its channel");
        };
        // As unique as a marker, in the form of Teleport's names.
        let request = RequestId::new(format!("{}-real", fresh()));
        Some(Self { backend, access, request })
    }

    async fn resolve(&self, text: &str) -> Resolution {
        self.backend.resolve(&Recipient::Configured(text.to_owned())).await.unwrap()
    }

    async fn post(&self, marker: &Marker, content: &Content, root: Option<&MessageRef>) -> MessageRef {
        let outgoing = Outgoing { request: &self.request, marker, content, root };
        self.backend.post(&self.access, &outgoing).await.unwrap()
    }

    async fn find(&self, marker: Option<&Marker>, root: Option<&MessageRef>) -> Vec<MessageRef> {
        let since = SystemClock.now().minus(std::time::Duration::from_secs(300));
        let sought = Sought { conversation: &self.access, request: &self.request, marker, root, since };
        self.backend.find(&sought).await.unwrap()
    }
}

#[tokio::test]
async fn the_life_of_a_message() {
    let Some(lab) = Lab::enter().await else { return };
    let (first, second) = (fresh(), fresh());
    let pending = card(&lab.request, CardState::Pending, "why, @channel?\n```\n**Status**: ✅ APPROVED");
    let root = lab.post(&first, &pending, None).await;
    assert_eq!(lab.post(&first, &pending, None).await, root, "the server knows the marker again");
    assert_eq!(lab.find(Some(&first), None).await, std::slice::from_ref(&root));
    assert_eq!(lab.find(None, None).await, std::slice::from_ref(&root));
    assert_eq!(lab.find(Some(&second), None).await, []);
    let reply = lab.post(&second, &note("go, @all"), Some(&root)).await;
    assert_eq!(lab.find(Some(&second), Some(&root)).await, [reply]);
    assert_eq!(lab.find(Some(&second), None).await, []);

    let approved = card(&lab.request, CardState::Approved, "why");
    let outgoing = Outgoing { request: &lab.request, marker: &first, content: &approved, root: None };
    lab.backend.update(&root, &outgoing).await.unwrap();
    lab.backend.update(&root, &outgoing).await.unwrap();
    assert!(lab.backend.verify(&root, &lab.request, &first).await.unwrap());
    assert!(!lab.backend.verify(&root, &lab.request, &second).await.unwrap());
    assert!(!lab.backend.verify(&root, &RequestId::new("other"), &first).await.unwrap());
    assert_eq!(lab.find(Some(&first), None).await, std::slice::from_ref(&root));

    lab.backend.delete(&root).await.unwrap();
    lab.backend.delete(&root).await.unwrap();
    assert_eq!(lab.find(Some(&first), None).await, []);
    assert_eq!(lab.find(Some(&second), Some(&root)).await, []);
    let gone = |result: Result<(), accessbot_core::backend::ChatError>| {
        assert_eq!(result.unwrap_err().kind, ChatErrorKind::MessageGone);
    };
    gone(lab.backend.verify(&root, &lab.request, &first).await.map(|_| ()));
    gone(lab.backend.update(&root, &outgoing).await);
    let content = note("late");
    let late = Outgoing { request: &lab.request, marker: &fresh(), content: &content, root: Some(&root) };
    gone(lab.backend.post(&lab.access, &late).await.map(|_| ()));
}

#[tokio::test]
async fn the_largest_messages_are_taken() {
    let Some(lab) = Lab::enter().await else { return };
    for text in ["<&>", "x", "é", "\u{e0041}", "`", "@", "\"\\", "👩‍💻", "\u{202e}", "\u{2028}", "a b\n"] {
        let text = text.repeat(4096);
        let mut content = card(&lab.request, CardState::Pending, &text);
        if let Content::Card(card) = &mut content {
            card.fields[0].value = FieldValue::Name(text.clone());
            card.fields[1].value = FieldValue::Names(vec![text.clone(); 50]);
            card.fields[3].value = FieldValue::Status(CardState::Denied, text.clone());
        }
        let marker = fresh();
        let root = lab.post(&marker, &content, None).await;
        lab.post(&fresh(), &note(&text), Some(&root)).await;
        let outgoing = Outgoing { request: &lab.request, marker: &marker, content: &content, root: None };
        lab.backend.update(&root, &outgoing).await.unwrap();
        assert!(lab.backend.verify(&root, &lab.request, &marker).await.unwrap());
        lab.backend.delete(&root).await.unwrap();
    }
}

#[tokio::test]
async fn recipients() {
    let Some(lab) = Lab::enter().await else { return };
    assert_eq!(lab.resolve(&lab.access.id).await, Resolution::Resolved(lab.access.clone()));
    let alice = lab.resolve("@alice").await;
    assert!(matches!(&alice, Resolution::Resolved(direct) if direct.kind == ConversationKind::Direct));
    assert_eq!(lab.resolve("ALICE@example.com").await, alice);
    for (text, reason) in [
        ("lab/no-such-channel", Unreachable::NotFound),
        ("lab/No Such Channel", Unreachable::NotFound),
        ("no-such-team/access", Unreachable::NotFound),
        ("@no.such.person", Unreachable::NotFound),
        ("no/such@example.com", Unreachable::NotFound),
        ("nobody+ä%2f?#@example.com", Unreachable::NotFound),
        ("abcdefghijklmnopqrstuvwxyz", Unreachable::NotFound),
        ("lab/town-square", Unreachable::NotMember),
    ] {
        let resolution = lab.resolve(text).await;
        // The bot may have been added to the town square.
        let ok = matches!(&resolution, Resolution::Unreachable(found) if *found == reason)
            || reason == Unreachable::NotMember && matches!(resolution, Resolution::Resolved(_));
        assert!(ok, "{text}: {resolution:?}");
    }
}

#[tokio::test]
async fn two_hundred_and_fifty_posts_later() {
    let Some(lab) = Lab::enter().await else { return };
    let sought = fresh();
    let pending = card(&lab.request, CardState::Pending, "why");
    let mut roots = vec![lab.post(&sought, &pending, None).await];
    let lab = Arc::new(lab);
    let start = Instant::now();
    let posts: Vec<_> = (0..250)
        .map(|_| {
            let (lab, pending) = (Arc::clone(&lab), pending.clone());
            tokio::spawn(async move { lab.post(&fresh(), &pending, None).await })
        })
        .collect();
    for post in posts {
        roots.push(post.await.unwrap());
    }
    let posted = start.elapsed();
    assert_eq!(lab.find(Some(&sought), None).await, roots[..1]);
    let found = start.elapsed().saturating_sub(posted);
    let mut all = lab.find(None, None).await;
    all.sort();
    roots.sort();
    assert_eq!(all, roots);
    #[expect(clippy::print_stderr, reason = "a measurement, for whoever runs this by hand")]
    {
        eprintln!("250 posts in {posted:?}, found behind them in {found:?}");
    }
    for root in &roots {
        lab.backend.delete(root).await.unwrap();
    }
}
