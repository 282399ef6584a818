//! The conformance suite tried on itself: backends that are right pass it, and each wrong one is caught by the rule that
//! it breaks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backend;
mod decisions;
mod fixture;
mod flaw;
mod people;
mod render;
mod server;

use std::sync::{Arc, OnceLock};

use accessbot_core::backend::OnUncertain;
use accessbot_testkit::conformance::{Fixture, RULES, Report, examine};

use fixture::InMemory;
use flaw::{FLAWS, Flaw};
use server::Server;

async fn report_on(flaw: Option<Flaw>, unsearchable: Option<OnUncertain>) -> Report {
    examine(|| async move {
        let server = Arc::new(Server::default());
        Box::new(InMemory { server, flaw, unsearchable, bot: OnceLock::new() }) as Box<dyn Fixture>
    })
    .await
}

#[tokio::test]
async fn a_right_backend_keeps_every_rule() {
    let report = report_on(None, None).await;
    assert!(report.conforms(), "{report}");
    assert_eq!(report.kept.len(), RULES.len(), "{report}");
}

#[tokio::test]
async fn a_backend_that_cannot_look_is_told_which_rules_say_nothing_about_it() {
    for on_uncertain in [OnUncertain::Repost, OnUncertain::Skip] {
        let report = report_on(None, Some(on_uncertain)).await;
        assert!(report.conforms(), "{report}");
        assert_eq!(report.not_applicable_names(), ["find-announcements", "find-own"], "{on_uncertain:?}");
    }
}

#[test]
fn each_wrong_backend_is_caught_by_the_rule_that_it_breaks() {
    // Most of the time goes into waiting: all at once, each with a clock of its own.
    let examined = FLAWS.iter().map(|(flaw, rule)| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            (flaw, rule, runtime.block_on(report_on(Some(*flaw), None)))
        })
    });
    let mut wrong = Vec::new();
    for examined in examined.collect::<Vec<_>>() {
        let (flaw, rule, report) = examined.join().unwrap();
        if report.broken_names() != [*rule] {
            wrong.push(format!("{flaw:?} should break {rule} alone: {report}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_backend_that_breaks_it() {
    for rule in RULES {
        assert!(
            FLAWS.iter().any(|(_, broken)| *broken == rule.name),
            "nothing shows that {} catches anything",
            rule.name
        );
    }
}
