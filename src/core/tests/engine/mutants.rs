//! The simulation catches planted bugs: with any of these the schedules of a few seeds break the invariant that is named,
//! and without it the same schedules break none.
//!
//! `UPDATE_DOCS=1` measures how many of [`MEASURED`] seeds notice each, and writes the table in `docs/delivery.md`.

use std::path::Path;

use accessbot_core::engine::{Bug, Planted};

use crate::invariants::Invariant;
use crate::simulation::simulate;

/// Within how many seeds a bug must be caught.
const WITHIN: u64 = 200;
/// How many seeds are tried for the table in the docs.
const MEASURED: u64 = 1_000;

/// A planted bug, and what catches it.
struct Mutant {
    bug: Bug,
    caught_by: Invariant,
    /// What the engine does then.
    text: &'static str,
}

impl Mutant {
    fn breaks(&self, seed: u64) -> Vec<Invariant> {
        simulate(seed, Planted::only(self.bug)).into_iter().map(|broken| broken.invariant).collect()
    }

    fn is_caught(&self) {
        let caught = (0..WITHIN).find(|seed| self.breaks(*seed).contains(&self.caught_by));
        let Some(seed) = caught else {
            panic!("{:?} stays unnoticed: no seed below {WITHIN} breaks {:?}", self.bug, self.caught_by)
        };
        assert_eq!(simulate(seed, Planted::default()), [], "seed {seed} without the bug");
    }

    /// The line in the docs, without what was measured.
    fn line(&self) -> String {
        format!("| {} | {} |", self.text, self.caught_by.text())
    }

    fn measured_line(&self) -> String {
        let broken: Vec<Vec<Invariant>> = (0..MEASURED).map(|seed| self.breaks(seed)).collect();
        let first = broken.iter().position(|broken| broken.contains(&self.caught_by)).unwrap();
        let failed = broken.iter().filter(|broken| !broken.is_empty()).count();
        format!("{} {first} | {failed} |\n", self.line())
    }
}

macro_rules! mutants {
    ($($name:ident: $bug:ident breaks $invariant:ident, $text:literal;)*) => {
        const BUGS: &[Bug] = &[$(Bug::$bug),*];

        fn mutant(bug: Bug) -> Mutant {
            match bug {
                $(Bug::$bug => Mutant { bug, caught_by: Invariant::$invariant, text: $text },)*
            }
        }

        $(
            #[test]
            fn $name() {
                mutant(Bug::$bug).is_caught();
            }
        )*
    };
}

mutants! {
    a_claim_after_the_post: ClaimAfterPost breaks OneForEachRecipient,
        "claims after posting";
    no_relist_after_a_gap: NoRelistAfterGap breaks OneForEachRecipient,
        "lists nothing when a watch was opened anew";
    vanished_requests_not_looked_for: VanishedNotLookedFor breaks TrueState,
        "does not read a request that is recorded and not listed any more";
    no_find: NoFind breaks OneForEachRecipient,
        "posts again without looking";
    no_second_look: NoSecondLook breaks OneForEachRecipient,
        "takes no second look";
    an_ignored_lease: LeaseIgnored breaks NothingToRemove,
        "ignores the lease of another replica";
    a_new_marker_on_retry: NewMarkerOnRetry breaks OneForEachRecipient,
        "retries with a new marker";
    a_decision_overwritten: DeleteOverwritesDecision breaks DecisionsStay,
        "overwrites a decision when the request is gone";
    a_stale_list_believed: StaleListBelieved breaks RecordsGrow,
        "believes a listing that says less than was shown";
    a_write_that_expects_nothing: WriteExpectsNothingOfOurs breaks NoLostWrite,
        "writes without expecting its own key as it was read";
    an_unclear_attempt_taken_for_failed: UnclearTakenForFailed breaks OneForEachRecipient,
        "takes an attempt without an answer for one without an effect";
    an_own_late_copy_kept: OwnLateCopyKept breaks OneForEachRecipient,
        "keeps its own message when another replica has posted meanwhile";
    news_of_the_end_ignored: NewsOfEndIgnored breaks NothingForTheDead,
        "does not look at what came meanwhile before it announces";
    looked_for_ever: LookedForEver breaks Rest,
        "looks for late copies again and again";
}

#[test]
fn the_docs_name_every_bug() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/delivery.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let begin = text.find("| What the engine does wrong").unwrap();
    let length = text[begin..].split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    let (before, rest) = text.split_at(begin);
    let (kept, after) = rest.split_at(length);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let heads: String = kept.split_inclusive('\n').take(2).collect();
        let lines: Vec<String> = std::thread::scope(|scope| {
            let hands: Vec<_> = BUGS.iter().map(|bug| scope.spawn(|| mutant(*bug).measured_line())).collect();
            hands.into_iter().map(|hand| hand.join().unwrap()).collect()
        });
        std::fs::write(&path, format!("{before}{heads}{}{after}", lines.concat())).unwrap();
        return;
    }
    let kept: Vec<&str> = kept.lines().skip(2).collect();
    assert_eq!(kept.len(), BUGS.len());
    for (line, bug) in kept.iter().zip(BUGS) {
        assert!(
            line.starts_with(&mutant(*bug).line()),
            "docs/delivery.md is stale at {line}: UPDATE_DOCS=1 cargo test"
        );
    }
}
