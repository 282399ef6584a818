//! A Mattermost server, the backend on it with decisions switched on, and a sink that answers what it was told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accessbot_core::backend::decision::{
    Action, Answer, ChatUserId, Choice, Choices, Decision, DecisionSink, OpenMessage, Outcome, Press, Proof,
    ReasonRule, TurnedAway,
};
use accessbot_core::backend::{
    BackendContext, CardState, ChatBackend, Content, MessageRef, Outgoing, Recipient, Resolution, Section, Value,
};
use accessbot_core::request::RequestId;
use accessbot_core::teleport::TeleportError;
use accessbot_mattermost::BACKEND;
use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox, PostView};
use async_trait::async_trait;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::{card, marker, request};

/// Keeps what it is handed, and answers in turn what it was told to: "It was recorded." if it was told nothing.
#[derive(Default)]
pub(crate) struct Script {
    inside: Mutex<Inside>,
    /// Whether Teleport is slow: then nothing is decided until it is not.
    slow: watch::Sender<bool>,
}

#[derive(Default)]
struct Inside {
    answers: VecDeque<Answer>,
    decisions: Vec<Decision>,
    presses: Vec<Press>,
    open: Vec<OpenMessage>,
    turned_away: Vec<TurnedAway>,
    lists: usize,
}

