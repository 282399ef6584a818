//! A world in which people decide in the chat: a bot in one of the modes, and verbs for what people do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{
    Action, Answer, ChatUserId, Decision, DecisionSink as _, Doubt, Evidence, LateSink, Outcome, Press, Proof,
    ReasonRule, TurnedAway,
};
use accessbot_core::engine::{Desk, Options};
use accessbot_core::random::Random;
use accessbot_core::request::RequestId;
use accessbot_core::review::audit::{AuditFile, AuditLog};
use accessbot_core::review::{Approver, IdentityRules, Keys, Mode, Policy, ReasonPolicy, Review, Rule};
use accessbot_core::routing::Routing;
use accessbot_core::secret::Secret;

use crate::people::Accounts;
use crate::world::{Bot, World, start_desk};

/// Lines of the audit trail.
#[derive(Clone, Default)]
pub(crate) struct Trail(Arc<Mutex<Vec<String>>>);

impl AuditFile for Trail {
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        self.0.lock().unwrap().push(line.to_owned());
        Ok(())
    }
}

/// How decisions are taken in a test.
pub(crate) struct Rules {
    pub(crate) mode: Mode,
    pub(crate) approvals: u32,
    pub(crate) approvers: Vec<Approver>,
    pub(crate) reason: ReasonPolicy,
    pub(crate) identity: IdentityRules,
    /// Rules beside the one for dbadmin.
    pub(crate) others: Vec<Rule>,
    /// The secret, and the one before it.
    pub(crate) secrets: (&'static str, Option<&'static str>),
}

/// The secret of every bot, unless the test says otherwise.
pub(crate) const SECRET: &str = "d41f7c0a9b2e6583f0e1c2b3a4958677";

impl Rules {
    /// Two of alice, ivan and carol must agree; accounts are mapped by the trait `chat`.
    pub(crate) fn of(mode: Mode) -> Self {
        let user = |name: &str| Approver::User(name.to_owned());
        Self {
            mode,
            approvals: 2,
            approvers: vec![user("alice"), user("ivan"), user("carol"), user("bob")],
            reason: ReasonPolicy::default(),
            identity: IdentityRules { user_trait: Some("chat".into()), ..IdentityRules::default() },
            others: vec![],
            secrets: (SECRET, None),
        }
    }

    pub(crate) fn asking_for(mut self, rule: ReasonRule) -> Self {
        self.reason.rule = rule;
        self
    }

    pub(crate) fn review(&self, trail: &Trail) -> Review {
        let rule = Rule {
            roles: "dbadmin".into(),
            approvers: self.approvers.clone(),
            approvals: self.approvals,
            denials: 1,
            reason: None,
        };
        Review {
            mode: self.mode,
            keys: Keys::new(&Secret::new(self.secrets.0), self.secrets.1.map(Secret::new).as_ref()).unwrap(),
            policy: Policy::new(self.others.iter().cloned().chain([rule]).filter(|_| self.mode.votes())),
            reason: self.reason.clone(),
            audit: Arc::new(AuditLog::with_file(Box::new(trail.clone()))),
        }
    }
}

/// The keys of every bot.
pub(crate) fn keys() -> Keys {
    Keys::new(&Secret::new(SECRET), None).unwrap()
}

/// A world in which people decide in the chat.
pub(crate) struct Court {
    pub(crate) world: World,
    /// What the next bot that is started goes by.
    pub(crate) rules: Rules,
    trail: Trail,
    bots: u64,
}

/// A running bot, and where its backend hands decisions to.
pub(crate) struct Judge {
    pub(crate) bot: Bot,
    sink: Arc<LateSink>,
}

impl Court {
    pub(crate) fn new(rules: Rules) -> Self {
        let world = World::new();
        for name in ["alice", "ivan", "carol", "bob", "dave", "mallory"] {
            world.cluster.add_user(name, &format!("id-{name}"), &[]);
        }
        world.chat.state().accounts = Some(Accounts::default());
        Self { world, rules, trail: Trail::default(), bots: 0 }
    }

