//! A backend for the server in memory, right but for at most one flaw.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse};
use accessbot_core::backend::decision::{ChatUser, ChatUserId, DecisionSink, Membership, Standing};
use accessbot_core::backend::{
    Capabilities, CardState, ChatBackend, ChatError, ChatErrorKind, Content, Conversation, ConversationKind, Finding,
    Marker, MessageRef, Note, OnUncertain, Outgoing, Recipient, Resolution, Sought, Unreachable,
};
use accessbot_core::request::RequestId;
use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::decisions::{Press, choices_of};
use crate::flaw::Flaw;
use crate::render::Renderer;
use crate::server::{ACCOUNTS, CHANNEL, DIRECT, GROUP, Message, Refusal, Server, State};

/// How long a call waits for the server.
const PATIENCE: Duration = Duration::from_secs(10);
/// Posts at once.
const SLOTS: usize = 5;

pub(crate) struct Backend {
    pub(crate) server: Arc<Server>,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) unsearchable: Option<OnUncertain>,
    pub(crate) decisions: Arc<dyn DecisionSink>,
    slots: Semaphore,
}

impl Backend {
    pub(crate) fn new(
        server: Arc<Server>,
        flaw: Option<Flaw>,
        unsearchable: Option<OnUncertain>,
        decisions: Arc<dyn DecisionSink>,
    ) -> Self {
        Self { server, flaw, unsearchable, decisions, slots: Semaphore::new(SLOTS) }
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    async fn call<T: Send>(
        &self,
        name: &'static str,
        writes: bool,
        act: impl FnOnce(&mut State) -> Result<T, Refusal> + Send,
    ) -> Result<T, ChatError> {
        let call = self.server.call(writes, act);
        let answer = if self.has(Flaw::WaitsForEver) {
            call.await
        } else {
            timeout(PATIENCE, call).await.unwrap_or(Err(Refusal::NoAnswer))
        };
        answer.map_err(|refusal| self.error(name, writes, refusal))
    }

    fn error(&self, call: &'static str, writes: bool, refusal: Refusal) -> ChatError {
        let error = |kind| ChatError::new(kind, call, format!("{refusal:?}"));
        match refusal {
            Refusal::NotReached | Refusal::NoAnswer => {
                let unclear = match self.flaw {
                    Some(Flaw::NeverSureItFailed) => true,
                    Some(Flaw::AlwaysSureItFailed) => false,
                    _ => writes && refusal == Refusal::NoAnswer,
                };
                let error = error(ChatErrorKind::Transient);
                if unclear { error.maybe_done() } else { error }
            }
            Refusal::TooMany(_) if self.has(Flaw::ForgetsThePause) => error(ChatErrorKind::RateLimited(None)),
            Refusal::TooMany(pause) => error(ChatErrorKind::RateLimited(Some(pause))),
            Refusal::WrongToken if self.has(Flaw::TriesARefusedTokenAgain) => error(ChatErrorKind::Transient),
            Refusal::WrongToken => error(ChatErrorKind::Unauthorized),
            Refusal::TooLong => error(ChatErrorKind::Rejected),
            Refusal::NoSuchMessage => error(ChatErrorKind::MessageGone),
        }
    }

    fn render(&self, content: &Content) -> String {
        Renderer(self.flaw).render(content)
    }

    pub(crate) async fn put(
        &self,
        conversation: &Conversation,
        outgoing: &Outgoing<'_>,
    ) -> Result<MessageRef, ChatError> {
        let message = Message {
            reference: MessageRef { conversation: conversation.id.clone(), message: String::new() },
            ours: true,
            request: outgoing.request.clone(),
            marker: Some(outgoing.marker.clone()),
            is_card: matches!(outgoing.content, Content::Card(_)),
            root: outgoing.root.filter(|_| !self.has(Flaw::PostsOutsideOfThreads)).cloned(),
            text: self.render(outgoing.content),
            choices: choices_of(outgoing.content, self.flaw),
            deleted: false,
        };
        self.call("post", true, |state| state.add(message)).await
    }
}

#[async_trait]
impl ChatBackend for Backend {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.decisions = true;
        capabilities.on_uncertain = self.unsearchable.unwrap_or(capabilities.on_uncertain);
        capabilities
    }

