//! A rule, and how it is held against a backend.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::fixture::Fixture;
use super::stage::Stage;

/// The longest that a rule may take before it counts as broken. Some chats take a message a second.
const LONGEST: Duration = Duration::from_secs(180);

/// Something that the engine relies on.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it asks of a backend, in one sentence.
    pub text: &'static str,
    /// Whether it is tried in real time.
    pub clock: RuleClock,
    /// Tries it.
    pub check: fn(Stage) -> Check,
}

/// Trying a rule.
pub type Check = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// How a check ends: well, or early for a reason.
pub type Outcome = Result<(), Verdict>;

/// The clock while a rule is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleClock {
    /// It runs.
    Running,
    /// It stands, and jumps when everybody waits.
    Stopped,
}

/// What came of trying a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds, as far as can be seen.
    Kept,
    /// It is broken: what was seen.
    Broken(String),
    /// It says nothing about this backend: why.
    NotApplicable(String),
}

impl Rule {
    /// Tries it. A panic of the backend breaks it too.
    pub(super) async fn hold(&'static self, fixture: Box<dyn Fixture>) -> Verdict {
        let check = (self.check)(Stage::new(fixture));
        let clock = self.clock;
        let task = tokio::spawn(async move {
            match clock {
                // Inside every call has its own limit.
                RuleClock::Stopped => Some(check.await),
                RuleClock::Running => tokio::time::timeout(LONGEST, check).await.ok(),
            }
        });
        match task.await {
            Ok(Some(Ok(()))) => Verdict::Kept,
            Ok(Some(Err(verdict))) => verdict,
            Ok(None) => Verdict::Broken(format!("no end after {} s", LONGEST.as_secs())),
            Err(error) => Verdict::Broken(match error.try_into_panic() {
                Ok(panic) => format!("panicked: {}", words_of(panic.as_ref())),
                Err(error) => error.to_string(),
            }),
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

/// Breaks the rule with these words unless `holds`.
pub(super) fn ensure(holds: bool, seen: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(Verdict::Broken(seen())) }
}
