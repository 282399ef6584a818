//! From what operators write to the one conversation that it means, or the reason why there is none.
//!
//! With the scopes of the Go plugins' guides neither channels nor direct conversations can be looked up. Then Slack is
//! posted to under the user's id, or the name in the configuration, and what comes back is learnt.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use accessbot_core::backend::{Conversation, ConversationKind, Recipient, Resolution, Unreachable};

use crate::api::{Channel, User};
use crate::client::Client;
use crate::failure::Failure;
use crate::identity::Identity;
use crate::listing::{Listing, Named};
use crate::recipient::{Form, is_conversation_id};

/// Lets a bot post in public channels that it is not in.
const POST_ANYWHERE: &str = "chat:write.public";

/// Looks recipients up.
#[derive(Default)]
pub(crate) struct Directory {
    listing: Listing,
    /// Conversations by the user's id or the channel's name that was posted to.
    learnt: Mutex<HashMap<String, String>>,
    /// Whether the operator has been told that people cannot be found.
    no_emails_told: AtomicBool,
}

impl Directory {
    pub(crate) async fn resolve(
        &self,
        client: &Client,
        identity: &Identity,
        recipient: &Recipient,
    ) -> Result<Resolution, Failure> {
        let form = match recipient {
            Recipient::Configured(text) => Form::of_configured(text),
            Recipient::Person(name) => Form::of_person(name),
        };
        let resolution = match form {
            None => return Ok(Resolution::Unreachable(Unreachable::Unknown)),
            Some(Form::Email(email)) => self.by_email(client, identity, &email).await,
            Some(Form::User(id)) => self.by_user_id(client, identity, &id).await,
            Some(Form::Channel(id)) => by_channel_id(client, &id).await,
            Some(Form::Direct(id)) => Ok(resolved(&id, ConversationKind::Direct)),
            Some(Form::Name(name)) => self.by_name(client, &name).await,
        };
        // "There is no such channel" is an answer.
        resolution.or_else(|failure| failure.unreachable().map(Resolution::Unreachable).ok_or(failure))
    }

    /// The conversation's own id, for what Slack does only by that.
    pub(crate) fn id_of(&self, conversation: &str) -> Option<String> {
        if is_conversation_id(conversation) {
            return Some(conversation.to_owned());
        }
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner).get(conversation).cloned()
    }

    /// What was posted to under the name `posted_to` is this conversation.
    pub(crate) fn learn(&self, posted_to: &str, id: &str) {
        if posted_to != id {
            self.learnt.lock().unwrap_or_else(PoisonError::into_inner).insert(posted_to.to_owned(), id.to_owned());
        }
    }

    async fn by_email(&self, client: &Client, identity: &Identity, email: &str) -> Result<Resolution, Failure> {
        match client.user_by_email(email).await {
            Ok(user) => self.direct(client, identity, &user).await,
            Err(failure) if failure.is_missing_scope() => {
                if !self.no_emails_told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        error = %failure,
                        "the token does not let us find people by e-mail address, so nobody is told in a direct message\n  \
                         hint: add the scope users:read.email to the Slack app, and install it again"
                    );
                }
                Ok(Resolution::Unreachable(Unreachable::Forbidden))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn by_user_id(&self, client: &Client, identity: &Identity, id: &str) -> Result<Resolution, Failure> {
        match client.user(id).await {
            Ok(user) => self.direct(client, identity, &user).await,
            Err(failure) if failure.is_missing_scope() => self.open(client, id).await,
            Err(failure) => Err(failure),
        }
    }

    async fn direct(&self, client: &Client, identity: &Identity, user: &User) -> Result<Resolution, Failure> {
        if user.deleted {
            return Ok(Resolution::Unreachable(Unreachable::Archived));
        }
        // Nobody reads what bots are told, ourselves included.
        if user.is_bot || user.id == identity.me(client).await?.user_id {
            return Ok(Resolution::Unreachable(Unreachable::Forbidden));
        }
        self.open(client, &user.id).await
    }

    async fn open(&self, client: &Client, user: &str) -> Result<Resolution, Failure> {
        match client.open(user).await {
            Ok(channel) => Ok(resolved(&channel.id, ConversationKind::Direct)),
            Err(failure) if failure.is_missing_scope() => Ok(self.unopened(user, ConversationKind::Direct)),
            Err(failure) => Err(failure),
        }
    }

    async fn by_name(&self, client: &Client, name: &str) -> Result<Resolution, Failure> {
        let usable =
            |found: &[Channel]| found.iter().any(|channel| !channel.is_archived && channel.is_member != Some(false));
        let found = match self.listing.named(client, name, usable).await? {
            Named::Channels(found) => found,
            Named::Unlisted => return Ok(self.unopened(&format!("#{name}"), ConversationKind::Channel)),
        };
        let (archived, living): (Vec<Channel>, Vec<Channel>) = found.into_iter().partition(|c| c.is_archived);
        Ok(match living.as_slice() {
            [] if archived.is_empty() => Resolution::Unreachable(Unreachable::NotFound),
            [] => Resolution::Unreachable(Unreachable::Archived),
            [only] => if_postable(client, only),
            several => {
                let ids = several.iter().map(|channel| channel.id.clone()).collect();
                Resolution::Unreachable(Unreachable::Ambiguous(ids))
            }
        })
    }

    /// A conversation whose id is not known, unless something was posted there already.
    fn unopened(&self, name: &str, kind: ConversationKind) -> Resolution {
        resolved(self.id_of(name).as_deref().unwrap_or(name), kind)
    }
}

async fn by_channel_id(client: &Client, id: &str) -> Result<Resolution, Failure> {
    match client.channel(id).await {
        Ok(channel) if channel.is_im => Ok(resolved(id, ConversationKind::Direct)),
        Ok(channel) if channel.is_archived => Ok(Resolution::Unreachable(Unreachable::Archived)),
        Ok(channel) => Ok(if_postable(client, &channel)),
        // It cannot be looked up, only posted to.
        Err(failure) if failure.is_missing_scope() => Ok(resolved(id, ConversationKind::Channel)),
        Err(failure) => Err(failure),
    }
}

fn if_postable(client: &Client, channel: &Channel) -> Resolution {
    // Where Slack does not say whether we are in it, or what the token may do, the post will tell.
    let anywhere = client.scopes().is_none_or(|scopes| scopes.contains(POST_ANYWHERE));
    if channel.is_member != Some(false) || anywhere {
        resolved(&channel.id, ConversationKind::Channel)
    } else {
        Resolution::Unreachable(Unreachable::NotMember)
    }
}

fn resolved(id: &str, kind: ConversationKind) -> Resolution {
    Resolution::Resolved(Conversation { id: id.to_owned(), kind })
}
