//! What Slack accepts as a view that a bot opens.

use serde_json::{Map, Value};

use super::block;
use super::reply::Refusal;

/// Bytes of a view.
const SIZE: usize = 250_000;
/// What a modal consists of, as far as a bot that asks for a reason needs it.
const KEYS: &[&str] = &[
    "type",
    "title",
    "blocks",
    "submit",
    "close",
    "private_metadata",
    "callback_id",
    "clear_on_close",
    "notify_on_close",
];

/// Checks a view.
pub(crate) fn check(view: &Value) -> Result<(), Refusal> {
    if view.to_string().len() > SIZE {
        return Err(Refusal::of("view_too_large"));
    }
    let Some(object) = view.as_object() else { return refused(&[wrong("/view", "must provide an object")]) };
    let mut mistakes: Vec<String> = object
        .keys()
        .filter(|key| !KEYS.contains(&key.as_str()))
        .map(|key| wrong("/view", &format!("invalid additional property: {key}")))
        .collect();
    if view["type"] != "modal" {
        mistakes.push(wrong("/view/type", "must be a valid enum value"));
    }
    for key in ["title", "submit", "close"] {
        match object.get(key) {
            Some(text) => mistakes.extend(block::check_plain_text(text, &format!("/view/{key}"), 24)),
            None if key == "title" => mistakes.push(wrong("/view", "missing required field: title")),
            None => {}
        }
    }
    for (key, most) in [("callback_id", 255), ("private_metadata", 3000)] {
        let fits = |value: &Value| value.as_str().is_some_and(|text| text.encode_utf16().count() <= most);
        if object.get(key).is_some_and(|value| !fits(value)) {
            mistakes.push(wrong(&format!("/view/{key}"), &format!("must be less than {} characters", most + 1)));
        }
    }
    for key in ["clear_on_close", "notify_on_close"] {
        if object.get(key).is_some_and(|value| !value.is_boolean()) {
            mistakes.push(wrong(&format!("/view/{key}"), "must provide a boolean"));
        }
    }
    mistakes.extend(block::check_view(&view["blocks"]));
    if !object.contains_key("submit") && inputs(view).next().is_some() {
        mistakes.push(wrong("/view", "missing required field: submit"));
    }
    refused(&mistakes)
}

/// The blocks of a view that ask for words.
pub(crate) fn inputs(view: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let blocks = view["blocks"].as_array().into_iter().flatten();
    blocks.filter(|block| block["type"] == "input").filter_map(Value::as_object)
}

fn wrong(at: &str, what: &str) -> String {
    format!("[ERROR] {what} [json-pointer:{at}]")
}

fn refused(mistakes: &[String]) -> Result<(), Refusal> {
    if mistakes.is_empty() { Ok(()) } else { Err(Refusal::with_messages("invalid_arguments", mistakes)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(length: usize) -> Value {
        json!({"type": "plain_text", "text": "x".repeat(length)})
    }

    fn view(more: &Value) -> Value {
        let element = json!({"type": "plain_text_input", "action_id": "text", "multiline": true, "max_length": 3000});
        let input = json!({"type": "input", "block_id": "reason", "label": text(5), "element": element});
        let mut view = json!({"type": "modal", "title": text(24), "submit": text(24), "blocks": [input]});
        view.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        view
    }

    fn mistake(view: &Value) -> String {
        match check(view) {
            Ok(()) => "ok".to_owned(),
            Err(refusal) => format!("{} {}", refusal.code, refusal.more["response_metadata"]["messages"]),
        }
    }

    #[test]
    fn each_limit_at_its_edge() {
        for good in [
            json!({}),
            json!({"close": text(24), "private_metadata": "x".repeat(3000), "callback_id": "x".repeat(255)}),
            json!({"blocks": vec![json!({"type": "divider"}); 100], "notify_on_close": true}),
        ] {
            assert_eq!(mistake(&view(&good)), "ok", "{good}");
        }
        for bad in [
            json!({"title": text(25)}),
            json!({"title": null}),
            json!({"submit": text(25)}),
            json!({"close": {"type": "mrkdwn", "text": "x"}}),
            json!({"private_metadata": "x".repeat(3001)}),
            json!({"private_metadata": {"k": "v"}}),
            json!({"callback_id": "x".repeat(256)}),
            json!({"notify_on_close": "yes"}),
            json!({"blocks": vec![json!({"type": "divider"}); 101]}),
            json!({"blocks": []}),
            json!({"type": "home"}),
            json!({"colour": "red"}),
        ] {
            assert_ne!(mistake(&view(&bad)), "ok", "{bad}");
        }
        let mut without = view(&json!({}));
        without.as_object_mut().unwrap().remove("submit");
        insta::assert_snapshot!(mistake(&without), @r#"invalid_arguments ["[ERROR] missing required field: submit [json-pointer:/view]"]"#);
        let large = json!({"private_metadata": "x".repeat(260_000)});
        assert!(mistake(&view(&large)).starts_with("view_too_large"));
    }

    #[test]
    fn what_may_be_asked_for() {
        let element = |more: Value| {
            let mut element = json!({"type": "plain_text_input"});
            element.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            view(&json!({"blocks": [{"type": "input", "label": text(1), "element": element}]}))
        };
        for good in [json!({}), json!({"min_length": 0, "max_length": 1}), json!({"placeholder": text(150)})] {
            assert_eq!(mistake(&element(good.clone())), "ok", "{good}");
        }
        for bad in [
            json!({"max_length": 3001}),
            json!({"max_length": 0}),
            json!({"min_length": 2, "max_length": 1}),
            json!({"placeholder": text(151)}),
            json!({"type": "datepicker"}),
            json!({"multiline": 1}),
        ] {
            assert_ne!(mistake(&element(bad.clone())), "ok", "{bad}");
        }
        for bad in [json!({"type": "input", "label": text(1)}), json!({"type": "input", "element": {}})] {
            assert_ne!(mistake(&view(&json!({"blocks": [bad]}))), "ok", "{bad}");
        }
    }
}
