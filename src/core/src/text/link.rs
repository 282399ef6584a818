//! How to act on a request, as far as it can be shown.

use super::visible::lines;
use crate::backend::Link;

/// Characters of an address.
const LINK_ROOM: usize = 1000;
/// Characters of a command line.
const COMMAND_ROOM: usize = 300;
/// Command lines.
const COMMANDS: usize = 4;

/// The address of a page about the request, if it can stand where addresses stand in every chat's markup.
pub fn web_link(link: Option<&Link>) -> Option<&str> {
    let Some(Link::Web(url)) = link else { return None };
    let harmless =
        |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\\' | '`' | '|');
    let absolute = url.starts_with("https://") || url.starts_with("http://");
    (absolute && url.len() <= LINK_ROOM && url.chars().all(harmless)).then_some(url)
}

/// The command lines of a link, each in one line. What is too long to be copied is left out.
pub fn command_lines(link: Option<&Link>) -> Vec<String> {
    let Some(Link::Commands(commands)) = link else { return Vec::new() };
    let in_one_line = |command: &String| lines(command).replace('\n', " ");
    let shown = commands.iter().take(COMMANDS).map(in_one_line);
    shown.filter(|line| !line.is_empty() && line.chars().count() <= COMMAND_ROOM).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_break_out_is_no_address() {
        let web = |url: &str| web_link(Some(&Link::Web(url.to_owned()))).is_some();
        assert!(web("https://teleport.example.com/web/requests/5?a=b&c=d"));
        for bad in ["", "teleport.example.com", "javascript:alert(1)", "https://x/|y", "https://x/>", "https://x/ y"] {
            assert!(!web(bad), "{bad}");
        }
        assert!(!web(&format!("https://x/{}", "a".repeat(LINK_ROOM))));
        assert_eq!(web_link(None), None);
    }

    #[test]
    fn a_command_is_one_line() {
        let commands = vec!["tsh request\nreview".to_owned(), "x".repeat(COMMAND_ROOM + 1), String::new()];
        assert_eq!(command_lines(Some(&Link::Commands(commands))), ["tsh request review"]);
        assert!(command_lines(Some(&Link::Web("https://x".to_owned()))).is_empty());
    }
}
