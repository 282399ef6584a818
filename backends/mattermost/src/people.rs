//! Who people are, as far as the server says.

use accessbot_core::backend::Recipient;
use accessbot_core::backend::decision::{ChatUser, ChatUserId, Email, Membership, Standing};

use crate::api::{Channel, Id, Lookup, User};
use crate::client::Client;
use crate::failure::Failure;
use crate::recipient::{Form, may_be_handle};

/// What the server says of an account; `None` if it has none with this id.
pub(crate) async fn identify(client: &Client, me: &Id, who: &ChatUserId) -> Result<Option<ChatUser>, Failure> {
    let Some(id) = Id::parse(&who.0) else { return Ok(None) };
    match client.user(&id).await? {
        // An answer about somebody else is none about them.
        Lookup::Found(user) if user.id == id => Ok(Some(person(user, me))),
        Lookup::Found(_) | Lookup::Absent | Lookup::Denied => Ok(None),
    }
}

fn person(user: User, me: &Id) -> ChatUser {
    let standing = if user.delete_at > 0 {
        Standing::Deactivated
    } else if user.is_bot || user.id == *me {
        Standing::Bot
    } else if !user.remote_id.is_empty() {
        Standing::Stranger
    } else if user.is_guest() {
        Standing::Guest
    } else {
        Standing::Member
    };
    // Whether an address was verified, the server tells to nobody but administrators; where that is not required, people
    // put in whichever they like.
    let email = Some(user.email).filter(|address| !address.is_empty());
    ChatUser {
        id: ChatUserId(user.id.to_string()),
        name: user.username,
        standing,
        email: email.map(|address| Email { address, vouched_for: None }),
    }
}

/// Whether somebody is in the channel that stands for a group.
pub(crate) async fn membership(client: &Client, who: &ChatUserId, group: &Recipient) -> Result<Membership, Failure> {
    let unfit = |why: &str| Ok(Membership::Unfit(format!("{group} {why}")));
    let channel = match group {
        Recipient::Configured(text) => find(client, text).await?,
        Recipient::Person(_) => None,
    };
    let Some(channel) = channel else {
        return unfit("is no private channel that the bot is in, written as team/channel or by its id");
    };
    match channel.kind.as_str() {
        "P" => {}
        "O" => return unfit("is a public channel, which anybody in the team can join"),
        _ => return unfit("is no channel of a team"),
    }
    if channel.delete_at > 0 {
        return unfit("is archived");
    }
    if channel.shared == Some(true) {
        return unfit("is shared with another server");
    }
    match client.guests_in(&channel.id).await? {
        Lookup::Found(Some(0)) => {}
        Lookup::Found(Some(_)) => return unfit("has guests"),
        Lookup::Found(None) => return unfit("may have guests: the server does not tell"),
        Lookup::Absent | Lookup::Denied => return unfit("is hidden from the bot"),
    }
    let Some(who) = Id::parse(&who.0) else { return Ok(Membership::Outsider) };
    match client.member(&channel.id, &who).await? {
        Lookup::Found(member) if member.user_id == who && member.channel_id == channel.id => Ok(Membership::Member),
        Lookup::Found(_) | Lookup::Absent => Ok(Membership::Outsider),
        Lookup::Denied => unfit("is hidden from the bot"),
    }
}

/// The channel that an operator means. By its handle or id only: displayed names are for people.
async fn find(client: &Client, text: &str) -> Result<Option<Channel>, Failure> {
    let found = match Form::of_configured(text) {
        Some(Form::Channel { team, channel }) if may_be_handle(&team) && may_be_handle(&channel) => {
            client.channel_by_handle(&team.to_ascii_lowercase(), &channel.to_ascii_lowercase()).await?
        }
        Some(Form::Id(id)) => client.channel(&id).await?,
        _ => return Ok(None),
    };
    Ok(match found {
        Lookup::Found(channel) => Some(channel),
        Lookup::Absent | Lookup::Denied => None,
    })
}
