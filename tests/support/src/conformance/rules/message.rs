//! One message: where it stands, and what becomes of it.

use accessbot_core::backend::{CardState, ChatErrorKind, Conversation, MessageRef};

use crate::conformance::fixture::Standing;
use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::sample::{Message, ROLE, USER, Words, card, marker, request};
use crate::conformance::stage::{Stage, failed};

pub(super) async fn reference(stage: Stage) -> Outcome {
    let (channel, direct) = (stage.channel().await?, stage.direct().await?);
    for (number, conversation) in (1..).zip([&channel, &direct]) {
        let before = stage.standing(conversation).await.len();
        let message = Message::card(number, "watchword");
        let reference = stage.post(conversation, &message).await?;
        let wrong = || format!("{reference} was posted into {conversation:?}");
        ensure(reference.conversation == conversation.id, wrong)?;
        let shown = stage.shown(conversation, &reference).await?;
        ensure(shown.root.is_none(), || "it stands in a thread".to_owned())?;
        for word in [USER, ROLE, "watchword"] {
            ensure(shown.text.contains(word), || format!("it does not show {word:?}"))?;
        }
        let now = stage.standing(conversation).await.len();
        ensure(now == before + 1, || format!("{} more messages stand", now - before))?;
    }
    Ok(())
}

pub(super) async fn threads(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let (first, second) = (Message::card(1, "first"), Message::card(2, "second"));
    let first_root = stage.post(&channel, &first).await?;
    let second_root = stage.post(&channel, &second).await?;
    let reply = Message::note(1, "a reply").marked(3).under(&first_root);
    let posted = stage.post(&channel, &reply).await?;
    let shown = stage.shown(&channel, &posted).await?;
    ensure(shown.root.as_ref() == Some(&first_root), || format!("the reply stands under {:?}", shown.root))?;
    let note = Message::note(4, "no reply");
    let alone = stage.post(&channel, &note).await?;
    let shown = stage.shown(&channel, &alone).await?;
    ensure(shown.root.is_none(), || "a message without a root stands in a thread".to_owned())?;

    let Some(found) = where_searchable(stage.find(&channel, &reply).await)? else { return Ok(()) };
    ensure(found == [posted], || format!("in its thread the reply is found as {found:?}"))?;
    let elsewhere = [
        ("in another thread", reply.clone().under(&second_root)),
        ("outside of threads", Message { root: None, ..reply.clone() }),
    ];
    for (place, sought) in elsewhere {
        let found = stage.find(&channel, &sought).await?;
        ensure(found.is_empty(), || format!("{place} the reply is found as {found:?}"))?;
    }
    Ok(())
}

pub(super) async fn update(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let old = Message::card(1, "formerly");
    let reference = stage.post(&channel, &old).await?;
    let new = old.saying(card(&Words {
        user: "carol".to_owned(),
        roles: vec!["reader".to_owned()],
        reason: "nowadays".to_owned(),
        state: CardState::Approved,
        resolve_reason: "granted".to_owned(),
        ..Words::default()
    }));
    let mut texts = Vec::new();
    for _ in 0..2 {
        stage.backend.update(&reference, &new.outgoing()).await.map_err(failed)?;
        let standing = stage.standing(&channel).await;
        let [Standing { reference: place, root: None, text }] = standing.as_slice() else {
            return Err(Verdict::Broken(format!("{} messages stand", standing.len())));
        };
        ensure(*place == reference, || format!("{place} stands in the place of {reference}"))?;
        for word in ["carol", "reader", "nowadays", "granted"] {
            ensure(text.contains(word), || format!("{word:?} is not shown: {text}"))?;
        }
        for word in [USER, ROLE, "formerly"] {
            ensure(!text.contains(word), || format!("{word:?} of the old content is still shown: {text}"))?;
        }
        texts.push(text.clone());
    }
    ensure(texts.windows(2).all(|two| two[0] == two[1]), || format!("repeated, it shows another text: {texts:?}"))?;
    let notified = stage.fixture.notified().await;
    ensure(notified.is_empty(), || format!("{notified:?} were notified"))?;
    let ours = stage.backend.verify(&reference, &new.request, &new.marker).await.map_err(failed)?;
    ensure(ours, || "`verify` does not know it by its marker any more".to_owned())?;
    match where_searchable(stage.find(&channel, &new).await)? {
        Some(found) => ensure(found == [reference], || format!("its marker finds {found:?}")),
        None => Ok(()),
    }
}

pub(super) async fn gone(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let message = Message::card(1, "soon gone");
    let reference = stage.post(&channel, &message).await?;
    stage.fixture.deleted_by_hand(&reference).await;
    let verified = stage.backend.verify(&reference, &message.request, &message.marker).await.map(drop);
    let updated = stage.backend.update(&reference, &message.outgoing()).await;
    for (call, result) in [("verify", verified), ("update", updated)] {
        let kind = result.as_ref().map_err(|error| &error.kind);
        ensure(kind == Err(&ChatErrorKind::MessageGone), || format!("`{call}` ends with {kind:?}"))?;
    }
    let standing = stage.standing(&channel).await;
    ensure(standing.is_empty(), || format!("{} messages stand", standing.len()))
}

pub(super) async fn delete(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let (first, second) = (Message::card(1, "first"), Message::card(2, "second"));
    let deleted = stage.post(&channel, &first).await?;
    let stays = stage.post(&channel, &second).await?;
    for _ in 0..2 {
        stage.backend.delete(&deleted).await.map_err(failed)?;
        let standing: Vec<_> = stage.standing(&channel).await.into_iter().map(|message| message.reference).collect();
        ensure(standing.as_slice() == [stays.clone()], || format!("{standing:?} stand"))?;
    }
    stage.fixture.deleted_by_hand(&stays).await;
    stage.backend.delete(&stays).await.map_err(failed)
}

pub(super) async fn verify(stage: Stage) -> Outcome {
    let (channel, direct) = (stage.channel().await?, stage.direct().await?);
    let (message, other) = (Message::card(1, "ours"), Message::card(2, "another"));
    let ours = stage.post(&channel, &message).await?;
    let another = stage.post(&channel, &other).await?;
    let moved = |to: &Conversation| MessageRef { conversation: to.id.clone(), message: ours.message.clone() };
    let mut cases = vec![
        ("our message", ours.clone(), request(1), marker(1), true),
        ("another marker", ours.clone(), request(1), marker(9), false),
        ("another request", ours.clone(), request(2), marker(1), false),
        ("another message of ours", another, request(1), marker(1), false),
        ("another conversation", moved(&direct), request(1), marker(1), false),
    ];
    if let Some(copy) = stage.fixture.copied_by_somebody(&ours).await {
        cases.push(("a copy by somebody else", copy, request(1), marker(1), false));
    }
    for (case, message, request, marker, expected) in cases {
        let answer = match stage.backend.verify(&message, &request, &marker).await {
            Ok(answer) => answer,
            // What is not there is not ours.
            Err(error) if error.kind == ChatErrorKind::MessageGone => false,
            Err(error) => return Err(failed(error)),
        };
        ensure(answer == expected, || format!("{case}: {answer}"))?;
    }
    Ok(())
}

/// What was found, if anything can be: the rest of the rule holds for every backend.
fn where_searchable(found: Result<Vec<MessageRef>, Verdict>) -> Result<Option<Vec<MessageRef>>, Verdict> {
    match found {
        Err(Verdict::NotApplicable(_)) => Ok(None),
        found => found.map(Some),
    }
}
