//! The engine of accessbot.
//!
//! Everything here is policy and bookkeeping: which access requests there are, who must be told, what has been said
//! already, and what to do next. Nothing here opens a socket: Teleport is behind the [`teleport::Teleport`] port, the
//! chat systems are behind [`backend::ChatBackend`], the time is behind [`clock::Clock`].
//!
//! # Writing a backend
//!
//! A backend is a crate that depends on this one, and makes one chat system usable. It knows nothing of Teleport and
//! decides nothing: it finds conversations, posts, changes and finds messages, and says precisely what went wrong. It
//! consists of a value that describes it, a function that builds it, and an implementation of the trait.
//!
//! ## The definition
//!
//! A [`BackendDef`](backend::BackendDef) is a constant. Its `name` is what the command line, the section of the
//! configuration and the record in Teleport's plugin data are called. Its `keys` are those of that section; the program
//! reads `recipients` and the like itself ([`ROUTING_KEYS`](routing::ROUTING_KEYS)), checks spelling, hides what is
//! secret, and takes `example` for the file that it can write. Its `build` reads the section, key by key, so that every
//! mistake is reported at once, and opens no connection.
//!
//! ```
//! use std::sync::Arc;
//!
//! use accessbot_core::backend::{
//!     BackendContext, BackendDef, Capabilities, ChatBackend, ChatError, ChatErrorKind, ConfigError, Conversation,
//!     ConversationKind, Key, KeyKind, Marker, MessageRef, Outgoing, Recipient, Resolution, Section, Unreachable,
//! };
//! use accessbot_core::request::RequestId;
//! use accessbot_core::secret::SecretSource;
//! use async_trait::async_trait;
//!
//! /// For the list that `accessbot::run` gets.
//! pub const PIGEONS: BackendDef = BackendDef {
//!     name: "pigeons",
//!     keys: &[Key {
//!         name: "whistle",
//!         kind: KeyKind::Secret,
//!         aliases: &[],
//!         doc: "The tune that our pigeons obey, or the path of a file that holds it.",
//!     }],
//!     example: "[pigeons]\nwhistle = \"/var/lib/accessbot/whistle\"\nrecipients = [\"north tower\"]\n",
//!     build,
//! };
//!
//! fn build(section: &mut Section, _: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> {
//!     let whistle = section.required_secret("whistle", "write the tune, or the path of a file that holds it");
//!     section.finish(whistle.map(|whistle| Arc::new(Pigeons { whistle }) as Arc<dyn ChatBackend>))
//! }
//!
//! struct Pigeons {
//!     whistle: SecretSource,
//! }
//!
//! impl Pigeons {
//!     /// Sends a pigeon, and returns whether it found somebody who has what it asked for.
//!     async fn fly(&self, call: &'static str) -> Result<bool, ChatError> {
//!         // Read for every call: the operator may have changed it.
//!         let refused = |problem: String| ChatError::new(ChatErrorKind::Unauthorized, call, problem);
//!         let _tune = self.whistle.current().map_err(|error| refused(error.to_string()))?;
//!         // A pigeon that does not return may have delivered its message.
//!         Err(ChatError::new(ChatErrorKind::Transient, call, "it has not come back").maybe_done())
//!     }
//! }
//!
//! #[async_trait]
//! impl ChatBackend for Pigeons {
//!     fn capabilities(&self) -> Capabilities {
//!         Capabilities::default()
//!     }
//!
//!     async fn probe(&self) -> Result<(), ChatError> {
//!         self.fly("probe").await.map(drop)
//!     }
//!
//!     async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
//!         Ok(match recipient {
//!             Recipient::Configured(tower) if self.fly("resolve").await? => {
//!                 Resolution::Resolved(Conversation { id: tower.clone(), kind: ConversationKind::Channel })
//!             }
//!             Recipient::Configured(_) => Resolution::Unreachable(Unreachable::NotFound),
//!             // Nothing says where a Teleport user lives.
//!             Recipient::Person(_) => Resolution::Unreachable(Unreachable::Unknown),
//!         })
//!     }
//!
//!     async fn post(&self, to: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
//!         self.fly("post").await?;
//!         Ok(MessageRef { conversation: to.id.clone(), message: message.marker.to_string() })
//!     }
//!
//!     async fn verify(&self, message: &MessageRef, _: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
//!         if !self.fly("verify").await? {
//!             return Err(ChatError::new(ChatErrorKind::MessageGone, "verify", "nobody has it any more"));
//!         }
//!         Ok(message.message == marker.as_str())
//!     }
//!
//!     async fn update(&self, _: &MessageRef, _: &Outgoing<'_>) -> Result<(), ChatError> {
//!         let gone = || ChatError::new(ChatErrorKind::MessageGone, "update", "nobody has it any more");
//!         self.fly("update").await?.then_some(()).ok_or_else(gone)
//!     }
//!
//!     async fn delete(&self, _: &MessageRef) -> Result<(), ChatError> {
//!         self.fly("delete").await.map(drop)
//!     }
//! }
//! ```
//!
//! ## The order of calls
//!
//! One value serves everything at once, from several tasks. The engine
//!
//! 1. calls [`probe`](backend::ChatBackend::probe) when it starts, and again whenever a call failed in a way that may
//!    concern the whole server; until it succeeds no request is worked on. Meanwhile it calls
//!    [`resolve`](backend::ChatBackend::resolve) for every recipient in the configuration;
//! 2. for a new request, resolves its recipients (it remembers conversations for ten minutes, failures for one), writes
//!    down that it is about to post and with which [marker](backend::Marker), and only then calls
//!    [`post`](backend::ChatBackend::post), once for each conversation;
//! 3. when it cannot tell whether an attempt was carried out (an error that is `maybe_done`, a call that it gave up, a
//!    crash) calls [`find`](backend::ChatBackend::find) with that marker, and posts again, with the same marker, only if
//!    nothing is found. After [`settle`](backend::Capabilities::settle) it looks a second time, and calls
//!    [`delete`](backend::ChatBackend::delete) for every message that is too many;
//! 4. whenever the request has changed calls [`update`](backend::ChatBackend::update) of its announcements, and `post`
//!    with a [root](backend::Outgoing::root) for replies in their threads;
//! 5. before it touches a message whose reference it read from a record, which others can write, calls
//!    [`verify`](backend::ChatBackend::verify) once.
//!
//! A backend may assume that the conversation of a `post` came from its own `resolve`, and that the root is a message of
//! its own that stood when it was looked at. It may not assume that a reference is one of its own, that a call is not
//! repeated, that it is awaited to its end, or that any text is harmless: whatever is not
//! [`Span::Ours`](backend::Span::Ours) was written by people outside. What [`text`] holds helps to show it.
//!
//! ## What went wrong
//!
//! The kind of a [`ChatError`](backend::ChatError) says what the engine does about it:
//!
//! | kind | for | the engine |
//! |---|---|---|
//! | `Transient` | no connection, no answer, trouble on the server | probes, and tries again with growing delays |
//! | `RateLimited` | the server asks for a pause | tries again after it |
//! | `Unauthorized` | our credential is refused | tells the operator, and probes until it is accepted |
//! | `Hopeless` | this conversation cannot be posted to | gives this recipient up |
//! | `MessageGone` | somebody deleted the message | leaves it so |
//! | `Rejected` | the server refuses what we sent as malformed | gives this message up, and reports a bug |
//! | `Unsearchable` | `find` cannot look | does what [`OnUncertain`](backend::OnUncertain) says |
//!
//! With `maybe_done` it looks for the message before it repeats the call. Say so whenever the request may have reached
//! the server and no clear answer came back; a connection that was refused, and an answer that says no, are certain. No
//! call is to be repeated within the backend if it may have taken effect, and none may take longer than a minute.
//!
//! ## What people do in the chat
//!
//! A backend that lets people decide says so in its [`Capabilities`](backend::Capabilities::decisions), shows a button
//! for each of a card's [`choices`](backend::Card::choices) (and none on a card without), hands each
//! [`Decision`](backend::decision::Decision) to the sink in its [context](backend::BackendContext::decisions), and shows
//! whoever decided the answer, as text and to nobody else. It learns of them in one of two ways: the chat server calls
//! one of its [`callback_paths`](backend::ChatBackend::callback_paths), where
//! [`callback`](backend::ChatBackend::callback) must verify who calls, or the backend
//! [`listen`](backend::ChatBackend::listen)s over a connection of its own. The account that decides, and the message, must
//! be what the chat server vouches for, not what a client claims; [`identify`](backend::ChatBackend::identify) is asked
//! anew each time what kind of account it is. Whether that person may decide is not the backend's business.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use accessbot_core::backend::decision::{
//!     Answer, ChatUserId, Decision, DecisionSink, Evidence, Outcome, Press, ReasonRule,
//! };
//!
//! /// What somebody sees, and nobody else.
//! enum Shown {
//!     Text(String),
//!     /// A form with this state, which comes back with the reason.
//!     Form(String),
//! }
//!
//! struct Roost {
//!     sink: Arc<dyn DecisionSink>,
//! }
//!
//! impl Roost {
//!     /// A pigeon brings a button back. Request, action, proof and rule are what it carried; message and account are what
//!     /// the ring on its leg says.
//!     async fn pressed(&self, press: Press, rule: ReasonRule) -> Shown {
//!         if rule == ReasonRule::Off {
//!             let answer = self.decide(press.clone(), None).await;
//!             // The operator may have changed the rule since the button was made.
//!             if answer.outcome != Outcome::ReasonWanted {
//!                 return Shown::Text(answer.text);
//!             }
//!         }
//!         match self.sink.ask(&press) {
//!             Ok(state) => Shown::Form(state),
//!             Err(answer) => Shown::Text(answer.text),
//!         }
//!     }
//!
//!     /// A form comes back, from whoever sent it: the sink knows whose it is.
//!     async fn filled_in(&self, state: String, who: ChatUserId, reason: Option<String>) -> Shown {
//!         let press = match self.sink.reopen(&state, &who) {
//!             Ok(press) => press,
//!             Err(answer) => return Shown::Text(answer.text),
//!         };
//!         let answer = self.decide(press, reason).await;
//!         if answer.outcome == Outcome::ReasonWanted { Shown::Form(state) } else { Shown::Text(answer.text) }
//!     }
//!
//!     async fn decide(&self, press: Press, reason: Option<String>) -> Answer {
//!         let Press { request, action, message, who, proof } = press;
//!         // Whatever is not recorded by then never is: they can be told so, and try again.
//!         let (evidence, patience) = (Evidence::Button(proof), Duration::from_secs(20));
//!         self.sink.decide(Decision { request, action, reason, message, who, evidence, patience }).await
//!     }
//! }
//! # use accessbot_core::backend::MessageRef;
//! # use accessbot_core::backend::decision::{Action, DecisionsOff, Proof};
//! # let press = Press {
//! #     request: accessbot_core::request::RequestId::new("1"),
//! #     action: Action::Approve,
//! #     message: MessageRef { conversation: "north tower".to_owned(), message: "1".to_owned() },
//! #     who: ChatUserId("alice".to_owned()),
//! #     proof: Proof::new("proof"),
//! # };
//! # let roost = Roost { sink: Arc::new(DecisionsOff) };
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # for rule in [ReasonRule::Off, ReasonRule::Required] {
//! #     let shown = runtime.block_on(roost.pressed(press.clone(), rule));
//! #     assert!(matches!(shown, Shown::Text(text) if text.contains("not decided here")));
//! # }
//! # let shown = runtime.block_on(roost.filled_in("form".to_owned(), press.who, None));
//! # assert!(matches!(shown, Shown::Text(text) if text.contains("not decided here")));
//! ```
//!
//! ## Knowing that it is right
//!
//! `accessbot_testkit::conformance` holds a backend against everything that is said here, each rule with a server of its
//! own and with its trouble: lost answers, cancelled calls, hostile text, limits, frozen servers, forged calls. It needs a
//! fake of the chat server that keeps messages, behind its trait `Fixture` (and `Deciding`, if people decide there), and
//! one test:
//!
//! ```text
//! #[tokio::test]
//! async fn pigeons_keep_the_rules() {
//!     accessbot_testkit::conformance::run(Loft::start).await;
//! }
//! ```
//!
//! It fails with the name of every broken rule and what was seen. `contrib/custom-backend` in the repository is a whole
//! backend with such a test, to start from.

pub mod appearance;
pub mod backend;
pub mod clock;
pub mod engine;
pub mod ledger;
pub mod plan;
pub mod random;
pub mod request;
pub mod review;
pub mod routing;
pub mod secret;
pub mod teleport;
pub mod text;
pub mod words;
