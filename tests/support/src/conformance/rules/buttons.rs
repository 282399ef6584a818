//! Buttons, and what pressing them hands over.

use accessbot_core::backend::decision::{Action, Evidence, ReasonRule};
use accessbot_core::backend::{CardState, MessageRef};

use crate::conformance::deciding::Deciding;
use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::sample::{Message, Words, card, proof};
use crate::conformance::stage::{Stage, failed};

pub(super) async fn shown(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let channel = stage.channel().await?;
    let plain = Message::card(1, "no choices");
    let bare = stage.post(&channel, &plain).await?;
    are_shown(deciding, &bare, &[], "a card without choices").await?;
    let note = stage.post(&channel, &Message::note(1, "a reply").marked(2).under(&bare)).await?;
    are_shown(deciding, &note, &[], "a note").await?;

    let message = Message::card(3, "choices");
    let crowded = card(&Words {
        roles: (0..1000).map(|number| format!("role-{number}")).collect(),
        resources: vec!["r".repeat(5000); 50],
        reason: "because & <so> ".repeat(5000),
        ..Words::default()
    });
    let ended = card(&Words { state: CardState::Approved, ..Words::default() });
    let full = message.clone().with_buttons(ReasonRule::Off);
    let decidable = stage.post(&channel, &full).await?;
    are_shown(deciding, &decidable, &Action::ALL, "a card with choices").await?;
    let other = message.clone().with_buttons(ReasonRule::Required);
    for (content, case) in [(full, "after an update with choices"), (other, "with choices of another rule")] {
        stage.backend.update(&decidable, &content.outgoing()).await.map_err(failed)?;
        are_shown(deciding, &decidable, &Action::ALL, case).await?;
    }
    // Whether it takes so much is the matter of another rule.
    let crowded = message.saying(crowded).with_buttons(ReasonRule::Off);
    if stage.backend.update(&decidable, &crowded.outgoing()).await.is_ok() {
        are_shown(deciding, &decidable, &Action::ALL, "on a crowded card").await?;
    }
    stage.backend.update(&decidable, &message.saying(ended).outgoing()).await.map_err(failed)?;
    are_shown(deciding, &decidable, &[], "after the request has ended").await?;
    stage.backend.update(&bare, &plain.with_buttons(ReasonRule::Off).outgoing()).await.map_err(failed)?;
    are_shown(deciding, &bare, &Action::ALL, "after an update that brings choices").await
}

async fn are_shown(deciding: &dyn Deciding, message: &MessageRef, expected: &[Action], case: &str) -> Outcome {
    let shown = deciding.buttons(message).await;
    ensure(shown == expected, || format!("{case}: the buttons are {shown:?}, not {expected:?}"))
}

pub(super) async fn pressed(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let (channel, direct) = (stage.channel().await?, stage.direct().await?);
    let [person, colleague] = deciding.people();
    let message = Message::card(1, "why").with_buttons(ReasonRule::Off);
    let in_channel = stage.post(&channel, &message).await?;
    stage.post(&direct, &message.clone().marked(2)).await?;
    let alone = stage.standing(&direct).await.pop().map(|standing| standing.reference);
    let alone = alone.ok_or_else(|| Verdict::Broken("the direct message does not stand".to_owned()))?;
    // Not the newest message, and not the newest request.
    stage.post(&channel, &Message::card(3, "another").with_buttons(ReasonRule::Off)).await?;
    let presses = [
        (&person, &in_channel, Action::Approve),
        (&colleague, &in_channel, Action::Deny),
        (&person, &alone, Action::Deny),
        (&person, &in_channel, Action::Approve),
    ];
    for (so_far, (who, place, action)) in presses.into_iter().enumerate() {
        deciding.press(who, place, action).await;
        let decisions = stage.sink.decisions();
        let case = format!("{who:?} pressed {action:?} on {place}");
        let [earlier @ .., decision] = decisions.as_slice() else {
            return Err(Verdict::Broken(format!("{case}, and nothing was handed over")));
        };
        ensure(earlier.len() == so_far, || format!("{case}: {} decisions were handed over", decisions.len() - so_far))?;
        let carried = Evidence::Button(proof(action));
        ensure(decision.evidence == carried, || format!("{case}: the proof is another one"))?;
        let right = decision.request == message.request && decision.action == action;
        let named = decision.message == *place && decision.who == *who;
        ensure(right && named && decision.reason.is_none(), || format!("{case}, and {decision:?} was handed over"))?;
        ensure(!decision.patience.is_zero(), || format!("{case}: nothing is waited for"))?;
        let forms = deciding.forms(who).await;
        ensure(forms.is_empty() && stage.sink.presses().is_empty(), || format!("{case}: a form was opened"))?;
    }
    Ok(())
}

pub(super) async fn forged(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let channel = stage.channel().await?;
    let message = stage.post(&channel, &Message::card(1, "why").with_buttons(ReasonRule::Off)).await?;
    let forgeries = deciding.forgeries(&message).await;
    if forgeries.is_empty() {
        return Err(Verdict::NotApplicable("nobody can call it".to_owned()));
    }
    for (what, call) in forgeries {
        stage.backend.callback(call).await;
        let (decided, asked) = (stage.decisions(), stage.sink.presses().len());
        ensure(decided + asked == 0, || format!("a call {what} was taken"))?;
    }
    let [person, _] = deciding.people();
    deciding.press(&person, &message, Action::Approve).await;
    ensure(stage.decisions() > 0, || "after that a genuine press is not taken".to_owned())
}
