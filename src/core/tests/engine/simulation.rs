//! Random schedules from a seed: requests live and die, bots start, crash, freeze and run beside each other, and anything
//! fails. After some quiet the chat must be as if nothing had ever gone wrong. Then, in calm weather, three replicas get
//! a burst, a gap in their watches, and a stop in the middle of a post.
//!
//! A failing seed prints itself; `SIMULATION_SEED=n` runs that one alone, and `SIMULATION_SEEDS=n` runs that many, from
//! `SIMULATION_FROM=n` on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::{Conversation, ConversationKind, Recipient, Resolution};
use accessbot_core::clock::{TimerClock, Timestamp};
use accessbot_core::engine::{Options, Planted};
use accessbot_core::random::Random;
use accessbot_core::request::RequestState;
use tokio::time::Instant;

use crate::chaos::Chaotic;
use crate::chat::FakeChat;
use crate::cluster::{self, FakeCluster};
use crate::fate::{AHEAD, ASKERS, Asker, BEHIND, End, Fate};
use crate::invariants::{Broken, Invariant, Verdict};
use crate::replica::Replica;
use crate::weather::Weather;
use crate::world::{Bot, START, start};

const RECIPIENTS: [&str; 2] = ["lab/access", "lab/oncall"];
/// How many schedules a plain test run tries.
const SEEDS: u64 = 2_000;
/// Schedules beyond those that once failed, each for a bug that was mended then.
const ONCE_FAILED: [u64; 11] = [2_016, 2_302, 3_178, 3_555, 3_649, 7_260, 7_440, 9_286, 57_061, 79_999, 99_358];
/// The longest that a replica is stopped.
const LONGEST_STOP: u64 = 120;
/// How long a request can be decided that nobody waits for.
const A_LONG_TIME: Duration = Duration::from_secs(4 * 3600);

struct Simulation {
    seed: u64,
    planted: Planted,
    weather: Arc<Weather>,
    cluster: FakeCluster,
    chat: FakeChat,
    bots: Vec<(Bot, Replica)>,
    /// Every replica that ever was.
    replicas: Vec<Replica>,
    began: Instant,
    requests: BTreeMap<String, Fate>,
    /// When the cluster deletes requests that nobody decided.
    deadlines: BTreeSet<(Instant, String)>,
    reviews: usize,
}

impl Simulation {
    fn new(seed: u64, planted: Planted) -> Self {
        let (cluster, chat) = (FakeCluster::default(), FakeChat::default());
        // So few that a stopped replica's watch overflows.
        cluster.buffer_of(8);
        for (name, id) in [("carol", "@carol"), ("ivan", "@ivan")] {
            let direct = Conversation { id: id.to_owned(), kind: ConversationKind::Direct };
            chat.is(Recipient::Person(name.to_owned()), Resolution::Resolved(direct));
        }
        Self {
            seed,
            planted,
            weather: Weather::new(seed),
            cluster,
            chat,
            bots: vec![],
            replicas: vec![],
            began: Instant::now(),
            requests: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            reviews: 0,
        }
    }

    fn roll(&self, sides: u64) -> u64 {
        self.weather.dice.roll(sides)
    }

    /// The time by the cluster's clock.
    fn now(&self) -> Timestamp {
        START.plus(self.began.elapsed())
    }

    fn start_bot(&mut self) {
        let newer = self.roll(2) == 0;
        let replica = Replica::new(newer);
        self.replicas.push(replica.clone());
        let started = u64::try_from(self.replicas.len()).unwrap();
        tracing::info!(bot = started, newer, "a bot starts");
        let random = Random::seeded(self.seed * 1000 + started);
        // The clocks of replicas differ by up to five minutes.
        let skew = Duration::from_secs(self.roll((BEHIND + AHEAD).as_secs()));
        let clock = Arc::new(TimerClock::starting_at(self.now().minus(BEHIND).plus(skew)));
        let weather = &self.weather;
        let cluster = Chaotic { inner: self.cluster.clone(), weather: Arc::clone(weather), replica: replica.clone() };
        let chat = Chaotic { inner: self.chat.clone(), weather: Arc::clone(weather), replica: replica.clone() };
        let process = replica.process.clone();
        let options = Options { random, planted: self.planted, process, ..Options::default() };
        let bot = start(Arc::new(cluster), Arc::new(chat), clock, &RECIPIENTS, options);
        self.bots.push((bot, replica));
    }

    /// Bob or Carol asks, and the cluster waits for a decision for so long.
    fn ask(&mut self, id: &str, waits: Duration) {
        let asker = *self.weather.dice.pick::<Asker>(&ASKERS).unwrap();
        let mut request = cluster::bobs(id, self.now());
        request.user = asker.user.into();
        request.suggested_reviewers = asker.reviewer.iter().map(ToString::to_string).collect();
        request.expires = Some(self.now().plus(waits));
        self.requests.insert(id.to_owned(), Fate::of(&request, asker));
        self.cluster.put(request);
        // The cluster looks for expired requests every few minutes.
        let late = Duration::from_secs(*self.weather.dice.pick(&[0, 40, self.roll(300)]).unwrap());
        self.deadlines.insert((Instant::now() + waits + late, id.to_owned()));
    }

