//! What an operator is told about the token.

use accessbot_sandbox::slack::OLD_SCOPES;

use crate::World;

async fn findings(world: &World) -> String {
    let findings = world.backend.check().await;
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