    /// Starts a bot; several are replicas of each other.
    pub(crate) async fn start(&mut self) -> Judge {
        self.bots += 1;
        let sink = Arc::new(LateSink::default());
        let mut desk = Desk::new(
            "fake",
            Arc::new(self.world.chat.clone()),
            Routing::everything_to("fake", &self.world.recipients),
        );
        desk.identity = self.rules.identity.clone();
        desk.decisions = Arc::clone(&sink);
        let review = Some(Arc::new(self.rules.review(&self.trail)));
        let options = Options { random: Random::seeded(self.bots), review, ..Options::default() };
        let bot = start_desk(Arc::new(self.world.cluster.clone()), desk, Arc::clone(&self.world.clock), options);
        self.world.pass(5).await;
        Judge { bot, sink }
    }

    /// Bob asks for dbadmin, and it is announced.
    pub(crate) async fn ask(&self, id: &str) {
        self.world.cluster.ask(id, self.world.now());
        self.world.pass(5).await;
    }

    /// The announcement.
    pub(crate) fn message(&self, id: &str) -> MessageRef {
        let about =
            |post: &&crate::chat::Post| post.request.as_ref().is_some_and(|r| r.as_str() == id) && post.root.is_none();
        self.world.chat.posts().iter().find(about).expect("an announcement").reference.clone()
    }

    /// The proof that the button of the announcement carries.
    pub(crate) fn proof(&self, id: &str, action: Action) -> Proof {
        let choices = self.world.chat.card(id).choices.expect("buttons on the announcement");
        choices.buttons.into_iter().find(|choice| choice.action == action).unwrap().proof
    }

    /// Somebody presses a button of the announcement.
    pub(crate) fn press(&self, who: &str, action: Action, id: &str) -> Decision {
        Decision {
            request: RequestId::new(id),
            action,
            reason: None,
            message: self.message(id),
            who: ChatUserId(format!("id-{who}")),
            evidence: Evidence::Button(self.proof(id, action)),
            patience: Duration::from_secs(20),
        }
    }

    /// The standing message, the votes that it shows, and what is said under it.
    pub(crate) fn shows(&self, id: &str) -> String {
        let card = self.world.chat.card(id);
        let progress = card.fields.iter().find_map(|field| match &field.value {
            accessbot_core::backend::FieldValue::Progress(progress) => Some(*progress),
            _ => None,
        });
        let progress = progress.unwrap_or_default();
        let needed = progress.needed.map_or_else(|| "-".to_owned(), |n| n.to_string());
        let buttons = if card.choices.is_some() { ", buttons" } else { "" };
        format!("{}, {} of {needed} for, {} against{buttons}", card.state.word(), progress.approvals, progress.denials)
    }

    /// The longest line of the audit trail, in bytes.
    pub(crate) fn longest_line(&self) -> usize {
        self.trail.0.lock().unwrap().iter().map(String::len).max().unwrap_or_default()
    }

    /// The audit trail, a line each: event, who, what, result, and why.
    pub(crate) fn trail(&self) -> Vec<String> {
        let lines = self.trail.0.lock().unwrap();
        let short = |line: &String| {
            let entry: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            let text = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {}={} {}: {} ({})",
                text("event"),
                text("chat_user_id"),
                text("teleport_user"),
                text("action"),
                text("result"),
                text("detail")
            )
        };
        lines.iter().map(short).collect()
    }
}

impl Judge {
    pub(crate) async fn decide(&self, decision: &Decision) -> Answer {
        self.sink.decide(decision.clone()).await
    }

    /// Decides, and says what became of it and what was told.
    pub(crate) async fn outcome(&self, decision: &Decision) -> (Outcome, String) {
        let Answer { outcome, text } = self.decide(decision).await;
        (outcome, text)
    }

    pub(crate) fn ask_why(&self, press: &Press) -> Result<String, Answer> {
        self.sink.ask(press)
    }

    pub(crate) fn reopen(&self, state: &str, who: &str) -> Result<Press, Answer> {
        self.sink.reopen(state, &ChatUserId(who.to_owned()))
    }

    /// The backend turns a call away that claims to be a press of this person's.
    pub(crate) fn turn_away(&self, who: &str, why: Doubt, message: MessageRef) -> Answer {
        let who = ChatUserId(format!("id-{who}"));
        let (request, action) = (Some(RequestId::new("r1")), Some(Action::Approve));
        self.sink.turn_away(&TurnedAway { why, who, message: Some(message), request, action })
    }

    pub(crate) async fn open_messages(&self) -> usize {
        self.sink.open_messages().await.unwrap().len()
    }
}