    fn pick(&self, pending: bool) -> Option<String> {
        let living =
            |(id, fate): (&String, &Fate)| (fate.end.is_none() && (fate.is_pending() || !pending)).then(|| id.clone());
        let living: Vec<String> = self.requests.iter().filter_map(living).collect();
        self.weather.dice.pick(&living).cloned()
    }

    fn pick_bot(&self) -> Option<usize> {
        let all: Vec<usize> = (0..self.bots.len()).collect();
        self.weather.dice.pick(&all).copied()
    }

    /// One thing happens.
    async fn happen(&mut self) {
        match self.roll(30) {
            0..7 if self.requests.len() < 12 => {
                let waits = match self.roll(4) {
                    0 => Duration::from_secs(20 + self.roll(180)),
                    1 => Duration::from_secs(100 + self.roll(300)),
                    _ => A_LONG_TIME,
                };
                self.ask(&format!("r{}", self.requests.len()), waits);
            }
            7..12 => self.review(),
            12 => self.resolve(RequestState::Approved),
            13 => self.resolve(RequestState::Denied),
            14 => self.remove(),
            15 => {
                tracing::info!("decided and gone while nobody watches");
                self.cluster.lose_events(true);
                self.resolve(RequestState::Approved);
                self.remove();
                self.cluster.lose_events(false);
            }
            16 => self.cluster.lose_events(self.roll(2) == 0),
            17 => self.cluster.cut_watches(),
            18 => {
                if let Some(id) = self.pick(false) {
                    self.cluster.repeat(&id);
                }
            }
            19 | 20 => {
                if let Some(which) = self.pick_bot() {
                    self.kill(which).await;
                }
            }
            21..24 if self.bots.len() < 3 => self.start_bot(),
            24 if !self.bots.is_empty() => self.replace_bot(),
            25 | 26 => {
                if let Some(which) = self.pick_bot() {
                    tracing::info!(which, "a bot freezes");
                    self.bots[which].1.stop(self.roll(20), Duration::from_secs(self.roll(LONGEST_STOP)));
                }
            }
            27 => self.weather.stop_next_poster(Duration::from_secs(self.roll(LONGEST_STOP))),
            28 if self.roll(4) == 0 => {
                tracing::info!("every bot is killed");
                while !self.bots.is_empty() {
                    self.kill(0).await;
                }
            }
            _ => {}
        }
    }

    /// A bot dies at any await point: it goes on for a few steps of any of its tasks, and no further.
    async fn kill(&mut self, which: usize) {
        tracing::info!(which, "a bot is killed");
        let (bot, replica) = self.bots.remove(which);
        replica.process.stop_after(self.roll(20));
        self.pass(Duration::from_millis(self.roll(30))).await;
        bot.kill().await;
    }

    /// A rolling update: one bot starts, and another is asked to end.
    fn replace_bot(&mut self) {
        self.start_bot();
        let (old, _) = self.bots.remove(0);
        tokio::spawn(old.stop());
    }

    fn review(&mut self) {
        let Some(id) = self.pick(true) else { return };
        self.reviews += 1;
        let reviewer = format!("reviewer{}", self.reviews);
        self.cluster.review(&id, &reviewer, RequestState::Approved);
        self.requests.get_mut(&id).unwrap().reviewers.push(reviewer);
    }

    fn resolve(&mut self, state: RequestState) {
        let Some(id) = self.pick(false) else { return };
        let fate = self.requests.get_mut(&id).unwrap();
        let allowed = fate.is_pending() || (fate.state() == RequestState::Approved && state == RequestState::Denied);
        if allowed {
            fate.states.push(state);
            self.cluster.resolve(&id, state, "");
        }
    }

    fn remove(&mut self) {
        let now = self.now();
        let Some(id) = self.pick(false) else { return };
        self.requests.get_mut(&id).unwrap().end = Some(End::Removed(now));
        self.cluster.remove(&id);
    }

