//! A section of the configuration, read key by key, so that every mistake in it is reported at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::secret::{Secret, SecretSource};

/// A value as the configuration holds it, whatever it was read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Switch(bool),
    /// A whole number.
    Number(i64),
    /// A list.
    List(Vec<Value>),
    /// A table.
    Table(BTreeMap<String, Value>),
    /// Anything else, named for the error message: `a float`, `a date`.
    Other(&'static str),
}

impl Value {
    /// What it is, with an article, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Switch(_) => "true or false",
            Self::Number(_) => "a number",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

/// One mistake in the configuration: where, what was found, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file or variable that it comes from.
    pub source_name: String,
    /// The line in it, if known, from 1.
    pub line: Option<usize>,
    /// The full name of the key: `mattermost.url`.
    pub key: String,
    /// What is wrong, and what was found. Never a secret.
    pub problem: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source_name)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.problem)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A section of the configuration.
///
/// Each getter takes one key. A key that is missing gives `None`; one of the wrong kind gives `None` too and is
/// remembered as a mistake. [`Section::finish`] hands all mistakes out. Which keys may stand here at all was checked
/// before, against the [`Key`](super::Key) list.
#[derive(Clone, Debug, Default)]
pub struct Section {
    name: String,
    source_name: String,
    values: BTreeMap<String, Value>,
    lines: BTreeMap<String, usize>,
    errors: Vec<ConfigError>,
}

impl Section {
    /// The section `name` (may be empty for the top level) of the file or variable `source_name`.
    pub fn new(name: impl Into<String>, source_name: impl Into<String>, values: BTreeMap<String, Value>) -> Self {
        Self { name: name.into(), source_name: source_name.into(), values, ..Self::default() }
    }

    /// Remembers in which line each key stands, for messages.
    #[must_use]
    pub fn with_lines(mut self, lines: BTreeMap<String, usize>) -> Self {
        self.lines = lines;
        self
    }

