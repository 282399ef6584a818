//! Servers in trouble, and what is told of it.

use std::future::Future;
use std::time::Duration;

use accessbot_core::backend::{ChatError, ChatErrorKind, Verdict as How};
use tokio::time::timeout;

use crate::conformance::fixture::Trouble;
use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::sample::Message;
use crate::conformance::stage::{Stage, failed};

/// The engine's own patience with one call.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn refused_before(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let message = Message::card(1, "stands");
    let reference = stage.post(&channel, &message).await?;
    stage.fixture.trouble(Trouble::Unavailable).await;
    let other = Message::card(2, "never posted");
    let results = [
        ("probe", stage.backend.probe().await),
        ("post", stage.backend.post(&channel, &other.outgoing()).await.map(drop)),
        ("update", stage.backend.update(&reference, &other.outgoing()).await),
        ("verify", stage.backend.verify(&reference, &message.request, &message.marker).await.map(drop)),
        ("delete", stage.backend.delete(&reference).await),
    ];
    for (call, result) in results {
        expect(call, result, &ChatErrorKind::Transient, Some(false))?;
    }
    stage.fixture.heal().await;
    let standing = stage.standing(&channel).await;
    ensure(standing.len() == 1, || format!("{} messages stand", standing.len()))
}

pub(super) async fn lost_answer(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let message = Message::card(1, "posted and lost");
    stage.fixture.trouble(Trouble::LostAnswer).await;
    let posted = stage.backend.post(&channel, &message.outgoing()).await;
    stage.fixture.heal().await;
    let standing = stage.standing(&channel).await;
    let Some(standing) = standing.first() else {
        return Err(Verdict::Broken("the call has had no effect: the fixture lost more than the answer".to_owned()));
    };
    // A backend that the server helps to find out may say that it is done.
    if posted.is_err() {
        expect("post", posted.map(drop), &ChatErrorKind::Transient, Some(true))?;
    }
    stage.fixture.trouble(Trouble::LostAnswer).await;
    let updated = stage.backend.update(&standing.reference, &message.outgoing()).await;
    stage.fixture.heal().await;
    if updated.is_err() { expect("update", updated, &ChatErrorKind::Transient, Some(true)) } else { Ok(()) }
}

pub(super) async fn rate_limit(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    // So long that nobody waits for its end within a call.
    let asked = Duration::from_secs(120);
    stage.fixture.trouble(Trouble::RateLimited(asked)).await;
    for number in 1..=2 {
        let message = Message::card(number, "too many");
        match timeout(PATIENCE, stage.backend.post(&channel, &message.outgoing())).await {
            Ok(Err(ChatError { kind: ChatErrorKind::RateLimited(Some(left)), maybe_done: false, .. })) => {
                let close = left <= asked && left + Duration::from_secs(30) >= asked;
                ensure(close, || format!("the server asked for {asked:?}, and the error says {left:?}"))?;
            }
            Ok(Err(error)) => return Err(failed(error)),
            Ok(Ok(_)) => return Err(Verdict::Broken("it says that it was posted".to_owned())),
            Err(_) => return Err(Verdict::Broken("the call waits for the end of the pause".to_owned())),
        }
    }
    stage.fixture.heal().await;
    let standing = stage.standing(&channel).await;
    ensure(standing.is_empty(), || format!("{} messages stand", standing.len()))
}

pub(super) async fn token(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    stage.fixture.trouble(Trouble::TokenRefused).await;
    let message = Message::card(1, "refused");
    expect("probe", stage.backend.probe().await, &ChatErrorKind::Unauthorized, None)?;
    let posted = stage.backend.post(&channel, &message.outgoing()).await.map(drop);
    expect("post", posted, &ChatErrorKind::Unauthorized, Some(false))?;
    let findings = stage.backend.check().await;
    ensure(findings.iter().any(|finding| finding.verdict == How::Refused), || format!("`check` says {findings:?}"))?;
    stage.fixture.heal().await;
    stage.backend.probe().await.map_err(failed)
}

pub(super) async fn discreet(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let message = Message::card(1, "quartzite");
    for trouble in [
        Trouble::Unavailable,
        Trouble::LostAnswer,
        Trouble::TokenRefused,
        Trouble::RateLimited(Duration::from_secs(120)),
    ] {
        stage.fixture.trouble(trouble).await;
        let posted = stage.backend.post(&channel, &message.outgoing()).await;
        stage.fixture.heal().await;
        let Err(error) = posted else { continue };
        let told = format!("{error} {error:?}");
        ensure(!told.contains("quartzite"), || format!("with {trouble:?} the error tells the reason: {error}"))?;
    }
    Ok(())
}

pub(super) async fn quiet_check(stage: Stage) -> Outcome {
    let (channel, direct) = (stage.channel().await?, stage.direct().await?);
    stage.backend.probe().await.map_err(failed)?;
    let findings = stage.backend.check().await;
    let fine = findings.iter().all(|finding| finding.verdict < How::Failure);
    ensure(fine && !findings.is_empty(), || format!("`check` says {findings:?}"))?;
    for conversation in [&channel, &direct] {
        let standing = stage.standing(conversation).await;
        ensure(standing.is_empty(), || format!("{} messages stand", standing.len()))?;
    }
    Ok(())
}

pub(super) async fn frozen(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let (standing, other) = (Message::card(1, "stands"), Message::card(2, "posted late, or not"));
    let reference = stage.post(&channel, &standing).await?;
    stage.fixture.trouble(Trouble::Frozen).await;
    // The clock stands only as long as nobody answers anyway.
    tokio::time::pause();
    let backend = &stage.backend;
    let results = [
        ("probe", ends(backend.probe()).await),
        ("find", ends(backend.find(&standing.sought(&channel))).await),
        ("verify", ends(backend.verify(&reference, &standing.request, &standing.marker)).await),
        ("update", ends(backend.update(&reference, &standing.outgoing())).await),
        ("check", ends(async { Ok::<_, ChatError>(backend.check().await) }).await),
        ("post", ends(backend.post(&channel, &other.outgoing())).await),
    ];
    tokio::time::resume();
    for (call, ended) in results {
        ensure(ended, || format!("`{call}` has not ended after {} s", PATIENCE.as_secs()))?;
    }
    stage.fixture.heal().await;
    stage.settle(&channel, &other).await?;
    stage.deliver(&channel, &other, true).await?;
    stage.stand_once(&channel, &[standing, other]).await
}

async fn ends<T>(call: impl Future<Output = Result<T, ChatError>>) -> bool {
    timeout(PATIENCE, call).await.is_ok()
}

/// Breaks the rule unless the call failed in this way.
fn expect(call: &str, result: Result<(), ChatError>, kind: &ChatErrorKind, maybe_done: Option<bool>) -> Outcome {
    match result {
        Ok(()) => Err(Verdict::Broken(format!("`{call}` says that it went well"))),
        Err(error) => {
            let right = error.kind == *kind && maybe_done.is_none_or(|expected| error.maybe_done == expected);
            let what = format!("{:?}, maybe done: {}", error.kind, error.maybe_done);
            ensure(right, || format!("`{call}` fails with {what}, not {kind:?}, maybe done: {maybe_done:?}: {error}"))
        }
    }
}
