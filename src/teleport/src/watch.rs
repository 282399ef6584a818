//! The watch: a stream of what happens to access requests.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::request::RequestId;
use accessbot_core::teleport::{RequestWatch, TeleportError, TeleportErrorKind, WatchEvent};
use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};
use tonic::{Status, Streaming};

use crate::calls;
use crate::convert;
use crate::link::Link;
use crate::proto::auth::event::Resource;
use crate::proto::auth::{Event, Operation, PingRequest, Watch};
use crate::proto::types::WatchKind;

/// The kind of resource that all of this is about.
pub(crate) const ACCESS_REQUEST: &str = "access_request";

/// After this much silence the server is asked whether it is still there. HTTP/2's pings find a dead connection sooner; this
/// finds a server that answers those and nothing else.
const SILENCE: Duration = Duration::from_secs(300);

/// An open watch. It keeps its connection also when newer credentials have been given to the client.
struct OpenWatch {
    link: Arc<Link>,
    stream: Streaming<Event>,
    /// When the server last showed that it is there.
    heard: Instant,
    /// Since when a ping is unanswered. Kept here, so that a caller that stops waiting and comes back does not begin anew.
    asked: Option<Instant>,
}

/// Opens a watch and waits for the server to confirm it.
pub(crate) async fn open(link: Arc<Link>) -> Result<Box<dyn RequestWatch>, TeleportError> {
    let kind = WatchKind { kind: ACCESS_REQUEST.to_owned(), ..Default::default() };
    // No filter by state: it would hide the event that carries the resolution.
    let ask = Watch { kinds: vec![kind], allow_partial_success: false };
    let opened = async {
        let mut stream = link.api().watch_events(ask).await?.into_inner();
        let first = stream.message().await?;
        Ok::<_, Status>((stream, first))
    };
    let (stream, first) = link.within(&calls::WATCH, opened).await.map_err(as_end)?;
    match first {
        Some(event) if event.r#type == i32::from(Operation::Init) => {
            Ok(Box::new(OpenWatch { link, stream, heard: Instant::now(), asked: None }))
        }
        Some(event) => Err(ended(format!("the server began with an event of type {} rather than INIT", event.r#type))),
        None => Err(ended("the server ended the watch before it began".to_owned())),
    }
}

#[async_trait]
impl RequestWatch for OpenWatch {
    async fn next(&mut self) -> Result<WatchEvent, TeleportError> {
        loop {
            match timeout_at(self.heard + SILENCE, self.stream.message()).await {
                Ok(Ok(Some(event))) => {
                    (self.heard, self.asked) = (Instant::now(), None);
                    if let Some(event) = read(event) {
                        return Ok(event);
                    }
                }
                Ok(Ok(None)) => return Err(ended("the server ended the watch".to_owned())),
                Ok(Err(status)) => return Err(as_end(self.link.explain(&calls::WATCH, &status))),
                Err(_) => self.ask().await?,
            }
        }
    }
}

impl OpenWatch {
    /// Asks the silent server whether it is still there.
    async fn ask(&mut self) -> Result<(), TeleportError> {
        let asked = *self.asked.get_or_insert_with(Instant::now);
        let answer = async { self.link.api().ping(PingRequest {}).await.map_err(|e| e.message().to_owned()) };
        match timeout_at(asked + calls::PING.limit, answer).await {
            Ok(Ok(_)) => {
                (self.heard, self.asked) = (Instant::now(), None);
                Ok(())
            }
            Ok(Err(problem)) => Err(ended(format!("the server is silent, and a ping failed: {problem}"))),
            Err(_) => Err(ended("the server is silent, and does not answer a ping".to_owned())),
        }
    }
}

/// The event in the engine's words; `None` if it does not concern it.
fn read(event: Event) -> Option<WatchEvent> {
    match (Operation::try_from(event.r#type).ok()?, event.resource?) {
        (Operation::Put, Resource::AccessRequest(request)) => {
            convert::request(request).map(|request| WatchEvent::Put(Box::new(request)))
        }
        (Operation::Delete, Resource::ResourceHeader(header)) if header.kind == ACCESS_REQUEST => {
            let id = header.metadata?.name;
            (!id.is_empty()).then(|| WatchEvent::Delete(RequestId::new(id)))
        }
        _ => None,
    }
}

/// The error of a watch that is over. Whatever ended it, events may be lost and a new one can be tried, unless somebody must
/// do something first. (A full buffer, for one, comes as `InvalidArgument`.)
fn as_end(error: TeleportError) -> TeleportError {
    match error.kind {
        TeleportErrorKind::PermissionDenied | TeleportErrorKind::Credentials | TeleportErrorKind::Unsupported => error,
        _ => TeleportError { kind: TeleportErrorKind::Unavailable, ..error },
    }
}

fn ended(text: String) -> TeleportError {
    TeleportError::new(TeleportErrorKind::Unavailable, calls::WATCH.name, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::types::{AccessRequestV3, Metadata, ResourceHeader, UserV2};

    fn header(kind: &str, name: &str) -> Resource {
        let metadata = Some(Metadata { name: name.to_owned(), ..Default::default() });
        Resource::ResourceHeader(ResourceHeader { kind: kind.to_owned(), metadata, ..Default::default() })
    }

    #[test]
    fn only_access_requests_concern_the_engine() {
        let read = |operation: i32, resource| read(Event { r#type: operation, resource });
        let (put, delete) = (i32::from(Operation::Put), i32::from(Operation::Delete));
        assert_eq!(read(delete, Some(header("access_request", "a"))), Some(WatchEvent::Delete(RequestId::new("a"))));
        assert_eq!(read(delete, Some(header("access_request", ""))), None);
        assert_eq!(read(delete, Some(header("role", "a"))), None);
        assert_eq!(read(put, Some(Resource::User(UserV2::default()))), None);
        assert_eq!(read(put, Some(Resource::AccessRequest(AccessRequestV3::default()))), None);
        assert_eq!(read(put, None), None);
        assert_eq!(read(77, Some(header("access_request", "a"))), None);
    }
}
