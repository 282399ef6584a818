//! Forms that ask why.

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{Action, ChatUserId, Decision, Evidence, Outcome as Decided, ReasonRule};

use super::content::can_be_read;
use crate::conformance::deciding::{Deciding, Form, Submitted};
use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::sample::{Message, proof};
use crate::conformance::stage::Stage;

pub(super) async fn reasons(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let channel = stage.channel().await?;
    let [person, colleague] = deciding.people();
    let cases = [
        (ReasonRule::Required, Action::Deny, Some("INC-7")),
        (ReasonRule::Optional, Action::Approve, Some("because:\nthe *backup* failed & <b>nobody</b> knows why")),
        (
            ReasonRule::Required,
            Action::Approve,
            Some("<!channel> @channel @all [x](https://evil.example) `{\"a\": 1}`"),
        ),
        (ReasonRule::Required, Action::Deny, Some("👩‍💻 e\u{301} \u{202e}txt 100%20 \\n &amp; +")),
        (ReasonRule::Optional, Action::Deny, None),
    ];
    for (number, (rule, action, reason)) in (1..).zip(cases) {
        let message = Message::card(number, "why").with_buttons(rule);
        let place = stage.post(&channel, &message).await?;
        let before = (deciding.forms(&person).await.len(), stage.sink.presses().len(), stage.decisions());
        deciding.press(&person, &place, action).await;
        let forms = deciding.forms(&person).await;
        let presses = stage.sink.presses();
        let after = (forms.len(), presses.len(), stage.decisions());
        let expected = (before.0 + 1, before.1 + 1, before.2);
        ensure(after == expected, || {
            format!("with a reason {rule:?}, (forms, calls of `ask`, decisions) went from {before:?} to {after:?}")
        })?;
        let others = deciding.forms(&colleague).await;
        ensure(others.is_empty(), || "somebody else got a form".to_owned())?;
        let (Some(form), Some(press)) = (forms.last(), presses.last()) else { continue };
        ensure(press.proof == proof(action), || "the proof is another one".to_owned())?;
        let right = press.request == message.request && press.action == action;
        let named = press.message == place && press.who == person;
        ensure(right && named, || format!("{person:?} pressed {action:?} on {place}, and asked was for {press:?}"))?;

        let submitted = deciding.submit(&person, form, reason).await;
        ensure(submitted == Submitted::Closed, || format!("the form is {submitted:?}"))?;
        let decisions = stage.sink.decisions();
        let (Some(decision), true) = (decisions.last(), decisions.len() == before.2 + 1) else {
            return Err(Verdict::Broken(format!("{} decisions were handed over", decisions.len() - before.2)));
        };
        ensure(decision.reason.as_deref() == reason, || format!("{reason:?} became {:?}", decision.reason))?;
        is_that(decision, &message, &place, &person, action)?;
    }
    Ok(())
}

/// Whether a form handed over what the button would have.
fn is_that(decision: &Decision, message: &Message, place: &MessageRef, who: &ChatUserId, action: Action) -> Outcome {
    let carried = decision.evidence == Evidence::Button(proof(action));
    let right = decision.request == message.request && decision.action == action;
    let named = decision.message == *place && decision.who == *who;
    ensure(right && named && carried, || {
        format!("{who:?} wanted {action:?} on {place}, and {decision:?} was handed over")
    })
}

/// A form that somebody got by pressing. Where there is none, another rule says so.
async fn opened(stage: &Stage, deciding: &dyn Deciding, who: &ChatUserId) -> Result<Form, Verdict> {
    let channel = stage.channel().await?;
    let message = Message::card(1, "why").with_buttons(ReasonRule::Required);
    let place = stage.post(&channel, &message).await?;
    deciding.press(who, &place, Action::Approve).await;
    let form = deciding.forms(who).await.pop();
    form.ok_or_else(|| Verdict::NotApplicable("no form was opened".to_owned()))
}

pub(super) async fn own(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let [person, colleague] = deciding.people();
    let form = opened(&stage, deciding, &person).await?;
    let submitted = deciding.submit(&colleague, &form, Some("hihi")).await;
    ensure(stage.decisions() == 0, || "somebody decided by the form of another".to_owned())?;
    ensure(submitted != Submitted::Closed, || "whoever sends the form of another is not refused".to_owned())?;
    deciding.submit(&person, &form, Some("mine")).await;
    let decisions = stage.sink.decisions();
    let one = matches!(decisions.as_slice(), [decision] if decision.who == person);
    ensure(one, || format!("after that its owner's word is {decisions:?}"))
}

pub(super) async fn wanted(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let [person, _] = deciding.people();
    let form = opened(&stage, deciding, &person).await?;
    let text = "The reason must name a <b>ticket</b>, such as *INC-7* of @alice.";
    stage.sink.answer_next(Decided::ReasonWanted, text);
    match deciding.submit(&person, &form, Some("because")).await {
        Submitted::Open(says) => ensure(can_be_read(&says, text), || format!("{text:?} cannot be read in {says:?}"))?,
        Submitted::Closed => return Err(Verdict::Broken("the form is closed".to_owned())),
    }
    let submitted = deciding.submit(&person, &form, Some("INC-7")).await;
    ensure(submitted == Submitted::Closed, || format!("sent again, the form is {submitted:?}"))?;
    let reasons: Vec<_> = stage.sink.decisions().into_iter().filter_map(|decision| decision.reason).collect();
    ensure(reasons == ["because", "INC-7"], || format!("handed over were the reasons {reasons:?}"))
}
