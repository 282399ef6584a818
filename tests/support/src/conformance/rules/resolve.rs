//! From recipients to conversations.

use accessbot_core::backend::{ConversationKind, Recipient, Resolution};

use crate::conformance::rule::{Outcome, ensure};
use crate::conformance::stage::{Stage, failed};

/// Texts that are no recipient of any form on any server.
const NONSENSE: &[&str] = &[
    "",
    " ",
    "@",
    "#",
    "/",
    "//",
    "a/b/c/d",
    "..",
    "../..",
    "?",
    "%2f",
    "@@",
    "<>",
    "\0",
    "\n",
    "\u{202e}",
    "nobody\u{200b}@",
];

pub(super) async fn configured(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let again = stage.channel().await?;
    ensure(channel == again, || format!("the channel is {channel:?} and then {again:?}"))?;
    let direct = stage.direct().await?;
    let again = stage.direct().await?;
    ensure(direct == again, || format!("the direct conversation is {direct:?} and then {again:?}"))?;
    let long = "x".repeat(5000);
    let nothing = NONSENSE.iter().copied().chain([stage.names.nobody.as_str(), &long]);
    for text in nothing {
        let found = stage.backend.resolve(&Recipient::Configured(text.to_owned())).await.map_err(failed)?;
        ensure(matches!(found, Resolution::Unreachable(_)), || format!("{text:?} is {found:?}"))?;
    }
    Ok(())
}

pub(super) async fn persons(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let names = &stage.names;
    let unreachable = NONSENSE.iter().copied().chain([names.stranger.as_str(), &names.channel, &channel.id]);
    for name in unreachable {
        let found = stage.backend.resolve(&Recipient::Person(name.to_owned())).await.map_err(failed)?;
        ensure(matches!(found, Resolution::Unreachable(_)), || format!("the user {name:?} is {found:?}"))?;
    }
    let direct = stage.direct().await?;
    let right = direct.kind == ConversationKind::Direct && direct.id != channel.id;
    ensure(right, || format!("the person is {direct:?}"))
}
