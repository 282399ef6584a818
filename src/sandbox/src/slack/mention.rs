//! Whom a message notifies: what stands in angle brackets, and rich text that names somebody.

use std::collections::BTreeSet;

use serde_json::Value;

/// Everybody in the channel, in the lists of mentioned users.
pub(crate) const EVERYBODY: &str = "*";

/// The ids of all users that `text` and `blocks` mention, and [`EVERYBODY`].
pub(crate) fn mentions(text: &str, blocks: &[Value]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    in_mrkdwn(text, &mut found);
    for block in blocks {
        in_block(block, &mut found);
    }
    found
}

fn in_block(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(parts) => parts.iter().for_each(|part| in_block(part, found)),
        Value::Object(parts) => {
            let part = |key: &str| parts.get(key).and_then(Value::as_str).unwrap_or_default();
            match part("type") {
                "mrkdwn" => in_mrkdwn(part("text"), found),
                "plain_text" => {}
                "user" => {
                    found.insert(part("user_id").to_owned());
                }
                "broadcast" | "usergroup" => {
                    found.insert(EVERYBODY.to_owned());
                }
                _ => parts.values().for_each(|part| in_block(part, found)),
            }
        }
        _ => {}
    }
}

/// In Slack's markup nothing but angle brackets mentions anybody, and they do so in code as well.
fn in_mrkdwn(text: &str, found: &mut BTreeSet<String>) {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('<') {
        let Some((inside, after)) = behind.split_once('>') else { return };
        let id = inside.split('|').next().unwrap_or_default();
        if let Some(user) = id.strip_prefix('@') {
            found.insert(user.to_owned());
        } else if ["!channel", "!here", "!everyone", "!group"].contains(&id) || id.starts_with("!subteam^") {
            found.insert(EVERYBODY.to_owned());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_notifies_and_what_does_not() {
        let of = |text: &str| mentions(text, &[]).into_iter().collect::<Vec<_>>();
        for text in ["<!channel>", "a <!here|here> b", "`<!everyone>`", "<!subteam^S1|x>"] {
            assert_eq!(of(text), [EVERYBODY], "{text}");
        }
        assert_eq!(of("<@U1> and <@W2|bob>"), ["U1", "W2"]);
        for text in ["@channel", "&lt;!channel&gt;", "<https://x|@here>", "<#C1|general>", "<!date^1^{date}|x>", "<@U1"]
        {
            assert_eq!(of(text), [""; 0], "{text}");
        }
        let blocks = [
            json!({"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}),
            json!({"type": "section", "fields": [{"type": "mrkdwn", "text": "<@U1>"}]}),
            json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
                {"type": "text", "text": "<@U2>"}, {"type": "user", "user_id": "U3"}]}]}),
        ];
        assert_eq!(mentions("", &blocks).into_iter().collect::<Vec<_>>(), ["U1", "U3"]);
    }
}
