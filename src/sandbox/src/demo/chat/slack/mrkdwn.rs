//! Slack's markup, taken to pieces as Slack's clients do it, as far as bots write it.

use crate::demo::chat::block::{Look, Run};

/// A text in Slack's markup as runs.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut runs = Runs::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((run, after)) = marked(rest, runs.last_char()) {
            runs.push(run);
            rest = after;
        } else {
            runs.plain(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    runs.done()
}

/// What begins at the start of `text`, if it is no plain text, and what comes after it.
fn marked(text: &str, before: Option<char>) -> Option<(Run, &str)> {
    match text.chars().next()? {
        '<' => {
            let (inside, after) = text[1..].split_once('>')?;
            Some((bracketed(inside), after))
        }
        '`' => {
            let (code, after) = text[1..].split_once('`')?;
            let is_code = !code.is_empty() && !code.contains('\n');
            is_code.then(|| (Run::new(unescaped(code), Look::Code), after))
        }
        '&' => ENTITIES.iter().find_map(|(entity, is)| Some((Run::new(*is, Look::Plain), text.strip_prefix(entity)?))),
        mark @ ('*' | '_' | '~') => emphasis(text, mark, before),
        _ => None,
    }
}

const ENTITIES: [(&str, &str); 3] = [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];

fn unescaped(text: &str) -> String {
    // The ampersand last: what comes out of it is no entity.
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, is)| text.replace(entity, is))
}

/// A word or more between two marks, which stand outside of words.
fn emphasis(text: &str, mark: char, before: Option<char>) -> Option<(Run, &str)> {
    let (inside, after) = text[1..].split_once(mark)?;
    let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let snug = !inside.is_empty() && inside.trim() == inside && !inside.contains(['\n', '<', '`']);
    let look = match mark {
        '*' => Look::Bold,
        '_' => Look::Italic,
        _ => Look::Struck,
    };
    let counts = snug && outside(before) && outside(after.chars().next());
    counts.then(|| (Run::new(unescaped(inside), look), after))
}

/// What stands between angle brackets: a link, a time, or somebody.
fn bracketed(inside: &str) -> Run {
    let (what, label) = inside.split_once('|').map_or((inside, None), |(what, label)| (what, Some(unescaped(label))));
    if let Some(date) = what.strip_prefix("!date^") {
        let seconds = date.split('^').next().and_then(|seconds| seconds.parse::<i64>().ok());
        let time = seconds.and_then(|seconds| seconds.checked_mul(1000));
        return Run { text: label.unwrap_or_default(), time, ..Run::default() };
    }
    if let Some(name) = what.strip_prefix('!') {
        return Run::new(label.unwrap_or_else(|| format!("@{name}")), Look::Bold);
    }
    if what.starts_with(['@', '#']) {
        return Run::new(label.unwrap_or_else(|| what.to_owned()), Look::Bold);
    }
    let link = unescaped(what);
    Run { text: label.unwrap_or_else(|| link.clone()), link, ..Run::default() }
}

/// The runs so far. Plain characters one after the other are one run.
#[derive(Default)]
struct Runs {
    done: Vec<Run>,
    plain: String,
}

impl Runs {
    fn plain(&mut self, c: char) {
        self.plain.push(c);
    }

    fn push(&mut self, run: Run) {
        if run == Run::new(run.text.as_str(), Look::Plain) {
            self.plain.push_str(&run.text);
        } else {
            self.end_plain();
            self.done.push(run);
        }
    }

    fn last_char(&self) -> Option<char> {
        self.plain.chars().last()
    }

    fn end_plain(&mut self) {
        if !self.plain.is_empty() {
            self.done.push(Run::new(std::mem::take(&mut self.plain), Look::Plain));
        }
    }

    fn done(mut self) -> Vec<Run> {
        self.end_plain();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs in one line: `text` for plain ones, `[look text]` for others, with links and times.
    fn shown(text: &str) -> String {
        let one = |run: &Run| {
            let mut shown = match run.look {
                Look::Plain => run.text.clone(),
                look => format!("[{look:?} {}]", run.text),
            };
            if !run.link.is_empty() {
                shown = format!("[{shown} -> {}]", run.link);
            }
            if let Some(time) = run.time {
                shown = format!("[{shown} at {time}]");
            }
            shown
        };
        runs(text).iter().map(one).collect()
    }

    #[test]
    fn marks_that_mean_something() {
        for (text, expected) in [
            ("*Status*\n⏳ PENDING", "[Bold Status]\n⏳ PENDING"),
            ("`bob` asks for `a&lt;b`", "[Code bob] asks for [Code a<b]"),
            ("_so_ ~not~ so", "[Italic so] [Struck not] so"),
            ("<https://x.example/?a&amp;b|Open it>", "[Open it -> https://x.example/?a&b]"),
            ("<https://x.example>", "[https://x.example -> https://x.example]"),
            (
                "at <!date^1700000000^{date} {time}|2023-11-14 22:13 UTC>.",
                "at [2023-11-14 22:13 UTC at 1700000000000].",
            ),
            ("<!channel> <@U1> <#C1|general>", "[Bold @channel] [Bold @U1] [Bold general]"),
            ("&lt;!channel&gt; &amp;lt;", "<!channel> &lt;"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn marks_that_mean_nothing() {
        for text in ["a*b*c", "2 * 3 * 4", "*open", "`open", "``", "`two\nlines`", "a < b", "snake_case_name", "& &x;"]
        {
            assert_eq!(shown(text), text);
        }
        assert_eq!(shown("<!date^never^{date}|long ago>"), "long ago");
    }
}
