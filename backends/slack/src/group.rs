//! Groups of people who decide, which private channels stand for.
//!
//! The channel and its members are looked at anew each time. Whether one of them is a guest is asked for each, also for
//! the one in question, who may have become one since they voted, and remembered for some minutes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use accessbot_core::backend::Recipient;
use accessbot_core::backend::decision::{ChatUserId, Membership, Standing};
use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use crate::api::{Me, Room};
use crate::client::Client;
use crate::failure::Failure;
use crate::identity::Identity;
use crate::person::standing;
use crate::recipient::Form;

/// Members of a channel that stands for a group, at most.
const MOST: usize = 200;
/// Pages in which so many members come at most, whatever Slack thinks a page is.
const PAGES: usize = 4;
/// How long somebody is taken to be no guest.
const FRESH: Duration = Duration::from_secs(600);
/// People who are asked about at the same time.
const AT_ONCE: usize = 8;
/// More people than channels of one bot have; beyond it the memory starts anew rather than growing.
const REMEMBERED: usize = 5000;

/// Looks groups up.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Who was seen to be neither a guest nor a stranger.
    regular: Mutex<HashMap<String, Instant>>,
}

impl Groups {
    pub(crate) async fn membership(
        &self,
        client: &Client,
        identity: &Identity,
        who: &ChatUserId,
        channel: &Recipient,
    ) -> Result<Membership, Failure> {
        let unfit = |why: &str| Ok(Membership::Unfit(why.to_owned()));
        let Recipient::Configured(text) = channel else { return unfit("it is no channel") };
        let Some(Form::Channel(id)) = Form::of_configured(text) else {
            return unfit("write the channel's id (\"C0123ABCD\"): its name can become another channel's");
        };
        let room = match client.room(&id).await {
            Ok(room) => room,
            Err(failure) if failure.unreachable().is_some() => {
                return unfit("it does not exist, or the bot is not in it");
            }
            Err(failure) => return Err(failure),
        };
        if let Some(why) = unfitness(&room, &id) {
            return unfit(why);
        }
        let Some(members) = all_members(client, &id).await? else {
            return unfit("it has more than 200 members");
        };
        let me = identity.me(client).await?;
        Ok(match self.irregular(client, &me, members.iter()).await? {
            Some(guest) => Membership::Unfit(format!("{guest} is a guest there, or of another organization")),
            None if members.contains(&who.0) => Membership::Member,
            None => Membership::Outsider,
        })
    }

    /// One of these people who is a guest or a stranger.
    async fn irregular(
        &self,
        client: &Client,
        me: &Me,
        people: impl Iterator<Item = &String>,
    ) -> Result<Option<String>, Failure> {
        let unknown = {
            let mut regular = self.regular.lock().unwrap_or_else(PoisonError::into_inner);
            regular.retain(|_, seen| seen.elapsed() < FRESH);
            people.filter(|member| !regular.contains_key(*member)).cloned().collect::<Vec<_>>()
        };
        let ask = |id: String| async move { (client.user(&id).await, id) };
        let mut asked = stream::iter(unknown).map(ask).buffer_unordered(AT_ONCE);
        while let Some((user, id)) = asked.next().await {
            let standing = match user {
                Ok(user) => standing(&user, me),
                Err(failure) if failure.unreachable().is_some() => Standing::Stranger,
                Err(failure) => return Err(failure),
            };
            match standing {
                Standing::Guest | Standing::Stranger => return Ok(Some(id)),
                Standing::Member | Standing::Bot | Standing::Deactivated => self.remember(id),
            }
        }
        Ok(None)
    }

    fn remember(&self, id: String) {
        let mut regular = self.regular.lock().unwrap_or_else(PoisonError::into_inner);
        if regular.len() >= REMEMBERED {
            regular.clear();
        }
        regular.insert(id, Instant::now());
    }
}

/// Everybody in a channel; `None` if they are too many.
async fn all_members(client: &Client, channel: &str) -> Result<Option<Vec<String>>, Failure> {
    let (mut members, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..PAGES {
        let page = client.members(channel, cursor.as_deref()).await?;
        cursor = page.next();
        members.extend(page.members);
        if members.len() > MOST {
            return Ok(None);
        }
        if cursor.is_none() {
            return Ok(Some(members));
        }
    }
    Ok(None)
}

/// Why a conversation cannot stand for a group. What Slack does not say is taken for the worse.
fn unfitness(room: &Room, id: &str) -> Option<&'static str> {
    let no = |flag: Option<bool>| flag == Some(false);
    if room.id != id || room.is_im || room.is_mpim {
        Some("it is no channel")
    } else if room.is_archived {
        Some("it is archived")
    } else if room.is_private != Some(true) {
        Some("it is public, so that anybody can join it")
    } else if !no(room.is_shared) || !no(room.is_ext_shared) || !no(room.is_org_shared) {
        Some("it is shared with another workspace")
    } else if room.is_pending_ext_shared == Some(true) {
        Some("it is about to be shared with another organization")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_channel_that_others_can_enter_stands_for_nobody() {
        let fit = json!({"id": "C0GROUP00", "is_private": true, "is_shared": false, "is_ext_shared": false,
            "is_org_shared": false, "is_archived": false});
        let of = |but: Value| {
            let mut room = fit.clone();
            room.as_object_mut().unwrap().extend(but.as_object().unwrap().clone());
            unfitness(&serde_json::from_value(room).unwrap(), "C0GROUP00")
        };
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({"is_pending_ext_shared": false})), None);
        for but in [
            json!({"id": "C0OTHER00"}),
            json!({"is_im": true}),
            json!({"is_mpim": true}),
            json!({"is_archived": true}),
            json!({"is_private": false}),
            json!({"is_private": null}),
            json!({"is_shared": true}),
            json!({"is_shared": null}),
            json!({"is_ext_shared": true}),
            json!({"is_ext_shared": null}),
            json!({"is_org_shared": true}),
            json!({"is_pending_ext_shared": true}),
        ] {
            assert!(of(but.clone()).is_some(), "{but}");
        }
    }
}
