//! Finding our own messages again, in a channel or in a thread, where the token may read them.

use accessbot_core::backend::{MarkKind, Marker, MessageRef, Sought};
use accessbot_core::clock::Timestamp;
use accessbot_core::request::RequestId;
use accessbot_core::text::has_word;

use crate::api::{Me, Message, Place};
use crate::client::Client;
use crate::failure::Failure;

/// Pages that are read at most, so that a busy channel ends the search before the engine's patience ends.
const PAGES: usize = 25;
/// Labels under which the Go plugins name the request.
const GO_LABELS: [&str; 2] = ["ID", "Request ID"];

/// All standing messages of our bot that `sought` describes, in the conversation `channel`, oldest first.
pub(crate) async fn find(
    client: &Client,
    me: &Me,
    channel: &str,
    sought: &Sought<'_>,
) -> Result<Vec<MessageRef>, Failure> {
    let oldest = ts_of(sought.since);
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let page = match sought.root {
            None => client.history(channel, &oldest, cursor.as_deref()).await,
            Some(root) => client.replies(Place { channel, ts: &root.message }, &oldest, cursor.as_deref()).await,
        };
        let page = match page {
            // No such thread, so nothing in it.
            Err(failure) if sought.root.is_some() && failure.code() == Some("thread_not_found") => return Ok(found),
            page => page?,
        };
        found.extend(
            page.messages
                .iter()
                .filter(|message| is_by(message, me) && is_sought(message, sought))
                .map(|message| MessageRef { conversation: channel.to_owned(), message: message.ts.clone() }),
        );
        cursor = page.next();
        if cursor.is_none() {
            // A `ts` has as many digits as any other, so that it sorts as it reads.
            found.sort();
            found.dedup();
            return Ok(found);
        }
    }
    tracing::warn!(%channel, request = %sought.request, "gave up looking for a message: there are too many newer ones");
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether the message was posted by our bot, whatever it carries.
pub(crate) fn is_by(message: &Message, me: &Me) -> bool {
    !me.bot_id.is_empty() && message.bot_id == me.bot_id
}

/// Whether a message of ours is about `request`: it carries the marker, or nobody has marked it and it names the request
/// as the Go plugin's messages do.
pub(crate) fn is_about(message: &Message, request: &RequestId, marker: &Marker) -> bool {
    match message.mark() {
        Some(mark) => mark.is_of(request, marker),
        None => !message.is_marked() && go_plugin_names(&message.texts(), request),
    }
}

fn is_sought(message: &Message, sought: &Sought<'_>) -> bool {
    let place = match sought.root {
        Some(root) => message.thread_ts == root.message && message.ts != root.message,
        None => message.thread_ts.is_empty() || message.thread_ts == message.ts,
    };
    let about = match (sought.marker, message.mark()) {
        (Some(marker), Some(mark)) => mark.is_of(sought.request, marker),
        (None, Some(mark)) => mark.is_about(sought.request) && mark.kind == MarkKind::Card,
        (None, None) => {
            let unmarked = sought.root.is_none() && !message.is_marked();
            unmarked && go_plugin_names(&message.texts(), sought.request)
        }
        (Some(_), None) => false,
    };
    place && about
}

/// Whether a message of the Go plugin names the request. Its label decides if it is there: further down stands the
/// reason, in which the requester can name any other request.
fn go_plugin_names(texts: &[String], request: &RequestId) -> bool {
    let request = request.as_str();
    match texts.iter().flat_map(|text| text.lines()).find_map(labelled) {
        Some(id) => id == request,
        None => texts.iter().any(|text| has_word(text, request)),
    }
}

/// The request's name in a line that begins with a label for it.
fn labelled(line: &str) -> Option<&str> {
    let markup = |c: char| matches!(c, '*' | '_' | '`' | ' ');
    let (label, value) = line.split_once(':')?;
    let label = label.trim_matches(markup);
    GO_LABELS.contains(&label).then(|| value.trim_matches(markup))
}

/// A moment as Slack writes it: seconds and microseconds.
fn ts_of(time: Timestamp) -> String {
    let millis = time.as_millis().max(0);
    format!("{}.{:06}", millis / 1000, millis % 1000 * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_the_go_plugin_is_about_the_request_that_its_label_names() {
        let first = "*ID*: f7a02cf7-2c95\n*Cluster*: lab\n*User*: bob";
        let reason = "like\n*ID*: 462f56aa-e8a7";
        for (texts, request, about) in [
            (vec![first, reason], "f7a02cf7-2c95", true),
            (vec![first, reason], "462f56aa-e8a7", false),
            (vec!["*Request ID:* `f7a02cf7-2c95`"], "f7a02cf7-2c95", true),
            (vec!["see f7a02cf7-2c95."], "f7a02cf7-2c95", true),
            (vec!["see f7a02cf7-2c95."], "f7a02cf7", false),
            (vec![], "f7a02cf7", false),
        ] {
            let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
            assert_eq!(go_plugin_names(&texts, &RequestId::new(request)), about, "{request} in {texts:?}");
        }
    }

    #[test]
    fn times_are_written_as_slack_writes_them() {
        assert_eq!(ts_of(Timestamp::from_millis(1_795_218_811_029)), "1795218811.029000");
        assert_eq!(ts_of(Timestamp::from_millis(-5)), "0.000000");
    }
}
