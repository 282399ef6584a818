//! What Slack accepts as blocks, as far as a notifying bot sends them.

mod ids;
mod input;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

pub(crate) use ids::named;

/// Blocks of a message.
const BLOCKS: usize = 50;
/// Blocks of a view.
const VIEW_BLOCKS: usize = 100;
/// Characters of text in all blocks together. Slack documents no limit; 9597 were seen accepted and 11341 refused.
const ALL_TEXT: usize = 9_600;

/// What is wrong with blocks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadBlocks {
    /// Not a list of objects at all.
    Format,
    /// These mistakes, each with the place where it is.
    Invalid(Vec<String>),
    /// Too much text in all.
    TooLong,
}

/// Checks the blocks of a view, of which there may be more, and which may ask for words. Gives what is wrong.
pub(crate) fn check_view(blocks: &Value) -> Vec<String> {
    let mut check = Check { inputs: true, ..Check::default() };
    for (number, block) in check.list(Some(blocks), "/view/blocks", VIEW_BLOCKS).iter().enumerate() {
        check.block(block, &format!("/view/blocks/{number}"));
    }
    check.mistakes
}

/// Checks a text object that must be plain.
pub(crate) fn check_plain_text(text: &Value, at: &str, most: usize) -> Vec<String> {
    let mut check = Check::default();
    check.text(Some(text), at, most, &["plain_text"]);
    check.mistakes
}

/// Checks the blocks of a message.
pub(crate) fn check(blocks: &Value) -> Result<Vec<Value>, BadBlocks> {
    let blocks = blocks.as_array().ok_or(BadBlocks::Format)?;
    let mut check = Check::default();
    if blocks.len() > BLOCKS {
        check.wrong("/blocks", &format!("no more than {BLOCKS} items allowed"));
    }
    for (number, block) in blocks.iter().enumerate() {
        check.block(block, &format!("/blocks/{number}"));
    }
    if !check.mistakes.is_empty() {
        return Err(BadBlocks::Invalid(check.mistakes));
    }
    if check.text > ALL_TEXT { Err(BadBlocks::TooLong) } else { Ok(blocks.clone()) }
}

#[derive(Default)]
struct Check {
    mistakes: Vec<String>,
    /// Characters so far.
    text: usize,
    ids: BTreeSet<String>,
    /// Whether blocks may ask for words.
    inputs: bool,
}

impl Check {
    fn wrong(&mut self, at: &str, what: &str) {
        self.mistakes.push(format!("[ERROR] {what} [json-pointer:{at}]"));
    }

