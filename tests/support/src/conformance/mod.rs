//! The conformance suite: what the engine relies on in a backend, tried one rule at a time.
//!
//! Write a [`Fixture`], which is the backend with a fake of its server, and [`run`] the suite with it:
//!
//! ```no_run
//! # use accessbot_testkit::conformance::{self, Fixture};
//! # struct PigeonLoft;
//! # impl PigeonLoft { async fn new() -> Box<dyn Fixture> { unimplemented!() } }
//! #[tokio::test]
//! async fn conforms() {
//!     conformance::run(PigeonLoft::new).await;
//! }
//! ```
//!
//! Every rule gets a fixture of its own. The runtime must be tokio's of one thread, as `#[tokio::test]` has it: where a
//! server is frozen, the suite stops the clock and lets it jump.

mod deciding;
mod delivery;
mod fixture;
mod report;
mod rule;
mod rules;
mod sample;
mod sink;
mod stage;

use std::future::Future;

use tokio::task::JoinSet;

pub use deciding::{Deciding, Form, Submitted, Told};
pub use fixture::{Fixture, Names, Standing, Trouble};
pub use report::{Found, Report};
pub use rule::{Check, Outcome, Rule, RuleClock, Verdict};
pub use rules::RULES;
pub use stage::Stage;

/// Tries every rule and fails if one is broken. What is left tells which rules say nothing about the backend.
///
/// # Panics
/// With every broken rule, its text and what was seen.
pub async fn run<F: Future<Output = Box<dyn Fixture>>>(new: impl Fn() -> F) -> Report {
    let report = examine(new).await;
    assert!(report.conforms(), "{report}");
    report
}

/// Tries every rule, each with a fixture of its own, and tells what was found.
pub async fn examine<F: Future<Output = Box<dyn Fixture>>>(new: impl Fn() -> F) -> Report {
    let mut report = Report::default();
    let mut trials = JoinSet::new();
    for rule in RULES.iter().filter(|rule| rule.clock == RuleClock::Running) {
        let fixture = new().await;
        trials.spawn(async move { (rule, rule.hold(fixture).await) });
    }
    while let Some(trial) = trials.join_next().await {
        if let Ok((rule, verdict)) = trial {
            report.note(rule, verdict);
        }
    }
    // One clock serves all: whoever stops it must be alone.
    for rule in RULES.iter().filter(|rule| rule.clock == RuleClock::Stopped) {
        report.note(rule, rule.hold(new().await).await);
    }
    report
}
