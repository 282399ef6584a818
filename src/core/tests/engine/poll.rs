//! Random elections from a seed: people vote through any replica, twice, against each other and without any right to;
//! replicas crash and run beside each other; every call may fail before or after it took effect; somebody copies votes from
//! one record to another. After some quiet exactly what people voted for has happened, and the chat says so.
//!
//! A failing seed prints itself; `POLL_SEED=n` runs that one alone, and `POLL_SEEDS=n` runs that many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accessbot_core::backend::decision::{Action, ChatUserId, Decision, DecisionSink as _, Evidence, LateSink, Outcome};
use accessbot_core::backend::{Content, FieldValue};
use accessbot_core::clock::TimerClock;
use accessbot_core::engine::{Desk, Options};
use accessbot_core::ledger::{self, Stored};
use accessbot_core::random::Random;
use accessbot_core::request::{AccessRequest, Progress, RequestId, RequestState};
use accessbot_core::review::{Election, Mode, Review, Rule, Tally, Vote, tally};
use accessbot_core::routing::Routing;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::chaos::Chaotic;
use crate::chat::{FakeChat, Post};
use crate::cluster::FakeCluster;
use crate::court::{Rules, Trail, keys};
use crate::people::Accounts;
use crate::replica::Replica;
use crate::weather::Weather;
use crate::world::{Bot, START, start_desk};

/// How many elections a plain test run holds.
const SEEDS: u64 = 250;
/// Everybody. Bob asks, and is an approver all the same; dave is none.
const PEOPLE: [&str; 5] = ["alice", "ivan", "carol", "bob", "dave"];

/// What somebody did, and what they were told; `None` if the replica died over it.
#[derive(Clone, Debug)]
struct Cast {
    request: String,
    who: &'static str,
    action: Action,
    outcome: Option<Outcome>,
}

struct Judge {
    bot: Bot,
    sink: Arc<LateSink>,
    /// Decisions that are being heard.
    hearings: JoinSet<()>,
}

struct Poll {
    seed: u64,
    weather: Arc<Weather>,
    cluster: FakeCluster,
    chat: FakeChat,
    review: Arc<Review>,
    rules: Rules,
    judges: Vec<Judge>,
    started: u64,
    began: Instant,
    requests: Vec<String>,
    casts: Arc<Mutex<Vec<Cast>>>,
}

impl Poll {
    fn new(seed: u64) -> Self {
        let (cluster, chat) = (FakeCluster::default(), FakeChat::default());
        for name in PEOPLE {
            cluster.add_user(name, &format!("id-{name}"), &[]);
        }
        chat.state().accounts = Some(Accounts::default());
        let rules = Rules::of(Mode::SetState);
        let review = Arc::new(rules.review(&Trail::default()));
        Self {
            seed,
            weather: Weather::new(seed),
            cluster,
            chat,
            review,
            rules,
            judges: vec![],
            started: 0,
            began: Instant::now(),
            requests: vec![],
            casts: Arc::default(),
        }
    }

    fn roll(&self, sides: u64) -> u64 {
        self.weather.dice.roll(sides)
    }

    fn start_bot(&mut self) {
        self.started += 1;
        let replica = Replica::new(false);
        let (weather, sink) = (&self.weather, Arc::new(LateSink::default()));
        let cluster = Chaotic { inner: self.cluster.clone(), weather: Arc::clone(weather), replica: replica.clone() };
        let chat = Chaotic { inner: self.chat.clone(), weather: Arc::clone(weather), replica };
        let mut desk = Desk::new("fake", Arc::new(chat), Routing::everything_to("fake", &["lab/access"]));
        desk.identity = self.rules.identity.clone();
        desk.decisions = Arc::clone(&sink);
        let random = Random::seeded(self.seed * 1000 + self.started);
        let options = Options { random, review: Some(Arc::clone(&self.review)), ..Options::default() };
        let clock = Arc::new(TimerClock::starting_at(START.plus(self.began.elapsed())));
        let bot = start_desk(Arc::new(cluster), desk, clock, options);
        self.judges.push(Judge { bot, sink, hearings: JoinSet::new() });
    }

    /// A message on which somebody could press a button.
    fn pick_message(&self) -> Option<Post> {
        let has_buttons = |post: &Post| matches!(&post.content, Content::Card(card) if card.choices.is_some());
        let open: Vec<Post> = self.chat.posts().into_iter().filter(has_buttons).collect();
        self.weather.dice.pick(&open).cloned()
    }

