//! The standing message about a request.

use accessbot_core::backend::{Card, Field, Link, Mark};
use accessbot_core::request::RequestId;
use accessbot_core::text::{command_lines, excerpt, fitting, web_link};

use super::Rendered;
use super::actions::Ways;
use super::attachment::{Attachment, AttachmentField, color};
use super::markdown::{block, code};
use super::props::Props;
use super::size;
use super::value::{sentence, value};
use crate::decisions::Inputs;

/// The room that each text from outside may take if it can, and that it keeps when others are left out for it.
const ROOM: (usize, usize) = (250, 4096);
/// Characters of a request's name in its title. Teleport's have 36.
const TITLE_ROOM: usize = 120;
/// Characters of the headline.
const HEADLINE_ROOM: usize = 600;

pub(super) fn render(card: &Card, request: &RequestId, mark: &Mark, inputs: &Inputs) -> Rendered {
    let ways = Ways::new(card.choices.as_ref(), request, inputs);
    let props =
        |fields: &[&Field], room| Props::new(mark.clone(), vec![attachment(card, request, fields, room, &ways)]);
    let fits = |props: &Props| size::in_json(props) <= size::PROPS;
    // Shorten first. If that is not enough, leave out the least important fields, one kind after the other.
    let mut props_that_fit = fitting(ROOM.0, ROOM.1, |room| props(&all(card, 0), room), fits);
    for importance in 1..=MOST_IMPORTANT {
        if fits(&props_that_fit) {
            break;
        }
        props_that_fit = props(&all(card, importance), ROOM.0);
    }
    // At the last, there is less of what must stay. What people decide with stays whole.
    for part in [4, 16] {
        if fits(&props_that_fit) {
            break;
        }
        props_that_fit = props(&all(card, MOST_IMPORTANT), ROOM.0 / part);
    }
    Rendered { message: headline(card, request), props: props_that_fit }
}

/// Fields of this importance are never left out.
const MOST_IMPORTANT: u8 = 4;

/// The fields of at least this importance.
fn all(card: &Card, importance: u8) -> Vec<&Field> {
    card.fields.iter().filter(|field| field.kind.importance() >= importance).collect()
}

fn attachment(card: &Card, request: &RequestId, fields: &[&Field], room: usize, ways: &Ways) -> Attachment {
    let title = title_of(request);
    let field = |field: &&Field| AttachmentField {
        title: field.kind.label(),
        value: value(&field.value, room),
        short: field.kind.is_short(),
    };
    Attachment {
        fallback: format!("{title}: {}", card.state.word()),
        color: color(card.state),
        title_link: web_link(card.link.as_ref()).unwrap_or_default().to_owned(),
        fields: fields.iter().map(field).collect(),
        text: joined(&ways.hint, commands(card.link.as_ref())),
        actions: ways.actions.clone(),
        title,
    }
}

/// Both, one below the other.
fn joined(first: &str, second: String) -> String {
    match (first, second.as_str()) {
        ("", _) => second,
        (first, "") => first.to_owned(),
        (first, second) => format!("{first}\n{second}"),
    }
}

/// The title of every card about `request`. It names the request in full, as people search for it and compare it.
pub(crate) fn title_of(request: &RequestId) -> String {
    let id = request.as_str();
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if !id.is_empty() && id.len() <= TITLE_ROOM && id.chars().all(harmless) {
        format!("Access request {id}")
    } else {
        format!("Access request {}", code(excerpt(id, TITLE_ROOM, usize::MAX).text))
    }
}

/// What notifications show.
fn headline(card: &Card, request: &RequestId) -> String {
    match sentence(&card.headline) {
        line if line.is_empty() || line.chars().count() > HEADLINE_ROOM => title_of(request),
        line => line,
    }
}

/// Command lines, for those who can use them.
pub(super) fn commands(link: Option<&Link>) -> String {
    match command_lines(link) {
        none if none.is_empty() => String::new(),
        lines => format!("For administrators:\n{}", block(&lines.join("\n"))),
    }
}