    async fn probe(&self) -> Result<(), ChatError> {
        self.call("probe", false, |_| Ok(())).await
    }

    async fn check(&self) -> Vec<Finding> {
        let probed = self.probe().await;
        if self.has(Flaw::PostsWhenChecked) && probed.is_ok() {
            let note = Note { state: CardState::Pending, line: Vec::new(), quote: None, link: None };
            let (request, marker) = (RequestId::new("test"), Marker::from_bytes(&[0; Marker::LENGTH]));
            let outgoing = Outgoing { request: &request, marker: &marker, content: &Content::Note(note), root: None };
            let channel = Conversation { id: CHANNEL.to_owned(), kind: ConversationKind::Channel };
            let _ = self.put(&channel, &outgoing).await;
        }
        vec![match probed {
            Err(error) if !self.has(Flaw::ChecksNothing) => Finding::chat_error("token", &error),
            _ => Finding::ok("token", "accepted"),
        }]
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        self.call("resolve", false, |_| Ok(())).await?;
        let resolved = |id: &str, kind| Ok(Resolution::Resolved(Conversation { id: id.to_owned(), kind }));
        match recipient {
            Recipient::Configured(text) if text == "access" || self.has(Flaw::GuessesRecipients) => {
                resolved(CHANNEL, ConversationKind::Channel)
            }
            Recipient::Person(name) if name == "access" && self.has(Flaw::TakesPersonsForChannels) => {
                resolved(CHANNEL, ConversationKind::Channel)
            }
            Recipient::Person(name) if name == "alice@example.com" => resolved(DIRECT, ConversationKind::Direct),
            _ => Ok(Resolution::Unreachable(Unreachable::NotFound)),
        }
    }

    async fn post(&self, conversation: &Conversation, outgoing: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        let turn = timeout(Duration::from_millis(20), self.slots.acquire()).await;
        let Ok(Ok(turn)) = turn else { return Err(ChatError::new(ChatErrorKind::Transient, "post", "crowded")) };
        if self.has(Flaw::LeaksWhenCancelled) {
            turn.forget();
        }
        let mut posted = self.put(conversation, outgoing).await;
        if self.has(Flaw::RepeatsPosts) && posted.as_ref().is_err_and(|error| error.maybe_done) {
            posted = self.put(conversation, outgoing).await;
        }
        if self.has(Flaw::LeaksWhenCancelled) {
            self.slots.add_permits(1);
        }
        let mut reference = posted.map_err(|error| match self.flaw {
            Some(Flaw::TellsWhatItSays) => ChatError { message: self.render(outgoing.content), ..error },
            _ => error,
        })?;
        if self.has(Flaw::TakesTheNewestForItsOwn) {
            reference = self.server.state().messages.last().unwrap().reference.clone();
        }
        if self.has(Flaw::MisnamesDirectConversations) && conversation.kind == ConversationKind::Direct {
            "@alice".clone_into(&mut reference.conversation);
        }
        Ok(reference)
    }

