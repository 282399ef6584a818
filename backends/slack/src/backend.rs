//! The backend itself: what the engine asks for, in calls to Slack.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse, empty};
use accessbot_core::backend::decision::{ChatUser, ChatUserId, Membership};
use accessbot_core::backend::{
    BackendContext, Capabilities, ChatBackend, ChatError, ChatErrorKind, Conversation, Finding, Marker, MessageRef,
    OnUncertain, Outgoing, Recipient, Resolution, Sought,
};
use accessbot_core::request::RequestId;
use accessbot_core::secret::SecretSource;
use async_trait::async_trait;
use http::StatusCode;
use tokio::time::timeout;

use crate::api::{NewMessage, Place, Posted};
use crate::callback::{self, Endpoint};
use crate::check;
use crate::client::Client;
use crate::directory::Directory;
use crate::failure::Failure;
use crate::group::Groups;
use crate::history;
use crate::identity::Identity;
use crate::interact::Interactions;
use crate::method::POST_MESSAGE;
use crate::pace::Pace;
use crate::person::chat_user;
use crate::recipient::{is_conversation_id, is_user_id};
use crate::render::{Rendered, render};
use crate::socket::Socket;

/// How long one call of the engine may take in all. It gives up after a minute itself.
const PATIENCE: Duration = Duration::from_secs(50);

/// A Slack workspace as the engine sees it.
pub(crate) struct Slack {
    client: Arc<Client>,
    identity: Arc<Identity>,
    directory: Directory,
    groups: Groups,
    pace: Pace,
    on_uncertain: OnUncertain,
    ears: Ears,
}

/// The ways in which we hear what people do. Without any there are no buttons.
#[derive(Default)]
pub(crate) struct Ears {
    /// Socket Mode.
    socket: Option<Socket>,
    /// The HTTP endpoint.
    endpoint: Option<Endpoint>,
}

impl Slack {
    pub(crate) fn new(client: Client, on_uncertain: OnUncertain) -> Self {
        Self {
            client: Arc::new(client),
            identity: Arc::default(),
            directory: Directory::default(),
            groups: Groups::default(),
            pace: Pace::default(),
            on_uncertain,
            ears: Ears::default(),
        }
    }

    /// The same with people deciding: heard over a socket for which `app_token` is needed, or by calls that are signed with
    /// `signing_secret`.
    pub(crate) fn with_decisions(
        mut self,
        app_token: Option<SecretSource>,
        signing_secret: Option<SecretSource>,
        context: &BackendContext,
    ) -> Self {
        let (client, identity) = (Arc::clone(&self.client), Arc::clone(&self.identity));
        let interactions =
            Arc::new(Interactions::new(Arc::clone(&client), Arc::clone(&identity), Arc::clone(&context.decisions)));
        let endpoint = |secret| Endpoint::new(secret, Arc::clone(&context.clock), Arc::clone(&interactions));
        self.ears.endpoint = signing_secret.map(endpoint);
        self.ears.socket = app_token.map(|app_token| Socket { client, identity, app_token, interactions });
        self
    }

    /// Posts, and posts plain text if Slack does not like what was rendered: better a plain word than none.
    async fn send(&self, mut message: NewMessage<'_>, plain: &str) -> Result<Posted, Failure> {
        match self.client.post_message(&message).await {
            Err(failure) if failure.is_about_content() && !message.blocks.is_empty() => {
                told_of_bug(&failure);
                message.text = plain;
                message.blocks = &[];
                self.client.post_message(&message).await
            }
            answer => answer,
        }
    }

    async fn change(&self, place: Place<'_>, rendered: &Rendered) -> Result<(), Failure> {
        match self.client.update_message(place, &rendered.text, &rendered.blocks, &rendered.metadata).await {
            Err(failure) if failure.is_about_content() && !rendered.blocks.is_empty() => {
                told_of_bug(&failure);
                self.client.update_message(place, &rendered.plain, &[], &rendered.metadata).await
            }
            answer => answer,
        }
    }

    /// Whether the message at `place` is ours and about the request, as far as the token lets us see.
    async fn is_ours(&self, place: Place<'_>, request: &RequestId, marker: &Marker) -> Result<Option<bool>, Failure> {
        let me = self.identity.me(&self.client).await?;
        match self.client.message(place).await {
            Ok(None) => Ok(None),
            Ok(Some(message)) => {
                Ok(Some(history::is_by(&message, &me) && history::is_about(&message, request, marker)))
            }
            // Whoever may not read can only ask whether it exists. Slack itself lets nobody change the messages of
            // others, so the worst that a forged reference can do is to change another message of ours.
            Err(failure) if is_blind(&failure) => self.client.permalink(place).await.map(|()| Some(true)),
            Err(failure) => Err(failure),
        }
    }
}