    /// Its name: `mattermost`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the key stands in the section.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The value of a key, whatever it is.
    pub fn raw(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The names of the keys that stand in the section.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// A text. Space around it is cut off; an empty text counts as missing.
    pub fn text(&mut self, key: &str) -> Option<String> {
        match self.values.get(key)? {
            Value::Text(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
            other => self.wrong_kind(key, other.kind(), "a text in quotes"),
        }
    }

    /// A text that must be there.
    pub fn required_text(&mut self, key: &str, hint: &str) -> Option<String> {
        let failed = self.errors.len();
        let text = self.text(key);
        if text.is_none() && self.errors.len() == failed {
            self.error(key, "is missing", Some(hint));
        }
        text
    }

    /// A secret, from its value, from the file that its value names (starting with `/`), or from the file that
    /// `KEY_file` names.
    pub fn secret(&mut self, key: &str) -> Option<SecretSource> {
        let file_key = format!("{key}_file");
        let file = self.text(&file_key);
        let value = match self.values.get(key) {
            None => None,
            Some(Value::Text(text)) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
            // The value itself is not shown: it is a secret, if a misspelt one.
            Some(other) => self.wrong_kind(key, other.kind(), "a text in quotes"),
        };
        match (value, file) {
            (Some(_), Some(_)) => {
                let hint = format!("leave out one of the two; `{file_key}` is the clearer one for a file");
                self.error(key, &format!("is given, and so is `{file_key}`"), Some(&hint));
                None
            }
            (Some(path), None) if path.starts_with('/') => Some(SecretSource::file(PathBuf::from(path))),
            (Some(text), None) => Some(SecretSource::fixed(Secret::new(text))),
            (None, Some(path)) => Some(SecretSource::file(PathBuf::from(path))),
            (None, None) => None,
        }
    }

    /// A secret that must be there.
    pub fn required_secret(&mut self, key: &str, hint: &str) -> Option<SecretSource> {
        let failed = self.errors.len();
        let secret = self.secret(key);
        if secret.is_none() && self.errors.len() == failed {
            self.error(key, "is missing", Some(hint));
        }
        secret
    }

    /// `true` or `false`.
    pub fn switch(&mut self, key: &str) -> Option<bool> {
        match self.values.get(key)? {
            Value::Switch(on) => Some(*on),
            other => self.wrong_kind(key, other.kind(), "true or false, without quotes"),
        }
    }

    /// A whole number within `range`.
    pub fn number(&mut self, key: &str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let right = format!("a whole number from {} to {}", range.start(), range.end());
        match self.values.get(key)? {
            Value::Number(n) if range.contains(n) => Some(*n),
            Value::Number(n) => {
                let problem = format!("is {n}, which is out of range");
                self.error(key, &problem, Some(&format!("write {right}")));
                None
            }
            other => self.wrong_kind(key, other.kind(), &right),
        }
    }

    /// A text or a list of texts. Empty texts are left out.
    pub fn list(&mut self, key: &str) -> Option<Vec<String>> {
        match self.values.get(key)? {
            value @ (Value::Text(_) | Value::List(_)) => match texts(value) {
                Some(list) => Some(list),
                None => self.wrong_kind(key, "a list that does not hold only texts", "a list of texts in quotes"),
            },
            other => self.wrong_kind(key, other.kind(), "a text or a list of texts"),
        }
    }

    /// A table whose values are texts or lists of texts.
    pub fn table(&mut self, key: &str) -> Option<BTreeMap<String, Vec<String>>> {
        let Value::Table(table) = self.values.get(key)? else {
            let kind = self.values.get(key).map_or("nothing", Value::kind);
            return self.wrong_kind(key, kind, "a table of its own");
        };
        let mut read = BTreeMap::new();
        let mut wrong = Vec::new();
        for (name, value) in table {
            match texts(value) {
                Some(list) => {
                    read.insert(name.clone(), list);
                }
                None => wrong.push((name.clone(), value.kind())),
            }
        }
        for (name, kind) in wrong {
            self.wrong_kind::<()>(&format!("{key}.{name}"), kind, "a text or a list of texts");
        }
        Some(read)
    }

    /// A table whose values are tables: each as a section of its own, whose mistakes are its own to
    /// [hand out](Self::finish).
    pub fn tables(&mut self, key: &str) -> Option<BTreeMap<String, Section>> {
        let Value::Table(table) = self.values.get(key)? else {
            let kind = self.values.get(key).map_or("nothing", Value::kind);
            return self.wrong_kind(key, kind, "a table of tables");
        };
        let mut read = BTreeMap::new();
        let mut wrong = Vec::new();
        for (name, value) in table {
            match value {
                Value::Table(values) => {
                    let full = format!("{}.{key}.{name}", self.name);
                    read.insert(name.clone(), Section::new(full, self.source_name.clone(), values.clone()));
                }
                other => wrong.push((name.clone(), other.kind())),
            }
        }
        for (name, kind) in wrong {
            self.wrong_kind::<()>(&format!("{key}.{name}"), kind, "a table of its own");
        }
        Some(read)
    }

    /// Remembers a mistake in `key`: the rest of the sentence that begins with the key's name.
    pub fn error(&mut self, key: &str, problem: &str, hint: Option<&str>) {
        let full = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        self.errors.push(ConfigError {
            source_name: self.source_name.clone(),
            line: self.lines.get(key).copied(),
            key: full,
            problem: problem.to_owned(),
            hint: hint.map(str::to_owned),
        });
    }

    /// All mistakes so far, or `value` if there are none and it is there.
    pub fn finish<T>(&mut self, value: Option<T>) -> Result<T, Vec<ConfigError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(std::mem::take(&mut self.errors)),
        }
    }

    fn wrong_kind<T>(&mut self, key: &str, found: &str, right: &str) -> Option<T> {
        self.error(key, &format!("is {found}"), Some(&format!("write {right}")));
        None
    }
}