    /// Somebody presses a button, at any replica.
    fn vote(&mut self) {
        let Some(post) = self.pick_message() else { return };
        let (Content::Card(card), Some(request)) = (&post.content, post.request.clone()) else { return };
        let choice = usize::from(self.roll(5) == 0);
        let Some(choice) = card.choices.as_ref().map(|choices| choices.buttons[choice].clone()) else { return };
        let who = *self.weather.dice.pick(&PEOPLE).unwrap();
        let patience = Duration::from_millis(*self.weather.dice.pick(&[2_500, 20_000]).unwrap());
        let decision = Decision {
            request: request.clone(),
            action: choice.action,
            reason: None,
            message: post.reference.clone(),
            who: ChatUserId(format!("id-{who}")),
            evidence: Evidence::Button(choice.proof),
            patience,
        };
        let place = {
            let mut casts = self.casts.lock().unwrap();
            casts.push(Cast { request: request.to_string(), who, action: choice.action, outcome: None });
            casts.len() - 1
        };
        let count = u64::try_from(self.judges.len()).unwrap();
        if count == 0 {
            return;
        }
        let at = usize::try_from(self.roll(count)).unwrap();
        let (sink, casts) = (Arc::clone(&self.judges[at].sink), Arc::clone(&self.casts));
        self.judges[at].hearings.spawn(async move {
            let answer = sink.decide(decision).await;
            casts.lock().unwrap()[place].outcome = Some(answer.outcome);
        });
    }

    /// Somebody who may write plugin data adds the votes of one request to those of another.
    fn forge(&self) {
        let (Some(from), Some(to)) = (self.weather.dice.pick(&self.requests), self.weather.dice.pick(&self.requests))
        else {
            return;
        };
        let ledger = |id: &str| -> Option<serde_json::Value> {
            serde_json::from_str(self.cluster.record("fake", id).get("accessbot")?).ok()
        };
        let (Some(from), Some(mut target)) = (ledger(from).filter(|_| from != to), ledger(to)) else { return };
        let Some(stolen) = from["vo"].as_array() else { return };
        let mut votes = target["vo"].as_array().cloned().unwrap_or_default();
        votes.extend(stolen.iter().cloned());
        target["vo"] = votes.into();
        target["v"] = 2.into();
        self.cluster.forge("fake", to, &[("accessbot", &target.to_string())]);
    }

    async fn happen(&mut self) {
        match self.roll(20) {
            0..2 if self.requests.len() < 6 => {
                let id = format!("r{}", self.requests.len());
                self.cluster.ask(&id, START.plus(self.began.elapsed()));
                self.requests.push(id);
            }
            2..14 => self.vote(),
            14 => self.forge(),
            15 => self.cluster.cut_watches(),
            16 if !self.judges.is_empty() => {
                let at = usize::try_from(self.roll(u64::try_from(self.judges.len()).unwrap())).unwrap();
                let Judge { bot, mut hearings, .. } = self.judges.remove(at);
                hearings.shutdown().await;
                bot.kill().await;
            }
            17 | 18 if self.judges.len() < 3 => self.start_bot(),
            _ => {}
        }
    }

