//! A message as people see it, in any chat.

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `CHANNEL/MESSAGE`, as the bot's records name it.
    pub id: String,
    /// All text of it, line by line.
    pub text: String,
    /// Label and value of each field.
    pub fields: Vec<(String, String)>,
    /// The colour beside it, where the chat shows one.
    pub color: Option<String>,
    /// Who was notified by a mention in it.
    pub notified: Vec<String>,
    /// The request that its mark names.
    pub about: Option<String>,
    /// Its thread, oldest first.
    pub replies: Vec<Shown>,
}

impl Shown {
    /// The value of a field.
    pub fn field(&self, label: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == label).map(|(_, value)| value.as_str())
    }

    /// Its text, with TIME where moments are.
    pub(in crate::harness) fn words(&self) -> String {
        without_times(&self.text)
    }

    /// What people see of it, with its thread, and with TIME where moments are.
    pub(in crate::harness) fn read(&self) -> String {
        let mut lines: Vec<String> = self.color.iter().map(|color| format!("[{color}]")).collect();
        lines.push(self.text.clone());
        lines.extend(self.replies.iter().map(|reply| format!("> {}", reply.text)));
        without_times(&lines.join("\n"))
    }

    /// The ids of its channel and of itself.
    pub(in crate::harness) fn place(&self) -> (&str, &str) {
        self.id.split_once('/').unwrap_or_default()
    }
}

/// Times differ from run to run: `2026-11-21 09:30 UTC`, and whatever a chat makes of it, becomes `TIME`.
fn without_times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(" UTC") {
        let (before, after) = (&rest[..at], &rest[at + " UTC".len()..]);
        let start = at.saturating_sub("2026-11-21 09:30".len());
        match before.rfind("<!date^") {
            Some(tag) if after.starts_with('>') => {
                out.extend([&before[..tag], "TIME"]);
                rest = &after[1..];
                continue;
            }
            _ => {}
        }
        match before.get(start..) {
            Some(time) if time.starts_with("20") => out.extend([&before[..start], "TIME"]),
            _ => out.extend([before, " UTC"]),
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_left_out_in_every_notation() {
        for (text, expected) in [
            ("at 2026-11-21 09:30 UTC.", "at TIME."),
            ("at <!date^1795253400^{date} {time}|2026-11-21 09:30 UTC>, then", "at TIME, then"),
            ("2026-11-21 09:30 UTC and 2026-11-21 09:31 UTC", "TIME and TIME"),
            ("all UTC here", "all UTC here"),
        ] {
            assert_eq!(without_times(text), expected);
        }
    }
}
