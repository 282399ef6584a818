//! The channels that the bot can see, by name. Slack has no way to ask for one of them.
//!
//! Listing thousands takes many calls of a method that allows few: what was read is kept for a while, and a listing that
//! was cut short goes on where it was.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api::Channel;
use crate::client::Client;
use crate::failure::Failure;

/// How long a channel is taken to be what it was.
const FRESH: Duration = Duration::from_secs(600);
/// How soon the list may be read again because of a name that is not in it, or not as it should be.
const AGAIN: Duration = Duration::from_secs(30);
/// Pages that are read at most: more channels than any workspace has.
const PAGES: usize = 200;
/// What may be listed, best first: a token may lack the scope for one kind.
const KINDS: &[&str] = &["public_channel,private_channel", "public_channel", "private_channel"];

/// The channels of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Listing(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    complete: Option<(Instant, HashMap<String, Vec<Channel>>)>,
    partial: Partial,
}

/// A listing that is not at its end.
#[derive(Debug, Default)]
struct Partial {
    kind: usize,
    pages: usize,
    cursor: Option<String>,
    by_name: HashMap<String, Vec<Channel>>,
}

/// What is known of a name.
#[derive(Debug)]
pub(crate) enum Named {
    /// These channels have it; there may be none.
    Channels(Vec<Channel>),
    /// The token may not list channels.
    Unlisted,
}

impl Listing {
    /// The channels of this name. Those of a list that was read a while ago are taken if `good` finds among them what it
    /// looks for.
    pub(crate) async fn named(
        &self,
        client: &Client,
        name: &str,
        good: impl Fn(&[Channel]) -> bool,
    ) -> Result<Named, Failure> {
        // Whoever comes while the list is being read waits for it, and does not read it again.
        let mut state = self.0.lock().await;
        if let Some((read, by_name)) = &state.complete {
            let found = by_name.get(name).cloned().unwrap_or_default();
            let fresh = if good(&found) { FRESH } else { AGAIN };
            if read.elapsed() < fresh {
                return Ok(Named::Channels(found));
            }
        }
        if !read(client, &mut state.partial).await? {
            return Ok(Named::Unlisted);
        }
        let by_name = std::mem::take(&mut state.partial).by_name;
        let found = by_name.get(name).cloned().unwrap_or_default();
        state.complete = Some((Instant::now(), by_name));
        Ok(Named::Channels(found))
    }
}

/// Reads the list to its end. `false` if the token may not list channels of any kind.
async fn read(client: &Client, partial: &mut Partial) -> Result<bool, Failure> {
    while partial.pages < PAGES {
        let Some(kind) = KINDS.get(partial.kind) else {
            *partial = Partial::default();
            return Ok(false);
        };
        match client.channels(kind, partial.cursor.as_deref()).await {
            Ok(page) => {
                partial.pages += 1;
                partial.cursor = page.next();
                for channel in page.channels {
                    partial.by_name.entry(channel.name.to_lowercase()).or_default().push(channel);
                }
                if partial.cursor.is_none() {
                    return Ok(true);
                }
            }
            Err(failure) if failure.is_missing_scope() => {
                *partial = Partial { kind: partial.kind + 1, ..Partial::default() };
            }
            Err(failure) if failure.code() == Some("invalid_cursor") => {
                *partial = Partial::default();
                return Err(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    tracing::warn!("the workspace has more channels than are looked at; name channels by their ids");
    Ok(true)
}