    async fn run(&mut self) {
        self.start_bot();
        self.cluster.ask("r0", START);
        self.requests.push("r0".to_owned());
        for _ in 0..60 {
            self.happen().await;
            let pause = *self.weather.dice.pick(&[1, 50, 500, 5_000, 20_000]).unwrap();
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        self.weather.calm_down();
        if self.judges.is_empty() {
            self.start_bot();
        }
        tokio::time::sleep(Duration::from_secs(1200)).await;
    }

    /// What does not hold.
    fn check(&self) -> Vec<String> {
        self.requests
            .iter()
            .flat_map(|id| self.check_one(id).into_iter().map(move |how| format!("{id}: {how}")))
            .collect()
    }

    fn check_one(&self, id: &str) -> Vec<String> {
        let mut broken = Vec::new();
        let request = self.cluster.get(id).unwrap();
        let Stored::Ours(ledger, _) = ledger::read(&self.cluster.record("fake", id)) else {
            return vec!["its record is no ledger".to_owned()];
        };
        let (genuine, tally) = self.count(&request, &ledger.votes);
        let casts: Vec<Cast> = self.casts.lock().unwrap().iter().filter(|cast| cast.request == id).cloned().collect();
        for cast in &casts {
            let stands = genuine.iter().any(|vote| vote.user == cast.who && vote.action == cast.action);
            if matches!(cast.outcome, Some(Outcome::Recorded | Outcome::Known)) && !stands {
                broken.push(format!("{} was told that the vote is recorded, and it is not", cast.who));
            }
        }
        for vote in &genuine {
            let may_count = |cast: &&Cast| {
                cast.who == vote.user
                    && cast.action == vote.action
                    && matches!(cast.outcome, None | Some(Outcome::Recorded | Outcome::Known | Outcome::Unclear))
            };
            if !casts.iter().any(|cast| may_count(&cast)) {
                broken.push(format!("a vote of {} counts, who was told that it does not", vote.user));
            }
        }
        // The same vote may stand there twice, if somebody has copied it there and back.
        let users: BTreeSet<&str> = genuine.iter().map(|vote| vote.user.as_str()).collect();
        let different: BTreeSet<_> = genuine.iter().map(|vote| (vote.user.as_str(), vote.at)).collect();
        if users.len() != different.len() || users.contains("bob") || users.contains("dave") {
            broken.push(format!("these votes count: {different:?}"));
        }
        broken.extend(self.check_end(&request, &ledger.votes, &tally));
        broken.extend(self.check_chat(&request, &ledger.votes, &tally));
        broken
    }

    fn count(&self, request: &AccessRequest, votes: &[Vote]) -> (Vec<Vote>, Tally) {
        let election = Election { cluster: "lab.example", chat: "fake", request };
        let genuine = votes.iter().filter(|vote| vote.is_genuine(&election, &keys())).cloned().collect();
        let rules: Vec<&Rule> = self.review.policy.rules_for(&request.roles).unwrap();
        (genuine, tally(&election, votes, &rules, &keys()))
    }

    /// What was voted for has happened, once, in the names of those who did.
    fn check_end(&self, request: &AccessRequest, votes: &[Vote], tally: &Tally) -> Vec<String> {
        let (expected, by) = match &tally.verdict {
            None => (RequestState::Pending, None),
            Some(verdict) => {
                let names: Vec<&str> = verdict.votes.iter().map(|place| votes[*place].user.as_str()).collect();
                let state = match verdict.action {
                    Action::Approve => RequestState::Approved,
                    Action::Deny => RequestState::Denied,
                };
                (state, Some(names.join(", ")))
            }
        };
        let decided = self.cluster.decided().into_iter().filter(|decided| decided.request == request.id.as_str());
        let decided: Vec<String> = decided.map(|decided| decided.by).collect();
        let right = request.state == expected && decided == by.clone().into_iter().collect::<Vec<_>>();
        let how = || format!("is {:?} by {decided:?}, and {expected:?} by {by:?} was voted for", request.state);
        (!right).then(how).into_iter().collect()
    }

    /// The message shows the count and the end, and each vote has one reply.
    fn check_chat(&self, request: &AccessRequest, votes: &[Vote], tally: &Tally) -> Vec<String> {
        let mut broken = Vec::new();
        let about = |post: &&Post| post.request.as_ref() == Some(&RequestId::new(request.id.as_str()));
        let posts: Vec<Post> = self.chat.posts().iter().filter(about).cloned().collect();
        let cards: Vec<(&'static str, Option<Progress>)> = posts.iter().filter_map(shown).collect();
        let word = match request.state {
            RequestState::Approved => "APPROVED",
            RequestState::Denied => "DENIED",
            _ => "PENDING",
        };
        if cards != [(word, Some(tally.progress))] {
            broken.push(format!("shown as {cards:?}, and it is {word} with {:?}", tally.progress));
        }
        let mut replies: BTreeMap<String, usize> = BTreeMap::new();
        for note in posts.iter().filter_map(Post::text).filter(|text| text.contains("here in the chat")) {
            *replies.entry(note).or_default() += 1;
        }
        let verb = |action| if action == Action::Approve { "approved" } else { "denied" };
        let sentence = |place: &usize| {
            format!("{} {} the request here in the chat.", votes[*place].user, verb(votes[*place].action))
        };
        let expected: BTreeMap<String, usize> = tally.counted.iter().map(|place| (sentence(place), 1)).collect();
        if replies != expected {
            broken.push(format!("replies {replies:?}, and the votes are {expected:?}"));
        }
        broken
    }
}

fn shown(post: &Post) -> Option<(&'static str, Option<Progress>)> {
    let Content::Card(card) = &post.content else { return None };
    let progress = card.fields.iter().find_map(|field| match &field.value {
        FieldValue::Progress(progress) => Some(*progress),
        _ => None,
    });
    // No count is shown where there is nothing to count.
    Some((card.state.word(), progress.or(Some(Progress { needed: Some(2), ..Progress::default() }))))
}

fn hold(seed: u64) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut poll = Poll::new(seed);
        poll.run().await;
        poll.check()
    })
}

#[test]
fn after_any_election_exactly_what_was_voted_for_has_happened() {
    let number = |variable: &str| std::env::var(variable).ok().map(|text| text.parse::<u64>().expect("a number"));
    if let Some(seed) = number("POLL_SEED") {
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).without_time().with_ansi(false).init();
        assert_eq!(hold(seed), [""; 0]);
        return;
    }
    let failed: Vec<String> = (0..number("POLL_SEEDS").unwrap_or(SEEDS))
        .filter_map(|seed| {
            Some(format!("seed {seed}: {}", hold(seed).join("; "))).filter(|report| !report.ends_with(": "))
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} elections failed:\n{}",
        failed.len(),
        failed.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
}
