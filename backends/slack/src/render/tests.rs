//! What messages say, word for word, and what holds for all of them whatever they say.

use accessbot_core::backend::{CardState, Content, FieldValue, Link, Note, Span};
use accessbot_core::request::RequestId;
use accessbot_sandbox::slack::examine;
use proptest::prelude::*;
use serde_json::Value;

use super::samples::{ID, card, choices, hostile_card, hostile_note, marker, of, time};
use super::{Block, Rendered, render, size};

fn json(rendered: &Rendered) -> Value {
    serde_json::to_value(&rendered.blocks).unwrap()
}

/// All that people see of it, a line for each text, and what notifications show.
fn shown(rendered: &Rendered) -> String {
    let mut lines = vec![format!("notification: {}", rendered.text)];
    texts(&json(rendered), &mut lines);
    lines.join("\n")
}

fn texts(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Array(parts) => parts.iter().for_each(|part| texts(part, lines)),
        Value::Object(parts) => {
            if let Some(text) = parts.get("text").and_then(Value::as_str) {
                lines.push(format!("{}: {}", parts["type"].as_str().unwrap(), text.replace('\n', "⏎")));
            }
            parts.values().for_each(|part| texts(part, lines));
        }
        _ => {}
    }
}

#[test]
fn a_request_that_waits() {
    insta::assert_snapshot!(shown(&of(card("alice", &["dbadmin", "editor"], "night shift\n*really*"))), @"
    notification: `alice` asks for access
    mrkdwn: ⏳ `alice` asks for access
    mrkdwn: *User*⏎`alice`
    mrkdwn: *Roles*⏎`dbadmin`, `editor`
    mrkdwn: *Requested*⏎<!date^1795218811^{date_short_pretty} {time}|2026-11-20 23:53 UTC>
    mrkdwn: *Expires*⏎<!date^1795222411^{date_short_pretty} {time}|2026-11-21 00:53 UTC>
    mrkdwn: *Reviews*⏎1 of 2 approvals
    mrkdwn: *Resources*⏎`node/db-1`
    text: Reason
    text: night shift⏎*really*
    mrkdwn: *Status*⏎⏳ PENDING
    mrkdwn: <https://teleport.example.com/web/requests/f7a02cf7-2c95-4bb1-be9c-2e3183218a87?a=b&amp;c=d|Open the request in Teleport>
    mrkdwn: Access request `f7a02cf7-2c95-4bb1-be9c-2e3183218a87`
    ");
}

#[test]
fn a_request_that_was_denied_on_a_cluster_without_reviews() {
    let mut card = card("bob", &["dbadmin"], "");
    card.state = CardState::Denied;
    card.headline = vec![Span::Ours("The request of ".to_owned()), Span::Theirs("bob".to_owned())];
    card.fields[7].value = FieldValue::Status(CardState::Denied, "<!channel> no".to_owned());
    card.link = Some(Link::Commands(vec![format!("tctl requests approve {ID}"), format!("tctl requests deny {ID}")]));
    insta::assert_snapshot!(shown(&of(card)), @"
    notification: The request of `bob`
    mrkdwn: ❌ The request of `bob`
    mrkdwn: *User*⏎`bob`
    mrkdwn: *Roles*⏎`dbadmin`
    mrkdwn: *Requested*⏎<!date^1795218811^{date_short_pretty} {time}|2026-11-20 23:53 UTC>
    mrkdwn: *Expires*⏎<!date^1795222411^{date_short_pretty} {time}|2026-11-21 00:53 UTC>
    mrkdwn: *Reviews*⏎1 of 2 approvals
    mrkdwn: *Resources*⏎`node/db-1`
    mrkdwn: *Status*⏎❌ DENIED
    text: <!channel> no
    text: For administrators:
    text: tctl requests approve f7a02cf7-2c95-4bb1-be9c-2e3183218a87⏎tctl requests deny f7a02cf7-2c95-4bb1-be9c-2e3183218a87
    mrkdwn: Access request `f7a02cf7-2c95-4bb1-be9c-2e3183218a87`
    ");
}

#[test]
fn words_of_others_stay_words() {
    let hostile = "<!channel> <@U0123ABCD> `*x*` &amp; <https://evil|here>";
    let mut card = card(hostile, &[hostile], hostile);
    card.link = Some(Link::Web("https://x/|<!channel>".to_owned()));
    insta::assert_snapshot!(shown(&of(card)), @"
    notification: `&lt;!channel&gt; &lt;@U0123ABCD&gt; ‵*x*‵ &amp;amp; &lt;https://evil|here&gt;` asks for access
    mrkdwn: ⏳ `&lt;!channel&gt; &lt;@U0123ABCD&gt; ‵*x*‵ &amp;amp; &lt;https://evil|here&gt;` asks for access
    mrkdwn: *User*⏎`&lt;!channel&gt; &lt;@U0123ABCD&gt; ‵*x*‵ &amp;amp; &lt;https://evil|here&gt;`
    mrkdwn: *Roles*⏎`&lt;!channel&gt; &lt;@U0123ABCD&gt; ‵*x*‵ &amp;amp; &lt;https://evil|here&gt;`
    mrkdwn: *Requested*⏎<!date^1795218811^{date_short_pretty} {time}|2026-11-20 23:53 UTC>
    mrkdwn: *Expires*⏎<!date^1795222411^{date_short_pretty} {time}|2026-11-21 00:53 UTC>
    mrkdwn: *Reviews*⏎1 of 2 approvals
    mrkdwn: *Resources*⏎`node/db-1`
    text: Reason
    text: <!channel> <@U0123ABCD> `*x*` &amp; <https://evil|here>
    mrkdwn: *Status*⏎⏳ PENDING
    mrkdwn: Access request `f7a02cf7-2c95-4bb1-be9c-2e3183218a87`
    ");
}

#[test]
fn a_note_with_a_quotation_and_a_time() {
    let note = Note {
        state: CardState::Approved,
        line: vec![
            Span::Theirs("ivan".to_owned()),
            Span::Ours(" approved the request at ".to_owned()),
            Span::Time(time(5)),
            Span::Ours(".".to_owned()),
        ],
        quote: Some("fine by me".to_owned()),
        link: None,
    };
    insta::assert_snapshot!(shown(&render(&Content::Note(note), &RequestId::new(ID), &marker())), @"
    notification: ✅ `ivan` approved the request at 2026-11-20 23:58 UTC.
    mrkdwn: ✅ `ivan` approved the request at <!date^1795219111^{date_short_pretty} {time}|2026-11-20 23:58 UTC>.
    text: fine by me
    ");
}

#[test]
fn the_wire_form() {
    let mut card = card("alice", &["dbadmin"], "why");
    card.fields.truncate(4);
    card.fields.remove(2);
    let rendered = of(card);
    let wire = serde_json::json!({"blocks": rendered.blocks, "metadata": rendered.metadata});
    insta::assert_snapshot!(serde_json::to_string_pretty(&wire).unwrap(), @r#"
    {
      "blocks": [
        {
          "text": {
            "text": "⏳ `alice` asks for access",
            "type": "mrkdwn",
            "verbatim": true
          },
          "type": "section"
        },
        {
          "fields": [
            {
              "text": "*User*\n`alice`",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*Roles*\n`dbadmin`",
              "type": "mrkdwn",
              "verbatim": true
            }
          ],
          "type": "section"
        },
        {
          "elements": [
            {
              "elements": [
                {
                  "style": {
                    "bold": true
                  },
                  "text": "Reason",
                  "type": "text"
                }
              ],
              "type": "rich_text_section"
            },
            {
              "elements": [
                {
                  "text": "why",
                  "type": "text"
                }
              ],
              "type": "rich_text_preformatted"
            }
          ],
          "type": "rich_text"
        },
        {
          "text": {
            "text": "<https://teleport.example.com/web/requests/f7a02cf7-2c95-4bb1-be9c-2e3183218a87?a=b&amp;c=d|Open the request in Teleport>",
            "type": "mrkdwn",
            "verbatim": true
          },
          "type": "section"
        },
        {
          "elements": [
            {
              "text": "Access request `f7a02cf7-2c95-4bb1-be9c-2e3183218a87`",
              "type": "mrkdwn",
              "verbatim": true
            }
          ],
          "type": "context"
        }
      ],
      "metadata": {
        "event_payload": {
          "kind": "card",
          "marker": "m2s4x6abcdefghjkmnpqrstuvw",
          "req": "f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
          "v": 1
        },
        "event_type": "accessbot_request"
      }
    }
    "#);
}

#[test]
fn what_is_too_long_is_cut_and_says_so_and_the_least_important_goes_first() {
    let long = of(card("alice", &["dbadmin"], &"word ".repeat(5000)));
    let text = shown(&long);
    assert!(text.contains("truncated, 24999 characters in all"), "{text}");
    assert!(text.contains("*Requested*"), "shortening is enough");
    let names: Vec<String> = (0..400).map(|n| format!("a-role-with-a-long-name-{n}&&&&&&&&&&")).collect();
    let mut crowded = card(&"<".repeat(3000), &names.iter().map(String::as_str).collect::<Vec<_>>(), &"&".repeat(9000));
    crowded.fields[2].value = FieldValue::Names(names.clone());
    crowded.fields[7].value = FieldValue::Status(CardState::Denied, "😀".repeat(3000));
    let text = shown(&of(crowded));
    for kept in ["*User*", "*Roles*", "*Status*", ID] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
}

#[test]
fn what_can_be_decided_stands_on_buttons() {
    let mut card = card("bob", &["dbadmin"], "");
    card.choices = Some(choices(5));
    let buttons = json(&of(card)).as_array().unwrap().iter().find(|block| block["type"] == "actions").cloned();
    insta::assert_snapshot!(serde_json::to_string_pretty(&buttons).unwrap(), @r#"
    {
      "block_id": "accessbot_decide",
      "elements": [
        {
          "action_id": "accessbot_approve",
          "style": "primary",
          "text": {
            "emoji": false,
            "text": "Approve",
            "type": "plain_text"
          },
          "type": "button",
          "value": "{\"v\":1,\"req\":\"f7a02cf7-2c95-4bb1-be9c-2e3183218a87\",\"act\":\"approve\",\"ask\":\"off\",\"proof\":\"ppppp\"}"
        },
        {
          "action_id": "accessbot_deny",
          "style": "danger",
          "text": {
            "emoji": false,
            "text": "Deny",
            "type": "plain_text"
          },
          "type": "button",
          "value": "{\"v\":1,\"req\":\"f7a02cf7-2c95-4bb1-be9c-2e3183218a87\",\"act\":\"deny\",\"ask\":\"off\",\"proof\":\"ppppp\"}"
        }
      ],
      "type": "actions"
    }
    "#);
}

/// What is left of Slack's markup without its code.
fn outside_code(mrkdwn: &str) -> String {
    mrkdwn.split('`').step_by(2).collect()
}

fn markup(rendered: &Rendered) -> Vec<String> {
    let mut found = vec![rendered.text.clone()];
    for block in &rendered.blocks {
        match block {
            Block::Section { text } => found.push(text.words.clone()),
            Block::Fields { fields } | Block::Context { elements: fields } => {
                found.extend(fields.iter().map(|text| text.words.clone()));
            }
            // Nothing has a meaning there.
            Block::Words { .. } | Block::RichText { .. } | Block::Actions { .. } | Block::Input { .. } => {}
        }
    }
    found
}

fn holds_for(rendered: &Rendered) -> Result<(), TestCaseError> {
    // By the stand-in, which counts for itself.
    let mentioned = examine(&rendered.text, &json(rendered));
    prop_assert_eq!(mentioned.map(|who| who.len()), Ok(0));
    prop_assert!(size::fits(&rendered.blocks), "a tenth is left free");
    for text in [&rendered.text, &rendered.plain] {
        prop_assert!((1..=size::TEXT).contains(&size::length(text)));
    }
    prop_assert!(serde_json::to_string(&rendered.metadata).unwrap().len() < 1024);
    for text in markup(rendered) {
        prop_assert_eq!(text.matches('`').count() % 2, 0, "code is closed: {}", text);
        let raw = text.contains(['\0', '\r', '\u{202e}']);
        prop_assert!(!raw);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_card_is_too_large_nor_says_what_others_made_it_say(card in hostile_card()) {
        let id = card.request.as_str().to_owned();
        let wanted = card.choices.as_ref().map_or(0, |choices| choices.buttons.len());
        let rendered = of(card);
        holds_for(&rendered)?;
        if id == ID {
            let buttons = rendered.blocks.iter().filter_map(|block| match block {
                Block::Actions { elements, .. } => Some(elements.len()),
                _ => None,
            });
            prop_assert_eq!(buttons.sum::<usize>(), wanted, "whatever gives way, the buttons do not");
        }
        let texts = markup(&rendered);
        for kept in ["*User*\n", "*Roles*\n", "*Status*\n❌ DENIED"] {
            prop_assert!(texts.iter().any(|text| text.starts_with(kept)), "{} in {:?}", kept, texts);
        }
        if id == ID {
            let titled = texts.contains(&format!("Access request `{ID}`"));
            prop_assert!(titled);
        }
        for text in texts {
            let ours = outside_code(&text);
            let ours = ours.replace("<!date^", "").replace("{date_short_pretty} {time}|", "");
            let link = ours.starts_with("<https://teleport.example.com/");
            prop_assert!(
                link || ours.chars().all(|c| c.is_ascii_alphanumeric() || " ,:()*….-\n✅❌⏳^>".contains(c)),
                "not our words: {:?} in {:?}", ours, text
            );
        }
    }

    #[test]
    fn no_note_is_too_large_nor_mentions_anybody(note in hostile_note()) {
        let rendered = render(&Content::Note(note), &RequestId::new(ID), &marker());
        holds_for(&rendered)?;
        prop_assert!(outside_code(&rendered.text).starts_with("❌ "));
    }

    #[test]
    fn a_reason_that_fits_is_shown_whole(reason in "([a-zé👍@`<&][a-zé👍@`<& ]{0,30}\n?){1,20}") {
        let rendered = of(card("bob", &["dbadmin"], &reason));
        let block = json(&rendered).as_array().unwrap().iter().find(|b| b["type"] == "rich_text").cloned().unwrap();
        let shown = block["elements"][1]["elements"][0]["text"].as_str().unwrap();
        prop_assert_eq!(shown, reason.trim_matches('\n').trim_end());
    }

    #[test]
    fn a_name_comes_back_from_its_markup(name in "[ -_a-~é名]{1,60}") {
        let code = super::mrkdwn::code(&name);
        prop_assume!(!name.trim().is_empty());
        let inside = code.strip_prefix('`').and_then(|code| code.strip_suffix('`')).unwrap();
        let plain = inside.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        prop_assert_eq!(plain, name);
    }
}
