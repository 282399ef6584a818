//! The standing message about a request.

use accessbot_core::backend::decision::{Action, Choice, Choices};
use accessbot_core::backend::{Card, Field, FieldValue, Link};
use accessbot_core::request::RequestId;
use accessbot_core::text::{command_lines, excerpt, fitting, lines, names, progress, web_link};

use super::block::{Block, Button, Text};
use super::mrkdwn::{code, escape};
use super::size;
use super::value::{Times, local, name, quote, sentence};
use crate::button::{self, Carried};

/// The room that each text from outside may take if it can, and that it keeps when others are left out for it.
const ROOM: (usize, usize) = (250, 2600);
/// Characters of a request's name in its title. Teleport's have 36.
const TITLE_ROOM: usize = 120;
/// Characters of the headline.
const HEADLINE_ROOM: usize = 1500;
/// Fields of this importance are never left out.
const MOST_IMPORTANT: u8 = 4;

pub(super) fn render(card: &Card, request: &RequestId) -> (String, Vec<Block>) {
    let blocks = |importance, room| blocks(card, request, importance, room);
    let fits = |blocks: &Vec<Block>| size::fits(blocks);
    // Shorten first. If that is not enough, leave out the least important fields, one kind after the other.
    let mut fitting_blocks = fitting(ROOM.0, ROOM.1, |room| blocks(0, room), fits);
    for importance in 1..=MOST_IMPORTANT {
        if fits(&fitting_blocks) {
            break;
        }
        fitting_blocks = blocks(importance, ROOM.0);
    }
    if !fits(&fitting_blocks) {
        fitting_blocks = blocks(MOST_IMPORTANT, ROOM.0 / 8);
    }
    (headline(card, request, Times::Plain), fitting_blocks)
}

/// The title of every card about `request`. It names the request in full, as people search for it and compare it.
pub(super) fn title(request: &RequestId) -> String {
    format!("Access request {}", code(excerpt(request.as_str(), TITLE_ROOM, usize::MAX).text))
}

/// What notifications show, and the first line of the card.
fn headline(card: &Card, request: &RequestId, times: Times) -> String {
    match sentence(&card.headline, times) {
        line if line.is_empty() || size::length(&line) > HEADLINE_ROOM => {
            format!("{}: {}", title(request), card.state.word())
        }
        line => line,
    }
}

fn blocks(card: &Card, request: &RequestId, importance: u8, room: usize) -> Vec<Block> {
    let mut blocks = vec![Block::section(format!("{} {}", card.state.emoji(), headline(card, request, Times::Local)))];
    let kept = || card.fields.iter().filter(|field| field.kind.importance() >= importance);
    let short: Vec<Text> = kept().filter_map(|field| beside(field, room)).collect();
    blocks.extend(short.chunks(10).map(|fields| Block::Fields { fields: fields.to_vec() }));
    for field in kept().filter(|field| beside(field, room).is_none()) {
        below(field, room, &mut blocks);
    }
    blocks.extend(card.choices.as_ref().and_then(|choices| buttons(choices, request)));
    blocks.extend(link(card.link.as_ref()));
    blocks.push(Block::context(title(request)));
    blocks
}

/// A button for each choice, or none at all if one of them has no room for what it must carry.
fn buttons(choices: &Choices, request: &RequestId) -> Option<Block> {
    let button = |choice: &Choice| {
        let style = match choice.action {
            Action::Approve => "primary",
            Action::Deny => "danger",
        };
        let carried = Carried::new(request, choice.action, choices.reason, &choice.proof).text()?;
        Some(Button::new(choice.action.label(), button::action_id(choice.action), carried, style))
    };
    let elements = choices.buttons.iter().map(button).collect::<Option<Vec<_>>>()?;
    (!elements.is_empty()).then_some(Block::Actions { block_id: button::BLOCK, elements })
}

/// A field that is short enough to stand beside another.
fn beside(field: &Field, room: usize) -> Option<Text> {
    if !field.kind.is_short() {
        return None;
    }
    let value = match &field.value {
        FieldValue::Name(text) => name(text, room),
        FieldValue::Names(all) => names(all, room, |one| name(one, room)),
        FieldValue::Time(time) => local(*time),
        FieldValue::Progress(reviews) => escape(&progress(*reviews)),
        FieldValue::Quote(_) | FieldValue::Status(..) => return None,
    };
    Some(Text::new(labelled(field, &value)))
}

/// A field with a place of its own.
fn below(field: &Field, room: usize, blocks: &mut Vec<Block>) {
    let label = field.kind.label();
    match &field.value {
        FieldValue::Quote(text) => blocks.extend(quote(label, text, room)),
        FieldValue::Status(state, reason) => {
            blocks.push(Block::section(labelled(field, &format!("{} {}", state.emoji(), state.word()))));
            if !lines(reason).is_empty() {
                blocks.extend(quote("", reason, room));
            }
        }
        FieldValue::Name(text) => blocks.push(Block::section(labelled(field, &name(text, room)))),
        FieldValue::Names(all) => {
            blocks.push(Block::section(labelled(field, &names(all, room, |one| name(one, room)))));
        }
        FieldValue::Time(time) => blocks.push(Block::section(labelled(field, &local(*time)))),
        FieldValue::Progress(reviews) => {
            blocks.push(Block::section(labelled(field, &escape(&progress(*reviews)))));
        }
    }
}

fn labelled(field: &Field, value: &str) -> String {
    format!("*{}*\n{value}", field.kind.label())
}

/// How to act on the request, for those who can.
pub(super) fn link(link: Option<&Link>) -> Option<Block> {
    if let Some(url) = web_link(link) {
        return Some(Block::section(format!("<{}|Open the request in Teleport>", escape(url))));
    }
    match command_lines(link) {
        none if none.is_empty() => None,
        commands => Some(Block::quotation("For administrators:", &commands.join("\n"), "")),
    }
}
