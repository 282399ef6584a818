//! Cards and notes to try the rendering on: ordinary ones, and those of somebody with bad intentions.

use accessbot_core::backend::decision::{Action, ChatUserId, Choice, Choices, Press, Proof, ReasonRule};
use accessbot_core::backend::{
    Audience, Card, CardState, Content, Field, FieldKind, FieldValue, Link, Marker, MessageRef, Note, Span,
};
use accessbot_core::clock::Timestamp;
use accessbot_core::request::{Progress, RequestId};
use proptest::prelude::*;

use super::{Form, Rendered, render};

pub(super) const ID: &str = "f7a02cf7-2c95-4bb1-be9c-2e3183218a87";

pub(super) fn marker() -> Marker {
    Marker::try_from("m2s4x6abcdefghjkmnpqrstuvw".to_owned()).unwrap()
}

pub(super) fn time(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_795_218_811_029 + minutes * 60_000)
}

pub(super) fn card(user: &str, roles: &[&str], reason: &str) -> Card {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let field = |kind, value| Field { kind, value };
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
        link: Some(Link::Web(format!("https://teleport.example.com/web/requests/{ID}?a=b&c=d"))),
        choices: None,
    }
}

/// Both buttons, each with a proof of this length.
pub(super) fn choices(proof: usize) -> Choices {
    let button = |action| Choice { action, proof: Proof::new("p".repeat(proof)) };
    Choices { reason: ReasonRule::Off, buttons: Action::ALL.map(button).to_vec() }
}

pub(super) fn of(card: Card) -> Rendered {
    let request = card.request.clone();
    render(&Content::Card(Box::new(card)), &request, &marker())
}

/// Text that somebody with bad intentions may write.
pub(super) fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<!channel>".to_owned()),
        Just("<!here|x>".to_owned()),
        Just("<@U0123ABCD>".to_owned()),
        Just("<!subteam^S0123>".to_owned()),
        Just("<https://evil|here>".to_owned()),
        Just("`".to_owned()),
        Just("```\n".to_owned()),
        Just("*Status*\n✅ APPROVED".to_owned()),
        Just("&lt;!channel&gt;".to_owned()),
        Just("\u{202e}\0\r\u{1b}".to_owned()),
        Just("👩‍💻🇩🇪".to_owned()),
        "[ -~]{0,40}",
        "\\PC{0,40}",
        "[<>&`]{1,400}",
        "(😀|é|x){0,1500}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A card in which everything that others can write is theirs.
pub(super) fn hostile_card() -> impl Strategy<Value = Card> {
    let names = |most: usize| prop::collection::vec(hostile(), 0..most);
    let id = prop_oneof![3 => Just(ID.to_owned()), 1 => hostile()];
    let proof = prop_oneof![Just(None), (1..=Proof::LONGEST).prop_map(Some)];
    (hostile(), names(30), names(60), hostile(), hostile(), id, any::<bool>(), proof).prop_map(
        |(user, roles, resources, reason, resolved, id, commands, proof)| {
            let mut card = card(&user, &[], &reason);
            card.request = RequestId::new(id.clone());
            card.fields[1].value = FieldValue::Names(roles);
            card.fields[2].value = FieldValue::Names(resources);
            card.fields[7].value = FieldValue::Status(CardState::Denied, resolved);
            card.choices = proof.map(choices);
            card.link = Some(if commands {
                Link::Commands(vec![format!("tctl requests deny {id}")])
            } else {
                Link::Web(format!("https://teleport.example.com/{id}"))
            });
            card
        },
    )
}

/// A note about somebody who said something.
pub(super) fn hostile_note() -> impl Strategy<Value = Note> {
    (hostile(), hostile()).prop_map(|(who, said)| {
        let line = vec![Span::Theirs(who), Span::Ours(" denied the request".to_owned()), Span::Time(time(0))];
        Note { state: CardState::Denied, line, quote: Some(said), link: None }
    })
}

/// All sorts of messages, as they go to Slack.
pub(crate) fn any_message() -> impl Strategy<Value = Rendered> {
    let note = |note| render(&Content::Note(note), &RequestId::new(ID), &marker());
    prop_oneof![hostile_card().prop_map(of), hostile_note().prop_map(note)]
}

/// All sorts of forms, as they go to Slack.
pub(crate) fn any_form() -> impl Strategy<Value = Form> {
    let action = prop_oneof![Just(Action::Approve), Just(Action::Deny)];
    let rule = prop_oneof![Just(ReasonRule::Optional), Just(ReasonRule::Required)];
    (hostile(), action, rule, "[a-zA-Z0-9._-]{1,1000}").prop_map(|(request, action, rule, state)| {
        let message = MessageRef { conversation: "C0123ABCD".to_owned(), message: "1.000001".to_owned() };
        let who = ChatUserId("U0123ABCD".to_owned());
        let press = Press { request: RequestId::new(request), action, message, who, proof: Proof::new("p") };
        Form::new(&press, rule, state)
    })
}
