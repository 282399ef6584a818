//! Sudden ends: the program is killed at random moments, and the next one goes on where it was.
//!
//! Each round is a world of its own. A burst of requests comes, and the program is killed up to three times while it works
//! through it; while none runs, some requests are decided or removed. The last one is left alone until every card is true.
//! Then each recipient has one message, already before the second look, and stopping changes nothing.
//!
//! The moments are drawn from a seed. They are not the same instants twice, so a seed that failed may have to be tried
//! several times.
//!
//!     ACCESSBOT_KILL_ROUNDS=50 cargo test --test it killed    # in each chat; a round takes half a minute
//!     ACCESSBOT_KILL_SEED=17 cargo test --test it killed      # this one alone

use std::fmt::Write as _;
use std::time::Duration;

use accessbot_core::backend::CardState;
use accessbot_core::random::Random;
use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(killed_at_any_moment_it_goes_on_after_the_next_start);

/// Rounds in each chat, unless the environment says otherwise.
const ROUNDS: u64 = 2;
/// How long a bot may work before it is killed although less was posted than it was to post: what its predecessor had
/// in hand is waited for, so that not everything may come.
const LONGEST_LIFE: Duration = Duration::from_secs(2);

/// A number from the environment.
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

async fn killed_at_any_moment_it_goes_on_after_the_next_start<C: ChatStandIn>() {
    let rounds = number("ACCESSBOT_KILL_ROUNDS").unwrap_or(ROUNDS);
    let seeds = number("ACCESSBOT_KILL_SEED").map_or(0..rounds, |seed| seed..seed + 1);
    for seed in seeds {
        let mut round = Round::<C>::new(seed).await;
        round.play().await;
    }
}

/// Dice that a seed determines.
struct Dice(Random);

impl Dice {
    /// A number from 0 up to and without `end`, which is at most 1000.
    fn below(&self, end: usize) -> usize {
        // From half of it to one and a half of it.
        let drawn = self.0.jitter(Duration::from_secs(1)).as_millis() - 500;
        usize::try_from(drawn).unwrap() * end / 1001
    }

    /// A time shorter than `longest`.
    fn pause(&self, longest: Duration) -> Duration {
        longest * u32::try_from(self.below(1000)).unwrap() / 1000
    }
}

/// One world, and what has happened in it.
struct Round<C> {
    world: World<C>,
    dice: Dice,
    ids: Vec<String>,
    /// What was done, for whoever reads of a failure.
    story: String,
}

impl<C: ChatStandIn> Round<C> {
    async fn new(seed: u64) -> Self {
        let world = World::<C>::open_source().await;
        Self { world, dice: Dice(Random::seeded(seed)), ids: Vec::new(), story: format!("seed {seed}") }
    }

    async fn play(&mut self) {
        let config = self.world.config_for_a_crowd();
        // Between a call's effect and its answer there is time to die, too.
        self.world.chat.faults().delay(C::POST, self.dice.pause(Duration::from_millis(20)));
        self.world.chat.faults().delay_after_effect(C::POST, 1000, self.dice.pause(Duration::from_millis(20)));
        let burst = 40 + self.dice.below(100);
        let before = self.dice.below(burst);
        self.ids = self.world.burst(before);
        let mut bot = Bot::start_with(&self.world, &config);
        self.ids.extend(self.world.burst(burst - before));
        let _ = write!(self.story, ", {burst} requests, {before} of them before the start");
        for _ in 0..=self.dice.below(3) {
            self.kill(bot).await;
            self.decide_some();
            bot = Bot::launch(&self.world, &config);
        }
        self.decide_some();
        let (what, ids) = (format!("every card is true: {}", self.story), self.ids.clone());
        self.world.chat.wait(&what, |_| ids.iter().all(|id| self.untrue(id).is_none())).await;
        bot.stop();
        let untrue: Vec<String> = self.ids.iter().filter_map(|id| self.untrue(id)).collect();
        assert!(untrue.is_empty(), "{}: {untrue:#?}", self.story);
        self.world.check();
    }

    /// Lets the bot post some messages, or none, and a little more, and kills it.
    async fn kill(&mut self, bot: Bot) {
        let target = self.world.count() + self.dice.below(self.ids.len());
        let _ = tokio::time::timeout(LONGEST_LIFE, self.world.counts(target)).await;
        tokio::time::sleep(self.dice.pause(Duration::from_millis(50))).await;
        bot.kill();
        let _ = write!(self.story, ", killed when {} stood", self.world.count());
    }

    /// One request in twenty ends.
    fn decide_some(&self) {
        let Self { world, dice, ids, .. } = self;
        for id in ids {
            let pending = world.teleport.request(id).is_some_and(|request| request.state == RequestState::Pending);
            match (pending, dice.below(60)) {
                (true, 0) => world.tctl_approve(id, "go ahead"),
                (true, 1) => world.tctl_deny(id, "not today"),
                (true, 2) => world.teleport.remove(id).unwrap(),
                _ => {}
            }
        }
    }

    /// What is wrong with what is shown of a request, if anything is.
    fn untrue(&self, id: &str) -> Option<String> {
        let request = self.world.teleport.request(id);
        let state = match request.as_ref().map(|request| request.state) {
            Some(RequestState::Pending) => CardState::Pending,
            Some(RequestState::Approved) => CardState::Approved,
            Some(RequestState::Denied) => CardState::Denied,
            Some(other) => return Some(format!("{id} is {other:?}, which nobody asked for")),
            None => CardState::Removed,
        };
        let over = state != CardState::Pending;
        match &self.world.messages(id)[..] {
            // Nobody need be told of what was over before it was told.
            [] if over => None,
            [message] => {
                let shown = message.field("Status").unwrap_or_default();
                let replies = message.replies.len();
                let is_true = shown.contains(state.word()) && replies == usize::from(over);
                (!is_true).then(|| format!("{id} is {state:?} and shown as {shown} with {replies} replies"))
            }
            messages => Some(format!("{id} is {state:?} and has {} messages", messages.len())),
        }
    }
}
