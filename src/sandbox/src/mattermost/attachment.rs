//! Message attachments and props: how the server decodes, measures and shows them.

use serde_json::{Map, Value, json};

use crate::common::ids::mattermost_id;

/// The props of a post.
pub(crate) type Props = Map<String, Value>;

/// The characters that `props` have as the server's JSON.
///
/// Go writes `<`, `>`, `&`, U+2028 and U+2029 as `\u003c`: six characters where others write one. And it has no short
/// form for backspace and form feed.
pub(crate) fn json_len(props: &Props) -> usize {
    let mut length = 0;
    let json = Value::Object(props.clone()).to_string();
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        length += match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
            '\\' => match chars.next() {
                Some('b' | 'f') => 6,
                // `\u001f` is the length of what follows, which is counted as it comes.
                _ => 2,
            },
            _ => 1,
        };
    }
    length
}

/// Texts of an attachment, in the order in which the server writes them.
const TEXTS: [&str; 13] = [
    "fallback",
    "color",
    "pretext",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "text",
    "image_url",
    "thumb_url",
    "footer",
    "footer_icon",
];

/// The attachments of `props` that the server can decode. The others are kept, but nobody sees them.
pub(crate) fn decoded(props: &Props) -> Vec<&Props> {
    let list = props.get("attachments").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object).filter(|a| decodes(a)).collect()
}

fn decodes(attachment: &Props) -> bool {
    let text = |map: &Props, key: &str| matches!(map.get(key), None | Some(Value::Null | Value::String(_)));
    let objects = |key: &str, each: &dyn Fn(&Props) -> bool| match attachment.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::Array(list)) => list.iter().all(|item| item.is_null() || item.as_object().is_some_and(each)),
        Some(_) => false,
    };
    TEXTS.iter().all(|key| text(attachment, key))
        && objects("fields", &|field| text(field, "title") && field.get("short").is_none_or(|s| short(s).is_some()))
        && objects("actions", &|action| {
            ["id", "name", "type", "style"].iter().all(|key| text(action, key))
                && matches!(action.get("integration"), None | Some(Value::Null | Value::Object(_)))
        })
}

/// `short` may be a truth value or its name, and nothing else.
fn short(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(short) => Some(*short),
        Value::String(name) if name.eq_ignore_ascii_case("true") => Some(true),
        Value::String(name) if name.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Gives an id to every action that has none.
pub(crate) fn name_actions(props: &mut Props) {
    let Some(Value::Array(list)) = props.get_mut("attachments") else { return };
    for attachment in list {
        let Some(Value::Array(actions)) = attachment.get_mut("actions") else { continue };
        for action in actions.iter_mut().filter_map(Value::as_object_mut) {
            if action.get("id").and_then(Value::as_str).unwrap_or_default().is_empty() {
                action.insert("id".to_owned(), json!(mattermost_id()));
            }
        }
    }
}

/// The props as clients get them: attachments with all their fields, actions without `integration`.
pub(crate) fn shown(props: &Props) -> Props {
    let mut shown = props.clone();
    if props.contains_key("attachments") {
        let list: Vec<Value> = decoded(props).into_iter().map(show_attachment).collect();
        // Go's nil slice.
        let list = if list.is_empty() { Value::Null } else { Value::Array(list) };
        shown.insert("attachments".to_owned(), list);
    }
    shown
}

fn show_attachment(attachment: &Props) -> Value {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), attachment.get("id").filter(|id| id.is_number()).cloned().unwrap_or(json!(0)));
    for key in TEXTS {
        let text = attachment.get(key).and_then(Value::as_str).unwrap_or_default();
        shown.insert(key.to_owned(), json!(text));
    }
    shown.insert("ts".to_owned(), attachment.get("ts").cloned().unwrap_or_default());
    let fields = objects(attachment, "fields").map(|field| {
        json!({
            "title": field.get("title").and_then(Value::as_str).unwrap_or_default(),
            "value": field.get("value").cloned().unwrap_or_default(),
            "short": field.get("short").and_then(short).unwrap_or_default(),
        })
    });
    let fields: Vec<Value> = fields.collect();
    shown.insert("fields".to_owned(), if fields.is_empty() { Value::Null } else { Value::Array(fields) });
    let actions: Vec<Value> = objects(attachment, "actions")
        .map(|action| {
            let mut action = action.clone();
            action.remove("integration");
            action.retain(|_, value| !value.is_null() && value != "" && *value != json!(false));
            Value::Object(action)
        })
        .collect();
    if !actions.is_empty() {
        shown.insert("actions".to_owned(), Value::Array(actions));
    }
    Value::Object(shown)
}