    /// Time passes, and what nobody decided in time expires.
    async fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Some((at, id)) = self.deadlines.first().filter(|(at, _)| *at <= until).cloned() {
            tokio::time::sleep_until(at).await;
            self.deadlines.pop_first();
            let fate = self.requests.get_mut(&id).unwrap();
            if fate.is_pending() {
                tracing::info!(%id, "expires");
                fate.end = Some(End::Expired);
                self.cluster.remove(&id);
            }
        }
        tokio::time::sleep_until(until).await;
    }

    async fn run(&mut self) {
        self.start_bot();
        for _ in 0..60 {
            self.happen().await;
            let pause = *self.weather.dice.pick(&[1, 50, 500, 5_000, 20_000]).unwrap();
            self.pass(Duration::from_millis(pause)).await;
        }
        self.weather.calm_down();
        self.cluster.lose_events(false);
        if self.bots.is_empty() {
            self.start_bot();
        }
        // The last expiry, a listing, and the third look after the last unclear attempt.
        self.pass(Duration::from_secs(890)).await;
    }

    /// When nothing happens any more nothing is done either.
    async fn run_quiet(&mut self) -> Option<String> {
        let done = |s: &Self| {
            let posted = ["post", "find", "verify", "update", "delete"].map(|call| (call, s.chat.calls(call)));
            (posted, s.cluster.calls("change_record"))
        };
        let before = done(self);
        self.pass(Duration::from_secs(310)).await;
        let after = done(self);
        (before != after).then(|| format!("from {before:?} to {after:?}"))
    }

    /// In calm weather a gap is made good at once, and replicas do not get in each other's way.
    async fn run_calm(&mut self) -> Vec<String> {
        while self.bots.len() < 3 {
            self.start_bot();
        }
        self.pass(Duration::from_secs(60)).await;
        let together = self.ask_calmly("together");
        self.pass(Duration::from_secs(30)).await;
        self.cluster.cut_watches();
        let unheard = self.ask_calmly("unheard");
        // Less than the time until everything would be listed anyway.
        self.pass(Duration::from_secs(90)).await;
        [together, unheard].concat()
    }

    /// A replica is stopped in the middle of a post, and goes on when another has done its work and looked twice.
    async fn run_stopped(&mut self) {
        self.chat.settles_in(Duration::from_secs(20));
        self.weather.stop_next_poster(Duration::from_secs(58));
        self.ask_calmly("stopped");
        // It removes its own copy at once; the others have looked before, and will look again much later.
        self.pass(Duration::from_secs(62)).await;
    }

    fn ask_calmly(&mut self, name: &str) -> Vec<String> {
        let ids: Vec<String> = (0..3).map(|n| format!("{name}{n}")).collect();
        for id in &ids {
            self.ask(id, A_LONG_TIME);
        }
        ids
    }

    fn verdict(&self) -> Verdict<'_> {
        Verdict::new(&self.cluster, &self.chat, self.now())
    }
}

/// Runs the schedule of this seed, and says what does not hold.
pub(crate) fn simulate(seed: u64, planted: Planted) -> Vec<Broken> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut simulation = Simulation::new(seed, planted);
        simulation.run().await;
        let mut broken = simulation.verdict().check(&simulation.requests);
        let restless = simulation.run_quiet().await;
        broken.extend(simulation.verdict().check_rest(restless));
        let calm = simulation.run_calm().await;
        simulation.run_stopped().await;
        for late in simulation.verdict().check(&simulation.requests) {
            if !broken.contains(&late) {
                broken.push(late);
            }
        }
        broken.extend(simulation.verdict().check_calm(&calm));
        broken.extend(simulation.verdict().check_writes());
        broken.extend(simulation.verdict().check_replicas(&simulation.replicas));
        broken
    })
}

fn report(seed: u64, broken: &[Broken]) -> String {
    let lines = broken.iter().map(|b| format!("\n{}: {}", b.invariant.text(), b.how));
    format!("seed {seed}:{}", lines.collect::<String>())
}

#[expect(clippy::print_stdout, reason = "a run of hours shows with --nocapture what it has found so far")]
fn tell(seed: u64, broken: &[Broken]) {
    println!("{}", report(seed, broken));
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
    let (from, seeds) = (number("SIMULATION_FROM").unwrap_or(0), number("SIMULATION_SEEDS").unwrap_or(SEEDS));
    let threads = std::thread::available_parallelism().map_or(1, |n| u64::try_from(n.get()).unwrap_or(1));
    let failed: Vec<(u64, Vec<Broken>)> = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mine = (from..from + seeds).chain(ONCE_FAILED).filter(move |seed| seed % threads == thread);
                    mine.map(|seed| (seed, simulate(seed, Planted::default())))
                        .filter(|(_, broken)| !broken.is_empty())
                        .inspect(|(seed, broken)| tell(*seed, broken))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        hands.into_iter().flat_map(|hand| hand.join().unwrap()).collect()
    });
    let mut broken_by: BTreeMap<Invariant, Vec<u64>> = BTreeMap::new();
    for (seed, broken) in &failed {
        let invariants: BTreeSet<Invariant> = broken.iter().map(|b| b.invariant).collect();
        for invariant in invariants {
            broken_by.entry(invariant).or_default().push(*seed);
        }
    }
    let lines = broken_by.iter().map(|(invariant, seeds)| format!("{}: {seeds:?}\n", invariant.text()));
    let reports = failed.iter().take(5).map(|(seed, broken)| report(*seed, broken) + "\n");
    let all: String = lines.chain(reports).collect();
    assert!(failed.is_empty(), "{} of {seeds} schedules failed\n{all}", failed.len());
}
