//! People decide in Slack: what comes to the sink of what they do, and what they see of its answers.

pub(crate) mod attacks;
mod deciding;
mod people;
mod script;
mod sockets;

use std::collections::BTreeMap;
use std::sync::Arc;

use accessbot_core::backend::callback::CallbackRequest;
use accessbot_core::backend::decision::{Action, Choice, Choices, Proof, ReasonRule};
use accessbot_core::backend::{BackendContext, ChatBackend, Content, MessageRef, Outgoing, Section, Value};
use accessbot_core::clock::SystemClock;
use accessbot_core::request::RequestId;
use accessbot_sandbox::slack::{MessageView, SlackOptions, SlackSandbox, ViewView};
use accessbot_slack::BACKEND;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::script::Script;
use crate::{REQUEST, card, marker};

/// A workspace where people decide.
pub(crate) struct World {
    pub(crate) slack: SlackSandbox,
    pub(crate) backend: Arc<dyn ChatBackend>,
    script: Arc<Script>,
    /// What listens, or serves the endpoint.
    ears: JoinSet<()>,
}

impl World {
    /// Without any connection, and with these keys in the section of the configuration.
    pub(crate) async fn with(keys: &[&str]) -> Self {
        let slack = SlackSandbox::start(SlackOptions::default()).await.unwrap();
        let script = Arc::new(Script::default());
        let backend = backend(&slack, &script, keys, true);
        Self { slack, backend, script, ears: JoinSet::new() }
    }

    /// The bot listens in Socket Mode.
    async fn over_a_socket() -> Self {
        let mut world = Self::with(&["review.app_token"]).await;
        world.listen();
        world.slack.wait_until("a connection", |slack| slack.sockets().len() == 1).await;
        world
    }

    /// Slack calls the bot.
    async fn over_http() -> Self {
        let mut world = Self::with(&["review.signing_secret"]).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/interactive", listener.local_addr().unwrap());
        world.ears.spawn(serve(listener, Arc::clone(&world.backend)));
        world.slack.set_request_url(Some(&url));
        world
    }

    /// Both ways.
    async fn every_way() -> [Self; 2] {
        [Self::over_a_socket().await, Self::over_http().await]
    }

    /// Listens for ever, as the engine does.
    fn listen(&mut self) {
        let backend = Arc::clone(&self.backend);
        self.ears.spawn(async move {
            loop {
                let _ = backend.listen().await;
            }
        });
    }

    /// Posts a card with both buttons into `access`, and gives what people see of it.
    async fn post(&self, reason: ReasonRule) -> MessageView {
        self.post_to("access", reason).await
    }

    /// The same for another recipient.
    async fn post_to(&self, recipient: &str, reason: ReasonRule) -> MessageView {
        let (request, marker, content) = (RequestId::new(REQUEST), marker("one"), with_buttons(reason));
        let message = Outgoing { request: &request, marker: &marker, content: &content, root: None };
        let conversation = self.backend.resolve(&crate::configured(recipient)).await.unwrap();
        let conversation = crate::resolved(conversation).unwrap();
        let posted = self.backend.post(&conversation, &message).await.unwrap();
        self.slack.post(&posted.conversation, &posted.message).unwrap()
    }

    /// The only form that a person has open.
    fn form(&self, user: &str) -> ViewView {
        let mut views = self.slack.views(user).unwrap();
        assert_eq!(views.len(), 1, "{views:?}");
        views.pop().unwrap()
    }

    /// What a person alone was shown so far.
    fn told(&self, user: &str) -> Vec<String> {
        self.slack.ephemerals(user).unwrap().iter().map(MessageView::text).collect()
    }

    /// The same, as soon as it is so much.
    async fn is_told(&self, user: &str, times: usize) -> Vec<String> {
        let user = user.to_owned();
        let what = format!("{times} words to {user}");
        let told = |slack: &SlackSandbox| slack.ephemerals(&user).unwrap().len() >= times;
        self.slack.wait_until(&what, told).await;
        self.told(&user)
    }

    fn id(&self, user: &str) -> String {
        self.slack.user_id(user).unwrap()
    }
}

fn backend(slack: &SlackSandbox, script: &Arc<Script>, keys: &[&str], review: bool) -> Arc<dyn ChatBackend> {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut values =
        BTreeMap::from([("token".to_owned(), text(slack.token())), ("api_url".to_owned(), text(&slack.url()))]);
    for key in keys {
        let value = if *key == "review.app_token" { slack.app_token() } else { slack.signing_secret() };
        values.insert((*key).to_owned(), text(value));
    }
    let mut context = BackendContext::new(Arc::new(SystemClock));
    context.decisions = script.clone();
    context.review = review;
    (BACKEND.build)(&mut Section::new("slack", "bot.toml", values), &context).unwrap()
}

/// A card on which something can be decided.
fn with_buttons(reason: ReasonRule) -> Content {
    let Content::Card(mut card) = card(accessbot_core::backend::CardState::Pending) else { unreachable!() };
    let button = |action: Action| Choice { action, proof: Proof::new(format!("proof-of-{}", action.word())) };
    card.choices = Some(Choices { reason, buttons: Action::ALL.map(button).to_vec() });
    Content::Card(card)
}

fn place(message: &MessageView) -> MessageRef {
    MessageRef { conversation: message.channel.clone(), message: message.ts.clone() }
}

/// Lets Slack call the backend.
pub(crate) async fn serve(listener: TcpListener, backend: Arc<dyn ChatBackend>) {
    let answer = move |request: Request| {
        let backend = Arc::clone(&backend);
        async move { call(backend.as_ref(), request).await }
    };
    axum::serve(listener, Router::new().fallback(answer)).await.unwrap();
}

/// As the program does it, but for its limits.
async fn call(backend: &dyn ChatBackend, request: Request) -> Response {
    let (head, body) = request.into_parts();
    assert!(backend.callback_paths().contains(&head.uri.path()));
    let body = to_bytes(body, usize::MAX).await.unwrap();
    backend.callback(CallbackRequest::from_parts(head, body)).await.map(Body::from)
}
