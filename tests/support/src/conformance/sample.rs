//! Messages to try backends with.

use accessbot_core::backend::decision::{Action, Choice, Choices, Proof, ReasonRule};
use accessbot_core::backend::{
    Audience, Card, CardState, Content, Field, FieldKind, FieldValue, Link, Marker, MessageRef, Note, Outgoing, Span,
};
use accessbot_core::clock::Timestamp;
use accessbot_core::request::{Progress, RequestId};

/// A message as the engine hands it over, but owned.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) request: RequestId,
    pub(super) marker: Marker,
    pub(super) content: Content,
    pub(super) root: Option<MessageRef>,
}

/// Who asks in every sample, unless it says otherwise.
pub(super) const USER: &str = "bob";
/// For what.
pub(super) const ROLE: &str = "dbadmin";

impl Message {
    /// The announcement of the request with this number, with a marker of its own, and `words` for a reason.
    pub(super) fn card(number: u16, words: &str) -> Self {
        let content = card(&Words { reason: words.to_owned(), ..Words::default() });
        Self { request: request(number), marker: marker(number), content, root: None }.consistent()
    }

    /// A sentence about the request with this number, with `words` of somebody else.
    pub(super) fn note(number: u16, words: &str) -> Self {
        let content = note(USER, words);
        Self { request: request(number), marker: marker(number), content, root: None }
    }

    /// The same with another marker.
    pub(super) fn marked(mut self, number: u16) -> Self {
        self.marker = marker(number);
        self
    }

    /// The same in this thread.
    pub(super) fn under(mut self, root: &MessageRef) -> Self {
        self.root = Some(root.clone());
        self
    }

    /// The same message, saying something else.
    pub(super) fn saying(&self, content: Content) -> Self {
        Self { content, ..self.clone() }.consistent()
    }

    /// The same card with a button for each action.
    pub(super) fn with_buttons(mut self, reason: ReasonRule) -> Self {
        if let Content::Card(card) = &mut self.content {
            let choice = |action| Choice { action, proof: proof(action) };
            card.choices = Some(Choices { reason, buttons: Action::ALL.map(choice).to_vec() });
        }
        self
    }

    pub(super) fn outgoing(&self) -> Outgoing<'_> {
        Outgoing { request: &self.request, marker: &self.marker, content: &self.content, root: self.root.as_ref() }
    }

    /// A card names the request that it is about.
    fn consistent(mut self) -> Self {
        if let Content::Card(card) = &mut self.content {
            card.request = self.request.clone();
        }
        self
    }
}

/// A request's name, in the form that Teleport gives them.
pub(super) fn request(number: u16) -> RequestId {
    RequestId::new(format!("0195f2d4-73a1-4c5e-8b1d-{number:012}"))
}

pub(super) fn marker(number: u16) -> Marker {
    let [high, low] = number.to_be_bytes();
    let mut bytes = [7; Marker::LENGTH];
    bytes[..4].copy_from_slice(&[high >> 3, high & 7, low >> 4, low & 15]);
    Marker::from_bytes(&bytes)
}

/// What the button for this action carries: as long as it may be.
pub(super) fn proof(action: Action) -> Proof {
    Proof::new(format!("1.{}-", action.word()) + &"Zy9_".repeat(Proof::LONGEST)[..Proof::LONGEST - 12])
}

/// What a card says.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) user: String,
    pub(super) roles: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) reason: String,
    pub(super) resolve_reason: String,
    pub(super) state: CardState,
    pub(super) reviews: usize,
    pub(super) link: Option<Link>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            user: USER.to_owned(),
            roles: vec![ROLE.to_owned()],
            resources: Vec::new(),
            reason: "the nightly backup failed".to_owned(),
            resolve_reason: String::new(),
            state: CardState::Pending,
            reviews: 1,
            link: Some(Link::Web("https://teleport.example.com/web/requests/1".to_owned())),
        }
    }
}

/// A card with these words, as the engine writes it.
pub(super) fn card(words: &Words) -> Content {
    let at = Timestamp::from_millis(1_790_000_000_000);
    let quoted = |text: &str| FieldValue::Quote(text.to_owned());
    let mut fields = vec![
        (FieldKind::User, FieldValue::Name(words.user.clone())),
        (FieldKind::Roles, FieldValue::Names(words.roles.clone())),
        (FieldKind::Resources, FieldValue::Names(words.resources.clone())),
        (FieldKind::Reason, quoted(&words.reason)),
        (FieldKind::Requested, FieldValue::Time(at)),
        (FieldKind::Expires, FieldValue::Time(at)),
        (FieldKind::Reviews, FieldValue::Progress(Progress { approvals: words.reviews, denials: 0, needed: Some(2) })),
        (FieldKind::Status, FieldValue::Status(words.state, words.resolve_reason.clone())),
    ];
    fields.retain(|(kind, _)| *kind != FieldKind::Resources || !words.resources.is_empty());
    Content::Card(Box::new(Card {
        request: request(0),
        audience: Audience::Reviewers,
        state: words.state,
        headline: vec![
            Span::Theirs(words.user.clone()),
            Span::Ours(" asks for roles ".to_owned()),
            Span::Theirs(words.roles.join(", ")),
        ],
        fields: fields.into_iter().map(|(kind, value)| Field { kind, value }).collect(),
        link: words.link.clone(),
        choices: None,
    }))
}

/// A sentence with this name in it and this quotation below it.
pub(super) fn note(name: &str, quote: &str) -> Content {
    Content::Note(Note {
        state: CardState::Approved,
        line: vec![Span::Theirs(name.to_owned()), Span::Ours(" approved the request.".to_owned())],
        quote: Some(quote.to_owned()),
        link: None,
    })
}
