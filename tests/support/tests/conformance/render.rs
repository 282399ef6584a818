//! Content as text in which `@` notifies nobody, short enough for the server.

use accessbot_core::backend::{Card, Content, FieldValue, Note, Span};

use crate::flaw::Flaw;

/// Characters of each text, and how many of a list.
const ROOM: usize = 3000;
const NAME_ROOM: usize = 200;
const NAMES: usize = 20;

pub(crate) struct Renderer(pub(crate) Option<Flaw>);

impl Renderer {
    pub(crate) fn render(&self, content: &Content) -> String {
        match content {
            Content::Card(card) => self.card(card),
            Content::Note(note) => self.note(note),
        }
    }

    fn card(&self, card: &Card) -> String {
        let field = |value: &FieldValue| match value {
            FieldValue::Name(name) => self.shown(name, NAME_ROOM),
            FieldValue::Names(names) => {
                let names: Vec<_> =
                    names.iter().take(self.at_most(NAMES)).map(|name| self.shown(name, NAME_ROOM)).collect();
                names.join(", ")
            }
            FieldValue::Quote(text) => self.shown(text, ROOM),
            FieldValue::Time(time) => time.to_string(),
            FieldValue::Progress(progress) => format!("{} approved", progress.approvals),
            FieldValue::Status(state, reason) => format!("{}: {}", state.word(), self.shown(reason, ROOM)),
        };
        let fields = card.fields.iter().map(|f| format!("{}: {}", f.kind.label(), field(&f.value)));
        fields.collect::<Vec<_>>().join("\n")
    }

    fn note(&self, note: &Note) -> String {
        let span = |span: &Span| match span {
            Span::Ours(text) | Span::Theirs(text) => self.shown(text, NAME_ROOM),
            Span::Time(time) => time.to_string(),
        };
        let line: String = note.line.iter().map(span).collect();
        format!("{line}\n{}", self.shown(note.quote.as_deref().unwrap_or_default(), ROOM))
    }

    fn at_most(&self, most: usize) -> usize {
        if self.0 == Some(Flaw::ShortensNothing) { usize::MAX } else { most }
    }

    fn shown(&self, text: &str, room: usize) -> String {
        let short = text.chars().take(self.at_most(room));
        match self.0 {
            Some(Flaw::LeavesMarkup) => short.collect(),
            Some(Flaw::DropsMarkup) => {
                let mut depth = 0_usize;
                let outside = short.filter(|c| {
                    let inside = depth > 0 || *c == '<';
                    depth = match c {
                        '<' => depth + 1,
                        '>' => depth.saturating_sub(1),
                        _ => depth,
                    };
                    !inside
                });
                outside.collect::<String>().replace('@', "@\u{200b}")
            }
            _ => short.collect::<String>().replace('@', "@\u{200b}"),
        }
    }
}
