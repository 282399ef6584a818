//! The arguments of a call, however they were sent.

use http::{HeaderMap, Method, header};
use serde_json::{Map, Value};

use super::form;
use super::reply::Refusal;

/// Arguments by name. From a query or a form all of them are texts.
#[derive(Debug, Default)]
pub(crate) struct Args(Map<String, Value>);

impl Args {
    /// Reads what a call brought. `json` tells whether its method takes JSON; where it does not, a JSON body is not
    /// looked at, as on the real server.
    pub(crate) fn read(
        method: &Method,
        headers: &HeaderMap,
        query: &str,
        body: &[u8],
        json: bool,
    ) -> Result<Self, Refusal> {
        let mut args = Self::default();
        args.take_form(query.as_bytes());
        if *method != Method::POST || body.is_empty() {
            return Ok(args);
        }
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/json" if json => match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => args.0.extend(object),
                Ok(_) => return Err(Refusal::of("json_not_object")),
                Err(_) => return Err(Refusal::of("invalid_json")),
            },
            "application/json" => {}
            "application/x-www-form-urlencoded" => args.take_form(body),
            "" => return Err(Refusal::of("missing_post_type")),
            _ => return Err(Refusal::of("invalid_post_type")),
        }
        Ok(args)
    }

    fn take_form(&mut self, form: &[u8]) {
        self.0.extend(form::decode(form).map(|(name, value)| (name, Value::String(value))));
    }

    /// What is there, by name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A text; empty if it is not there or no text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it is there and not null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// A switch, in any of the ways in which it is written.
    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(on)) => *on,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
            _ => false,
        }
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        match self.0.get(name)? {
            Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A structure: as it is in JSON, or as JSON in a text. `None` if it is not there, null if it is no JSON.
    pub(crate) fn structure(&self, name: &str) -> Option<Value> {
        match self.0.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or(Value::Null)),
            value => Some(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let mut args = Args::default();
        args.take_form(b"email=b%2Bb%40x.org&limit=5&x=a+b&flag=true&broken=%zz");
        assert_eq!((args.text("email"), args.text("x"), args.text("broken")), ("b+b@x.org", "a b", "%zz"));
        assert_eq!((args.number("limit"), args.flag("flag"), args.flag("none")), (Some(5), true, false));
    }
}