/// The texts of a text or a list of texts, trimmed, without empty ones.
fn texts(value: &Value) -> Option<Vec<String>> {
    let list = match value {
        Value::Text(_) => std::slice::from_ref(value),
        Value::List(list) => list.as_slice(),
        _ => return None,
    };
    let mut read = Vec::with_capacity(list.len());
    for item in list {
        let Value::Text(text) = item else { return None };
        let text = text.trim();
        if !text.is_empty() {
            read.push(text.to_owned());
        }
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(entries: &[(&str, Value)]) -> Section {
        let values = entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        Section::new("chat", "bot.toml", values).with_lines(BTreeMap::from([("url".to_owned(), 3)]))
    }

    #[test]
    fn every_mistake_is_reported_at_once_and_no_secret_is_shown() {
        let mut s = section(&[
            ("url", Value::Number(5)),
            ("token", Value::Number(1234)),
            ("recipients", Value::List(vec![Value::Text("lab/access".into()), Value::Switch(true)])),
            ("workers", Value::Number(0)),
        ]);
        assert!(s.required_text("url", "write it").is_none());
        assert!(s.secret("token").is_none());
        assert!(s.list("recipients").is_none());
        assert!(s.number("workers", 1..=64).is_none());
        assert!(s.required_text("team", "the team's name").is_none());
        let report: Vec<String> = s.finish::<()>(None).unwrap_err().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(report.join("\n"), @r"
        bot.toml:3: chat.url: is a number
          hint: write a text in quotes
        bot.toml: chat.token: is a number
          hint: write a text in quotes
        bot.toml: chat.recipients: is a list that does not hold only texts
          hint: write a list of texts in quotes
        bot.toml: chat.workers: is 0, which is out of range
          hint: write a whole number from 1 to 64
        bot.toml: chat.team: is missing
          hint: the team's name
        ");
    }

    #[test]
    fn a_secret_is_a_value_or_a_file_but_not_both() {
        let text = |t: &str| Value::Text(t.to_owned());
        let fixed = section(&[("token", text(" abc "))]).secret("token");
        assert_eq!(fixed.and_then(|s| s.current().ok()).map(|s| s.expose().to_owned()), Some("abc".to_owned()));
        assert!(section(&[("token", text("/no/such/file"))]).secret("token").is_some_and(|s| s.current().is_err()));
        let mut both = section(&[("token", text("abc")), ("token_file", text("/x"))]);
        assert!(both.secret("token").is_none());
        assert!(both.finish(Some(())).is_err());
    }

    #[test]
    fn a_secret_that_must_be_there_is_missed_once() {
        for (entries, problems) in [
            (&[][..], &["bot.toml: chat.token: is missing\n  hint: write it"][..]),
            (&[("token", Value::Text(" ".into()))], &["bot.toml: chat.token: is missing\n  hint: write it"]),
            (
                &[("token", Value::Switch(true))],
                &["bot.toml: chat.token: is true or false\n  hint: write a text in quotes"],
            ),
            (&[("token", Value::Text("abc".into()))], &[]),
        ] {
            let mut s = section(entries);
            let found = s.required_secret("token", "write it");
            assert_eq!(found.is_none(), !problems.is_empty());
            let report: Vec<String> =
                s.finish(found).err().unwrap_or_default().iter().map(ToString::to_string).collect();
            assert_eq!(report, problems);
        }
    }

    #[test]
    fn a_table_takes_texts_and_lists() {
        let table = Value::Table(BTreeMap::from([
            ("*".to_owned(), Value::Text("lab/access".into())),
            ("dbadmin".to_owned(), Value::List(vec![Value::Text("a".into()), Value::Text(" ".into())])),
        ]));
        let read = section(&[("role_to_recipients", table)]).table("role_to_recipients").unwrap();
        assert_eq!(read["*"], ["lab/access"]);
        assert_eq!(read["dbadmin"], ["a"]);
    }
}
