//! One backend at work: the requests on its board, and the workers that take them up.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tracing::{Instrument as _, error, info, info_span, warn};

use super::board::Board;
use super::decide::{Crowd, InHand, People};
use super::directory::Directory;
use super::gate::Gate;
use super::job::{Done, Job, Recorded};
use super::listener::Ears;
use super::planted::Bug;
use super::reconcile::reconcile;
use super::{Desk, Options};
use crate::backend::ChatBackend;
use crate::backend::decision::LateSink;
use crate::clock::SharedClock;
use crate::plan::Sighting;
use crate::random::Random;
use crate::request::{AccessRequest, RequestId};
use crate::review::{IdentityRules, Vote};
use crate::routing::Routing;
use crate::teleport::{Cluster, Teleport};

/// How long the work in hand may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(15);
/// How many chat calls are made at the same time on one backend.
const CALLS: usize = 10;
/// Forged votes that are reported before it is enough.
const MOST_REPORTED: usize = 1000;
/// How often a crowd of waiting requests is mentioned in the log, and how many make a crowd.
const PROGRESS: Duration = Duration::from_secs(10);
/// See [`PROGRESS`].
const CROWD: usize = 50;

/// Everything that the workers of one backend share.
pub(super) struct DeskState {
    pub(super) name: String,
    /// Who we are in leases: another name each time the process starts.
    pub(super) instance: String,
    pub(super) teleport: Arc<dyn Teleport>,
    pub(super) backend: Arc<dyn ChatBackend>,
    pub(super) routing: Routing,
    pub(super) identity: IdentityRules,
    pub(super) decisions: Arc<LateSink>,
    pub(super) people: People,
    pub(super) ears: Ears,
    /// Refusals that are too many to be written down one by one.
    pub(super) crowd: Crowd,
    /// Decisions that are being heard.
    pub(super) in_hand: InHand,
    pub(super) clock: SharedClock,
    pub(super) random: Random,
    pub(super) options: Options,
    pub(super) directory: Directory,
    pub(super) gate: Arc<Gate>,
    /// A slot for each chat call, taken before the lease is looked at.
    pub(super) calls: Semaphore,
    pub(super) cluster: watch::Receiver<Arc<Cluster>>,
    board: Mutex<Board>,
    changed: Notify,
    /// Forged votes that were reported.
    reported: Mutex<HashSet<(RequestId, u64)>>,
}

impl DeskState {
    pub(super) fn new(
        desk: Desk,
        gate: Arc<Gate>,
        teleport: Arc<dyn Teleport>,
        clock: SharedClock,
        options: &Options,
        cluster: watch::Receiver<Arc<Cluster>>,
    ) -> Self {
        let random = options.random.clone();
        Self {
            instance: random.marker().to_string(),
            directory: Directory::new(desk.name.clone(), Arc::clone(&desk.backend)),
            gate,
            name: desk.name,
            backend: desk.backend,
            routing: desk.routing,
            identity: desk.identity,
            decisions: desk.decisions,
            people: People::default(),
            ears: Ears::default(),
            crowd: Crowd::default(),
            in_hand: InHand::default(),
            options: options.clone(),
            calls: Semaphore::new(CALLS),
            board: Mutex::default(),
            changed: Notify::new(),
            reported: Mutex::default(),
            teleport,
            clock,
            random,
            cluster,
        }
    }

    /// The board. Whoever holds it must be quick: all work on this backend waits meanwhile.
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this bug is planted: never in the program.
    pub(super) fn has(&self, bug: Bug) -> bool {
        self.options.planted.is(bug)
    }

    /// Takes in an event.
    pub(super) fn saw(&self, id: &RequestId, sighting: Sighting) {
        self.board().saw(id, sighting, |request| !self.routing.recipients(request).is_empty());
        self.board_changed();
    }

    /// Takes in that somebody voted, which made the record what it is now, if that is known.
    pub(super) fn voted(&self, request: AccessRequest, record: Recorded) {
        self.board().wrote(request, record);
        self.board_changed();
    }

    /// Whether this vote was not reported yet, in the life of this process.
    pub(super) fn is_news(&self, id: &RequestId, vote: &Vote) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever writes thousands of them has made their point.
        reported.len() < MOST_REPORTED && reported.insert((id.clone(), hash(vote)))
    }

    /// Says that there may be something to take up.
    pub(super) fn board_changed(&self) {
        self.changed.notify_one();
    }

    /// See [`Board::has_news_of_end`].
    pub(super) fn has_news_of_end(&self, id: &RequestId) -> bool {
        !self.has(Bug::NewsOfEndIgnored) && self.board().has_news_of_end(id)
    }

    /// Looks at the board. Whoever asks must be quick: all work on this backend waits meanwhile.
    pub(super) fn with_board<T>(&self, ask: impl FnOnce(&Board) -> T) -> T {
        ask(&self.board())
    }

    /// How many requests wait for a worker.
    pub(super) fn waiting(&self) -> usize {
        self.board().waiting()
    }

    /// Works until `stop`, then lets the work in hand end.
    pub(super) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>, mut teleport_up: watch::Receiver<bool>) {
        let mut workers: JoinSet<Done> = JoinSet::new();
        let mut hands: HashMap<Id, RequestId> = HashMap::new();
        let mut gate = self.gate.subscribe();
        let mut mentioned = Instant::now();
        while !*stop.borrow_and_update() {
            let up = *teleport_up.borrow_and_update() && *gate.borrow_and_update();
            let due = self.board().wake(Instant::now());
            while up && workers.len() < self.options.workers {
                let Some((id, job)) = self.board().take() else { break };
                let hand = workers.spawn(self.options.process.runs(Arc::clone(&self).work(id.clone(), job)));
                hands.insert(hand.id(), id);
            }
            if mentioned.elapsed() > PROGRESS {
                mentioned = Instant::now();
                let waiting = self.waiting();
                if waiting >= CROWD {
                    info!(backend = %self.name, waiting, "working through a crowd of requests, the newest first");
                }
            }
            let timer = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // In order, so that a simulation repeats itself.
                biased;
                Some(ended) = workers.join_next_with_id() => self.put_back(ended, &mut hands),
                () = self.changed.notified() => {}
                () = timer => {}
                _ = stop.changed() => {}
                _ = teleport_up.changed() => {}
                _ = gate.changed() => {}
            }
        }
        let finish = async {
            self.in_hand.ends().await;
            while workers.join_next().await.is_some() {}
        };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            warn!(
                backend = %self.name, requests = workers.len(),
                "stopped with work in hand: it is finished after the next start"
            );
        }
    }

    async fn work(self: Arc<Self>, id: RequestId, job: Job) -> Done {
        let span = info_span!("request", backend = %self.name, %id);
        reconcile(&self, &id, job).instrument(span).await
    }

    fn put_back(&self, ended: Result<(Id, Done), tokio::task::JoinError>, hands: &mut HashMap<Id, RequestId>) {
        let (hand, done) = match ended {
            Ok((hand, done)) => (hand, done),
            Err(failed) => {
                error!(backend = %self.name, error = %failed, "a worker failed; its request is taken up again in a minute");
                let again = Some(Instant::now() + Duration::from_secs(60));
                (failed.id(), Done { quiet: None, memory: None, again, forget: false, sighting: None, left: None })
            }
        };
        if let Some(id) = hands.remove(&hand) {
            self.board().done(&id, done);
        }
    }
}

/// A short name of a request's content, to see whether it changed. Only compared within one process.
pub(super) fn digest(request: &AccessRequest) -> u64 {
    hash(request)
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
