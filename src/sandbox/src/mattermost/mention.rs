//! Whom a text notifies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::attachment::{Props, decoded};
use super::markdown::text_runs;

/// Whom a post mentions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// `@channel`, `@all` or `@here`.
    pub(crate) everybody: bool,
    /// User names, as far as [`Mentions::of`] was told that they exist.
    pub(crate) users: BTreeSet<String>,
}

impl Mentions {
    /// The mentions in a post. `exists` tells user names (in lower case) from other words.
    pub(crate) fn of(message: &str, props: &Props, fields: bool, exists: impl Fn(&str) -> bool) -> Self {
        let mut mentions = Self::default();
        let mut read = |text: &str| {
            for run in text_runs(text) {
                mentions.read_run(&run, &exists);
            }
        };
        read(message);
        for attachment in decoded(props) {
            for key in ["pretext", "text"] {
                read(attachment.get(key).and_then(Value::as_str).unwrap_or_default());
            }
            let values = attachment.get("fields").and_then(Value::as_array).into_iter().flatten();
            for value in values.filter(|_| fields).filter_map(|field| field.get("value")?.as_str()) {
                read(value);
            }
        }
        mentions
    }

    /// Words are cut at everything that can be no part of a user name or an emoji.
    fn read_run(&mut self, run: &str, exists: &impl Fn(&str) -> bool) {
        let in_word = |c: char| matches!(c, ':' | '.' | '-' | '_' | '@') || c.is_alphabetic() || c.is_numeric();
        for word in run.split(|c| !in_word(c)).filter(|word| !word.is_empty()) {
            if word.starts_with(':') && word.ends_with(':') {
                continue;
            }
            let word = word.trim_start_matches([':', '.', '-', '_']);
            if self.take(word, exists) || self.take_without_suffix(word, exists) || word.starts_with('@') {
                continue;
            }
            for part in word.split(['.', '-', ':']) {
                self.take(part, exists);
            }
        }
    }

    fn take_without_suffix(&mut self, word: &str, exists: &impl Fn(&str) -> bool) -> bool {
        let mut word = word;
        while let Some(shorter) = word.strip_suffix(['.', '-', ':', '_']) {
            word = shorter;
            if self.take(word, exists) {
                return true;
            }
        }
        false
    }

    /// Takes `word` if it is a mention.
    fn take(&mut self, word: &str, exists: &impl Fn(&str) -> bool) -> bool {
        let Some(name) = word.strip_prefix('@') else { return false };
        let name = name.to_lowercase();
        if matches!(name.as_str(), "channel" | "all" | "here") {
            self.everybody = true;
        } else if exists(&name) {
            self.users.insert(name);
        } else {
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mentions(message: &str) -> Mentions {
        Mentions::of(message, &Props::new(), true, |name| name == "bob" || name == "al.ice")
    }

    #[test]
    fn what_notifies_and_what_does_not() {
        for text in ["@channel", "@HERE", "a @all.", r"\@channel", "&#64;channel", "&commat;channel", "**@channel**"] {
            assert!(mentions(text).everybody, "{text}");
        }
        for text in ["(@bob)", "/@bob", "@bob.", "> @bob", "| @bob |", "[@bob](http://x)", "@Bob:", "x -@bob", "- @bob"]
        {
            assert!(mentions(text).users.contains("bob"), "{text}");
        }
        for text in [
            "`@channel`",
            "```\n@channel\n```",
            "~~~\n@channel\n~~~",
            "    @channel",
            "@\u{200b}channel",
            "@\u{2060}bob",
            "\u{ff20}bob",
            "foo@bob",
            "a@channel.com",
            "@bobby",
            ":@bob:",
        ] {
            assert_eq!(mentions(text), Mentions::default(), "{text:?}");
        }
        assert!(mentions("@al.ice.").users.contains("al.ice"));
    }

    #[test]
    fn of_an_attachment_some_parts_notify() {
        let part = |attachment: Value| {
            let Value::Object(props) = json!({"attachments": [attachment]}) else { panic!("an object") };
            let everybody = |fields| Mentions::of("`", &props, fields, |_| false).everybody;
            (everybody(false), everybody(true))
        };
        for key in ["text", "pretext"] {
            assert_eq!(part(json!({key: "@channel"})), (true, true), "{key}");
        }
        for key in ["title", "footer", "author_name", "fallback"] {
            assert_eq!(part(json!({key: "@channel"})), (false, false), "{key}");
        }
        assert_eq!(part(json!({"fields": [{"value": "@channel"}]})), (false, true));
    }
}
