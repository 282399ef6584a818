//! Who people are, and what groups they belong to.

use accessbot_core::backend::Recipient;
use accessbot_core::backend::decision::{ChatUserId, Membership, Standing};

use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::stage::{Stage, failed};

/// Texts that are no account's id on any server.
const NONSENSE: &[&str] = &["", " ", "@", "..", "../users/me", "me", "?x=y", "a/b", "%2f", "\0", "\n", "\u{202e}"];

pub(super) async fn identify(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    for person in deciding.people() {
        is(&stage, &person, Standing::Member).await?;
    }
    for standing in [Standing::Member, Standing::Bot, Standing::Guest, Standing::Stranger, Standing::Deactivated] {
        if let Some(who) = deciding.account(standing).await {
            is(&stage, &who, standing).await?;
        }
    }
    let nonsense = NONSENSE.iter().map(|&text| ChatUserId(text.to_owned()));
    for who in nonsense.chain([deciding.nobody(), ChatUserId("x".repeat(5000))]) {
        let found = stage.backend.identify(&who).await.map_err(failed)?;
        ensure(found.is_none(), || format!("{who:?} is nobody, and found is {found:?}"))?;
    }
    Ok(())
}

async fn is(stage: &Stage, who: &ChatUserId, standing: Standing) -> Outcome {
    let found = stage.backend.identify(who).await.map_err(failed)?;
    let right = found.as_ref().is_some_and(|found| found.id == *who && found.standing == standing);
    ensure(right, || format!("{who:?} is a {standing:?}, and found is {found:?}"))
}

pub(super) async fn membership(stage: Stage) -> Outcome {
    let deciding = stage.deciding()?;
    let [person, colleague] = deciding.people();
    let of = async |who: &ChatUserId, channel: &Recipient| stage.backend.membership(who, channel).await.map_err(failed);
    let mut unfit: Vec<_> = deciding.public_channel(&person).await.into_iter().collect();
    let none = [stage.names.nobody.as_str(), "", "..", "\0", "?"];
    unfit.extend(none.map(|text| Recipient::Configured(text.to_owned())));
    unfit.push(Recipient::Person(stage.names.person.clone()));
    for channel in unfit {
        let found = of(&person, &channel).await?;
        ensure(matches!(found, Membership::Unfit(_)), || format!("in {channel:?} somebody is {found:?}"))?;
    }
    let Some(group) = deciding.private_channel(&person).await else {
        return Err(Verdict::NotApplicable("no channel stands for a group of people".to_owned()));
    };
    for (who, expected) in [(&person, Membership::Member), (&colleague, Membership::Outsider)] {
        let found = of(who, &group).await?;
        ensure(found == expected, || format!("in {group:?} {who:?} is {found:?}, not {expected:?}"))?;
    }
    Ok(())
}
