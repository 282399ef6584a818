//! What people are told of their decisions.

use std::time::Duration;

use accessbot_core::backend::decision::{Action, ChatUserId, Outcome as Decided, ReasonRule};

use super::content::can_be_read;
use crate::conformance::deciding::{Deciding, Told};
use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::sample::Message;
use crate::conformance::stage::Stage;

/// How long an answer may be on its way, beyond what the server was told at once, and how often is looked.
const ON_ITS_WAY: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(20);

/// What names and reasons in an answer may look like.
const HOSTILE: &str =
    "**bob** _decided_ [it](https://evil.example) <https://evil.example|before>, `x` <b>&amp;</b>\n# see";

pub(super) async fn answers(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let channel = stage.channel().await?;
    let [person, colleague] = deciding.people();
    let lures = stage.names.lures.join(" and ");
    let texts = ["It was recorded.".to_owned(), HOSTILE.to_owned(), format!("{lures}: {lures}")];
    let cases = [
        (ReasonRule::Off, Decided::Recorded, &texts[0]),
        (ReasonRule::Off, Decided::TooLate, &texts[1]),
        (ReasonRule::Off, Decided::NotAllowed, &texts[2]),
        (ReasonRule::Required, Decided::Recorded, &texts[0]),
        (ReasonRule::Required, Decided::TooLate, &texts[1]),
        (ReasonRule::Optional, Decided::NotAllowed, &texts[2]),
    ];
    let mut so_far = 0;
    for (number, (rule, outcome, text)) in (1..).zip(cases) {
        let place = stage.post(&channel, &Message::card(number, "why").with_buttons(rule)).await?;
        let standing = stage.standing(&channel).await.len();
        stage.sink.answer_next(outcome, text);
        deciding.press(&person, &place, Action::Deny).await;
        if rule != ReasonRule::Off {
            let Some(form) = deciding.forms(&person).await.pop() else { continue };
            deciding.submit(&person, &form, Some("why not")).await;
        }
        so_far += 1;
        let told = told(deciding, &person, so_far).await?;
        let case = format!("{text:?} with a reason {rule:?}");
        ensure(can_be_read(&told.text, text), || format!("{case} cannot be read in {:?}", told.text))?;
        ensure(told.mentioned.is_empty(), || format!("{case} mentions {:?}", told.mentioned))?;
        let others = deciding.told(&colleague).await;
        ensure(others.is_empty(), || format!("{case}: somebody else was told {others:?}"))?;
        let now = stage.standing(&channel).await.len();
        ensure(now == standing, || format!("{case} was said in the channel"))?;
        let notified = stage.fixture.notified().await;
        ensure(notified.is_empty(), || format!("{case} notified {notified:?}"))?;
    }
    Ok(())
}

/// The last of so many things that somebody was told.
async fn told(deciding: &dyn Deciding, who: &ChatUserId, times: usize) -> Result<Told, Verdict> {
    let all = tokio::time::timeout(ON_ITS_WAY, async {
        loop {
            let told = deciding.told(who).await;
            if told.len() >= times {
                return told;
            }
            tokio::time::sleep(GLANCE).await;
        }
    });
    let mut all = all.await.unwrap_or_default();
    let last = if all.len() == times { all.pop() } else { None };
    last.ok_or_else(|| Verdict::Broken(format!("{who:?} decided {times} times, and was not told as often: {all:?}")))
}
