//! Deciding on a real Mattermost, where the variables of `real_server` name one, and `ACCESSBOT_LAB_MATTERMOST_PASSWORD` is
//! the password of the people `alice`, `ivan` and `bob` there. The server must be allowed to call this machine's loopback.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::decision::{Action, ChatUserId, Decision, Evidence, Membership, ReasonRule, Standing};
use accessbot_core::backend::{MessageRef, Outgoing, Recipient, Resolution, Verdict};
use accessbot_core::random::Random;
use accessbot_core::request::RequestId;
use serde_json::{Value, json};

use crate::http;
use crate::world::{Bot, open_card};

/// A person with a session.
struct Person {
    server: String,
    token: String,
    id: String,
}

impl Person {
    async fn log_in(server: &str, name: &str, password: &str) -> Self {
        let body = json!({"login_id": name, "password": password}).to_string();
        let answer = http::post(&format!("{server}/api/v4/users/login"), "", &body).await;
        let token = answer.lines().find_map(|line| line.strip_prefix("Token: ")).unwrap().trim().to_owned();
        let id = http::body(&answer)["id"].as_str().unwrap().to_owned();
        Self { server: server.to_owned(), token, id }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = http::post(&format!("{}/api/v4{path}", self.server), &self.token, &body.to_string()).await;
        assert!(answer.starts_with("HTTP/1.1 20"), "{path}: {answer}");
        http::body(&answer)
    }

    async fn get(&self, path: &str) -> Value {
        http::body(&http::get(&format!("{}/api/v4{path}", self.server), &self.token).await)
    }

    async fn reply(&self, to: &MessageRef, text: &str) -> String {
        let body = json!({"channel_id": to.conversation, "root_id": to.message, "message": text});
        self.post("/posts", &body).await["id"].as_str().unwrap().to_owned()
    }

    async fn react(&self, to: &MessageRef, emoji: &str) {
        let body = json!({"user_id": self.id, "post_id": to.message, "emoji_name": emoji});
        self.post("/reactions", &body).await;
    }

    /// What the bot told them about this request.
    async fn told(&self, bot: &str, request: &RequestId) -> Vec<String> {
        let channel = self.post("/channels/direct", &json!([self.id, bot])).await;
        let posts = self.get(&format!("/channels/{}/posts", channel["id"].as_str().unwrap())).await;
        let order = posts["order"].as_array().unwrap().iter().rev();
        let texts = order.map(|id| posts["posts"][id.as_str().unwrap()]["message"].as_str().unwrap().to_owned());
        let prefix = format!("Access request {request}: ");
        texts.filter_map(|text| text.strip_prefix(&prefix).map(str::to_owned)).collect()
    }
}

struct Lab {
    bot: Bot,
    alice: Person,
    ivan: Person,
    request: RequestId,
    message: MessageRef,
    me: String,
}

impl Lab {
    /// With a request announced in the channel.
    async fn enter(inputs: &[&str], rule: ReasonRule) -> Option<Self> {
        let variables =
            ["URL", "TOKEN_FILE", "PASSWORD"].map(|name| env::var(format!("ACCESSBOT_LAB_MATTERMOST_{name}")));
        let [Ok(server), Ok(token), Ok(password)] = variables else {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests must know what was not tested")]
            {
                eprintln!("skipped: ACCESSBOT_LAB_MATTERMOST_URL, _TOKEN_FILE and _PASSWORD are not all set");
            }
            return None;
        };
        let bot = Bot::start(&server, &token, inputs).await;
        let [alice, ivan] = ["alice", "ivan"].map(|name| Person::log_in(&server, name, &password));
        let (alice, ivan) = (alice.await, ivan.await);
        let channel = env::var("ACCESSBOT_LAB_MATTERMOST_CHANNEL").unwrap_or_else(|_| "lab/access".to_owned());
        let Resolution::Resolved(access) = bot.backend.resolve(&Recipient::Configured(channel)).await.unwrap() else {
            panic!("the bot is not in its channel");
        };
        let marker = Random::system().marker();
        let request = RequestId::new(format!("{}-real", Random::system().marker()));
        let content = open_card(rule);
        let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
        let message = bot.backend.post(&access, &outgoing).await.unwrap();
        let post = alice.get(&format!("/posts/{}", message.message)).await;
        let me = post["user_id"].as_str().unwrap().to_owned();
        Some(Self { bot, alice, ivan, request, message, me })
    }

    async fn decided(&self, count: usize) -> Vec<Decision> {
        let enough = async {
            while self.bot.script.decisions().len() < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(20), enough).await;
        assert!(seen.is_ok(), "{:?}", self.bot.script.decisions());
        self.bot.script.decisions()
    }