    fn object<'a>(&mut self, value: &'a Value, at: &str, keys: &[&str]) -> Option<&'a Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.wrong(at, "must provide an object");
            return None;
        };
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            self.wrong(at, &format!("invalid additional property: {key}"));
        }
        Some(object)
    }

    fn list<'a>(&mut self, value: Option<&'a Value>, at: &str, most: usize) -> &'a [Value] {
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if list.is_empty() {
            self.wrong(at, "no fewer than 1 items allowed");
        }
        if list.len() > most {
            self.wrong(at, &format!("no more than {most} items allowed"));
        }
        list
    }

    fn block(&mut self, block: &Value, at: &str) {
        let kind = block["type"].as_str().unwrap_or_default();
        let keys: &[&str] = match kind {
            "header" => &["type", "block_id", "text"],
            "section" => &["type", "block_id", "text", "fields", "expand"],
            "context" | "actions" | "rich_text" => &["type", "block_id", "elements"],
            "divider" => &["type", "block_id"],
            "input" if self.inputs => input::KEYS,
            _ => return self.wrong(&format!("{at}/type"), &format!("unsupported type: {kind}")),
        };
        let Some(object) = self.object(block, at, keys) else { return };
        self.block_id(object, at);
        match kind {
            "input" => self.input(object, at),
            "header" => self.text(object.get("text"), &format!("{at}/text"), 150, &["plain_text"]),
            "section" => self.section(object, at),
            "context" => {
                for (number, element) in self.list(object.get("elements"), at, 10).iter().enumerate() {
                    self.text(Some(element), &format!("{at}/elements/{number}"), 3000, &["plain_text", "mrkdwn"]);
                }
            }
            "actions" => {
                for (number, element) in self.list(object.get("elements"), at, 25).iter().enumerate() {
                    self.button(element, &format!("{at}/elements/{number}"));
                }
            }
            "rich_text" => {
                for (number, part) in self.list(object.get("elements"), at, usize::MAX).iter().enumerate() {
                    self.rich_text(part, &format!("{at}/elements/{number}"));
                }
            }
            _ => {}
        }
    }

    fn block_id(&mut self, block: &Map<String, Value>, at: &str) {
        let Some(id) = block.get("block_id") else { return };
        let at = format!("{at}/block_id");
        match id.as_str() {
            Some(id) if (1..=255).contains(&id.chars().count()) => {
                if !self.ids.insert(id.to_owned()) {
                    self.wrong(&at, "block_id must be unique");
                }
            }
            _ => self.wrong(&at, "must be less than 256 characters"),
        }
    }

    fn section(&mut self, section: &Map<String, Value>, at: &str) {
        if !section.contains_key("text") && !section.contains_key("fields") {
            self.wrong(at, "missing required field: text or fields");
        }
        if let Some(text) = section.get("text") {
            self.text(Some(text), &format!("{at}/text"), 3000, &["plain_text", "mrkdwn"]);
        }
        if section.contains_key("fields") {
            for (number, field) in self.list(section.get("fields"), &format!("{at}/fields"), 10).iter().enumerate() {
                self.text(Some(field), &format!("{at}/fields/{number}"), 2000, &["plain_text", "mrkdwn"]);
            }
        }
    }

    /// A text object.
    fn text(&mut self, text: Option<&Value>, at: &str, most: usize, kinds: &[&str]) {
        let Some(text) = text else { return self.wrong(at, "missing required field: text") };
        let kind = text["type"].as_str().unwrap_or_default();
        if !kinds.contains(&kind) {
            return self.wrong(&format!("{at}/type"), "must be a valid enum value");
        }
        let of_kind = if kind == "mrkdwn" { "verbatim" } else { "emoji" };
        let Some(object) = self.object(text, at, &["type", "text", of_kind]) else { return };
        if object.get(of_kind).is_some_and(|value| !value.is_boolean()) {
            self.wrong(&format!("{at}/{of_kind}"), "must provide a boolean");
        }
        self.string(object.get("text"), &format!("{at}/text"), 1, most);
    }

    fn string(&mut self, value: Option<&Value>, at: &str, least: usize, most: usize) {
        let Some(text) = value.and_then(Value::as_str) else { return self.wrong(at, "must provide a string") };
        // Whether Slack counts characters or UTF-16 units is not documented: the stricter of the two.
        let length = text.encode_utf16().count();
        self.text += length;
        if length < least {
            self.wrong(at, &format!("must be more than {} characters", least.saturating_sub(1)));
        } else if length > most {
            self.wrong(at, &format!("must be less than {} characters", most + 1));
        }
    }

    fn button(&mut self, button: &Value, at: &str) {
        let keys = ["type", "text", "url", "value", "action_id", "style", "accessibility_label"];
        let Some(object) = self.object(button, at, &keys) else { return };
        if object.get("type").and_then(Value::as_str) != Some("button") {
            return self.wrong(&format!("{at}/type"), "unsupported type");
        }
        self.text(object.get("text"), &format!("{at}/text"), 75, &["plain_text"]);
        for (key, most) in [("url", 3000), ("value", 2000), ("action_id", 255), ("accessibility_label", 75)] {
            if object.contains_key(key) {
                self.string(object.get(key), &format!("{at}/{key}"), 1, most);
            }
        }
        if object.get("style").is_some_and(|style| style != "primary" && style != "danger") {
            self.wrong(&format!("{at}/style"), "must be a valid enum value");
        }
    }

    fn rich_text(&mut self, part: &Value, at: &str) {
        let kind = part["type"].as_str().unwrap_or_default();
        if !["rich_text_section", "rich_text_preformatted", "rich_text_quote"].contains(&kind) {
            return self.wrong(&format!("{at}/type"), &format!("unsupported type: {kind}"));
        }
        let Some(object) = self.object(part, at, &["type", "elements", "border"]) else { return };
        for (number, element) in self.list(object.get("elements"), at, usize::MAX).iter().enumerate() {
            let at = format!("{at}/elements/{number}");
            let keys: &[&str] = match element["type"].as_str().unwrap_or_default() {
                "text" => &["type", "text", "style"],
                "link" => &["type", "url", "text", "style"],
                "emoji" => &["type", "name"],
                "user" => &["type", "user_id"],
                "broadcast" => &["type", "range"],
                other => return self.wrong(&format!("{at}/type"), &format!("unsupported type: {other}")),
            };
            let Some(object) = self.object(element, &at, keys) else { continue };
            for key in ["text", "url", "name"].iter().filter(|key| keys.contains(key)) {
                if *key != "text" || keys[1] == "text" || object.contains_key("text") {
                    self.string(object.get(*key), &format!("{at}/{key}"), 1, usize::MAX);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistake(block: &Value) -> String {
        match check(&json!([block])) {
            Ok(_) => "ok".to_owned(),
            Err(BadBlocks::Invalid(mistakes)) => mistakes.join("; "),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn each_limit_at_its_edge() {
        let section = |n: usize| json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(n)}});
        assert_eq!(mistake(&section(3000)), "ok");
        insta::assert_snapshot!(mistake(&section(3001)), @"[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]");
        insta::assert_snapshot!(mistake(&section(0)), @"[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]");
        let header = |n: usize| json!({"type": "header", "text": {"type": "plain_text", "text": "é".repeat(n)}});
        assert_eq!(mistake(&header(150)), "ok");
        assert_ne!(mistake(&header(151)), "ok");
        let fields = |n: usize, length: usize| {
            let field = json!({"type": "plain_text", "text": "x".repeat(length)});
            json!({"type": "section", "fields": vec![field; n]})
        };
        assert_eq!(mistake(&fields(10, 200)), "ok");
        assert_eq!(mistake(&fields(1, 2000)), "ok");
        assert_ne!(mistake(&fields(11, 1)), "ok");
        assert_ne!(mistake(&fields(1, 2001)), "ok");
        let many = |n: usize| check(&json!(vec![json!({"type": "divider"}); n])).is_ok();
        assert!(many(50) && !many(51));
        let long = |n: usize| check(&json!([section(3000), section(3000), section(3000), section(n)]));
        assert!(long(600).is_ok());
        assert_eq!(long(601).unwrap_err(), BadBlocks::TooLong);
        assert_eq!(check(&json!({})).unwrap_err(), BadBlocks::Format);
    }

    #[test]
    fn what_is_no_block() {
        for block in [
            json!(5),
            json!({"type": "marquee"}),
            json!({"type": "section"}),
            json!({"type": "section", "text": "plain"}),
            json!({"type": "section", "text": {"type": "markdown", "text": "x"}}),
            json!({"type": "section", "text": {"type": "plain_text", "text": "x", "verbatim": true}}),
            json!({"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "colour": "red"}),
            json!({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
            json!({"type": "rich_text", "elements": []}),
            json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text"}]}]}),
            json!({"type": "actions", "elements": [{"type": "button", "text": {"type": "mrkdwn", "text": "x"}}]}),
        ] {
            assert_ne!(mistake(&block), "ok", "{block}");
        }
        let twice = json!([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]);
        assert!(check(&twice).is_err());
    }
}
