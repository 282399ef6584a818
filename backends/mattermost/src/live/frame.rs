//! What the server says over the websocket. Anything else that it says, now or in later versions, is nothing to us.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::api::{Post, Reaction};

/// A frame, read.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The number of the event on this connection, from 0; an answer has none.
    pub(crate) seq: Option<i64>,
    pub(crate) said: Said,
}

/// What it says.
#[derive(Debug)]
pub(crate) enum Said {
    /// The server knows who we are.
    Hello,
    /// Somebody posted something.
    Posted(Box<Post>),
    /// Somebody reacted.
    Reacted(Reaction),
    /// Somebody took a reaction back.
    Unreacted(Reaction),
    /// An answer to a request of ours: whether it was well received.
    Answer(bool),
    /// Anything else.
    Other,
}

#[derive(Deserialize)]
struct Wire {
    event: Option<String>,
    seq: Option<i64>,
    data: Option<Box<RawValue>>,
    status: Option<String>,
    seq_reply: Option<i64>,
}

/// What it is about: JSON within a string.
#[derive(Deserialize)]
struct About {
    post: Option<String>,
    reaction: Option<String>,
}

/// Reads a frame; `None` if it is not in the form of the server's.
pub(crate) fn read(text: &str) -> Option<Frame> {
    let wire: Wire = serde_json::from_str(text).ok()?;
    let said = match (wire.event.as_deref(), wire.status.as_deref()) {
        (Some("hello"), _) => Said::Hello,
        (Some("posted"), _) => {
            about(&wire, |about| about.post).map_or(Said::Other, |post| Said::Posted(Box::new(post)))
        }
        (Some("reaction_added"), _) => about(&wire, |about| about.reaction).map_or(Said::Other, Said::Reacted),
        (Some("reaction_removed"), _) => about(&wire, |about| about.reaction).map_or(Said::Other, Said::Unreacted),
        (None | Some(""), Some(status)) if wire.seq_reply.is_some() => Said::Answer(status == "OK"),
        _ => Said::Other,
    };
    Some(Frame { seq: wire.seq, said })
}

fn about<T: DeserializeOwned>(wire: &Wire, part: impl Fn(About) -> Option<String>) -> Option<T> {
    let about: About = serde_json::from_str(wire.data.as_deref()?.get()).ok()?;
    serde_json::from_str(&part(about)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "abcdefghijklmnopqrstuvwxy1";

    fn event(name: &str, data: &Value) -> String {
        json!({"event": name, "data": data, "broadcast": {"omit_users": null}, "seq": 7}).to_string()
    }

    fn kind(text: &str) -> &'static str {
        match read(text).map(|frame| frame.said) {
            None => "garbage",
            Some(Said::Hello) => "hello",
            Some(Said::Posted(_)) => "posted",
            Some(Said::Reacted(_)) => "reacted",
            Some(Said::Unreacted(_)) => "unreacted",
            Some(Said::Answer(true)) => "yes",
            Some(Said::Answer(false)) => "no",
            Some(Said::Other) => "other",
        }
    }

    #[test]
    fn what_concerns_us_is_read_and_nothing_else() {
        let post = json!({"id": ID, "channel_id": ID, "user_id": ID, "root_id": ID, "message": "approve"});
        let reaction = json!({"user_id": ID, "post_id": ID, "emoji_name": "+1", "create_at": 5});
        for (text, expected) in [
            (event("hello", &json!({"connection_id": ""})), "hello"),
            (event("posted", &json!({"post": post.to_string(), "mentions": "[]"})), "posted"),
            (event("posted", &json!({"post": post})), "other"),
            (event("posted", &json!({"post": "{}"})), "other"),
            (event("posted", &json!({"post": post.to_string().replace(ID, "../x")})), "other"),
            (event("posted", &json!(null)), "other"),
            (event("post_edited", &json!({"post": post.to_string()})), "other"),
            (event("reaction_added", &json!({"reaction": reaction.to_string()})), "reacted"),
            (event("reaction_removed", &json!({"reaction": reaction.to_string()})), "unreacted"),
            (event("reaction_added", &json!({"reaction": 5})), "other"),
            (event("typing", &json!({})), "other"),
            (json!({"status": "OK", "seq_reply": 1, "data": {"text": "pong"}}).to_string(), "yes"),
            (json!({"status": "FAIL", "seq_reply": 1, "error": {"id": "x"}}).to_string(), "no"),
            (json!({"status": "OK"}).to_string(), "other"),
            (json!({"event": 5}).to_string(), "garbage"),
            (json!({"event": "hello", "seq": "1"}).to_string(), "garbage"),
            ("[".repeat(100_000), "garbage"),
            (String::new(), "garbage"),
        ] {
            assert_eq!(kind(&text), expected, "{}", &text[..text.len().min(200)]);
        }
        assert_eq!(read(&event("hello", &json!({}))).unwrap().seq, Some(7));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(name in "(posted|reaction_added|hello|[a-z]{0,9})", inner in any::<String>()) {
            read(&inner);
            read(&event(&name, &json!({"post": inner, "reaction": inner})));
            read(&event(&name, &json!(inner)));
        }
    }
}
