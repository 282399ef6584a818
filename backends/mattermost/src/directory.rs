//! From what operators write to the one conversation that it means, or the reason why there is none.
//!
//! Nothing is guessed and nothing is joined. A channel counts only if the bot is a member: the role `post:all` would
//! let it post without, but neither see nor edit what it has posted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use accessbot_core::backend::{Conversation, ConversationKind, Recipient, Resolution, Unreachable};

use crate::api::{Channel, Id, Lookup, Team, User};
use crate::client::Client;
use crate::failure::Failure;
use crate::identity::Identity;
use crate::recipient::{Form, is_handle, may_be_handle};

/// Looks recipients up.
pub(crate) struct Directory {
    match_usernames: bool,
    /// Whether the operator has been told that e-mail addresses are hidden from us.
    hidden_emails_told: AtomicBool,
}

impl Directory {
    pub(crate) fn new(match_usernames: bool) -> Self {
        Self { match_usernames, hidden_emails_told: AtomicBool::new(false) }
    }

    pub(crate) async fn resolve(
        &self,
        client: &Client,
        identity: &Identity,
        recipient: &Recipient,
    ) -> Result<Resolution, Failure> {
        let form = match recipient {
            Recipient::Configured(text) => Form::of_configured(text),
            Recipient::Person(name) => Form::of_person(name, self.match_usernames),
        };
        match form {
            None => Ok(Resolution::Unreachable(Unreachable::Unknown)),
            Some(Form::Channel { team, channel }) => by_names(client, &team, &channel).await,
            Some(Form::Id(id)) => by_id(client, identity, &id).await,
            Some(Form::Username(name)) => direct(client, identity, client.user_by_name(&name).await?).await,
            Some(Form::Email(email)) => {
                let user = client.user_by_email(&email).await?;
                if matches!(user, Lookup::Denied) && !self.hidden_emails_told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        "Mattermost lets nobody but administrators find people by e-mail address \
                         (PrivacySettings.ShowEmailAddress is false); name people as \"@username\", or map them in `users`"
                    );
                }
                direct(client, identity, user).await
            }
        }
    }
}

/// The channel with this id, if we may post there and see what we have posted.
pub(crate) async fn by_id(client: &Client, identity: &Identity, id: &Id) -> Result<Resolution, Failure> {
    match client.channel(id).await? {
        Lookup::Absent => Ok(Resolution::Unreachable(Unreachable::NotFound)),
        Lookup::Denied => Ok(Resolution::Unreachable(Unreachable::NotMember)),
        Lookup::Found(channel) if channel.kind == "D" => {
            let ours = channel.is_direct_with(&identity.id(client).await?);
            Ok(if ours {
                resolved(&channel.id, ConversationKind::Direct)
            } else {
                Resolution::Unreachable(Unreachable::Forbidden)
            })
        }
        Lookup::Found(channel) => if_member(client, channel).await,
    }
}

async fn if_member(client: &Client, channel: Channel) -> Result<Resolution, Failure> {
    if channel.delete_at > 0 {
        return Ok(Resolution::Unreachable(Unreachable::Archived));
    }
    Ok(match client.own_membership(&channel.id).await? {
        Lookup::Found(()) => resolved(&channel.id, ConversationKind::Channel),
        Lookup::Absent | Lookup::Denied => Resolution::Unreachable(Unreachable::NotMember),
    })
}

async fn by_names(client: &Client, team: &str, channel: &str) -> Result<Resolution, Failure> {
    if may_be_handle(team) && may_be_handle(channel) {
        match client.channel_by_handle(&team.to_ascii_lowercase(), &channel.to_ascii_lowercase()).await? {
            Lookup::Found(found) if found.is_in_team() => return if_member(client, found).await,
            Lookup::Denied => return Ok(Resolution::Unreachable(Unreachable::NotMember)),
            Lookup::Found(_) | Lookup::Absent => {}
        }
        if is_handle(team) && is_handle(channel) {
            return Ok(Resolution::Unreachable(Unreachable::NotFound));
        }
    }
    let teams = client.own_teams().await?.into_iter().filter(|found| found.delete_at == 0);
    let teams: Vec<Team> = teams.filter(|found| means(team, &found.name, &found.display_name)).collect();
    match teams.as_slice() {
        [] => Ok(Resolution::Unreachable(Unreachable::NotFound)),
        [team] => by_name_in(client, team, channel).await,
        several => {
            let handles = several.iter().map(|team| team.name.clone()).collect();
            Ok(Resolution::Unreachable(Unreachable::Ambiguous(handles)))
        }
    }
}

async fn by_name_in(client: &Client, team: &Team, name: &str) -> Result<Resolution, Failure> {
    let own = client.own_channels(&team.id).await?;
    let public = client.public_channels(&team.id).await?;
    let fitting: BTreeMap<Id, Channel> = own
        .into_iter()
        .chain(public)
        .filter(|channel| channel.is_in_team() && means(name, &channel.name, &channel.display_name))
        .map(|channel| (channel.id.clone(), channel))
        .collect();
    let (archived, living): (Vec<Channel>, Vec<Channel>) =
        fitting.into_values().partition(|channel| channel.delete_at > 0);
    let mut living = living.into_iter();
    match (living.next(), living.next()) {
        (None, _) if archived.is_empty() => Ok(Resolution::Unreachable(Unreachable::NotFound)),
        (None, _) => Ok(Resolution::Unreachable(Unreachable::Archived)),
        (Some(only), None) => if_member(client, only).await,
        (Some(first), Some(second)) => {
            let several = [first, second].into_iter().chain(living);
            let mut handles: Vec<String> = several.map(|channel| format!("{}/{}", team.name, channel.name)).collect();
            handles.sort_unstable();
            Ok(Resolution::Unreachable(Unreachable::Ambiguous(handles)))
        }
    }
}

/// Whether `text` means the thing with this handle and this displayed name.
fn means(text: &str, handle: &str, displayed: &str) -> bool {
    if is_handle(text) { text == handle } else { text.to_lowercase() == displayed.trim().to_lowercase() }
}

async fn direct(client: &Client, identity: &Identity, user: Lookup<User>) -> Result<Resolution, Failure> {
    let user = match user {
        Lookup::Found(user) => user,
        Lookup::Absent => return Ok(Resolution::Unreachable(Unreachable::NotFound)),
        Lookup::Denied => return Ok(Resolution::Unreachable(Unreachable::Forbidden)),
    };
    let me = identity.id(client).await?;
    if user.delete_at > 0 {
        return Ok(Resolution::Unreachable(Unreachable::Archived));
    }
    // Nobody reads what bots are told, ourselves included.
    if user.is_bot || user.id == me {
        return Ok(Resolution::Unreachable(Unreachable::Forbidden));
    }
    Ok(match client.direct_channel(&me, &user.id).await? {
        Lookup::Found(channel) if channel.is_between(&me, &user.id) => resolved(&channel.id, ConversationKind::Direct),
        Lookup::Found(_) | Lookup::Denied => Resolution::Unreachable(Unreachable::Forbidden),
        Lookup::Absent => Resolution::Unreachable(Unreachable::NotFound),
    })
}

fn resolved(id: &Id, kind: ConversationKind) -> Resolution {
    Resolution::Resolved(Conversation { id: id.as_str().to_owned(), kind })
}
