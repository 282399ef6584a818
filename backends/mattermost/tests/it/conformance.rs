//! The rules that every backend keeps, tried against the stand-in.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::backend::{ChatBackend, Conversation, MessageRef};
use accessbot_mattermost::BACKEND;
use accessbot_sandbox::Answer;
use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox, PostView};
use accessbot_testkit::conformance::{self, Deciding, Fixture, Names, Standing, Trouble};
use async_trait::async_trait;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::world::serve;

/// Where the suite's channel is, and the direct messages with its person.
const PLACES: [&str; 2] = ["access", "@alice"];

/// The rates at which the stand-in limits calls are tested elsewhere: here the next calls are refused, whatever they are.
const MANY: usize = 100;

pub(crate) struct OnStandIn {
    pub(crate) server: MattermostSandbox,
    trouble: Mutex<Option<Trouble>>,
    /// Where Mattermost calls us.
    callbacks: SocketAddr,
    listener: Mutex<Option<TcpListener>>,
    serving: Mutex<JoinSet<()>>,
}

impl OnStandIn {
    async fn start() -> Box<dyn Fixture> {
        let server = MattermostSandbox::start(MattermostOptions::default()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (callbacks, listener) = (listener.local_addr().unwrap(), Mutex::new(Some(listener)));
        Box::new(Self { server, trouble: Mutex::default(), callbacks, listener, serving: Mutex::default() })
    }

    /// All posts of our two places that stand, replies included.
    fn posts(&self) -> Vec<PostView> {
        let roots = PLACES.iter().flat_map(|place| self.server.posts(place));
        roots.flat_map(|root| std::iter::once(root.clone()).chain(root.replies)).collect()
    }
}

#[async_trait]
impl Fixture for OnStandIn {
    fn backend(&self, decisions: Arc<dyn DecisionSink>) -> Arc<dyn ChatBackend> {
        let mut context = crate::context();
        context.decisions = decisions;
        context.review = true;
        context.public_url = Some(format!("http://{}/bot", self.callbacks));
        let (url, token) = (self.server.url(), self.server.token());
        let entries = [("url", url.as_str()), ("token", token), ("review.input", "buttons")];
        let backend = (BACKEND.build)(&mut crate::section(&entries), &context).unwrap();
        if let Some(listener) = self.listener.lock().unwrap().take() {
            self.serving.lock().unwrap().spawn(serve(listener, Arc::clone(&backend)));
        }
        backend
    }

    fn names(&self) -> Names {
        Names {
            channel: "lab/access".to_owned(),
            person: "alice@example.com".to_owned(),
            nobody: "lab/nowhere".to_owned(),
            stranger: "mallory@example.com".to_owned(),
            lures: ["@channel", "@here", "@all", "@alice"].map(str::to_owned).to_vec(),
        }
    }

    async fn standing(&self, conversation: &Conversation) -> Vec<Standing> {
        let at = |id: &str| MessageRef { conversation: conversation.id.clone(), message: id.to_owned() };
        let there = self.posts().into_iter().filter(|post| post.channel_id == conversation.id);
        there
            .map(|post| Standing {
                reference: at(&post.id),
                root: (!post.root_id.is_empty()).then(|| at(&post.root_id)),
                text: post.text(),
            })
            .collect()
    }

    async fn notified(&self) -> Vec<String> {
        self.posts().into_iter().flat_map(|post| post.notified).collect()
    }

    async fn copied_by_somebody(&self, message: &MessageRef) -> Option<MessageRef> {
        let post = self.server.post(&message.message).unwrap();
        let props = Value::Object(post.props.clone());
        let copy = self.server.post_with_props_as("bob", "access", &post.message, props).unwrap();
        Some(MessageRef { message: copy, ..message.clone() })
    }

    async fn deleted_by_hand(&self, message: &MessageRef) {
        self.server.delete_post(&message.message).unwrap();
    }

    async fn trouble(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = Some(trouble);
        let faults = self.server.faults();
        match trouble {
            Trouble::Unavailable => self.server.stop().await,
            Trouble::LostAnswer => ["POST /posts", "PUT *", "DELETE *"].iter().for_each(|call| {
                faults.drop_after_effect(call, 1);
            }),
            Trouble::RateLimited(pause) => {
                faults.fail_next("*", MANY, Answer::rate_limited(pause.as_secs().try_into().unwrap()));
            }
            Trouble::TokenRefused => self.server.revoke_token(),
            Trouble::Frozen => self.server.freeze(),
        }
    }

    async fn heal(&self) {
        let trouble = self.trouble.lock().unwrap().take();
        match trouble {
            Some(Trouble::Unavailable) => self.server.start_again().unwrap(),
            Some(Trouble::LostAnswer | Trouble::RateLimited(_)) => self.server.faults().clear(),
            Some(Trouble::TokenRefused) => self.server.restore_token(),
            Some(Trouble::Frozen) => self.server.thaw(),
            None => {}
        }
    }

    fn deciding(&self) -> Option<&dyn Deciding> {
        Some(self)
    }
}

#[tokio::test]
async fn mattermost_keeps_the_rules_of_backends() {
    let report = conformance::run(OnStandIn::start).await;
    assert_eq!(report.not_applicable_names(), [""; 0]);
}