    async fn find(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        if self.unsearchable.is_some() {
            return Err(ChatError::new(ChatErrorKind::Unsearchable, "find", "cannot look"));
        }
        let fits = |message: &&Message| {
            let exact = sought.marker.is_some();
            let about = match sought.marker {
                Some(marker) => message.marker.as_ref() == Some(marker),
                None => message.is_card || self.has(Flaw::FindsNotes),
            };
            about
                && !message.deleted
                && (message.ours || exact && self.has(Flaw::FindsCopies))
                && (message.request == *sought.request || exact && self.has(Flaw::FindsOtherRequests))
                && (message.reference.conversation == sought.conversation.id || exact && self.has(Flaw::FindsElsewhere))
                && (message.root.as_ref() == sought.root || exact && self.has(Flaw::FindsOutsideOfThreads))
        };
        let found = |state: &mut State| {
            Ok(state.messages.iter().filter(fits).map(|message| message.reference.clone()).collect::<Vec<_>>())
        };
        let mut found = self.call("find", false, found).await?;
        if self.has(Flaw::FindsNewestFirst) {
            found.reverse();
        }
        Ok(found)
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        let message = self.call("verify", false, |state| state.get(message).cloned()).await?;
        let fits = message.ours && message.request == *request && message.marker.as_ref() == Some(marker);
        Ok(fits || self.has(Flaw::BelievesEveryReference))
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        let text = self.render(outgoing.content);
        let updated = self.call("update", true, |state| {
            let old = state.get(message)?.text.clone();
            state.receive(&text)?;
            let message = state.get(message)?;
            message.text.clone_from(&text);
            let choices = choices_of(outgoing.content, self.flaw);
            match self.flaw {
                Some(Flaw::LeavesButtons) if choices.is_none() => {}
                Some(Flaw::LosesButtons) => message.choices = None,
                _ => message.choices = choices,
            }
            match self.flaw {
                Some(Flaw::KeepsOldContent) => message.text.extend(old.chars().take(50)),
                Some(Flaw::LosesTheMarker) => message.marker = None,
                _ => {}
            }
            Ok(())
        });
        match updated.await {
            Err(error) if error.kind == ChatErrorKind::MessageGone => match self.flaw {
                Some(Flaw::PostsWhatIsGoneAnew) => {
                    let id = message.conversation.clone();
                    self.put(&Conversation { id, kind: ConversationKind::Channel }, outgoing).await.map(drop)
                }
                Some(Flaw::SaysHopelessOfWhatIsGone) => {
                    Err(ChatError { kind: ChatErrorKind::Hopeless(Unreachable::NotFound), ..error })
                }
                _ => Err(error),
            },
            updated => updated,
        }
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        let deleted = self.call("delete", true, |state| {
            state.get(message)?.deleted = true;
            Ok(())
        });
        match deleted.await {
            Err(error) if error.kind == ChatErrorKind::MessageGone && !self.has(Flaw::FailsToDeleteTwice) => Ok(()),
            deleted => deleted,
        }
    }

    fn callback_paths(&self) -> &'static [&'static str] {
        &["/decide"]
    }

    async fn callback(&self, request: CallbackRequest) -> CallbackResponse {
        match self.flaw {
            Some(Flaw::PanicsOverGarbage) => {
                let _: Vec<_> = std::str::from_utf8(request.body()).unwrap().chars().collect();
            }
            Some(Flaw::BelievesAnyCaller) if request.body().is_empty() => {
                self.decide(&Press::default(), None).await;
            }
            _ => {}
        }
        self.called(&request).await
    }

    async fn identify(&self, who: &ChatUserId) -> Result<Option<ChatUser>, ChatError> {
        let account = ACCOUNTS.iter().find(|(name, _)| *name == who.0);
        let standing = match account {
            Some((_, Standing::Bot)) if self.has(Flaw::TakesBotsForPeople) => Standing::Member,
            Some((_, standing)) => *standing,
            None if self.has(Flaw::KnowsEverybody) => Standing::Member,
            None => return Ok(None),
        };
        Ok(Some(ChatUser { id: who.clone(), name: who.0.clone(), standing, email: None }))
    }

    async fn membership(&self, who: &ChatUserId, channel: &Recipient) -> Result<Membership, ChatError> {
        let is_named = |id: &str| matches!(channel, Recipient::Configured(name) if name == id);
        let is_in = is_named(GROUP) && who.0 == "alice";
        let wrongly_in = is_named(GROUP) && self.has(Flaw::LetsEverybodyIn)
            || is_named(CHANNEL) && self.has(Flaw::TrustsPublicChannels);
        Ok(if is_in || wrongly_in {
            Membership::Member
        } else if is_named(GROUP) {
            Membership::Outsider
        } else {
            Membership::Unfit("no private channel".to_owned())
        })
    }
}
