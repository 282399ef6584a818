//! Chance, how wild it is, and what is wrong with a server for a long time.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Dice that a seed determines.
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number below `sides`.
    pub(crate) fn roll(&self, sides: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    /// True this many times in a thousand.
    pub(crate) fn permille(&self, chance: u64) -> bool {
        self.roll(1000) < chance
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(of.len()).unwrap();
        (count > 0).then(|| &of[usize::try_from(self.roll(count)).unwrap()])
    }
}

/// What is wrong with a server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Ill {
    #[default]
    Not,
    /// Nobody answers.
    Away,
    /// The answers cannot be understood, and what was asked is done or not.
    Garbled,
    /// The answers take so long.
    Slow(Duration),
    /// Calls are taken, and never answered.
    Silent,
    /// Everything but a probe is refused for so long.
    Limited(Duration),
    /// What concerns this conversation fails.
    Barred(&'static str),
}

/// A server, as its clients find it.
#[derive(Default)]
pub(crate) struct Health {
    ill: Mutex<Ill>,
    calls: AtomicUsize,
}

impl Health {
    pub(crate) fn set(&self, ill: Ill) {
        *self.ill.lock().unwrap() = ill;
    }

    /// A call is made. What is wrong with the server.
    pub(crate) fn called(&self) -> Ill {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.ill()
    }

    pub(crate) fn ill(&self) -> Ill {
        *self.ill.lock().unwrap()
    }

    /// How many calls were made since this was last asked.
    pub(crate) fn take_calls(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }
}

/// How wild it is, for everything that shares it. Calm: nothing goes wrong any more.
pub(crate) struct Weather {
    pub(crate) dice: Dice,
    wild: AtomicBool,
    /// Failures in a thousand calls.
    pub(crate) failures: u64,
    /// For how long whoever posts next is stopped in the middle of it.
    stop_next: Mutex<Option<Duration>>,
    pub(crate) cluster: Health,
    pub(crate) chat: Health,
}

impl Weather {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        let dice = Dice::new(seed);
        let failures = *dice.pick(&[0, 20, 100, 300]).unwrap();
        let (cluster, chat) = (Health::default(), Health::default());
        Arc::new(Self { dice, wild: AtomicBool::new(true), failures, stop_next: Mutex::default(), cluster, chat })
    }

    /// Nothing goes wrong by chance, and everything takes up to 20 ms.
    pub(crate) fn calm(seed: u64) -> Arc<Self> {
        let weather = Self::new(seed);
        weather.calm_down();
        weather
    }

    pub(crate) fn calm_down(&self) {
        self.wild.store(false, Ordering::Relaxed);
        *self.stop_next.lock().unwrap() = None;
    }

    /// Whoever posts next is stopped in the middle of it for so long.
    pub(crate) fn stop_next_poster(&self, time: Duration) {
        *self.stop_next.lock().unwrap() = Some(time);
    }

    /// For how long whoever posts now is stopped in the middle of it.
    pub(crate) fn stops_poster(&self) -> Option<Duration> {
        self.stop_next.lock().unwrap().take()
    }

    pub(crate) fn is_wild(&self) -> bool {
        self.wild.load(Ordering::Relaxed)
    }

    /// How long anything takes on its way.
    pub(crate) async fn delay(&self) {
        let millis = match self.dice.roll(50) {
            0 if self.is_wild() => 9_000,
            1..5 if self.is_wild() => 1_000 + self.dice.roll(1000),
            _ => self.dice.roll(20),
        };
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// Whether something fails that fails as often as calls do.
    pub(crate) fn fails(&self) -> bool {
        self.happens(self.failures)
    }

    /// Whether something happens that happens so many times in a thousand while it is wild.
    pub(crate) fn happens(&self, permille: u64) -> bool {
        self.is_wild() && self.dice.permille(permille)
    }
}