impl Script {
    fn with<T>(&self, act: impl FnOnce(&mut Inside) -> T) -> T {
        act(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next decision that nothing was said about is answered with this.
    pub(crate) fn answers(&self, outcome: Outcome, text: &str) {
        self.with(|inside| inside.answers.push_back(Answer::new(outcome, text)));
    }

    /// What was decided so far.
    pub(crate) fn decisions(&self) -> Vec<Decision> {
        self.with(|inside| inside.decisions.clone())
    }

    /// What the backend turned away so far.
    pub(crate) fn turned_away(&self) -> Vec<TurnedAway> {
        self.with(|inside| inside.turned_away.clone())
    }

    /// Whether anything was handed over that could become a decision.
    pub(crate) fn heard_anything(&self) -> bool {
        self.with(|inside| !inside.decisions.is_empty() || !inside.presses.is_empty())
    }

    /// A message on which something can be decided.
    pub(crate) fn opens(&self, message: &MessageRef) {
        self.opens_for(&request(), message);
    }

    /// The same, of this request.
    pub(crate) fn opens_for(&self, request: &RequestId, message: &MessageRef) {
        let open = OpenMessage { request: request.clone(), message: message.clone() };
        self.with(|inside| inside.open.push(open));
    }

    /// From now on, or from now on no more, decisions take for ever.
    pub(crate) fn is_slow(&self, slow: bool) {
        self.slow.send_replace(slow);
    }

    /// How often somebody asked for the open messages.
    pub(crate) fn lists(&self) -> usize {
        self.with(|inside| inside.lists)
    }
}

/// What buttons of ours prove.
pub(crate) const PROOF: &str = "proof-of-ours";

#[async_trait]
impl DecisionSink for Script {
    async fn decide(&self, decision: Decision) -> Answer {
        self.slow.subscribe().wait_for(|slow| !slow).await.unwrap();
        let recorded = || Answer::new(Outcome::Recorded, "It was recorded.");
        self.with(|inside| {
            inside.decisions.push(decision);
            inside.answers.pop_front().unwrap_or_else(recorded)
        })
    }

    fn ask(&self, press: &Press) -> Result<String, Answer> {
        if press.proof != Proof::new(PROOF) {
            return Err(Answer::new(Outcome::NotAllowed, "This button is not ours."));
        }
        self.with(|inside| {
            inside.presses.push(press.clone());
            Ok(format!("form.{}", inside.presses.len() - 1))
        })
    }

    fn reopen(&self, state: &str, who: &ChatUserId) -> Result<Press, Answer> {
        let place = state.strip_prefix("form.").and_then(|place| place.parse::<usize>().ok());
        let press = place.and_then(|place| self.with(|inside| inside.presses.get(place).cloned()));
        press
            .filter(|press| press.who == *who)
            .ok_or_else(|| Answer::new(Outcome::NotAllowed, "This form is not yours."))
    }

    fn turn_away(&self, call: &TurnedAway) -> Answer {
        self.with(|inside| inside.turned_away.push(call.clone()));
        call.why.answer()
    }

    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError> {
        self.with(|inside| {
            inside.lists += 1;
            Ok(inside.open.clone())
        })
    }
}

/// All of it.
pub(crate) struct World {
    pub(crate) server: MattermostSandbox,
    pub(crate) backend: Arc<dyn ChatBackend>,
    pub(crate) script: Arc<Script>,
    /// Where Mattermost calls us, without the path.
    pub(crate) url: String,
    pub(crate) announced: AtomicUsize,
}

/// The marker of the first announcement. The others count on.
pub(crate) const MARKER: &str = "m2s4x6abcdefghjkmnpqrstuv0";

impl World {
    /// With these inputs.
    pub(crate) async fn start(inputs: &[&str]) -> Self {
        Self::with(inputs, MattermostOptions::default()).await
    }

    pub(crate) async fn with(inputs: &[&str], options: MattermostOptions) -> Self {
        let server = MattermostSandbox::start(options).await.unwrap();
        let Bot { backend, script, url } = Bot::start(&server.url(), server.token(), inputs).await;
        Self { server, backend, script, url, announced: AtomicUsize::new(0) }
    }

    /// Announces a request in a place, with buttons that ask for a reason by this rule.
    pub(crate) async fn announce_in(&self, place: &str, rule: ReasonRule) -> MessageRef {
        let found = self.backend.resolve(&Recipient::Configured(place.to_owned())).await.unwrap();
        let Resolution::Resolved(conversation) = found else { panic!("{found:?}") };
        let number = self.announced.fetch_add(1, Ordering::Relaxed);
        let (request, marker) = (request(), marker(&MARKER.replace('0', &number.to_string())));
        let content = open_card(rule);
        let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
        self.backend.post(&conversation, &outgoing).await.unwrap()
    }

    pub(crate) async fn announce(&self, rule: ReasonRule) -> MessageRef {
        self.announce_in("lab/access", rule).await
    }

    /// What somebody was told where nobody else sees it, by the buttons' answers.
    pub(crate) fn whispers(&self, user: &str) -> Vec<String> {
        self.server.ephemerals(user).unwrap().into_iter().map(|post| post.message).collect()
    }

    /// The bot's direct messages to somebody.
    pub(crate) fn told(&self, user: &str) -> Vec<String> {
        let posts = self.server.posts(&format!("@{user}")).into_iter();
        let ours = posts.filter(|post| post.author == "teleport" && !is_card(post));
        ours.map(|post| post.message.replace('\u{200b}', "")).collect()
    }

    /// What the server would sign if somebody pressed a button just now.
    pub(crate) fn pressed(&self, user: &str) -> String {
        self.server.trigger_of(user, Duration::ZERO).unwrap()
    }

    pub(crate) fn user(&self, name: &str) -> ChatUserId {
        ChatUserId(self.server.user_id(name).unwrap())
    }
}

/// The backend, and what it talks to beside the chat.
pub(crate) struct Bot {
    pub(crate) backend: Arc<dyn ChatBackend>,
    pub(crate) script: Arc<Script>,
    /// Where Mattermost calls it, without the path.
    pub(crate) url: String,
}

impl Bot {
    /// On the server at `server`, with these inputs.
    pub(crate) async fn start(server: &str, token: &str, inputs: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/bot", listener.local_addr().unwrap());
        let script = Arc::new(Script::default());
        let mut context = crate::context();
        context.decisions = Arc::clone(&script) as Arc<dyn DecisionSink>;
        context.review = true;
        context.public_url = Some(url.clone());
        let backend = backend(server, token, inputs, &context);
        tokio::spawn(serve(listener, Arc::clone(&backend)));
        Self { backend, script, url }
    }
}

/// Whether it announces a request.
pub(crate) fn is_card(post: &PostView) -> bool {
    post.props.get("accessbot").is_some_and(|mark| mark["kind"] == "card")
}

/// The backend on this server.
pub(crate) fn backend(server: &str, token: &str, inputs: &[&str], context: &BackendContext) -> Arc<dyn ChatBackend> {
    let text = |text: &str| Value::Text(text.to_owned());
    let values = BTreeMap::from([
        ("url".to_owned(), text(server)),
        ("token".to_owned(), text(token)),
        ("review.input".to_owned(), Value::List(inputs.iter().map(|input| text(input)).collect())),
    ]);
    (BACKEND.build)(&mut Section::new("mattermost", "accessbot.toml", values), context).unwrap()
}

/// The card of a request that can be decided.
pub(crate) fn open_card(rule: ReasonRule) -> Content {
    let mut content = card(&request(), CardState::Pending, "why");
    if let Content::Card(card) = &mut content {
        let button = |action| Choice { action, proof: Proof::new(PROOF) };
        card.choices = Some(Choices { reason: rule, buttons: Action::ALL.map(button).to_vec() });
    }
    content
}

/// Lets Mattermost call the backend, below `/bot/mattermost`.
pub(crate) async fn serve(listener: TcpListener, backend: Arc<dyn ChatBackend>) {
    axum::serve(listener, axum::Router::new().fallback(call).with_state(backend)).await.unwrap();
}

/// What the program does with a call: it takes the backend's name from the path.
async fn call(State(backend): State<Arc<dyn ChatBackend>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let Some(path) = head.uri.path().strip_prefix("/bot/mattermost") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    head.uri = path.parse().unwrap();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    backend.callback(axum::http::Request::from_parts(head, body)).await.map(axum::body::Body::from)
}