#[async_trait]
impl ChatBackend for Slack {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.go_messages = true;
        capabilities.on_uncertain = self.on_uncertain;
        capabilities.decisions = self.ears.socket.is_some() || self.ears.endpoint.is_some();
        capabilities
    }

    async fn probe(&self) -> Result<(), ChatError> {
        self.identity.ask(&self.client).await.map(drop).map_err(|failure| failure.into_error("probe"))
    }

    async fn check(&self) -> Vec<Finding> {
        let me = self.identity.ask(&self.client).await;
        let accepted = me.is_ok();
        let decisions = self.capabilities().decisions;
        let mut findings = check::findings(me, self.client.scopes(), self.on_uncertain, decisions);
        if accepted && let Some(socket) = &self.ears.socket {
            findings.push(check::app_token(self.client.socket_address(&socket.app_token).await));
        }
        findings
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        within("resolve", self.directory.resolve(&self.client, &self.identity, recipient)).await
    }

    async fn post(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        const CALL: &str = "post";
        // Asked for first: without it the answer could not be checked.
        let me = self.identity.me(&self.client).await.map_err(|failure| failure.into_error(CALL))?;
        let rendered = render(message.content, message.request, message.marker);
        // What was learnt since the conversation was resolved saves Slack from looking it up.
        let known = self.directory.id_of(&conversation.id);
        let channel = known.as_deref().unwrap_or(&conversation.id);
        if let Err(left) = self.pace.turn(channel, message.marker.as_str()).await {
            return Err(Failure::Paused { method: POST_MESSAGE, left }.into_error(CALL));
        }
        let mut new = NewMessage::new(channel, &rendered.text, &rendered.blocks, &rendered.metadata);
        new.thread_ts = message.root.map(|root| root.message.as_str());
        let posted = self.send(new, &rendered.plain).await.map_err(|failure| failure.into_error(CALL))?;
        let right_place = match channel.as_bytes().first() {
            _ if is_conversation_id(channel) => posted.channel == channel,
            Some(b'#') => posted.channel.starts_with(['C', 'G']),
            _ => posted.channel.starts_with('D'),
        };
        if !right_place || posted.ts.is_empty() || !posted.is_of(&me.bot_id) {
            let problem = "Slack answered with a message that is not the one we sent";
            return Err(ChatError::new(ChatErrorKind::Transient, CALL, problem).maybe_done());
        }
        self.directory.learn(&conversation.id, &posted.channel);
        Ok(MessageRef { conversation: posted.channel, message: posted.ts })
    }

    async fn find(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        const CALL: &str = "find";
        let unsearchable = |problem: &str| ChatError::new(ChatErrorKind::Unsearchable, CALL, problem);
        let Some(channel) = self.directory.id_of(&sought.conversation.id) else {
            return Err(unsearchable("the conversation's id is not known"));
        };
        let work = async {
            let me = self.identity.me(&self.client).await?;
            match history::find(&self.client, &me, &channel, sought).await {
                Err(failure) if is_blind(&failure) => Ok(Err(unsearchable(&failure.to_string()))),
                found => found.map(Ok),
            }
        };
        within(CALL, work).await?
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        const CALL: &str = "verify";
        let place = Place { channel: &message.conversation, ts: &message.message };
        if !place.is_sound() {
            return Err(gone(CALL));
        }
        within(CALL, self.is_ours(place, request, marker)).await?.ok_or_else(|| gone(CALL))
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        const CALL: &str = "update";
        let place = Place { channel: &message.conversation, ts: &message.message };
        if !place.is_sound() {
            return Err(gone(CALL));
        }
        let rendered = render(outgoing.content, outgoing.request, outgoing.marker);
        self.change(place, &rendered).await.map_err(|failure| failure.into_error(CALL))
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        let place = Place { channel: &message.conversation, ts: &message.message };
        // What cannot be a message is none.
        if !place.is_sound() {
            return Ok(());
        }
        match self.client.delete_message(place).await.map_err(|failure| failure.into_error("delete")) {
            Err(error) if error.kind == ChatErrorKind::MessageGone => Ok(()),
            answer => answer,
        }
    }

    async fn identify(&self, who: &ChatUserId) -> Result<Option<ChatUser>, ChatError> {
        const CALL: &str = "identify";
        if !is_user_id(&who.0) {
            return Ok(None);
        }
        let work = async {
            let me = self.identity.me(&self.client).await?;
            match self.client.user(&who.0).await {
                Ok(user) => Ok((user.id == who.0).then(|| chat_user(&user, &me))),
                // Also one of another organization whom the bot does not see.
                Err(failure) if failure.unreachable().is_some() => Ok(None),
                Err(failure) => Err(failure),
            }
        };
        within(CALL, work).await
    }

    async fn membership(&self, who: &ChatUserId, channel: &Recipient) -> Result<Membership, ChatError> {
        within("membership", self.groups.membership(&self.client, &self.identity, who, channel)).await
    }

    fn callback_paths(&self) -> &'static [&'static str] {
        if self.ears.endpoint.is_some() { callback::PATHS } else { &[] }
    }

    async fn callback(&self, request: CallbackRequest) -> CallbackResponse {
        match &self.ears.endpoint {
            Some(endpoint) => endpoint.answer(request).await,
            None => empty(StatusCode::NOT_FOUND),
        }
    }

    async fn listen(&self) -> Result<(), ChatError> {
        match &self.ears.socket {
            Some(socket) => socket.listen().await,
            None => std::future::pending().await,
        }
    }
}

/// Whether we may not look into the conversation, though we may post there.
fn is_blind(failure: &Failure) -> bool {
    failure.is_missing_scope() || matches!(failure.code(), Some("not_in_channel" | "channel_is_limited_access"))
}

fn gone(call: &'static str) -> ChatError {
    ChatError::new(ChatErrorKind::MessageGone, call, "the message does not exist")
}

fn told_of_bug(failure: &Failure) {
    tracing::error!(error = %failure, "Slack refuses the message as it was rendered, which is a bug of the bot; it is sent as plain text");
}

/// What came of several reads in a row, none of which changes anything.
async fn within<T>(call: &'static str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, ChatError> {
    match timeout(PATIENCE, work).await {
        Ok(result) => result.map_err(|failure| failure.into_error(call)),
        Err(_) => Err(ChatError::new(ChatErrorKind::Transient, call, "Slack is too slow")),
    }
}
