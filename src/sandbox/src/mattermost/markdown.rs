//! The part of Markdown that decides whether a mention counts: what is code and what is text.
//!
//! Rough where it may be: containers other than block quotes are not followed, addresses of links count as text, and so
//! does everything where it is unsure. So it may see a mention that the server does not see, and not the other way round.

/// A fence that is open: its mark, how many of it, and in how many block quotes it stands.
struct Fence {
    mark: char,
    length: usize,
    depth: usize,
}

/// The runs of plain text in `markdown`, unescaped, without code. A mention cannot reach over the end of a run.
pub(crate) fn text_runs(markdown: &str) -> Vec<String> {
    let mut runs = Vec::new();
    let mut paragraph = String::new();
    let mut fence: Option<Fence> = None;
    for line in markdown.split(['\n', '\r']) {
        if let Some(open) = &fence {
            let (depth, line) = without_quote_marks(line, open.depth);
            // The end of a quote is the end of the fence in it.
            if depth == open.depth {
                if closes(line, open) {
                    fence = None;
                }
                continue;
            }
        }
        let (depth, line) = without_quote_marks(line, usize::MAX);
        fence = opens(line, depth);
        if fence.is_some() || line.trim().is_empty() {
            inline_runs(&std::mem::take(&mut paragraph), &mut runs);
        } else if paragraph.is_empty() && indent(line) >= 4 {
            // Indented code; within a paragraph it would be the paragraph's continuation.
        } else {
            paragraph.push_str(line);
            paragraph.push('\n');
        }
    }
    inline_runs(&paragraph, &mut runs);
    runs
}

fn indent(line: &str) -> usize {
    let mut columns = 0;
    for c in line.chars() {
        match c {
            ' ' => columns += 1,
            '\t' => columns += 4 - columns % 4,
            _ => break,
        }
    }
    columns
}

/// The line without its marks of block quotes, `most` at most, and how many they were.
fn without_quote_marks(mut line: &str, most: usize) -> (usize, &str) {
    let mut depth = 0;
    while depth < most
        && indent(line) < 4
        && let Some(rest) = line.trim_start().strip_prefix('>')
    {
        line = rest.strip_prefix(' ').unwrap_or(rest);
        depth += 1;
    }
    (depth, line)
}

fn opens(line: &str, depth: usize) -> Option<Fence> {
    if indent(line) >= 4 {
        return None;
    }
    let line = line.trim_start();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.chars().take_while(|c| *c == mark).count();
    (length >= 3 && !line[length..].contains('`')).then_some(Fence { mark, length, depth })
}

fn closes(line: &str, fence: &Fence) -> bool {
    let marks = line.trim();
    indent(line) < 4 && marks.chars().count() >= fence.length && marks.chars().all(|c| c == fence.mark)
}

/// Splits a paragraph at its code spans and unescapes what lies between.
fn inline_runs(paragraph: &str, runs: &mut Vec<String>) {
    let chars: Vec<char> = paragraph.chars().collect();
    let mut run = String::new();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '\\' if chars.get(at + 1).is_some_and(char::is_ascii_punctuation) => {
                run.push(chars[at + 1]);
                at += 2;
            }
            '`' => {
                let length = run_length(&chars, at);
                if let Some(end) = closing(&chars, at + length, length) {
                    runs.push(std::mem::take(&mut run));
                    at = end + length;
                } else {
                    run.extend(&chars[at..at + length]);
                    at += length;
                }
            }
            '&' => {
                let (c, length) = entity(&chars[at..]).unwrap_or(('&', 1));
                run.push(c);
                at += length;
            }
            c => {
                run.push(c);
                at += 1;
            }
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
}

fn run_length(chars: &[char], at: usize) -> usize {
    chars[at..].iter().take_while(|c| **c == '`').count()
}

/// Where the next run of exactly `length` backticks begins.
fn closing(chars: &[char], mut at: usize, length: usize) -> Option<usize> {
    while at < chars.len() {
        if chars[at] == '`' {
            let found = run_length(chars, at);
            if found == length {
                return Some(at);
            }
            at += found;
        } else {
            at += 1;
        }
    }
    None
}

/// The character that an entity stands for, and the entity's length.
fn entity(chars: &[char]) -> Option<(char, usize)> {
    let end = chars.iter().take(12).position(|c| *c == ';')?;
    let name: String = chars.get(1..end)?.iter().collect();
    let c = match name.as_str() {
        "commat" => '@',
        "period" => '.',
        "lowbar" => '_',
        "colon" => ':',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::text_runs;

    #[test]
    fn code_is_left_out_and_the_rest_is_unescaped() {
        for (markdown, expected) in [
            ("a `b` c", &["a ", " c\n"][..]),
            ("a ``b ` c`` d", &["a ", " d\n"]),
            ("a ` b", &["a ` b\n"]),
            ("a ` b\n\nc ` d", &["a ` b\n", "c ` d\n"]),
            ("a\n```\nb\n```\nc", &["a\n", "c\n"]),
            ("~~~\nb\n```\nc", &[]),
            ("````\na\n```\nb\n````\nc", &["c\n"]),
            ("    code\n\ntext\n    more", &["text\n    more\n"]),
            ("> ```\n> a\n> ```\n> b", &["b\n"]),
            ("> ```\nb", &["b\n"]),
            ("```\n> ```\na", &[]),
            (r"\@a &#64;b &#x40;c &commat;d \`e\`", &["@a @b @c @d `e`\n"]),
        ] {
            assert_eq!(text_runs(markdown), expected, "{markdown:?}");
        }
    }
}
