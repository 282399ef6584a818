//! The backend itself: what the engine asks for, in calls to the server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse};
use accessbot_core::backend::decision::{ChatUser, ChatUserId, Membership};
use accessbot_core::backend::{
    BackendContext, Capabilities, ChatBackend, ChatError, ChatErrorKind, Conversation, Finding, Marker, MessageRef,
    Outgoing, Recipient, Resolution, Sought, Unreachable,
};
use accessbot_core::request::RequestId;
use accessbot_http::Rest;
use async_trait::async_trait;
use tokio::time::timeout;

use crate::api::{Id, Lookup, NewPost, Post, PostPatch};
use crate::checkup;
use crate::client::Client;
use crate::decisions::{Decisions, Inputs, PATHS, ServerKey};
use crate::directory::{self, Directory};
use crate::failure::Failure;
use crate::history;
use crate::identity::Identity;
use crate::people;
use crate::render::render;

/// How long one call of the engine may take in all. It gives up after a minute itself.
const PATIENCE: Duration = Duration::from_secs(50);

/// A Mattermost server as the engine sees it.
pub(crate) struct Mattermost {
    client: Arc<Client>,
    identity: Arc<Identity>,
    directory: Directory,
    decisions: Decisions,
}

impl Mattermost {
    /// A backend that speaks through `client`, and takes decisions by `inputs`.
    pub(crate) fn new(client: Client, match_usernames: bool, inputs: Inputs, context: &BackendContext) -> Self {
        let (client, identity) = (Arc::new(client), Arc::new(Identity::default()));
        let decisions = Decisions {
            client: Arc::clone(&client),
            identity: Arc::clone(&identity),
            inputs,
            sink: Arc::clone(&context.decisions),
            clock: context.clock.clone(),
            seen: Mutex::default(),
            server_key: ServerKey::default(),
            untimely: Rest::default(),
        };
        Self { client, identity, directory: Directory::new(match_usernames), decisions }
    }

    async fn me(&self) -> Result<Id, Failure> {
        self.identity.id(&self.client).await
    }

    /// Why the server does not let us post: the channel may be archived or gone, we may have been removed from it, or it
    /// is closed to us for another reason.
    async fn why_not(&self, channel: &Id) -> Result<Unreachable, Failure> {
        Ok(match directory::by_id(&self.client, &self.identity, channel).await? {
            Resolution::Unreachable(reason) => reason,
            Resolution::Resolved(_) => Unreachable::Forbidden,
        })
    }

    /// What it means that the server does not let us change a post: it says the same of one that was deleted.
    async fn why_not_changed(&self, post: &Id, call: &'static str) -> ChatError {
        match self.client.post(post).await {
            Ok(Lookup::Found(post)) if post.is_standing() => match self.why_not(&post.channel_id).await {
                Ok(reason) => ChatError::new(ChatErrorKind::Hopeless(reason), call, "not allowed to change the post"),
                Err(failure) => failure.into_error(call),
            },
            Ok(Lookup::Found(_) | Lookup::Absent) => gone(call),
            Ok(Lookup::Denied) => {
                ChatError::new(ChatErrorKind::Hopeless(Unreachable::NotMember), call, "not allowed to see the post")
            }
            Err(failure) => failure.into_error(call),
        }
    }
}

