//! One message, however often it is tried.

use std::sync::Arc;

use accessbot_core::backend::Recipient;
use tokio::task::JoinSet;

use crate::conformance::delivery::cancelled;
use crate::conformance::fixture::Trouble;
use crate::conformance::rule::{Outcome, ensure};
use crate::conformance::sample::{Message, USER, Words, card};
use crate::conformance::stage::{Stage, failed};

/// After how many polls calls are dropped. Calls over sockets take some tens of them at most.
const POLLS: &[usize] = &[1, 2, 3, 5, 8, 13];
/// How often each call is dropped there: whatever it leaves behind must run out.
const DROPPED: usize = 4;

pub(super) async fn one_message(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let mut messages = Vec::new();
    for (number, trouble) in (1..).zip([None, Some(Trouble::LostAnswer), Some(Trouble::Unavailable)]) {
        let message = Message::card(number, "one message");
        let mut uncertain = false;
        if let Some(trouble) = trouble {
            stage.fixture.trouble(trouble).await;
            uncertain = stage.backend.post(&channel, &message.outgoing()).await.is_err();
            stage.fixture.heal().await;
            if !uncertain {
                messages.push(message);
                stage.stand_once(&channel, &messages).await?;
                continue;
            }
        }
        stage.deliver(&channel, &message, uncertain).await?;
        messages.push(message);
        stage.stand_once(&channel, &messages).await?;
    }
    // Once more, as after a crash: nobody remembers that the last attempt went well.
    for message in &messages {
        stage.deliver(&channel, message, true).await?;
    }
    stage.stand_once(&channel, &messages).await
}

pub(super) async fn cancelled_calls(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let recipient = Recipient::Configured(stage.names.channel.clone());
    let standing = Message::card(1, "stands already");
    let reference = stage.post(&channel, &standing).await?;
    let changed = standing.saying(card(&Words { reason: "changed".to_owned(), ..Words::default() }));
    let mut messages = vec![standing.clone()];
    // Where nothing can be looked for the engine may have to live with one uncertain attempt, and makes no second.
    let attempts = if stage.is_searchable(&channel, &standing).await { DROPPED } else { 1 };
    for (number, polls) in (2..).zip(POLLS.iter().copied()) {
        let backend = &stage.backend;
        for _ in 0..DROPPED {
            cancelled(backend.probe(), polls).await;
            cancelled(backend.resolve(&recipient), polls).await;
            cancelled(backend.find(&standing.sought(&channel)), polls).await;
            cancelled(backend.verify(&reference, &standing.request, &standing.marker), polls).await;
            cancelled(backend.update(&reference, &changed.outgoing()), polls).await;
        }
        let message = Message::card(number, "cut short");
        for _ in 0..attempts {
            cancelled(backend.post(&channel, &message.outgoing()), polls).await;
        }
        stage.deliver(&channel, &message, true).await?;
        stage.settle(&channel, &message).await?;
        messages.push(message);
    }
    stage.backend.update(&reference, &changed.outgoing()).await.map_err(failed)?;
    let shown = stage.shown(&channel, &reference).await?;
    ensure(shown.text.contains("changed"), || "an update after cancelled ones does not show".to_owned())?;
    stage.stand_once(&channel, &messages).await
}

pub(super) async fn many_at_once(stage: Stage) -> Outcome {
    const MESSAGES: u16 = 20;
    let channel = stage.channel().await?;
    let stage = Arc::new(stage);
    let mut posting = JoinSet::new();
    for number in 1..=MESSAGES {
        let (stage, channel) = (Arc::clone(&stage), channel.clone());
        posting.spawn(async move {
            let message = Message::card(number, &format!("word{number}word"));
            let reference = stage.deliver(&channel, &message, false).await?;
            Ok((number, message, reference))
        });
    }
    let mut posted = Vec::new();
    while let Some(result) = posting.join_next().await {
        match result {
            Ok(result) => posted.push(result?),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    let standing = stage.standing(&channel).await.len();
    // Fewer than all only where the backend would rather skip a message than post it twice.
    let delivered = posted.iter().filter(|(_, _, reference)| reference.is_some()).count();
    let right = (delivered..=posted.len()).contains(&standing);
    ensure(right, || format!("{standing} messages stand, and {delivered} were delivered"))?;
    for (number, _, reference) in &posted {
        let Some(reference) = reference else { continue };
        let shown = stage.shown(&channel, reference).await?;
        let says = shown.text.contains(&format!("word{number}word"));
        ensure(says && shown.text.contains(USER), || format!("the reference of message {number} is another message"))?;
    }
    for (number, message, reference) in &posted {
        let found = stage.find(&channel, message).await;
        // Where nothing can be looked for, what stands was all there was to see.
        let Ok(found) = found else { break };
        ensure(found.as_slice() == reference.as_slice(), || format!("message {number} is found as {found:?}"))?;
    }
    Ok(())
}
