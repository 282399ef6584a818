//! Posts that only one user sees, and only while they look: the server does not store them.

use serde_json::{Value, json};

use super::event::Event;
use super::model::Model;
use super::post::Post;
use crate::common::ids::mattermost_id;

/// So many are remembered for the sandbox's owner.
const REMEMBERED: usize = 10_000;

impl Model {
    /// Shows a post to one user. `author_id` is whose name the wire gives; clients show "System" all the same.
    pub(crate) fn show_ephemeral(
        &mut self,
        user_id: &str,
        author_id: &str,
        channel_id: &str,
        fill: impl FnOnce(&mut Post),
    ) -> Value {
        let now = self.tick();
        let mut post = Post::new(mattermost_id(), channel_id, author_id, now);
        "system_ephemeral".clone_into(&mut post.kind);
        fill(&mut post);
        let mut json = post.json(0);
        json["update_at"] = json!(0);
        json["parent_id"] = json!("");
        self.publish(&Event::ephemeral_message(user_id, channel_id, &json));
        if self.ephemerals.len() == REMEMBERED {
            self.ephemerals.pop_front();
        }
        self.ephemerals.push_back((user_id.to_owned(), post));
        json
    }
}

/// Text with Slack's links turned into Markdown's, as the server does unless it is told to leave it.
pub(crate) fn without_slack_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let link = from[1..].split_once('>').and_then(|(inside, after)| Some((inside.split_once('|')?, after)));
        match link {
            Some(((url, label), after)) if !url.is_empty() && !label.is_empty() && !url.contains('<') => {
                out.extend(["[", label, "](", url, ")"]);
                rest = after;
            }
            _ => {
                out.push('<');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::without_slack_links;

    #[test]
    fn links_of_slack_become_links_of_markdown() {
        for (text, shown) in [
            ("see <http://x|y>, @bob", "see [y](http://x), @bob"),
            ("a < b > c", "a < b > c"),
            ("<http://x>", "<http://x>"),
            ("<<http://x|y>", "<[y](http://x)"),
            ("<|y> <http://x|>", "<|y> <http://x|>"),
            ("<", "<"),
        ] {
            assert_eq!(without_slack_links(text), shown, "{text}");
        }
    }
}