#[async_trait]
impl ChatBackend for Mattermost {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.go_messages = true;
        capabilities.decisions = self.decisions.inputs.any();
        capabilities
    }

    async fn probe(&self) -> Result<(), ChatError> {
        self.identity.ask(&self.client).await.map(|_| ()).map_err(|failure| failure.into_error("probe"))
    }

    async fn check(&self) -> Vec<Finding> {
        checkup::check(&self.client, &self.decisions.inputs).await
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        let resolution = self.directory.resolve(&self.client, &self.identity, recipient);
        within("resolve", resolution).await
    }

    async fn post(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        const CALL: &str = "post";
        let nowhere = || ChatError::new(ChatErrorKind::Hopeless(Unreachable::NotFound), CALL, "not a channel's id");
        let channel = Id::parse(&conversation.id).ok_or_else(nowhere)?;
        let root = match message.root {
            Some(root) => Some(Id::parse(&root.message).ok_or_else(|| gone(CALL))?),
            None => None,
        };
        // Asked for first: without it the answer could not be checked.
        let me = self.me().await.map_err(|failure| failure.into_error(CALL))?;
        let rendered = render(message.content, message.request, message.marker, &self.decisions.inputs);
        let post = NewPost {
            channel_id: channel.as_str(),
            root_id: root.as_ref().map_or("", Id::as_str),
            message: &rendered.message,
            props: &rendered.props,
            pending_post_id: message.marker.as_str(),
        };
        let answer = match self.client.create_post(&post).await {
            Ok(answer) => answer,
            Err(failure) if failure.refusal().is_some_and(crate::failure::Refusal::is_denial) => {
                let reason = self.why_not(&channel).await.map_err(|failure| failure.into_error(CALL))?;
                return Err(ChatError::new(ChatErrorKind::Hopeless(reason), CALL, failure.to_string()));
            }
            Err(failure) => return Err(failure.into_error(CALL)),
        };
        // Old servers answer the `pending_post_id` of somebody else with the post of somebody else.
        let ours = answer.user_id == me
            && answer.channel_id == channel
            && answer.mark().is_some_and(|mark| mark.is_of(message.request, message.marker));
        if ours {
            Ok(MessageRef { conversation: channel.to_string(), message: answer.id.to_string() })
        } else {
            let problem = "the server answered with a post that is not the one we sent";
            Err(ChatError::new(ChatErrorKind::Transient, CALL, problem).maybe_done())
        }
    }

    async fn find(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        const CALL: &str = "find";
        let channel = sought.conversation.id.as_str();
        match within(CALL, async { history::find(&self.client, &self.me().await?, sought).await }).await {
            Err(error) if error.kind == ChatErrorKind::Hopeless(Unreachable::Forbidden) => match Id::parse(channel) {
                Some(channel) => {
                    let reason = within(CALL, self.why_not(&channel)).await?;
                    Err(ChatError { kind: ChatErrorKind::Hopeless(reason), ..error })
                }
                None => Err(error),
            },
            found => found,
        }
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        const CALL: &str = "verify";
        let id = Id::parse(&message.message).ok_or_else(|| gone(CALL))?;
        let looked_up = async { Ok((self.me().await?, self.client.post(&id).await?)) };
        let (me, post) = looked_up.await.map_err(|failure: Failure| failure.into_error(CALL))?;
        match post {
            Lookup::Absent => Err(gone(CALL)),
            Lookup::Found(post) if post.delete_at > 0 => Err(gone(CALL)),
            Lookup::Found(post) => Ok(is_ours(&post, &me, message) && history::is_about(&post, request, marker)),
            Lookup::Denied => {
                let problem = "not allowed to see the post";
                Err(ChatError::new(ChatErrorKind::Hopeless(Unreachable::NotMember), CALL, problem))
            }
        }
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        const CALL: &str = "update";
        let id = Id::parse(&message.message).ok_or_else(|| gone(CALL))?;
        let rendered = render(outgoing.content, outgoing.request, outgoing.marker, &self.decisions.inputs);
        let mut patch = PostPatch { message: Some(&rendered.message), props: &rendered.props };
        let mut answer = self.client.patch_post(&id, &patch).await;
        if answer.as_ref().err().and_then(Failure::refusal).is_some_and(crate::failure::Refusal::is_too_late_to_edit) {
            // Where the time to edit is limited, the limit is on the text. What changes stands in the attachment.
            patch.message = None;
            answer = self.client.patch_post(&id, &patch).await;
        }
        let Err(failure) = answer else { return Ok(()) };
        match failure.refusal() {
            Some(refusal) if refusal.is_denial() || refusal.is_absence() => Err(self.why_not_changed(&id, CALL).await),
            _ => Err(failure.into_error(CALL)),
        }
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        const CALL: &str = "delete";
        // What cannot be a post is none.
        let Some(id) = Id::parse(&message.message) else { return Ok(()) };
        match self.client.delete_post(&id).await {
            Ok(Lookup::Found(()) | Lookup::Absent) => Ok(()),
            Ok(Lookup::Denied) => match self.why_not_changed(&id, CALL).await {
                gone if gone.kind == ChatErrorKind::MessageGone => Ok(()),
                denied => Err(denied),
            },
            Err(failure) => Err(failure.into_error(CALL)),
        }
    }

    async fn identify(&self, who: &ChatUserId) -> Result<Option<ChatUser>, ChatError> {
        within("identify", async { people::identify(&self.client, &self.me().await?, who).await }).await
    }

    async fn membership(&self, who: &ChatUserId, channel: &Recipient) -> Result<Membership, ChatError> {
        within("membership", people::membership(&self.client, who, channel)).await
    }

    fn callback_paths(&self) -> &'static [&'static str] {
        if self.decisions.inputs.buttons.is_some() { &PATHS } else { &[] }
    }

    async fn callback(&self, request: CallbackRequest) -> CallbackResponse {
        self.decisions.callback(request).await
    }

    async fn listen(&self) -> Result<(), ChatError> {
        self.decisions.listen().await
    }
}

fn is_ours(post: &Post, me: &Id, message: &MessageRef) -> bool {
    post.user_id == *me && post.is_standing() && post.channel_id.as_str() == message.conversation
}

fn gone(call: &'static str) -> ChatError {
    ChatError::new(ChatErrorKind::MessageGone, call, "the post does not exist")
}

/// What came of several reads in a row, none of which changes anything.
async fn within<T>(call: &'static str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, ChatError> {
    match timeout(PATIENCE, work).await {
        Ok(result) => result.map_err(|failure| failure.into_error(call)),
        Err(_) => Err(ChatError::new(ChatErrorKind::Transient, call, "the server is too slow")),
    }
}