fn objects<'a>(attachment: &'a Props, key: &str) -> impl Iterator<Item = &'a Props> {
    attachment.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// What a server 5.x finds when it compares the attachments of an update with the old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Nothing that it looks at is different.
    Equal,
    /// Something is, so the update counts as an edit.
    Different,
    /// It looks into the integration of an action that has none, and the handler panics.
    Panics,
}

/// Compares attachments as the server does: part by part in its order, until something is different.
pub(crate) fn compare(old: &Props, new: &Props) -> Comparison {
    let (old, new) = (decoded(old), decoded(new));
    if old.len() != new.len() {
        return Comparison::Different;
    }
    let mut each = old.iter().zip(&new).map(|(old, new)| compare_attachment(old, new));
    each.find(|found| *found != Comparison::Equal).unwrap_or(Comparison::Equal)
}

fn compare_attachment(old: &Props, new: &Props) -> Comparison {
    let (shown_old, shown_new) = (show_attachment(old), show_attachment(new));
    if TEXTS.iter().chain(&["id", "fields"]).any(|key| shown_old[*key] != shown_new[*key]) {
        return Comparison::Different;
    }
    let (old, new): (Vec<_>, Vec<_>) = (objects(old, "actions").collect(), objects(new, "actions").collect());
    if old.len() != new.len() {
        return Comparison::Different;
    }
    for (old, new) in old.into_iter().zip(new) {
        let differs = |key: &str| old.get(key).unwrap_or(&Value::Null) != new.get(key).unwrap_or(&Value::Null);
        if ["id", "type", "name", "data_source", "default_option", "options"].iter().any(|key| differs(key)) {
            return Comparison::Different;
        }
        let integration = |action: &Props| action.get("integration").filter(|value| value.is_object()).cloned();
        match (integration(old), integration(new)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(_), Some(_)) => return Comparison::Different,
            _ => return Comparison::Panics,
        }
    }
    Comparison::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(value: Value) -> Props {
        match value {
            Value::Object(map) => map,
            other => panic!("not an object: {other}"),
        }
    }

    #[test]
    fn json_is_measured_as_go_writes_it() {
        for (text, length) in
            [("", 8), ("é", 9), ("<", 14), ("a&b", 16), ("\n", 10), ("\u{8}", 14), ("\u{1}", 14), ("\"\\", 12)]
        {
            assert_eq!(json_len(&props(json!({"x": text}))), length, "{text:?}");
        }
    }

    #[test]
    fn what_does_not_decode_is_not_shown() {
        let given = props(json!({"x": 1, "attachments": [
            {"text": 5},
            {"fields": [{"title": "T", "short": "perhaps"}]},
            {"text": "good", "fields": [{"title": "T", "value": 7}], "actions": [{"id": "a", "name": "", "integration": {"url": "u"}}]},
            "nonsense",
        ]}));
        let shown = shown(&given);
        assert_eq!(shown["attachments"].as_array().map(Vec::len), Some(1));
        assert_eq!(shown["attachments"][0]["fields"], json!([{"title": "T", "value": 7, "short": false}]));
        assert_eq!(shown["attachments"][0]["actions"], json!([{"id": "a"}]));
        assert_eq!(super::shown(&props(json!({"attachments": {}})))["attachments"], Value::Null);
    }
}
