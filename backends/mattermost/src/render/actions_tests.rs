//! What people decide with, on cards of every size.

use accessbot_core::backend::decision::{Action, Choice, Choices, Proof, ReasonRule};
use accessbot_core::backend::{Card, CardState, Content, FieldValue};
use accessbot_core::request::RequestId;
use proptest::prelude::*;

use super::tests::{ID, card, hostile, hostile_names, json, marker};
use super::{Rendered, render, size};
use crate::decisions::{Callbacks, Emoji, Inputs};

fn inputs(buttons: bool, replies: bool, reactions: bool) -> Inputs {
    let at = |path| format!("https://accessbot.example.com/mattermost/{path}");
    Inputs {
        buttons: buttons.then(|| Callbacks { action: at("action"), dialog: at("dialog") }),
        replies,
        reactions: reactions.then(Emoji::default),
    }
}

fn choices(reason: ReasonRule, proof: &str) -> Choices {
    let button = |action| Choice { action, proof: Proof::new(proof) };
    Choices { reason, buttons: Action::ALL.map(button).to_vec() }
}

fn rendered(card: Card, inputs: &Inputs) -> Rendered {
    let request = card.request.clone();
    render(&Content::Card(Box::new(card)), &request, &marker(), inputs)
}

#[test]
fn two_buttons_stand_below_the_card() {
    let mut card = card("bob", &["dbadmin"], "why");
    card.choices = Some(choices(ReasonRule::Required, "proof"));
    let post = rendered(card, &inputs(true, false, false));
    insta::assert_snapshot!(serde_json::to_string_pretty(&post.props.attachments[0].actions).unwrap(), @r#"
    [
      {
        "id": "approve",
        "name": "Approve",
        "type": "button",
        "style": "good",
        "integration": {
          "url": "https://accessbot.example.com/mattermost/action",
          "context": {
            "v": 1,
            "req": "f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
            "act": "approve",
            "ask": "required",
            "proof": "proof"
          }
        }
      },
      {
        "id": "deny",
        "name": "Deny",
        "type": "button",
        "style": "danger",
        "integration": {
          "url": "https://accessbot.example.com/mattermost/action",
          "context": {
            "v": 1,
            "req": "f7a02cf7-2c95-4bb1-be9c-2e3183218a87",
            "act": "deny",
            "ask": "required",
            "proof": "proof"
          }
        }
      }
    ]
    "#);
}

#[test]
fn how_to_decide_without_a_button_is_said_where_it_can_be_done() {
    use ReasonRule::{Off, Optional, Required};
    for (inputs, rule, said) in [
        (inputs(true, false, false), Off, ""),
        (inputs(false, true, false), Off, "Reply with `approve` or `deny`."),
        (inputs(false, true, false), Optional, "Reply with `approve` or `deny`, and why if you like."),
        (inputs(true, true, true), Required, "Reply with `approve` or `deny`, and why."),
        (inputs(true, true, true), Off, "Reply with `approve` or `deny`; or react with :white_check_mark: or :x:."),
        (inputs(false, false, true), Optional, "React with :white_check_mark: to approve or :x: to deny."),
        (inputs(false, false, true), Required, ""),
    ] {
        let mut card = card("bob", &["dbadmin"], "why");
        card.link = None;
        card.choices = Some(choices(rule, "proof"));
        let post = json(&rendered(card.clone(), &inputs));
        assert_eq!(post["attachments"][0]["text"].as_str().unwrap_or_default(), said);
        card.choices = None;
        let post = json(&rendered(card, &inputs));
        let attachment = &post["attachments"][0];
        assert!(attachment.get("text").is_none() && attachment.get("actions").is_none(), "nothing can be decided");
    }
}

#[test]
fn a_request_with_a_name_longer_than_any_of_teleports_has_no_buttons() {
    let mut card = card("bob", &["dbadmin"], "why");
    card.request = RequestId::new("r".repeat(121));
    card.choices = Some(choices(ReasonRule::Off, "proof"));
    assert!(json(&rendered(card, &inputs(true, false, false)))["attachments"][0].get("actions").is_none());
}

proptest! {
    #[test]
    fn the_card_gives_way_and_never_what_people_decide_with(
        user in hostile(), roles in hostile_names(), resources in hostile_names(), reason in hostile(),
        resolved in hostile(), proof in "[A-Za-z0-9._-]{256}", path in "[a-z/]{400}",
    ) {
        let mut card = card(&user, &[], &reason);
        card.fields[1].value = FieldValue::Names(roles);
        card.fields[2].value = FieldValue::Names(resources);
        card.fields[7].value = FieldValue::Status(CardState::Pending, resolved);
        card.choices = Some(choices(ReasonRule::Required, &proof));
        let mut inputs = inputs(true, true, true);
        if let Some(callbacks) = &mut inputs.buttons {
            callbacks.action = format!("https://accessbot.example.com/{path}/mattermost/action");
        }
        let post = rendered(card, &inputs);
        prop_assert!(size::in_json(&post.props) <= size::PROPS, "{}", size::in_json(&post.props));
        let attachment = &json(&post)["attachments"][0];
        prop_assert_eq!(attachment["title"].as_str().unwrap(), format!("Access request {ID}"));
        prop_assert!(attachment["text"].as_str().unwrap().starts_with("Reply with `approve` or `deny`, and why."));
        let actions = attachment["actions"].as_array().unwrap();
        prop_assert_eq!(actions.len(), 2);
        for action in actions {
            prop_assert_eq!(action["integration"]["context"]["proof"].as_str().unwrap(), proof.as_str());
        }
    }
}
