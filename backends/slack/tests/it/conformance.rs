//! The rules that every backend keeps, tried against the stand-in.

use std::sync::{Arc, Mutex};

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::backend::{BackendContext, ChatBackend, Conversation, MessageRef};
use accessbot_core::clock::SystemClock;
use accessbot_sandbox::Answer;
use accessbot_sandbox::slack::{MessageView, SlackOptions, SlackSandbox};
use accessbot_slack::BACKEND;
use accessbot_testkit::conformance::{self, Deciding, Fixture, Names, Standing, Trouble};
use async_trait::async_trait;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::decisions::serve;

/// Where the suite's channel is, and the direct messages with its person.
const PLACES: [&str; 2] = ["access", "@alice"];

/// Slack limits each method by itself; here the next calls are refused, whatever they are.
const MANY: usize = 100;

pub(crate) struct OnStandIn {
    pub(crate) slack: SlackSandbox,
    trouble: Mutex<Option<Trouble>>,
    /// Where Slack calls us.
    listener: Mutex<Option<TcpListener>>,
    serving: Mutex<JoinSet<()>>,
}

impl OnStandIn {
    async fn start() -> Box<dyn Fixture> {
        let slack = SlackSandbox::start(SlackOptions::default()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        slack.set_request_url(Some(&format!("http://{}/interactive", listener.local_addr().unwrap())));
        let listener = Mutex::new(Some(listener));
        Box::new(Self { slack, trouble: Mutex::default(), listener, serving: Mutex::default() })
    }

    /// All messages of our two places that stand, replies included.
    fn messages(&self) -> Vec<MessageView> {
        let roots = PLACES.iter().flat_map(|place| self.slack.posts(place));
        roots.flat_map(|root| std::iter::once(root.clone()).chain(root.replies)).collect()
    }
}

#[async_trait]
impl Fixture for OnStandIn {
    fn backend(&self, decisions: Arc<dyn DecisionSink>) -> Arc<dyn ChatBackend> {
        let mut context = BackendContext::new(Arc::new(SystemClock));
        context.decisions = decisions;
        context.review = true;
        let secret = self.slack.signing_secret();
        let section = &mut crate::section(&self.slack, "review.signing_secret", secret);
        let backend = (BACKEND.build)(section, &context).unwrap();
        if let Some(listener) = self.listener.lock().unwrap().take() {
            self.serving.lock().unwrap().spawn(serve(listener, Arc::clone(&backend)));
        }
        backend
    }

    fn names(&self) -> Names {
        let alice = self.slack.user_id("alice").unwrap();
        Names {
            channel: "#access".to_owned(),
            person: "alice@example.com".to_owned(),
            nobody: "#nowhere".to_owned(),
            stranger: "mallory@example.com".to_owned(),
            lures: vec!["<!channel>".to_owned(), "<!here>".to_owned(), "@channel".to_owned(), format!("<@{alice}>")],
        }
    }

    async fn standing(&self, conversation: &Conversation) -> Vec<Standing> {
        let at = |ts: &str| MessageRef { conversation: conversation.id.clone(), message: ts.to_owned() };
        let there = self.messages().into_iter().filter(|message| message.channel == conversation.id);
        there
            .map(|message| Standing {
                reference: at(&message.ts),
                root: (!message.thread_ts.is_empty()).then(|| at(&message.thread_ts)),
                text: message.text(),
            })
            .collect()
    }

    async fn notified(&self) -> Vec<String> {
        self.messages().into_iter().flat_map(|message| message.mentioned).collect()
    }

    async fn copied_by_somebody(&self, message: &MessageRef) -> Option<MessageRef> {
        let original = self.slack.post(&message.conversation, &message.message).unwrap();
        let copy =
            self.slack.post_with_metadata_as("bob", "access", &original.notification, original.metadata).unwrap();
        Some(MessageRef { message: copy, ..message.clone() })
    }

    async fn deleted_by_hand(&self, message: &MessageRef) {
        self.slack.delete_post(&message.conversation, &message.message).unwrap();
    }

    async fn trouble(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = Some(trouble);
        let faults = self.slack.faults();
        match trouble {
            Trouble::Unavailable => self.slack.stop().await,
            Trouble::LostAnswer => ["chat.postMessage", "chat.update", "chat.delete"].iter().for_each(|method| {
                faults.drop_after_effect(&format!("POST /{method}"), 1);
            }),
            Trouble::RateLimited(pause) => {
                faults.fail_next("*", MANY, Answer::rate_limited(pause.as_secs().try_into().unwrap()));
            }
            Trouble::TokenRefused => self.slack.revoke_token(),
            Trouble::Frozen => self.slack.freeze(),
        }
    }

    async fn heal(&self) {
        let trouble = self.trouble.lock().unwrap().take();
        match trouble {
            Some(Trouble::Unavailable) => self.slack.start_again().unwrap(),
            Some(Trouble::LostAnswer | Trouble::RateLimited(_)) => self.slack.faults().clear(),
            Some(Trouble::TokenRefused) => self.slack.restore_token(),
            Some(Trouble::Frozen) => self.slack.thaw(),
            None => {}
        }
    }

    fn deciding(&self) -> Option<&dyn Deciding> {
        Some(self)
    }
}

#[tokio::test]
async fn slack_keeps_the_rules_of_backends() {
    let report = conformance::run(OnStandIn::start).await;
    assert_eq!(report.not_applicable_names(), [""; 0]);
}
