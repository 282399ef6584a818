//! A chat in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use accessbot_core::backend::decision::{ChatUser, ChatUserId, Membership};
use accessbot_core::backend::{
    Capabilities, Card, CardState, ChatBackend, ChatError, ChatErrorKind, Content, Conversation, ConversationKind,
    Marker, MessageRef, Note, OnUncertain, Outgoing, Recipient, Resolution, Sought, Span, Unreachable,
};
use accessbot_core::request::RequestId;
use async_trait::async_trait;

use crate::people::Accounts;

/// A message in the chat.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) reference: MessageRef,
    pub(crate) request: Option<RequestId>,
    marker: Option<Marker>,
    pub(crate) content: Content,
    pub(crate) root: Option<MessageRef>,
    pub(crate) edits: usize,
    /// Every state that it has shown, oldest first.
    pub(crate) states: Vec<CardState>,
    deleted: bool,
}

impl Post {
    /// What it says, if it is a note.
    pub(crate) fn text(&self) -> Option<String> {
        let Content::Note(note) = &self.content else { return None };
        let words = note.line.iter().map(|span| match span {
            Span::Ours(text) | Span::Theirs(text) => text.clone(),
            Span::Time(at) => at.to_string(),
        });
        Some(words.collect())
    }
}

/// What goes wrong with the next post.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Nothing happens, and this is the answer.
    Refuse(ChatErrorKind),
    /// The message is posted, and nobody hears of it.
    LoseAnswer,
    /// Nobody hears of it, and it is posted this much later.
    Late(Duration),
}

/// A message on its way, which arrives whatever becomes of its sender.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) conversation: Conversation,
    pub(crate) content: Content,
    request: RequestId,
    marker: Marker,
    root: Option<MessageRef>,
}

impl Letter {
    pub(crate) fn new(conversation: &Conversation, message: &Outgoing<'_>) -> Self {
        Self {
            conversation: conversation.clone(),
            content: message.content.clone(),
            request: message.request.clone(),
            marker: message.marker.clone(),
            root: message.root.cloned(),
        }
    }

    pub(crate) fn outgoing(&self) -> Outgoing<'_> {
        let Self { content, request, marker, root, .. } = self;
        Outgoing { request, marker, content, root: root.as_ref() }
    }
}

#[derive(Default)]
pub(crate) struct State {
    posts: Vec<Post>,
    people: BTreeMap<Recipient, Resolution>,
    faults: VecDeque<Fault>,
    away: bool,
    token_refused: bool,
    unsearchable: Option<OnUncertain>,
    hangs_up_after: Option<Duration>,
    deaf: bool,
    settle: Option<Duration>,
    pub(crate) accounts: Option<Accounts>,
    calls: BTreeMap<&'static str, usize>,
}

/// A chat in memory: every configured recipient is a channel, unless the test says otherwise.
#[derive(Clone, Default)]
pub(crate) struct FakeChat(Arc<Mutex<State>>);

