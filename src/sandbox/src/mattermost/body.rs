//! JSON bodies, decoded as the server does it.

use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};

/// Decodes an object, as deep as `depth` levels of objects with Go's rules: `null` counts as not sent, at the top as an
/// object without fields. What follows the object is not looked at. A list is no object, and a wrong type spoils it all.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8], depth: usize) -> Option<T> {
    let mut body = Deserializer::from_slice(body).into_iter::<Value>().next()?.ok()?;
    if body.is_null() {
        body = Value::Object(serde_json::Map::new());
    }
    drop_nulls(&mut body, depth);
    // A list would do for a struct.
    body.is_object().then(|| serde_json::from_value(body).ok())?
}

fn drop_nulls(value: &mut Value, depth: usize) {
    match value {
        Value::Object(map) if depth > 0 => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(|value| drop_nulls(value, depth - 1));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| drop_nulls(value, depth)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Body {
        text: String,
        any: Value,
    }

    #[test]
    fn bodies_are_decoded_as_go_does_it() {
        let body = |text: &str, any: Value| Some(Body { text: text.to_owned(), any });
        for (given, expected) in [
            (r#"{"text": "a"}"#, body("a", Value::Null)),
            (r#"{"text": "a"} and so on"#, body("a", Value::Null)),
            (r#"{"text": null, "any": [{"x": null, "y": {"z": null}}]}"#, body("", json!([{"y": {"z": null}}]))),
            ("null", body("", Value::Null)),
            (r#"["a"]"#, None),
            (r#"{"text": 5}"#, None),
            ("", None),
            ("{", None),
        ] {
            assert_eq!(object::<Body>(given.as_bytes(), 2), expected, "{given}");
        }
    }
}
