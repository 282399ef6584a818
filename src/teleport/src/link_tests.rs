//! Hours of silence on a link, over a pipe in memory: tokio's paused time runs ahead only where no socket is.

use std::sync::atomic::{AtomicUsize, Ordering};

use accessbot_core::request::RequestId;
use accessbot_core::teleport::{TeleportErrorKind, WatchEvent};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Request;
use tonic::codegen::BoxStream;

use super::*;
use crate::piped;
use crate::proto::auth::auth_service_server::{AuthService, AuthServiceServer};
use crate::proto::auth::event::Resource;
use crate::proto::auth::{Event, Operation, PingRequest, PingResponse, Watch};
use crate::proto::types::{Metadata, ResourceHeader};
use crate::watch;

/// Confirms a watch, and sends one event after `silence`.
struct Silent {
    silence: Duration,
    /// Pings that are answered before it hangs.
    answers: usize,
    pings: Arc<AtomicUsize>,
}

#[tonic::async_trait]
impl AuthService for Silent {
    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PingResponse>, Status> {
        if self.pings.fetch_add(1, Ordering::SeqCst) >= self.answers {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(PingResponse::default()))
    }

    async fn watch_events(&self, _: Request<Watch>) -> Result<Response<BoxStream<Event>>, Status> {
        let (sender, events) = tokio::sync::mpsc::channel(1);
        let silence = self.silence;
        tokio::spawn(async move {
            let _ = sender.send(Ok(Event { r#type: Operation::Init.into(), resource: None })).await;
            tokio::time::sleep(silence).await;
            let metadata = Some(Metadata { name: "late".to_owned(), ..Default::default() });
            let header = ResourceHeader { kind: watch::ACCESS_REQUEST.to_owned(), metadata, ..Default::default() };
            let resource = Some(Resource::ResourceHeader(header));
            let _ = sender.send(Ok(Event { r#type: Operation::Delete.into(), resource })).await;
            sender.closed().await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(events))))
    }
}

fn link(server: Silent) -> Arc<Link> {
    piped::link(AuthServiceServer::new(server))
}

#[tokio::test(start_paused = true)]
async fn a_silent_watch_lives_as_long_as_the_server_answers() {
    let pings = Arc::new(AtomicUsize::new(0));
    let silence = Duration::from_secs(3601);
    let mut watch =
        watch::open(link(Silent { silence, answers: usize::MAX, pings: Arc::clone(&pings) })).await.unwrap();
    assert_eq!(watch.next().await.unwrap(), WatchEvent::Delete(RequestId::new("late")));
    assert_eq!(pings.load(Ordering::SeqCst), 12);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_ends_the_watch() {
    let silence = Duration::from_secs(3600);
    let mut watch = watch::open(link(Silent { silence, answers: 1, pings: Arc::default() })).await.unwrap();
    let begin = Instant::now();
    let error = watch.next().await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Unavailable);
    assert_eq!(error.message, "the server is silent, and does not answer a ping");
    assert_eq!(begin.elapsed().as_secs(), 610);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_comes_and_goes_learns_of_a_dead_server() {
    let silence = Duration::from_secs(3600);
    let mut watch = watch::open(link(Silent { silence, answers: 0, pings: Arc::default() })).await.unwrap();
    let begin = Instant::now();
    let error = loop {
        if let Ok(event) = tokio::time::timeout(Duration::from_secs(1), watch.next()).await {
            break event.unwrap_err();
        }
    };
    assert_eq!(error.kind, TeleportErrorKind::Unavailable);
    assert_eq!(begin.elapsed().as_secs(), 310);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_comes_and_goes_loses_no_event() {
    let silence = Duration::from_secs(3601);
    let mut watch = watch::open(link(Silent { silence, answers: usize::MAX, pings: Arc::default() })).await.unwrap();
    let begin = Instant::now();
    let event = loop {
        if let Ok(event) = tokio::time::timeout(Duration::from_secs(7), watch.next()).await {
            break event.unwrap();
        }
    };
    assert_eq!(event, WatchEvent::Delete(RequestId::new("late")));
    assert_eq!(begin.elapsed().as_secs(), 3601);
}
