//! The world as it changes, as server-sent events: each part that has changed, whole.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Shared, picture};
use crate::demo::trouble::Trouble;

/// Changes that come this close together are told together: a burst is a flicker, not a storm.
const TOGETHER: Duration = Duration::from_millis(60);

/// Everything there is, then every change of it.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send> {
    let stream = futures_util::stream::unfold(Viewer::new(shared), |mut viewer| async {
        let event = viewer.next().await;
        Some((Ok(event), viewer))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
}

/// Somebody who looks, and what they have seen.
struct Viewer {
    shared: Arc<Shared>,
    chat: watch::Receiver<u64>,
    cluster: watch::Receiver<u64>,
    trouble: watch::Receiver<Trouble>,
    log: watch::Receiver<u64>,
    /// What each part was when it was told.
    seen: BTreeMap<&'static str, String>,
    lines_seen: u64,
    waiting: VecDeque<Event>,
}

impl Viewer {
    fn new(shared: Arc<Shared>) -> Self {
        let mut viewer = Self {
            chat: shared.world.chat.changes(),
            cluster: shared.world.teleport.changes(),
            trouble: shared.world.troubles.changes(),
            log: shared.log.changes(),
            seen: BTreeMap::new(),
            lines_seen: 0,
            waiting: VecDeque::new(),
            shared,
        };
        let scene = picture::scene(&viewer.shared);
        viewer.waiting.push_back(event("scene", &scene.to_string()));
        viewer.look();
        viewer
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return event;
            }
            // The senders live in `shared`.
            tokio::select! {
                _ = self.chat.changed() => {}
                _ = self.cluster.changed() => {}
                _ = self.trouble.changed() => {}
                _ = self.log.changed() => {}
            }
            tokio::time::sleep(TOGETHER).await;
            self.look();
        }
    }

    /// Looks at everything, and notes what has changed.
    fn look(&mut self) {
        self.chat.mark_unchanged();
        self.cluster.mark_unchanged();
        self.trouble.mark_unchanged();
        self.log.mark_unchanged();
        for (name, part) in picture::parts(&self.shared) {
            let now = part.to_string();
            if self.seen.get(name) != Some(&now) {
                self.waiting.push_back(event(name, &now));
                self.seen.insert(name, now);
            }
        }
        let (lines, count) = self.shared.log.after(self.lines_seen);
        if !lines.is_empty() {
            self.waiting.push_back(event("log", &Value::to_string(&json!({ "lines": lines }))));
            self.lines_seen = count;
        }
    }
}

fn event(name: &str, data: &str) -> Event {
    Event::default().event(name).data(data)
}
