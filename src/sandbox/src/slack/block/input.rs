//! Blocks that ask for words, which views have.

use serde_json::{Map, Value};

use super::Check;

/// What an input block consists of.
pub(super) const KEYS: &[&str] = &["type", "block_id", "label", "element", "hint", "optional", "dispatch_action"];
/// What a field for words consists of.
const ELEMENT: &[&str] = &[
    "type",
    "action_id",
    "initial_value",
    "multiline",
    "min_length",
    "max_length",
    "placeholder",
    "focus_on_load",
    "dispatch_action_config",
];
/// Characters that a field may be made to take.
const LENGTH: u64 = 3000;

impl Check {
    pub(super) fn input(&mut self, block: &Map<String, Value>, at: &str) {
        self.text(block.get("label"), &format!("{at}/label"), 2000, &["plain_text"]);
        if let Some(hint) = block.get("hint") {
            self.text(Some(hint), &format!("{at}/hint"), 2000, &["plain_text"]);
        }
        self.switches(block, at, &["optional", "dispatch_action"]);
        let Some(element) = block.get("element") else { return self.wrong(at, "missing required field: element") };
        let at = format!("{at}/element");
        let kind = element["type"].as_str().unwrap_or_default();
        if kind != "plain_text_input" {
            return self.wrong(&format!("{at}/type"), &format!("unsupported type: {kind}"));
        }
        let Some(element) = self.object(element, &at, ELEMENT) else { return };
        for (key, most) in [("action_id", 255), ("initial_value", 3000)] {
            if element.contains_key(key) {
                self.string(element.get(key), &format!("{at}/{key}"), 1, most);
            }
        }
        if let Some(placeholder) = element.get("placeholder") {
            self.text(Some(placeholder), &format!("{at}/placeholder"), 150, &["plain_text"]);
        }
        self.switches(element, &at, &["multiline", "focus_on_load"]);
        self.lengths(element, &at);
    }

    fn switches(&mut self, object: &Map<String, Value>, at: &str, keys: &[&str]) {
        for key in keys {
            if object.get(*key).is_some_and(|value| !value.is_boolean()) {
                self.wrong(&format!("{at}/{key}"), "must provide a boolean");
            }
        }
    }

    fn lengths(&mut self, element: &Map<String, Value>, at: &str) {
        let mut of = |key: &str, least: u64| {
            let value = element.get(key)?;
            let number = value.as_u64().filter(|number| (least..=LENGTH).contains(number));
            if number.is_none() {
                self.wrong(&format!("{at}/{key}"), &format!("must be a number from {least} to {LENGTH}"));
            }
            number
        };
        if let (Some(min), Some(max)) = (of("min_length", 0), of("max_length", 1))
            && min > max
        {
            self.wrong(&format!("{at}/min_length"), "must not be more than max_length");
        }
    }
}
