//! Random schedules from a seed: requests live and die, bots start, crash and run beside each other, and anything fails.
//! After some quiet the chat must be as if nothing had ever gone wrong. Then, in calm weather, three replicas get a burst,
//! a gap in their watches, and a stop in the middle of a post.
//!
//! A failing seed prints itself; `SIMULATION_SEED=n` runs that one alone, and `SIMULATION_SEEDS=n` runs that many.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::TimerClock;
use accessbot_core::engine::{Options, Planted};
use accessbot_core::random::Random;
use accessbot_core::request::RequestState;

use crate::chaos::{Chaotic, Process, Weather};
use crate::chat::FakeChat;
use crate::cluster::FakeCluster;
use crate::invariants::{Broken, Verdict};
use crate::world::{Bot, START, start};

const RECIPIENTS: [&str; 2] = ["lab/access", "lab/oncall"];
/// How many schedules a plain test run tries.
const SEEDS: u64 = 2_000;
/// Schedules beyond those that once failed, each for a bug that was mended then.
const ONCE_FAILED: [u64; 8] = [2_016, 2_302, 3_178, 3_555, 3_649, 57_061, 79_999, 99_358];

struct Simulation {
    seed: u64,
    planted: Planted,
    weather: Arc<Weather>,
    cluster: FakeCluster,
    chat: FakeChat,
    bots: Vec<Bot>,
    started: u64,
    began: tokio::time::Instant,
    requests: BTreeMap<String, Vec<RequestState>>,
}

impl Simulation {
    fn new(seed: u64, planted: Planted) -> Self {
        Self {
            seed,
            planted,
            weather: Weather::new(seed),
            cluster: FakeCluster::default(),
            chat: FakeChat::default(),
            bots: vec![],
            started: 0,
            began: tokio::time::Instant::now(),
            requests: BTreeMap::new(),
        }
    }

    fn roll(&self, sides: u64) -> u64 {
        self.weather.dice.roll(sides)
    }

    fn start_bot(&mut self) {
        self.started += 1;
        tracing::info!(bot = self.started, "a bot starts");
        let random = Random::seeded(self.seed * 1000 + self.started);
        // The clocks of replicas differ by up to five minutes.
        let skew = Duration::from_secs(self.roll(300));
        let clock = Arc::new(TimerClock::starting_at(START.plus(skew).plus(self.began.elapsed())));
        let (weather, process) = (&self.weather, Process::default());
        let cluster = Chaotic { inner: self.cluster.clone(), weather: Arc::clone(weather), process: process.clone() };
        let chat = Chaotic { inner: self.chat.clone(), weather: Arc::clone(weather), process };
        let options = Options { random, planted: self.planted, ..Options::default() };
        self.bots.push(start(Arc::new(cluster), Arc::new(chat), clock, &RECIPIENTS, options));
    }

    fn pick(&self) -> Option<String> {
        let living: Vec<&String> = self.requests.keys().filter(|id| self.cluster.get(id).is_some()).collect();
        let count = u64::try_from(living.len()).unwrap();
        (count > 0).then(|| living[usize::try_from(self.roll(count)).unwrap()].clone())
    }

    /// One thing happens.
    async fn happen(&mut self) {
        match self.roll(20) {
            0..6 if self.requests.len() < 12 => {
                let id = format!("r{}", self.requests.len());
                self.cluster.ask(&id, START);
                self.requests.insert(id, vec![RequestState::Pending]);
            }
            6..10 => {
                self.on_pending(|s, id| {
                    s.cluster.review(id, &format!("reviewer{}", s.roll(3)), RequestState::Approved);
                });
            }
            10 => self.resolve(RequestState::Approved),
            11 => self.resolve(RequestState::Denied),
            12 => {
                if let Some(id) = self.pick() {
                    self.cluster.remove(&id);
                }
            }
            13 => self.cluster.cut_watches(),
            14 => {
                if let Some(id) = self.pick() {
                    self.cluster.repeat(&id);
                }
            }
            15 if !self.bots.is_empty() => {
                let which = usize::try_from(self.roll(u64::try_from(self.bots.len()).unwrap())).unwrap();
                tracing::info!(which, "a bot is killed");
                self.bots.remove(which).kill().await;
            }
            16 | 17 if self.bots.len() < 3 => self.start_bot(),
            _ => {}
        }
    }