impl FakeChat {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn call(&self, name: &'static str) -> Result<MutexGuard<'_, State>, ChatError> {
        let mut state = self.state();
        *state.calls.entry(name).or_default() += 1;
        if state.away {
            return Err(ChatError::new(ChatErrorKind::Transient, name, "connection refused"));
        }
        if state.token_refused {
            return Err(ChatError::new(ChatErrorKind::Unauthorized, name, "session expired"));
        }
        Ok(state)
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.state().calls.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn is(&self, recipient: Recipient, resolution: Resolution) {
        self.state().people.insert(recipient, resolution);
    }

    pub(crate) fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    pub(crate) fn go_away(&self, away: bool) {
        self.state().away = away;
    }

    pub(crate) fn refuse_token(&self, refuse: bool) {
        self.state().token_refused = refuse;
    }

    /// From now on each connection that is listened to ends after so long.
    pub(crate) fn hangs_up_after(&self, time: Duration) {
        self.state().hangs_up_after = Some(time);
    }

    /// From now on nobody can listen, or everybody again.
    pub(crate) fn cannot_be_listened_to(&self, deaf: bool) {
        self.state().deaf = deaf;
    }

    /// From now on nothing comes later than this.
    pub(crate) fn settles_in(&self, time: Duration) {
        self.state().settle = Some(time);
    }

    /// From now on nothing can be looked for, and this is what is wanted then.
    pub(crate) fn cannot_be_searched(&self, then: OnUncertain) {
        self.state().unsearchable = Some(then);
    }

    /// Somebody deletes a message.
    pub(crate) fn delete_by_hand(&self, message: &MessageRef) {
        for post in self.state().posts.iter_mut().filter(|post| post.reference == *message) {
            post.deleted = true;
        }
    }

    /// Somebody else posts, with our bot's account or not, and no marker.
    pub(crate) fn post_by_hand(&self, conversation: &str, request: Option<&str>) -> MessageRef {
        let mut state = self.state();
        let reference = MessageRef { conversation: conversation.into(), message: format!("m{}", state.posts.len()) };
        let note = Note { state: CardState::Pending, line: vec![], quote: None, link: None };
        state.posts.push(Post {
            reference: reference.clone(),
            request: request.map(RequestId::new),
            marker: None,
            content: Content::Note(note),
            root: None,
            edits: 0,
            states: vec![],
            deleted: false,
        });
        reference
    }

    /// Posts a message in a while, as a server does that was frozen in the middle of it.
    pub(crate) fn post_late(&self, letter: Letter, after: Duration) {
        let chat = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            put(&mut chat.state(), &letter.conversation.id, &letter.outgoing());
        });
    }

    /// The messages that stand, oldest first.
    pub(crate) fn posts(&self) -> Vec<Post> {
        self.state().posts.iter().filter(|post| !post.deleted).cloned().collect()
    }

    /// How many messages about a request were removed again.
    pub(crate) fn removed(&self, request: &str) -> usize {
        let about = |post: &&Post| post.request.as_ref().is_some_and(|r| r.as_str() == request);
        self.state().posts.iter().filter(about).filter(|post| post.deleted).count()
    }

    /// The standing messages to reviewers about a request: where each is, and the state that it shows.
    pub(crate) fn shown(&self, request: &str) -> Vec<(String, &'static str)> {
        let mut shown: Vec<_> = self
            .posts()
            .into_iter()
            .filter(|post| post.request.as_ref().is_some_and(|r| r.as_str() == request) && post.root.is_none())
            .filter_map(|post| match post.content {
                Content::Card(card) => Some((post.reference.conversation, card.state.word())),
                Content::Note(_) => None,
            })
            .collect();
        shown.sort();
        shown
    }

    /// Everything that was posted once, as text: replies in threads, and words to the requester.
    pub(crate) fn notes(&self) -> Vec<String> {
        let note = |post: &Post| Some(format!("{}: {}", post.reference.conversation, post.text()?));
        self.posts().iter().filter_map(note).collect()
    }

    pub(crate) fn card(&self, request: &str) -> Card {
        let of = |post: &Post| post.request.as_ref().is_some_and(|r| r.as_str() == request);
        let posts = self.posts();
        let card = posts.iter().filter(|post| of(post)).find_map(|post| match &post.content {
            Content::Card(card) => Some((**card).clone()),
            Content::Note(_) => None,
        });
        card.expect("a card about the request")
    }
}

fn shown_by(content: &Content) -> CardState {
    match content {
        Content::Card(card) => card.state,
        Content::Note(note) => note.state,
    }
}

fn put(state: &mut State, conversation: &str, message: &Outgoing<'_>) -> MessageRef {
    let reference = MessageRef { conversation: conversation.into(), message: format!("m{}", state.posts.len()) };
    state.posts.push(Post {
        reference: reference.clone(),
        request: Some(message.request.clone()),
        marker: Some(message.marker.clone()),
        content: message.content.clone(),
        root: message.root.cloned(),
        edits: 0,
        states: vec![shown_by(message.content)],
        deleted: false,
    });
    reference
}

