//! What posts say, word for word, and what holds for all of them whatever they say.

use accessbot_core::backend::{
    Audience, Card, CardState, Content, Field, FieldKind, FieldValue, Link, Marker, Note, Span,
};
use accessbot_core::clock::Timestamp;
use accessbot_core::request::{Progress, RequestId};
use proptest::prelude::*;
use serde_json::Value;

use super::{Rendered, render, size};
use crate::decisions::Inputs;

pub(super) const ID: &str = "f7a02cf7-2c95-4bb1-be9c-2e3183218a87";

pub(super) fn marker() -> Marker {
    Marker::try_from("m2s4x6abcdefghjkmnpqrstuvw".to_owned()).unwrap()
}

fn time(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_795_218_811_029 + minutes * 60_000)
}

fn field(kind: FieldKind, value: FieldValue) -> Field {
    Field { kind, value }
}

pub(super) fn card(user: &str, roles: &[&str], reason: &str) -> Card {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    Card {
        request: RequestId::new(ID),
        audience: Audience::Reviewers,
        state: CardState::Pending,
        headline: vec![Span::Theirs(user.to_owned()), Span::Ours(" asks for access".to_owned())],
        fields: vec![
            field(FieldKind::User, FieldValue::Name(user.to_owned())),
            field(FieldKind::Roles, FieldValue::Names(roles)),
            field(FieldKind::Resources, FieldValue::Names(vec!["node/db-1".to_owned()])),
            field(FieldKind::Reason, FieldValue::Quote(reason.to_owned())),
            field(FieldKind::Requested, FieldValue::Time(time(0))),
            field(FieldKind::Expires, FieldValue::Time(time(60))),
            field(FieldKind::Reviews, FieldValue::Progress(Progress { approvals: 1, denials: 0, needed: Some(2) })),
            field(FieldKind::Status, FieldValue::Status(CardState::Pending, String::new())),
        ],
        link: Some(Link::Commands(vec![format!("tctl requests approve {ID}"), format!("tctl requests deny {ID}")])),
        choices: None,
    }
}

fn rendered(content: &Content) -> Rendered {
    render(content, &RequestId::new(ID), &marker(), &Inputs::default())
}

pub(super) fn json(rendered: &Rendered) -> Value {
    serde_json::to_value(&rendered.props).unwrap()
}

/// All of a post, with the characters that cannot be seen made visible.
pub(super) fn shown(rendered: &Rendered) -> String {
    let text = format!("{}\n{}", rendered.message, serde_json::to_string_pretty(&rendered.props).unwrap());
    text.replace('\u{200b}', "<ZWSP>")
}

