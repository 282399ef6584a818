//! What people are told, where nobody else sees it.

use accessbot_core::request::RequestId;
use accessbot_core::text::{excerpt, push_visible};
use serde::Serialize;

use super::Decisions;
use crate::api::{Id, Lookup, NewPost};
use crate::failure::Failure;
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
    /// What it answers, so that it is not taken up again in a later life.
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
    /// `deed` names what it answers, where that must be known in a later life.
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
        let post = NewPost {
            channel_id: channel.as_str(),
            root_id: "",
            message: &message,
            props: &props,
            // Never sent twice.
            pending_post_id: "",
        };
        self.client.create_post(&post).await?;
        Ok(())
    }

    /// Our direct conversation with a person, if there can be one.
    pub(crate) async fn direct(&self, me: &Id, who: &Id) -> Result<Option<Id>, Failure> {
        Ok(match self.client.direct_channel(me, who).await? {
            Lookup::Found(channel) if channel.is_between(me, who) => Some(channel.id),
            Lookup::Found(_) | Lookup::Absent | Lookup::Denied => None,
        })
    }
}
