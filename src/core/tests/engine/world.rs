//! One cluster, one chat, and as many bots as the test starts.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::ChatBackend;
use accessbot_core::clock::{SharedClock, TimerClock, Timestamp};
use accessbot_core::engine::{self, Desk, Options};
use accessbot_core::random::Random;
use accessbot_core::routing::Routing;
use accessbot_core::teleport::{Teleport, TeleportError};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::chaos::Chaotic;
use crate::chat::FakeChat;
use crate::cluster::FakeCluster;
use crate::replica::Replica;
use crate::weather::Weather;

pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_218_811_000);

/// A running bot.
pub(crate) struct Bot {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), TeleportError>>,
}

impl Bot {
    /// Stops it as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.take().expect("not stopped before").send(());
        self.task.await.expect("no panic").expect("a clean end");
    }

    /// Stops it as SIGKILL does: at whatever it is waiting for.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
        // The engine's tasks end when their set is dropped; let them.
        tokio::task::yield_now().await;
    }
}

pub(crate) struct World {
    pub(crate) cluster: FakeCluster,
    pub(crate) chat: FakeChat,
    pub(crate) clock: SharedClock,
    pub(crate) recipients: Vec<&'static str>,
    seed: u64,
}

/// Starts a bot on this cluster and this chat.
pub(crate) fn start(
    cluster: Arc<dyn Teleport>,
    backend: Arc<dyn ChatBackend>,
    clock: SharedClock,
    recipients: &[&str],
    options: Options,
) -> Bot {
    start_desk(cluster, Desk::new("fake", backend, Routing::everything_to("fake", recipients)), clock, options)
}

/// Starts a bot with this desk on this cluster.
pub(crate) fn start_desk(cluster: Arc<dyn Teleport>, desk: Desk, clock: SharedClock, options: Options) -> Bot {
    let (stop, stopped) = oneshot::channel::<()>();
    let process = options.process.clone();
    let task = tokio::spawn(process.runs(async move {
        engine::run(cluster, vec![desk], clock, options, async {
            let _ = stopped.await;
        })
        .await
    }));
    Bot { stop: Some(stop), task }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            cluster: FakeCluster::default(),
            chat: FakeChat::default(),
            clock: Arc::new(TimerClock::starting_at(START)),
            recipients: vec!["lab/access"],
            seed: 0,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Starts a bot; several are replicas of each other.
    pub(crate) fn start(&mut self) -> Bot {
        self.start_with(Options::default())
    }

    pub(crate) fn start_with(&mut self, mut options: Options) -> Bot {
        self.seed += 1;
        options.random = Random::seeded(self.seed);
        let (cluster, chat) = (Arc::new(self.cluster.clone()), Arc::new(self.chat.clone()));
        start(cluster, chat, Arc::clone(&self.clock), &self.recipients, options)
    }

    /// Starts this replica, in this weather.
    pub(crate) fn start_in(&mut self, weather: &Arc<Weather>, replica: &Replica, mut options: Options) -> Bot {
        self.seed += 1;
        options.random = Random::seeded(self.seed);
        options.process = replica.process.clone();
        let (weather, replica) = (|| Arc::clone(weather), || replica.clone());
        let cluster = Chaotic { inner: self.cluster.clone(), weather: weather(), replica: replica() };
        let chat = Chaotic { inner: self.chat.clone(), weather: weather(), replica: replica() };
        start(Arc::new(cluster), Arc::new(chat), Arc::clone(&self.clock), &self.recipients, options)
    }

    /// Lets this much time pass.
    pub(crate) async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// The standing messages about a request, as `conversation STATE`.
    pub(crate) fn shown(&self, id: &str) -> Vec<String> {
        self.chat.shown(id).into_iter().map(|(conversation, state)| format!("{conversation} {state}")).collect()
    }
}