    async fn told(&self, person: &Person, count: usize) -> Vec<String> {
        for _ in 0..500 {
            let told = person.told(&self.me, &self.request).await;
            if told.len() >= count {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing was told");
    }

    /// Waits for our eyes on a reply.
    async fn marked(&self, reply: &str) {
        for _ in 0..500 {
            let marks = self.alice.get(&format!("/posts/{reply}/reactions")).await;
            if marks[0]["emoji_name"] == "eyes" && marks[0]["user_id"] == self.me.as_str() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the reply has no mark");
    }

    fn listens(&self) -> tokio::task::JoinHandle<()> {
        let backend = Arc::clone(&self.bot.backend);
        tokio::spawn(async move { backend.listen().await.unwrap() })
    }

    async fn remove(&self) {
        self.bot.backend.delete(&self.message).await.unwrap();
    }
}

#[tokio::test]
async fn replies_and_reactions_are_heard_and_what_was_missed_is_looked_up() {
    let Some(lab) = Lab::enter(&["replies", "reactions"], ReasonRule::Off).await else { return };
    assert!(lab.bot.backend.check().await.iter().any(|f| f.subject == "websocket" && f.verdict == Verdict::Ok));
    // Before anybody listens.
    let missed = lab.alice.reply(&lab.message, "deny: missed").await;
    lab.bot.script.opens_for(&lab.request, &lab.message);
    let listening = lab.listens();
    let first = lab.decided(1).await.remove(0);
    assert_eq!((first.request, first.message), (lab.request.clone(), lab.message.clone()));
    assert_eq!(
        (first.action, first.reason.as_deref(), first.evidence),
        (Action::Deny, Some("missed"), Evidence::Reply)
    );
    assert_eq!(first.who, ChatUserId(lab.alice.id.clone()));
    assert_eq!(lab.told(&lab.alice, 1).await, ["It was recorded."]);
    lab.marked(&missed).await;
    // While somebody does.
    lab.ivan.react(&lab.message, "+1").await;
    lab.decided(2).await;
    let heard = lab.ivan.reply(&lab.message, "Approve, see INC-7").await;
    let decisions = lab.decided(3).await;
    assert_eq!((decisions[1].action, &decisions[1].evidence), (Action::Approve, &Evidence::Reaction));
    assert_eq!(decisions[2].reason.as_deref(), Some("see INC-7"));
    assert_eq!(lab.told(&lab.ivan, 2).await, ["It was recorded."; 2]);
    lab.marked(&heard).await;
    listening.abort();
    // After a restart nothing comes once more.
    let (server, token) = (&lab.alice.server, env::var("ACCESSBOT_LAB_MATTERMOST_TOKEN_FILE").unwrap());
    let again = Bot::start(server, &token, &["replies", "reactions"]).await;
    again.script.opens_for(&lab.request, &lab.message);
    let restarted = Lab { bot: again, ..lab };
    let listening = restarted.listens();
    restarted.alice.reply(&restarted.message, "deny: last").await;
    let decisions = restarted.decided(1).await;
    assert!(decisions.iter().all(|decision| decision.reason.as_deref() == Some("last")), "{decisions:?}");
    listening.abort();
    restarted.remove().await;
}

#[tokio::test]
async fn buttons_and_forms_work() {
    let Some(lab) = Lab::enter(&["buttons"], ReasonRule::Off).await else { return };
    let press = |action| format!("/posts/{}/actions/{action}", lab.message.message);
    lab.alice.post(&press("approve"), &json!({})).await;
    assert_eq!(lab.bot.script.turned_away(), [], "the server has signed the press");
    let decision = lab.bot.script.decisions().pop().unwrap();
    assert_eq!((decision.action, decision.message), (Action::Approve, lab.message.clone()));
    assert_eq!(decision.who, ChatUserId(lab.alice.id.clone()));
    lab.remove().await;

    let Some(lab) = Lab::enter(&["buttons"], ReasonRule::Required).await else { return };
    let press = format!("/posts/{}/actions/deny", lab.message.message);
    lab.alice.post(&press, &json!({})).await;
    assert_eq!(lab.bot.script.decisions(), []);
    let teams = lab.alice.get("/users/me/teams").await;
    let submission = json!({
        "url": format!("{}/mattermost/dialog", lab.bot.url), "callback_id": "accessbot", "state": "form.0",
        "channel_id": lab.message.conversation, "team_id": teams[0]["id"], "submission": {"reason": "not today"},
    });
    let refused = lab.ivan.post("/actions/dialogs/submit", &submission).await;
    assert_eq!(refused["error"], "This form is not yours.");
    lab.alice.post("/actions/dialogs/submit", &submission).await;
    let decision = lab.bot.script.decisions().pop().unwrap();
    assert_eq!((decision.action, decision.reason.as_deref()), (Action::Deny, Some("not today")));
    assert_eq!(lab.told(&lab.alice, 1).await, ["It was recorded."]);
    lab.remove().await;
}

#[tokio::test]
async fn who_people_are_and_who_is_in_a_private_channel() {
    let Some(lab) = Lab::enter(&["buttons"], ReasonRule::Off).await else { return };
    let backend = &lab.bot.backend;
    let id = |person: &Person| ChatUserId(person.id.clone());
    let alice = backend.identify(&id(&lab.alice)).await.unwrap().unwrap();
    assert_eq!((alice.name.as_str(), alice.standing), ("alice", Standing::Member));
    assert!(alice.email.is_none_or(|email| email.vouched_for.is_none()));
    assert_eq!(backend.identify(&ChatUserId(lab.me.clone())).await.unwrap().unwrap().standing, Standing::Bot);
    let access = lab.alice.get(&format!("/channels/{}", lab.message.conversation)).await;
    let name = format!("group-{}", Random::system().marker());
    let group = json!({"team_id": access["team_id"], "name": name, "display_name": "Group", "type": "P"});
    let group = lab.alice.post("/channels", &group).await["id"].as_str().unwrap().to_owned();
    let of = async |person: &Person| {
        lab.bot.backend.membership(&id(person), &Recipient::Configured(group.clone())).await.unwrap()
    };
    assert!(matches!(of(&lab.alice).await, Membership::Unfit(_)), "the bot is not in it");
    lab.alice.post(&format!("/channels/{group}/members"), &json!({"user_id": lab.me})).await;
    assert_eq!((of(&lab.alice).await, of(&lab.ivan).await), (Membership::Member, Membership::Outsider));
    let public = Recipient::Configured(lab.message.conversation.clone());
    let public = backend.membership(&id(&lab.alice), &public).await.unwrap();
    assert!(matches!(&public, Membership::Unfit(why) if why.contains("public")), "{public:?}");
    lab.remove().await;
}
