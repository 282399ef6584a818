//! A TOML file as a [`Layer`], with the line of every key.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use accessbot_core::backend::{ConfigError, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layer::{Layer, Place};
use crate::cli::lines::one_line;

/// The largest file that is read. A configuration has a few kilobytes; whatever is larger is not one.
const LARGEST: u64 = 1024 * 1024;

/// Reads the file.
///
/// # Errors
/// Every mistake that keeps it from being read as TOML. What stands in the file is not repeated: it may be a secret.
pub(super) fn read(path: &Path) -> Result<Layer, Vec<ConfigError>> {
    let name = path.display().to_string();
    let text = contents(path).map_err(|problem| vec![file_mistake(&name, None, problem)])?;
    parse(&name, &text)
}

/// Reads TOML text that comes from `name`.
pub(super) fn parse(name: &str, text: &str) -> Result<Layer, Vec<ConfigError>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::of(text);
    if !errors.is_empty() {
        let mistake = |e: &toml::de::Error| {
            let line = e.span().map(|span| lines.at(span.start));
            file_mistake(name, line, format!("is not valid TOML: {}", one_line(e.message())))
        };
        let mut mistakes: Vec<ConfigError> = errors.iter().map(mistake).collect();
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes.dedup();
        return Err(mistakes);
    }
    let mut layer = Layer::new(name);
    for (key, value) in table.get_ref() {
        note_places(&mut layer, &lines, key.get_ref(), key.span().start, value);
        layer.values.insert(key.get_ref().to_string(), convert(value.get_ref()));
    }
    Ok(layer)
}

/// Reads the value of one key, written as in a TOML file.
pub(super) fn value(text: &str) -> Option<Value> {
    DeValue::parse(text).ok().map(|value| convert(value.get_ref()))
}

fn contents(path: &Path) -> Result<String, String> {
    let cannot = |e: std::io::Error| format!("cannot be read: {e}");
    let file = File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > LARGEST {
        return Err("is larger than 1 MiB, which no configuration is".to_owned());
    }
    String::from_utf8(bytes).map_err(|e| {
        let sound = String::from_utf8_lossy(&e.as_bytes()[..e.utf8_error().valid_up_to()]).into_owned();
        format!("is not UTF-8 text (line {})", Lines::of(&sound).at(sound.len()))
    })
}

fn file_mistake(name: &str, line: Option<usize>, problem: String) -> ConfigError {
    ConfigError { source_name: name.to_owned(), line, key: String::new(), problem, hint: None }
}

fn note_places(layer: &mut Layer, lines: &Lines, path: &str, start: usize, value: &Spanned<DeValue<'_>>) {
    let place = Place { source_name: layer.name.clone(), line: Some(lines.at(start)) };
    layer.places.insert(path.to_owned(), place);
    if let DeValue::Table(table) = value.get_ref() {
        for (key, value) in table {
            note_places(layer, lines, &format!("{path}.{}", key.get_ref()), key.span().start, value);
        }
    }
}

fn convert(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(on) => Value::Switch(*on),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or(Value::Other("a number beyond all bounds"), Value::Number)
        }
        DeValue::Array(list) => Value::List(list.iter().map(|item| convert(item.get_ref())).collect()),
        DeValue::Table(table) => {
            Value::Table(table.iter().map(|(k, v)| (k.get_ref().to_string(), convert(v.get_ref()))).collect())
        }
        DeValue::Float(_) => Value::Other("a fraction"),
        DeValue::Datetime(_) => Value::Other("a date or a time"),
    }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    /// The line that holds this byte, from 1.
    fn at(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|end| *end < byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_knows_its_line() {
        let text = "# a comment\n[teleport]\naddr = \"a:1\"\r\n\n[mattermost]\nrecipients = [\n  \"x/y\",\n]\n\
                    [mattermost.role_to_recipients]\n\"*\" = \"a/b\"\ndb.admin = \"c/d\"\n";
        let layer = parse("bot.toml", text).unwrap();
        let line = |key: &str| layer.place(key).and_then(|p| p.line);
        assert_eq!(line("teleport"), Some(2));
        assert_eq!(line("teleport.addr"), Some(3));
        assert_eq!(line("mattermost.recipients"), Some(6));
        assert_eq!(line("mattermost.role_to_recipients.*"), Some(10));
        assert_eq!(line("mattermost.role_to_recipients.db.admin"), Some(11));
        assert_eq!(line("mattermost.missing"), Some(5), "a key that is missing is missing in its section");
        assert_eq!(line("nowhere"), None);
    }

    #[test]
    fn what_is_not_toml_is_told_by_line_without_its_text() {
        let text =
            "[mattermost]\ntoken = hunter2secret\nurl = \"https://chat\"\n[mattermost\nteam == \"hunter2secret\"\n";
        let mistakes = parse("bot.toml", text).unwrap_err();
        let report = mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(!report.contains("hunter2"), "{report}");
        insta::assert_snapshot!(report, @"
        bot.toml:2: is not valid TOML: string values must be quoted, expected literal string
        bot.toml:4: is not valid TOML: unclosed table, expected `]`
        bot.toml:5: is not valid TOML: extra `=`, expected nothing
        bot.toml:5: is not valid TOML: unexpected key or value, expected newline, `#`
        ");
    }

    #[test]
    fn numbers_of_all_spellings_and_things_that_are_none_of_ours() {
        let layer = parse("x", "a = 0x10\nb = -1_000\nc = 1.5\nd = 2026-11-21\ne = 99999999999999999999\n").unwrap();
        assert_eq!(layer.values["a"], Value::Number(16));
        assert_eq!(layer.values["b"], Value::Number(-1000));
        assert_eq!(layer.values["c"], Value::Other("a fraction"));
        assert_eq!(layer.values["d"], Value::Other("a date or a time"));
        assert!(matches!(layer.values["e"], Value::Other(_)));
    }
}
