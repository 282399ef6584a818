//! What an operator is told about the token.

use accessbot_core::backend::ChatBackend;
use accessbot_sandbox::slack::OLD_SCOPES;

use crate::{World, decisions};

async fn findings(world: &World) -> String {
    findings_of(world.backend.as_ref()).await
}

async fn findings_of(backend: &dyn ChatBackend) -> String {
    let findings = backend.check().await;
    let line = |f: &accessbot_core::backend::Finding| {
        let hint = f.hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{:?} {}: {}{hint}", f.verdict, f.subject, f.found)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_scope_that_is_missing_is_named_with_what_it_would_give() {
    let world = World::new().await;
    insta::assert_snapshot!(findings(&world).await, @"
    Ok token: of the bot teleport in the workspace lab
    Ok scope chat:write: granted
    Ok scope users:read, users:read.email: granted
    Ok scope im:write: granted
    Ok scope channels:read, groups:read: granted
    Ok scope channels:history, groups:history, im:history: granted
    ");
    world.slack.set_scopes(OLD_SCOPES);
    insta::assert_snapshot!(findings(&world).await, @r#"
    Ok token: of the bot teleport in the workspace lab
    Ok scope chat:write: granted
    Ok scope users:read, users:read.email: granted
    Warning scope im:write: missing: direct messages are sent to the user's id, and who cannot be written to shows only then
      hint: add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again
    Warning scope channels:read, groups:read: missing: channels are not looked up, neither below nor before they are posted to: a wrong name, and a channel that the bot must be invited to, show only when a message is due
      hint: add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again
    Warning scope channels:history, groups:history, im:history: missing: of a message on record only that it exists can be seen, and after an answer was lost nobody can see whether the message was posted; it is then posted again, and may stand there twice (on_uncertain = "repost")
      hint: add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again
    "#);
    world.slack.set_scopes(&[]);
    assert!(findings(&world).await.contains("Failure scope chat:write: missing: nothing can be posted"));
}

#[tokio::test]
async fn a_refused_token_is_all_that_is_said() {
    let world = World::new().await;
    world.slack.revoke_token();
    insta::assert_snapshot!(findings(&world).await, @"
    Refused token: check: auth.test: token_revoked
      hint: make a new token and put it into the configuration
    ");
}

#[tokio::test]
async fn where_people_decide_it_is_tried_whether_clicks_will_be_heard() {
    let world = decisions::World::with(&["review.app_token"]).await;
    let last = async |n: usize| {
        let findings = findings_of(world.backend.as_ref()).await;
        findings.lines().skip(n).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(last(6).await, @"
    Ok scope users:read: granted
    Ok app token: clicks can be listened to in Socket Mode
    ");
    assert_eq!(world.slack.sockets(), [], "nothing was opened");
    world.slack.set_scopes(&["chat:write", "im:write", "channels:read", "groups:read"]);
    world.slack.set_app_scopes(&[]);
    insta::assert_snapshot!(last(8).await, @"
    Failure scope users:read: missing: nobody can decide in Slack, because nothing tells who they are
      hint: add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again
    Failure app token: check: apps.connections.open: missing_scope (the token needs the scope connections:write)
      hint: make an app-level token with the scope connections:write under Basic Information
    ");
    world.slack.revoke_app_token();
    insta::assert_snapshot!(last(10).await, @"
    Failure app token: check: apps.connections.open: token_revoked
      hint: make a new token and put it into the configuration
    ");
}
