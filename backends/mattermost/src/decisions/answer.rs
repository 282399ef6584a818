//! What people are told, where nobody else sees it.

use accessbot_core::request::RequestId;
use accessbot_core::text::{excerpt, push_visible};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::Serialize;

use super::Decisions;
use crate::api::{Id, Lookup, NewPost};
use crate::failure::{Failure, Refusal};
use crate::render::{plain, title_of};

/// Characters of an answer; the sink's are shorter.
const ROOM: usize = 1000;

/// An answer as Markdown that shows just that: names in it come from outside.
pub(super) fn markdown(text: &str) -> String {
    plain(excerpt(text, ROOM, usize::MAX).text)
}

/// An answer for a place that knows no markup.
pub(super) fn line(text: &str) -> String {
    let mut line = String::new();
    excerpt(text, ROOM, usize::MAX).text.chars().for_each(|c| push_visible(&mut line, c));
    line
}

/// What a direct message of ours carries, so that nobody takes it for the announcement of a request that it names.
#[derive(Debug, Serialize)]
struct AnswerProps<'a> {
    from_bot: &'static str,
    accessbot: AnswerMark<'a>,
}

#[derive(Debug, Serialize)]
struct AnswerMark<'a> {
    v: u32,
    kind: &'static str,
    /// What it answers, so that a reaction is not taken up again in a later life.
    #[serde(skip_serializing_if = "Option::is_none")]
    deed: Option<&'a str>,
}

/// Why somebody could not be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Untold {
    #[error(transparent)]
    Failed(#[from] Failure),
    #[error("there is no direct conversation with them")]
    Unreachable,
}

impl Decisions {
    /// Tells a person something about a request in a direct message: a bot has no other way to tell one person alone.
    /// `deed` names what it answers, where that must be known in a later life, or where another replica may have seen it
    /// as well: then whoever comes second within half a minute says nothing.
    pub(crate) async fn tell(
        &self,
        who: &Id,
        request: &RequestId,
        text: &str,
        deed: Option<&str>,
    ) -> Result<(), Untold> {
        let me = self.identity.id(&self.client).await?;
        let channel = self.direct(&me, who).await?.ok_or(Untold::Unreachable)?;
        let props = AnswerProps { from_bot: "true", accessbot: AnswerMark { v: 1, kind: "answer", deed } };
        let message = format!("{}: {}", title_of(request), markdown(text));
        let once = deed.map(|deed| self.once(who, deed)).transpose()?;
        let post = NewPost {
            channel_id: channel.as_str(),
            root_id: "",
            message: &message,
            props: &props,
            pending_post_id: once.as_deref().unwrap_or_default(),
        };
        match self.client.create_post(&post).await {
            Ok(_) => Ok(()),
            // By another replica, at this moment.
            Err(failure) if failure.refusal().is_some_and(Refusal::is_being_done) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// By what the server knows the answer to a deed, whichever replica sends it: the same for all of them, and for
    /// nobody else to guess.
    fn once(&self, who: &Id, deed: &str) -> Result<String, Failure> {
        let token = self.client.token()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, token.expose().as_bytes());
        let tag = hmac::sign(&key, format!("accessbot answers {who} {deed}").as_bytes());
        Ok(URL_SAFE_NO_PAD.encode(tag))
    }

    /// Our direct conversation with a person, if there can be one.
    pub(crate) async fn direct(&self, me: &Id, who: &Id) -> Result<Option<Id>, Failure> {
        Ok(match self.client.direct_channel(me, who).await? {
            Lookup::Found(channel) if channel.is_between(me, who) => Some(channel.id),
            Lookup::Found(_) | Lookup::Absent | Lookup::Denied => None,
        })
    }
}