#[async_trait]
impl ChatBackend for FakeChat {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.go_messages = true;
        if let Some(settle) = self.state().settle {
            capabilities.settle = settle;
        }
        capabilities.decisions = self.state().accounts.is_some();
        if let Some(then) = self.state().unsearchable {
            capabilities.on_uncertain = then;
        }
        capabilities
    }

    async fn probe(&self) -> Result<(), ChatError> {
        self.call("probe").map(drop)
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        let state = self.call("resolve")?;
        let channel = |id: &str, kind| Resolution::Resolved(Conversation { id: id.to_owned(), kind });
        Ok(state.people.get(recipient).cloned().unwrap_or_else(|| match recipient {
            Recipient::Configured(text) => channel(&text.replace('/', "."), ConversationKind::Channel),
            Recipient::Person(user) if user == "bob" => channel("@bob", ConversationKind::Direct),
            Recipient::Person(_) => Resolution::Unreachable(Unreachable::Unknown),
        }))
    }

    async fn post(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        let mut state = self.call("post")?;
        let lost = || ChatError::new(ChatErrorKind::Transient, "post", "no answer").maybe_done();
        match state.faults.pop_front() {
            None => Ok(put(&mut state, &conversation.id, message)),
            Some(Fault::Refuse(kind)) => Err(ChatError::new(kind, "post", "as the test wanted")),
            Some(Fault::LoseAnswer) => {
                put(&mut state, &conversation.id, message);
                Err(lost())
            }
            Some(Fault::Late(after)) => {
                self.post_late(Letter::new(conversation, message), after);
                Err(lost())
            }
        }
    }

    async fn find(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        let state = self.call("find")?;
        if state.unsearchable.is_some() {
            return Err(ChatError::new(ChatErrorKind::Unsearchable, "find", "not allowed to read"));
        }
        let fits = |post: &&Post| {
            !post.deleted
                && post.reference.conversation == sought.conversation.id
                && post.request.as_ref() == Some(sought.request)
                && post.root.as_ref() == sought.root
                && match sought.marker {
                    Some(marker) => post.marker.as_ref() == Some(marker),
                    None => post.marker.is_none() || matches!(post.content, Content::Card(_)),
                }
        };
        Ok(state.posts.iter().filter(fits).map(|post| post.reference.clone()).collect())
    }

    async fn identify(&self, who: &ChatUserId) -> Result<Option<ChatUser>, ChatError> {
        Ok(self.call("identify")?.accounts.as_ref().and_then(|accounts| accounts.user(who)))
    }

    async fn membership(&self, who: &ChatUserId, channel: &Recipient) -> Result<Membership, ChatError> {
        let state = self.call("membership")?;
        let unfit = || Membership::Unfit("public".to_owned());
        Ok(state.accounts.as_ref().map_or_else(unfit, |accounts| accounts.membership(who, channel)))
    }

    async fn listen(&self) -> Result<(), ChatError> {
        let hangs_up_after = match &*self.call("listen")? {
            state if state.deaf => return Err(ChatError::new(ChatErrorKind::Unauthorized, "listen", "switched off")),
            state => state.hangs_up_after,
        };
        match hangs_up_after {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
        Ok(())
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        let state = self.call("verify")?;
        let gone = || ChatError::new(ChatErrorKind::MessageGone, "verify", "no such message");
        let post = state.posts.iter().find(|post| post.reference == *message && !post.deleted).ok_or_else(gone)?;
        let fits = post.marker.as_ref() == Some(marker) || post.marker.is_none();
        Ok(post.request.as_ref() == Some(request) && fits)
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        let mut state = self.call("update")?;
        let gone = || ChatError::new(ChatErrorKind::MessageGone, "update", "no such message");
        let post = state.posts.iter_mut().find(|post| post.reference == *message && !post.deleted).ok_or_else(gone)?;
        post.content = outgoing.content.clone();
        post.marker = Some(outgoing.marker.clone());
        post.edits += 1;
        post.states.push(shown_by(outgoing.content));
        Ok(())
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        drop(self.call("delete")?);
        self.delete_by_hand(message);
        Ok(())
    }
}
