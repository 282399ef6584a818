//! Addresses at which an app answers an interaction without a token: five times within half an hour.

use std::collections::BTreeMap;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use serde_json::json;

use super::args::Args;
use super::model::{Grant, Model, User};
use super::reply::{Outcome, Refusal};
use super::said::{message, said};
use crate::common::hex::hex;
use crate::common::ids::random;

/// How often one may be used.
const USES: usize = 5;
/// For how long.
const LIFE: Duration = Duration::from_secs(30 * 60);

/// The addresses that were given out, by the secret in them.
#[derive(Debug, Default)]
pub(crate) struct ResponseUrls(BTreeMap<String, ResponseUrl>);

#[derive(Clone, Debug)]
struct ResponseUrl {
    made: Timestamp,
    uses: usize,
    user: String,
    channel: String,
    /// The message that was clicked.
    ts: String,
}

impl Model {
    /// An address for the answers to a click on message `ts`.
    pub(crate) fn make_response_url(&mut self, user: &User, channel: String, ts: String) -> String {
        let secret = hex(&random::<12>());
        let address = ResponseUrl { made: self.now(), uses: 0, user: user.id.clone(), channel, ts };
        let url = format!("http://{}/actions/{}/{}/{secret}", self.address, self.team_id, address.made.as_millis());
        self.response_urls.0.insert(secret, address);
        url
    }

    /// Carries out what is sent to one of the addresses.
    pub(crate) fn respond(&mut self, secret: &str, args: &Args, grant: &Grant) -> Outcome {
        let now = self.now();
        let known = self.response_urls.0.get_mut(secret).ok_or_else(|| Refusal::of("invalid_url"))?;
        if now.since(known.made) > LIFE {
            return Err(Refusal::of("expired_url"));
        }
        if known.uses == USES {
            return Err(Refusal::of("used_url"));
        }
        known.uses += 1;
        let target = known.clone();
        if args.flag("delete_original") {
            if let Some(channel) = self.channels.get_mut(&target.channel) {
                channel.messages.remove(&target.ts);
            }
            return Ok(json!({}));
        }
        let said = said(args, "invalid_blocks")?;
        if args.flag("replace_original") {
            let channel = self.channels.get_mut(&target.channel);
            let original = channel.and_then(|channel| channel.messages.get_mut(&target.ts));
            let original = original.ok_or_else(|| Refusal::of("message_not_found"))?;
            original.text = said.text;
            original.blocks = said.blocks;
            original.edits += 1;
            return Ok(json!({}));
        }
        let message = message(said, args.text("thread_ts"), grant);
        if args.text("response_type") == "in_channel" {
            self.insert(&target.channel, message);
        } else {
            self.show_ephemeral(&target.user, &target.channel, message);
        }
        Ok(json!({}))
    }
}