#[test]
fn a_pending_request() {
    let post = rendered(&Content::Card(Box::new(card("bob", &["dbadmin", "dev"], "need prod db\nsee #42"))));
    insta::assert_snapshot!(shown(&post), @r##"
    `bob` asks for access
    {
      "from_bot": "true",
      "attachments": [
        {
          "fallback": "Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87: PENDING",
          "color": "#F2A100",
          "title": "Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
          "fields": [
            {
              "title": "User",
              "value": "`bob`",
              "short": true
            },
            {
              "title": "Roles",
              "value": "`dbadmin`, `dev`",
              "short": true
            },
            {
              "title": "Resources",
              "value": "`node/db-1`",
              "short": false
            },
            {
              "title": "Reason",
              "value": "```\nneed prod db\nsee #42\n```",
              "short": false
            },
            {
              "title": "Requested",
              "value": "2026-11-20 23:53 UTC",
              "short": true
            },
            {
              "title": "Expires",
              "value": "2026-11-21 00:53 UTC",
              "short": true
            },
            {
              "title": "Reviews",
              "value": "1 of 2 approvals",
              "short": true
            },
            {
              "title": "Status",
              "value": "⏳ PENDING",
              "short": false
            }
          ],
          "text": "For administrators:\n```\ntctl requests approve f7a02cf7-2c95-4bb1-be9c-2e3183218a87\ntctl requests deny f7a02cf7-2c95-4bb1-be9c-2e3183218a87\n```"
        }
      ],
      "accessbot": {
        "v": 1,
        "req": "f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
        "marker": "m2s4x6abcdefghjkmnpqrstuvw",
        "kind": "card"
      }
    }
    "##);
}

#[test]
fn a_denied_request_on_a_cluster_with_a_web_ui() {
    let mut card = card("bob@example.com", &["dbadmin"], "@channel");
    card.state = CardState::Denied;
    card.fields.retain(|field| matches!(field.kind, FieldKind::User | FieldKind::Reason));
    card.fields.push(field(FieldKind::Status, FieldValue::Status(CardState::Denied, "not ``` today".to_owned())));
    card.link = Some(Link::Web(format!("https://teleport.example.com/web/requests/{ID}")));
    insta::assert_snapshot!(shown(&rendered(&Content::Card(Box::new(card)))), @r##"
    `bob@<ZWSP>example.com` asks for access
    {
      "from_bot": "true",
      "attachments": [
        {
          "fallback": "Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87: DENIED",
          "color": "#D24B4E",
          "title": "Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
          "title_link": "https://teleport.example.com/web/requests/f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
          "fields": [
            {
              "title": "User",
              "value": "`bob@<ZWSP>example.com`",
              "short": true
            },
            {
              "title": "Reason",
              "value": "```\n@<ZWSP>channel\n```",
              "short": false
            },
            {
              "title": "Status",
              "value": "❌ DENIED\n````\nnot ``` today\n````",
              "short": false
            }
          ]
        }
      ],
      "accessbot": {
        "v": 1,
        "req": "f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
        "marker": "m2s4x6abcdefghjkmnpqrstuvw",
        "kind": "card"
      }
    }
    "##);
}

#[test]
fn notes() {
    let mut note = Note {
        state: CardState::Approved,
        line: vec![
            Span::Theirs("alice".to_owned()),
            Span::Ours(" approved the request at ".to_owned()),
            Span::Time(time(5)),
        ],
        quote: Some("go ahead\n@bob".to_owned()),
        link: None,
    };
    let post = rendered(&Content::Note(note.clone()));
    insta::assert_snapshot!(shown(&post), @r#"
    ✅ `alice` approved the request at 2026-11-20 23:58 UTC
    ```
    go ahead
    @<ZWSP>bob
    ```
    {
      "from_bot": "true",
      "accessbot": {
        "v": 1,
        "req": "f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
        "marker": "m2s4x6abcdefghjkmnpqrstuvw",
        "kind": "note"
      }
    }
    "#);
    note.quote = None;
    note.link = Some(Link::Web("https://teleport.example.com/web/requests/1".to_owned()));
    insta::assert_snapshot!(shown(&rendered(&Content::Note(note.clone()))), @r##"
    ✅ `alice` approved the request at 2026-11-20 23:58 UTC
    {
      "from_bot": "true",
      "attachments": [
        {
          "fallback": "Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
          "color": "#3DB887",
          "title": "Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
          "title_link": "https://teleport.example.com/web/requests/1"
        }
      ],
      "accessbot": {
        "v": 1,
        "req": "f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
        "marker": "m2s4x6abcdefghjkmnpqrstuvw",
        "kind": "note"
      }
    }
    "##);
    note.link = Some(Link::Commands(vec!["tctl requests approve 1".to_owned()]));
    insta::assert_snapshot!(rendered(&Content::Note(note)).message, @r#"
    ✅ `alice` approved the request at 2026-11-20 23:58 UTC
    For administrators:
    ```
    tctl requests approve 1
    ```
    "#);
}

#[test]
fn a_long_reason_is_shortened_before_anything_is_left_out() {
    let post = rendered(&Content::Card(Box::new(card("bob", &["dbadmin"], &"<why> ".repeat(680)))));
    let props = json(&post);
    let fields = props["attachments"][0]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 8);
    let reason = fields[3]["value"].as_str().unwrap();
    assert!(reason.ends_with("\n```\n… (truncated, 4079 characters in all)"), "{reason}");
    // All the room there is gets used.
    assert!((size::PROPS - 30..=size::PROPS).contains(&size::in_json(&post.props)));
}

#[test]
fn what_matters_least_is_left_out_first() {
    // Tag characters are shown by their numbers, ten characters each: the worst that a name can do.
    let kinds = |length: usize| -> String {
        let name = "\u{e0041}".repeat(length);
        let mut card = card(&name, &[&name], "why");
        card.fields[2].value = FieldValue::Names(vec![name]);
        let props = json(&rendered(&Content::Card(Box::new(card))));
        let fields = props["attachments"][0]["fields"].as_array().unwrap().clone();
        fields.iter().map(|field| field["title"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    let mut seen: Vec<String> = (150..300).map(kinds).collect();
    seen.dedup();
    insta::assert_snapshot!(seen.join("\n"), @r"
    User Roles Resources Reason Requested Expires Reviews Status
    User Roles Resources Reason Expires Reviews Status
    User Roles Resources Reason Reviews Status
    User Roles Resources Reason Status
    User Roles Status
    ");
}

#[test]
fn hostile_links_are_no_links() {
    for url in ["javascript:alert(1)", "https://a/) @channel", "https://a\nb", "//evil", "https://a/<b>"] {
        let mut card = card("bob", &["dbadmin"], "why");
        card.link = Some(Link::Web(url.to_owned()));
        let post = rendered(&Content::Card(Box::new(card)));
        assert!(json(&post)["attachments"][0].get("title_link").is_none(), "{url}");
    }
}

/// Text as an attacker would compose it.
pub(super) fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<String>(),
        2 => "[a-zA-Z<>&@`~*_#\\n\\r |:!()\\[\\]-]{0,40}",
        1 => prop::sample::select(vec![
            "@channel", "@here", "```", "````", "\n```\n@all\n", "`", "**Status**: ✅ APPROVED", "👩‍💻", "\u{202e}", "\0",
            "[x](http://evil)", "![](http://evil)", "\n\n", "~~~", "\u{200d}", "e\u{301}", "🇩🇪", "<script>", "\u{e0041}",
        ]).prop_map(str::to_owned),
    ];
    (prop::collection::vec(piece, 0..8), prop_oneof![9 => Just(1_usize), 1 => 1..400_usize])
        .prop_map(|(pieces, times)| pieces.concat().repeat(times).chars().take(9000).collect())
}

pub(super) fn hostile_names() -> impl Strategy<Value = Vec<String>> {
    (prop::collection::vec(hostile(), 0..5), prop_oneof![9 => Just(1_usize), 1 => 1..100_usize])
        .prop_map(|(names, times)| names.iter().cycle().take(names.len() * times).cloned().collect())
}

/// Whether a name follows an `@`, as the server's parser looks for it.
fn mentions(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_alphanumeric()))
}

/// Takes the code out of Markdown as `CommonMark` reads it, blocks and spans alike, and returns what is left.
fn outside_code(markdown: &str) -> String {
    let mut left = String::new();
    let mut rest = markdown;
    while let Some(start) = rest.find('`') {
        left.push_str(&rest[..start]);
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let inside = &rest[start + run..];
        let mut from = 0;
        let end = loop {
            let at = from + inside[from..].find('`').expect("code is closed");
            let closing = inside[at..].len() - inside[at..].trim_start_matches('`').len();
            if closing == run {
                break at;
            }
            from = at + closing;
        };
        rest = &inside[end + run..];
    }
    left.push_str(rest);
    left
}

proptest! {
    #[test]
    fn no_card_is_too_large_nor_says_what_others_made_it_say(
        user in hostile(), roles in hostile_names(), resources in hostile_names(), reason in hostile(),
        resolved in hostile(), id in prop_oneof![3 => Just(ID.to_owned()), 1 => hostile()],
    ) {
        let mut card = card(&user, &[], &reason);
        card.request = RequestId::new(id.clone());
        card.fields[1].value = FieldValue::Names(roles);
        card.fields[2].value = FieldValue::Names(resources);
        card.fields[7].value = FieldValue::Status(CardState::Denied, resolved);
        card.link = Some(Link::Commands(vec![format!("tctl requests deny {id}")]));
        let request = card.request.clone();
        let post = render(&Content::Card(Box::new(card)), &request, &marker(), &Inputs::default());
        prop_assert!(size::in_json(&post.props) <= size::PROPS);
        prop_assert!(post.message.chars().count() <= size::MESSAGE);
        let attachment = &json(&post)["attachments"][0];
        if id == ID {
            prop_assert_eq!(attachment["title"].as_str().unwrap(), format!("Access request {ID}"));
        }
        let mut texts = vec![post.message.clone(), attachment["text"].as_str().unwrap_or_default().to_owned()];
        let fields = attachment["fields"].as_array().unwrap();
        for kept in ["User", "Roles", "Status"] {
            prop_assert!(fields.iter().any(|field| field["title"] == kept));
        }
        texts.extend(fields.iter().map(|field| field["value"].as_str().unwrap().to_owned()));
        for text in texts {
            prop_assert!(!mentions(&text), "{}", text);
            let raw = text.contains(['\0', '\r', '\u{202e}']);
            prop_assert!(!raw);
            let ours = outside_code(&text);
            prop_assert!(
                ours.chars().all(|c| c.is_ascii_alphanumeric() || " ,:()….-\n✅❌⏳".contains(c)),
                "not our words: {:?} in {:?}", ours, text
            );
        }
    }

    #[test]
    fn no_note_is_too_large_nor_mentions_anybody(who in hostile(), said in hostile()) {
        let note = Note {
            state: CardState::Denied,
            line: vec![Span::Theirs(who), Span::Ours(" denied the request".to_owned())],
            quote: Some(said),
            link: None,
        };
        let post = rendered(&Content::Note(note));
        prop_assert!(post.message.chars().count() <= size::MESSAGE);
        prop_assert!(!mentions(&post.message));
        prop_assert!(outside_code(&post.message).starts_with("❌ "));
        prop_assert!(outside_code(&post.message).contains(" denied the request"));
    }

    #[test]
    fn a_reason_that_fits_is_shown_whole(reason in "([a-zé👍@`][a-zé👍@` ]{0,30}\n?){1,20}") {
        let post = rendered(&Content::Card(Box::new(card("bob", &["dbadmin"], &reason))));
        let props = json(&post);
        let value = props["attachments"][0]["fields"][3]["value"].as_str().unwrap();
        let inside: Vec<&str> = value.lines().collect();
        let inside = inside[1..inside.len() - 1].join("\n").replace("@\u{200b}", "@");
        prop_assert_eq!(inside.as_str(), reason.trim_matches('\n').trim_end());
    }
}