    fn on_pending(&mut self, act: impl FnOnce(&Self, &str)) {
        if let Some(id) = self.pick()
            && self.cluster.get(&id).is_some_and(|r| r.state == RequestState::Pending)
        {
            act(self, &id);
        }
    }

    fn resolve(&mut self, state: RequestState) {
        let Some(id) = self.pick() else { return };
        let before = self.cluster.get(&id).map(|r| r.state);
        let allowed = before == Some(RequestState::Pending)
            || (before == Some(RequestState::Approved) && state == RequestState::Denied);
        if allowed {
            self.cluster.resolve(&id, state, "");
            self.requests.entry(id).or_default().push(state);
        }
    }

    async fn run(&mut self) {
        self.start_bot();
        for _ in 0..60 {
            self.happen().await;
            let pause = [1, 50, 500, 5_000, 20_000][usize::try_from(self.roll(5)).unwrap()];
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        self.weather.calm_down();
        if self.bots.is_empty() {
            self.start_bot();
        }
        // Two listings, and the second look after the last unclear attempt.
        tokio::time::sleep(Duration::from_secs(1200)).await;
    }

    /// In calm weather a gap is made good at once, and replicas do not get in each other's way.
    async fn run_calm(&mut self) -> Vec<String> {
        while self.bots.len() < 3 {
            self.start_bot();
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        let together = self.ask_calmly("together");
        tokio::time::sleep(Duration::from_secs(30)).await;
        self.cluster.cut_watches();
        let unheard = self.ask_calmly("unheard");
        // Less than the time until everything would be listed anyway.
        tokio::time::sleep(Duration::from_secs(90)).await;
        [together, unheard].concat()
    }

    /// A replica is stopped in the middle of a post, and goes on when another has done its work and looked twice.
    async fn run_stopped(&mut self) {
        self.chat.settles_in(Duration::from_secs(20));
        self.weather.stop_next_poster(Duration::from_secs(50));
        self.ask_calmly("stopped");
        tokio::time::sleep(Duration::from_secs(180)).await;
    }

    fn ask_calmly(&mut self, name: &str) -> Vec<String> {
        let ids: Vec<String> = (0..3).map(|n| format!("{name}{n}")).collect();
        for id in &ids {
            self.cluster.ask(id, START);
            self.requests.insert(id.clone(), vec![RequestState::Pending]);
        }
        ids
    }

    fn verdict(&self) -> Verdict<'_> {
        Verdict::new(&self.cluster, &self.chat)
    }
}

/// Runs the schedule of this seed, and says what does not hold.
pub(crate) fn simulate(seed: u64, planted: Planted) -> Vec<Broken> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut simulation = Simulation::new(seed, planted);
        simulation.run().await;
        let mut broken = simulation.verdict().check(&simulation.requests);
        let calm = simulation.run_calm().await;
        simulation.run_stopped().await;
        for late in simulation.verdict().check(&simulation.requests) {
            if !broken.contains(&late) {
                broken.push(late);
            }
        }
        broken.extend(simulation.verdict().check_calm(&calm));
        broken.extend(simulation.verdict().check_writes());
        broken
    })
}

fn report(seed: u64, broken: &[Broken]) -> String {
    let lines = broken.iter().map(|b| format!("\n{}: {}", b.invariant.text(), b.how));
    format!("seed {seed}:{}", lines.collect::<String>())
}
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn after_any_schedule_the_chat_is_true() {
    if let Some(seed) = number("SIMULATION_SEED") {
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).without_time().with_ansi(false).init();
        let broken = simulate(seed, Planted::default());
        assert!(broken.is_empty(), "{}", report(seed, &broken));
        return;
    }
    let seeds = number("SIMULATION_SEEDS").unwrap_or(SEEDS);
    let threads = std::thread::available_parallelism().map_or(1, |n| u64::try_from(n.get()).unwrap_or(1));
    let failed: Vec<(u64, Vec<Broken>)> = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mine = (0..seeds).chain(ONCE_FAILED).filter(move |seed| seed % threads == thread);
                    mine.map(|seed| (seed, simulate(seed, Planted::default())))
                        .filter(|(_, b)| !b.is_empty())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        hands.into_iter().flat_map(|hand| hand.join().unwrap()).collect()
    });
    let reports: Vec<String> = failed.iter().take(5).map(|(seed, broken)| report(*seed, broken)).collect();
    assert!(failed.is_empty(), "{} of {seeds} schedules failed\n{}", failed.len(), reports.join("\n"));
}
