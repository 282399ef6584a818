//! What the bot has logged, for those who look at it later or live.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tokio::sync::watch;

use crate::common::lock::lock;

/// So many lines are kept: enough to see what came of a burst, and not more than a page can show.
const KEPT: usize = 300;

/// What lines of the audit trail have for their level: each is JSON.
pub const AUDIT: &str = "AUDIT";

/// A line of the bot's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// How grave it is, `INFO` or `WARN`; or [`AUDIT`].
    pub level: String,
    /// What it says.
    pub text: String,
}

/// The last lines of the bot's log. Clones are the same log.
#[derive(Clone, Debug, Default)]
pub struct BotLog(Arc<Log>);

#[derive(Debug, Default)]
struct Log {
    lines: Mutex<VecDeque<LogLine>>,
    /// How many lines there have been in all.
    count: watch::Sender<u64>,
}

impl BotLog {
    /// Adds a line.
    pub fn add(&self, line: LogLine) {
        let mut lines = lock(&self.0.lines);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
        // Still locked, so that nobody sees the line without the count.
        self.0.count.send_modify(|count| *count += 1);
    }

    /// The last `n` lines, oldest first.
    pub fn tail(&self, n: usize) -> Vec<LogLine> {
        let lines = lock(&self.0.lines);
        lines.iter().skip(lines.len().saturating_sub(n)).cloned().collect()
    }

    /// The lines after the first `seen` ones, as far as they are kept, and how many there have been.
    pub(crate) fn after(&self, seen: u64) -> (Vec<LogLine>, u64) {
        let lines = lock(&self.0.lines);
        let count = *self.0.count.borrow();
        let new = usize::try_from(count.saturating_sub(seen)).unwrap_or(KEPT);
        (lines.iter().skip(lines.len().saturating_sub(new)).cloned().collect(), count)
    }

    /// Sees every line from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.count.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { at: 0, level: "INFO".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_last_lines_are_kept_and_told_once() {
        let log = BotLog::default();
        (0..KEPT + 5).for_each(|n| log.add(line(&format!("line {n}"))));
        assert_eq!(log.tail(1), [line(&format!("line {}", KEPT + 4))]);
        let (lines, seen) = log.after(0);
        assert_eq!((lines.len(), lines[0].text.as_str()), (KEPT, "line 5"));
        log.add(line("news"));
        assert_eq!(log.after(seen).0, [line("news")]);
    }
}
