//! What the server in memory tells the backend of people who decide, and what the backend does with it.
//!
//! The server shows its password with every call. It sends a press as the button carried it, with the person and the
//! message as it knows them and as the person's client claims them; and a form with its state.

use std::time::Duration;

use accessbot_core::backend::Span;
use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse, empty};
use accessbot_core::backend::decision::{
    self, Action, Answer, ChatUserId, Choice, Choices, Decision, Evidence, Outcome, Proof, ReasonRule,
};
use accessbot_core::backend::{CardState, Content, Conversation, ConversationKind, Marker, MessageRef, Note, Outgoing};
use accessbot_core::request::RequestId;
use http::StatusCode;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::flaw::Flaw;
use crate::server::{CHANNEL, PASSWORD};

/// A press as it is handed over.
pub(crate) struct Press(decision::Press);

impl Default for Press {
    fn default() -> Self {
        Self(decision::Press {
            request: RequestId::new("1"),
            action: Action::Approve,
            message: MessageRef { conversation: CHANNEL.to_owned(), message: "m0".to_owned() },
            who: ChatUserId("alice".to_owned()),
            proof: Proof::new("none"),
        })
    }
}

/// The buttons of a message.
pub(crate) fn choices_of(content: &Content, flaw: Option<Flaw>) -> Option<Choices> {
    let Content::Card(card) = content else { return None };
    let invented = || {
        let button = |action| Choice { action, proof: Proof::new("mine") };
        Choices { reason: ReasonRule::Off, buttons: Action::ALL.map(button).to_vec() }
    };
    let invents = flaw == Some(Flaw::InventsButtons);
    card.choices.clone().or_else(|| invents.then(invented))
}

impl Backend {
    pub(crate) async fn called(&self, request: &CallbackRequest) -> CallbackResponse {
        let genuine = request.headers().get("password").is_some_and(|shown| shown == PASSWORD);
        if !genuine && !self.has(Flaw::ForgetsThePassword) {
            let thanked = self.has(Flaw::ThanksForGarbage);
            return empty(if thanked { StatusCode::OK } else { StatusCode::UNAUTHORIZED });
        }
        let Ok(call) = serde_json::from_slice::<Value>(request.body()) else { return empty(StatusCode::BAD_REQUEST) };
        let answer = match call["kind"].as_str() {
            Some("press") => self.pressed(&call).await,
            Some("form") => self.filled_in(&call).await,
            _ => None,
        };
        match answer {
            Some(answer) => CallbackResponse::new(answer.to_string().into()),
            None => empty(StatusCode::BAD_REQUEST),
        }
    }

    async fn pressed(&self, call: &Value) -> Option<Value> {
        let text = |key: &str| call[key].as_str().map(str::to_owned);
        let who = ChatUserId(text("user")?);
        let asks = call["reason"] != "off";
        let mut press = decision::Press {
            request: RequestId::new(text("request")?),
            action: Action::of_word(&text("action")?)?,
            message: MessageRef { conversation: text("conversation")?, message: text("message")? },
            who: who.clone(),
            proof: Proof::new(text("proof")?),
        };
        if !asks {
            match self.flaw {
                Some(Flaw::BelievesTheClient) => press.who = ChatUserId(text("client")?),
                Some(Flaw::MixesUpActions) => press.action = Action::Approve,
                Some(Flaw::ShortensProofs) => press.proof = Proof::new(press.proof.as_str().get(..200)?),
                Some(Flaw::NamesTheNewestMessage) => {
                    press.message = self.server.state().messages.last()?.reference.clone();
                }
                _ => {}
            }
        }
        if !asks || self.has(Flaw::AsksNobody) {
            let press = Press(press);
            let answer = self.decide(&press, None).await;
            if self.has(Flaw::DecidesTwice) {
                self.decide(&press, None).await;
            }
            return Some(self.tell(&who, &answer).await);
        }
        let mut states = vec![self.decisions.ask(&press).ok()?];
        if self.has(Flaw::OpensTwoForms) {
            states.push(self.decisions.ask(&press).ok()?);
        }
        self.server.state().forms.extend(states.into_iter().map(|state| (press.who.0.clone(), state)));
        Some(json!({}))
    }

    async fn filled_in(&self, call: &Value) -> Option<Value> {
        let text = |key: &str| call[key].as_str().map(str::to_owned);
        let (state, who) = (text("state")?, ChatUserId(text("user")?));
        let owner =
            self.server.state().forms.iter().find(|(_, form)| *form == state).map(|(owner, _)| owner.clone())?;
        let opener = if self.has(Flaw::TakesAnybodysForm) { ChatUserId(owner) } else { who.clone() };
        let press = match self.decisions.reopen(&state, &opener) {
            Ok(press) => press,
            Err(answer) => return Some(json!({"open": answer.text})),
        };
        let reason = text("text").map(|reason| match self.flaw {
            Some(Flaw::RewritesReasons) => reason.lines().next().unwrap_or_default().to_owned(),
            _ => reason,
        });
        let answer = self.decide(&Press(press), reason).await;
        if answer.outcome == Outcome::ReasonWanted && !self.has(Flaw::ClosesForms) {
            return Some(json!({"open": answer.text}));
        }
        Some(self.tell(&who, &answer).await)
    }

    /// Says the answer.
    async fn tell(&self, who: &ChatUserId, answer: &Answer) -> Value {
        if self.has(Flaw::AnswersInTheChannel) {
            let note = Note {
                state: CardState::Pending,
                line: vec![Span::Ours(answer.text.clone())],
                quote: None,
                link: None,
            };
            let (request, marker) = (RequestId::new("1"), Marker::from_bytes(&[1; Marker::LENGTH]));
            let outgoing = Outgoing { request: &request, marker: &marker, content: &Content::Note(note), root: None };
            let channel = Conversation { id: CHANNEL.to_owned(), kind: ConversationKind::Channel };
            let _ = self.put(&channel, &outgoing).await;
        }
        let text = match self.flaw {
            Some(Flaw::LeavesMarkupInAnswers) => answer.text.clone(),
            _ => answer.text.replace('@', "@\u{200b}"),
        };
        let mut state = self.server.state();
        state.told.push((who.0.clone(), text.clone()));
        if self.has(Flaw::AnswersEverybody) {
            state.told.push(("carol".to_owned(), text));
        }
        json!({})
    }

    pub(crate) async fn decide(&self, Press(press): &Press, reason: Option<String>) -> Answer {
        let decision::Press { request, action, message, who, proof } = press.clone();
        let evidence = Evidence::Button(proof);
        let patience = Duration::from_secs(1);
        self.decisions.decide(Decision { request, action, reason, message, who, evidence, patience }).await
    }
}
