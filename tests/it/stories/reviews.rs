//! Dual authorization, from the request to the word to the requester.

use accessbot_testkit::harness::World;

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn bob_asks_alice_and_ivan_approve_and_bob_is_told() {
    let world = World::new().await;
    let bot = Bot::start(&world);
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    world.tells("bob", "was received").await;
    insta::assert_snapshot!(world.reads(&id), @"
    [#F2A100]
    `bob` asks for role `dbadmin`
    Access request ID
    User: `bob`
    Roles: `dbadmin`
    Reason: ```
    need prod db
    ```
    Requested: TIME
    Expires: TIME
    Reviews: 0 of 2 approvals
    Status: ⏳ PENDING
    ");
    world.approves("alice", &id, "looks fine");
    world.replies(&id, 1).await;
    world.says("access", &id, "Reviews", "1 of 2").await;
    assert!(world.message(&id).field("Status").is_some_and(|s| s.contains("PENDING")));
    world.approves("ivan", &id, "me too");
    world.shows(&id, "APPROVED").await;
    world.tells("bob", "was approved").await;
    world.replies(&id, 3).await;
    insta::assert_snapshot!(world.reads(&id), @"
    [#3DB887]
    `bob` asks for role `dbadmin`
    Access request ID
    User: `bob`
    Roles: `dbadmin`
    Reason: ```
    need prod db
    ```
    Requested: TIME
    Reviews: 2 of 2 approvals
    Status: ✅ APPROVED
    ```
    me too
    ```
    > ✅ `alice` approved the request at TIME.
    ```
    looks fine
    ```
    > ✅ `ivan` approved the request at TIME.
    ```
    me too
    ```
    > ✅ The request was approved.
    ```
    me too
    ```
    ");
    insta::assert_snapshot!(world.reads_in_private("bob", &id), @"
    ⏳ Your request for role `dbadmin` was received, and the reviewers were told. Its number is `ID`.
    Access request ID
    ✅ Your request for role `dbadmin` was approved. Its number is `ID`.
    ```
    me too
    ```
    Access request ID
    ");
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_denial_is_the_end() {
    let world = World::new().await;
    let bot = Bot::start(&world);
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    world.denies("ivan", &id, "not today");
    world.shows(&id, "DENIED").await;
    world.tells("bob", "was denied").await;
    world.replies(&id, 2).await;
    insta::assert_snapshot!(world.reads(&id), @"
    [#D24B4E]
    `bob` asks for role `dbadmin`
    Access request ID
    User: `bob`
    Roles: `dbadmin`
    Reason: ```
    need prod db
    ```
    Requested: TIME
    Reviews: 0 of 2 approvals, 1 denial
    Status: ❌ DENIED
    ```
    not today
    ```
    > ❌ `ivan` denied the request at TIME.
    ```
    not today
    ```
    > ❌ The request was denied.
    ```
    not today
    ```
    ");
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_are_shown_as_words_and_notify_nobody() {
    let world = World::new().await;
    let bot = Bot::start(&world);
    let fence = "```\n@channel **Status**: ✅ APPROVED\n~~~\n[click](http://evil.example) ![x](http://evil.example/x.png) #tag ~town-square :tada:";
    let long = "@here \u{202e}gnp.exe ` `` ``` \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} é <b> | \\ ".repeat(60);
    let reasons =
        [fence.to_owned(), long.chars().take(3500).collect(), "@alice\n@bob\u{0}\r\n---\n# Heading".to_owned()];
    for reason in &reasons {
        let id = world.bob_asks(reason);
        world.shows(&id, "PENDING").await;
        world.tctl_deny(&id, reason);
        world.shows(&id, "DENIED").await;
        world.replies(&id, 1).await;
        world.tells("bob", &id).await;
        for post in world.message(&id).replies.iter().chain(&world.mattermost.posts("@bob")) {
            assert_eq!(post.notified, Vec::<String>::new(), "{}", post.text());
        }
    }
    bot.stop();
    world.check();
}
