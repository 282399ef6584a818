//! Finding our own messages again.

use accessbot_core::backend::Sought;

use crate::conformance::rule::{Outcome, ensure};
use crate::conformance::sample::{Message, request};
use crate::conformance::stage::Stage;

pub(super) async fn own(stage: Stage) -> Outcome {
    let (channel, direct) = (stage.channel().await?, stage.direct().await?);
    let message = Message::card(1, "sought");
    let nothing = stage.find(&channel, &message).await?;
    ensure(nothing.is_empty(), || format!("before it was posted, {nothing:?} is found"))?;
    let posted = stage.post(&channel, &message).await?;
    // What it must not be taken for: beside it, about the same request, with the same marker, after it.
    stage.post(&channel, &Message::card(2, "another request")).await?;
    stage.post(&channel, &message.clone().marked(3)).await?;
    stage.post(&direct, &message.clone().marked(4)).await?;
    stage.fixture.copied_by_somebody(&posted).await;
    for (case, at, sought, expected) in [
        ("by its marker", &channel, message.clone(), vec![posted]),
        ("in another conversation", &direct, message.clone(), vec![]),
        ("by a marker that nobody has", &channel, message.clone().marked(5), vec![]),
        ("by a marker of another conversation", &channel, message.clone().marked(4), vec![]),
        ("about another request", &channel, Message { request: request(2), ..message.clone() }, vec![]),
    ] {
        let found = stage.find(at, &sought).await?;
        ensure(found == expected, || format!("{case}: {found:?}, not {expected:?}"))?;
    }
    Ok(())
}

pub(super) async fn announcements(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let first = stage.post(&channel, &Message::card(1, "first")).await?;
    stage.post(&channel, &Message::note(1, "no announcement").marked(11)).await?;
    stage.post(&channel, &Message::note(1, "a reply").marked(12).under(&first)).await?;
    stage.post(&channel, &Message::card(2, "another request")).await?;
    let second = stage.post(&channel, &Message::card(1, "second").marked(13)).await?;
    stage.fixture.copied_by_somebody(&first).await;
    let message = Message::card(1, "any");
    let found = stage.seek(&Sought { marker: None, ..message.sought(&channel) }).await?;
    ensure(found == [first, second], || format!("found are {found:?}"))
}
