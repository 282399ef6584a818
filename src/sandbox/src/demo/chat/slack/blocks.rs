//! Slack's blocks as the page draws them.

use serde_json::Value;

use super::mrkdwn;
use crate::demo::chat::block::{Block, Look, Run};
use crate::demo::chat::message::Button;

/// The blocks of a message. Kinds that no bot of ours sends are left out.
pub(super) fn blocks(sent: &[Value]) -> Vec<Block> {
    sent.iter().flat_map(block).collect()
}

fn block(block: &Value) -> Vec<Block> {
    let parts = |key: &str| block[key].as_array().into_iter().flatten();
    match block["type"].as_str().unwrap_or_default() {
        "header" => vec![Block::Header { runs: text(&block["text"]) }],
        "section" => {
            let paragraph = block.get("text").map(|of| Block::Text { runs: text(of) });
            let fields: Vec<Vec<Run>> = parts("fields").map(text).collect();
            let fields = (!fields.is_empty()).then_some(Block::Fields { fields });
            paragraph.into_iter().chain(fields).collect()
        }
        "context" => vec![Block::SmallPrint { runs: parts("elements").flat_map(text).collect() }],
        "rich_text" => parts("elements").filter_map(rich).collect(),
        "divider" => vec![Block::Divider],
        "actions" => vec![Block::Buttons { buttons: parts("elements").map(button).collect() }],
        _ => Vec::new(),
    }
}

fn button(element: &Value) -> Button {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let style = match element["style"].as_str() {
        Some("primary") => "good".to_owned(),
        _ => text(&element["style"]),
    };
    Button { id: text(&element["action_id"]), label: text(&element["text"]["text"]), style }
}

/// A text object.
fn text(object: &Value) -> Vec<Run> {
    let words = object["text"].as_str().unwrap_or_default();
    match object["type"].as_str() {
        Some("mrkdwn") => mrkdwn::runs(words),
        _ => vec![Run::new(words, Look::Plain)],
    }
}

/// A part of a rich text, in which no character means anything.
fn rich(part: &Value) -> Option<Block> {
    let runs = part["elements"].as_array().into_iter().flatten().map(element).collect();
    match part["type"].as_str()? {
        "rich_text_preformatted" => Some(Block::Code { runs }),
        "rich_text_quote" => Some(Block::Quote { runs }),
        "rich_text_section" => Some(Block::Text { runs }),
        _ => None,
    }
}

fn element(element: &Value) -> Run {
    let text = |key: &str| element[key].as_str().unwrap_or_default().to_owned();
    let looks = [("code", Look::Code), ("bold", Look::Bold), ("italic", Look::Italic), ("strike", Look::Struck)];
    let look =
        looks.into_iter().find(|(name, _)| element["style"][*name] == true).map_or(Look::Plain, |(_, look)| look);
    let link = text("url");
    let words = if element.get("text").is_some() { text("text") } else { link.clone() };
    Run { link, ..Run::new(words, look) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_is_drawn_in_its_way() {
        let mrkdwn = |text: &str| json!({"type": "mrkdwn", "text": text});
        let rich = |kind: &str, text: &str, style: Value| json!({"type": kind, "elements": [{"type": "text", "text": text, "style": style}]});
        let sent = [
            json!({"type": "header", "text": {"type": "plain_text", "text": "*Title*"}}),
            json!({"type": "section", "text": mrkdwn("*b*"), "fields": [mrkdwn("*User*\n`bob`"), mrkdwn("x")]}),
            json!({"type": "rich_text", "elements": [
                rich("rich_text_section", "Reason", json!({"bold": true})),
                rich("rich_text_preformatted", "<!channel> *x*", json!({})),
            ]}),
            json!({"type": "context", "elements": [mrkdwn("small")]}),
            json!({"type": "divider"}),
            json!({"type": "actions", "elements": [
                {"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Yes"}, "style": "primary"},
                {"type": "button", "action_id": "no", "text": {"type": "plain_text", "text": "No"}},
            ]}),
            json!({"type": "image"}),
        ];
        let plain = |text: &str| vec![Run::new(text, Look::Plain)];
        let bold = |text: &str| Run::new(text, Look::Bold);
        let user = vec![bold("User"), Run::new("\n", Look::Plain), Run::new("bob", Look::Code)];
        let button = |id: &str, label: &str, style: &str| Button {
            id: id.to_owned(),
            label: label.to_owned(),
            style: style.to_owned(),
        };
        let drawn = [
            Block::Header { runs: plain("*Title*") },
            Block::Text { runs: vec![bold("b")] },
            Block::Fields { fields: vec![user, plain("x")] },
            Block::Text { runs: vec![bold("Reason")] },
            Block::Code { runs: plain("<!channel> *x*") },
            Block::SmallPrint { runs: plain("small") },
            Block::Divider,
            Block::Buttons { buttons: vec![button("yes", "Yes", "good"), button("no", "No", "")] },
        ];
        assert_eq!(blocks(&sent), drawn);
    }
}
