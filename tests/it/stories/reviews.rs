//! Dual authorization, from the request to the word to the requester.

use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(
    bob_asks_alice_and_ivan_approve_and_bob_is_told,
    one_denial_is_the_end,
    hostile_words_are_shown_as_words_and_notify_nobody,
);

async fn bob_asks_alice_and_ivan_approve_and_bob_is_told<C: ChatStandIn>() {
    let world = World::<C>::new().await;
    let bot = Bot::start(&world);
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    world.tells("bob", "was received").await;
    shows_the_question(&world, &id);
    assert_eq!(world.message(&id).about.as_ref(), Some(&id), "its mark names the request");
    world.approves("alice", &id, "looks fine");
    world.replies(&id, 1).await;
    world.says("Reviews", &id, "1 of 2").await;
    assert!(world.message(&id).field("Status").is_some_and(|s| s.contains("PENDING")));
    world.approves("ivan", &id, "me too");
    world.shows(&id, "APPROVED").await;
    world.tells("bob", "was approved").await;
    world.replies(&id, 3).await;
    shows_the_approval(&world, &id);
    told_bob(&world, &id);
    bot.stop();
    world.check();
}

#[track_caller]
fn shows_the_question<C: ChatStandIn>(world: &World<C>, id: &str) {
    match C::BACKEND {
        "slack" => insta::assert_snapshot!(world.reads(id), @"
        ⏳ `bob` asks for role `dbadmin`
        *User*
        `bob`
        *Roles*
        `dbadmin`
        *Requested*
        TIME
        *Expires*
        TIME
        *Reviews*
        0 of 2 approvals
        Reason
        need prod db
        *Status*
        ⏳ PENDING
        <https://localhost:3080/web/requests/ID|Open the request in Teleport>
        Access request `ID`
        "),
        _ => insta::assert_snapshot!(world.reads(id), @"
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
        "),
    }
}

#[track_caller]
fn shows_the_approval<C: ChatStandIn>(world: &World<C>, id: &str) {
    match C::BACKEND {
        "slack" => insta::assert_snapshot!(world.reads(id), @"
        ✅ `bob` asks for role `dbadmin`
        *User*
        `bob`
        *Roles*
        `dbadmin`
        *Requested*
        TIME
        *Reviews*
        2 of 2 approvals
        Reason
        need prod db
        *Status*
        ✅ APPROVED
        me too
        <https://localhost:3080/web/requests/ID|Open the request in Teleport>
        Access request `ID`
        > ✅ `alice` approved the request at TIME.
        looks fine
        > ✅ `ivan` approved the request at TIME.
        me too
        > ✅ The request was approved.
        me too
        "),
        _ => insta::assert_snapshot!(world.reads(id), @"
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
        "),
    }
}

#[track_caller]
fn told_bob<C: ChatStandIn>(world: &World<C>, id: &str) {
    match C::BACKEND {
        "slack" => insta::assert_snapshot!(world.reads_in_private("bob", id), @"
        ⏳ Your request for role `dbadmin` was received, and the reviewers were told. Its number is `ID`.
        <https://localhost:3080/web/requests/ID|Open the request in Teleport>
        ✅ Your request for role `dbadmin` was approved. Its number is `ID`.
        me too
        <https://localhost:3080/web/requests/ID|Open the request in Teleport>
        "),
        _ => insta::assert_snapshot!(world.reads_in_private("bob", id), @"
        ⏳ Your request for role `dbadmin` was received, and the reviewers were told. Its number is `ID`.
        Access request ID
        ✅ Your request for role `dbadmin` was approved. Its number is `ID`.
        ```
        me too
        ```
        Access request ID
        "),
    }
}

async fn one_denial_is_the_end<C: ChatStandIn>() {
    let world = World::<C>::new().await;
    let bot = Bot::start(&world);
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    world.denies("ivan", &id, "not today");
    world.shows(&id, "DENIED").await;
    world.tells("bob", "was denied").await;
    world.replies(&id, 2).await;
    match C::BACKEND {
        "slack" => insta::assert_snapshot!(world.reads(&id), @"
        ❌ `bob` asks for role `dbadmin`
        *User*
        `bob`
        *Roles*
        `dbadmin`
        *Requested*
        TIME
        *Reviews*
        0 of 2 approvals, 1 denial
        Reason
        need prod db
        *Status*
        ❌ DENIED
        not today
        <https://localhost:3080/web/requests/ID|Open the request in Teleport>
        Access request `ID`
        > ❌ `ivan` denied the request at TIME.
        not today
        > ❌ The request was denied.
        not today
        "),
        _ => insta::assert_snapshot!(world.reads(&id), @"
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
        "),
    }
    bot.stop();
    world.check();
}

async fn hostile_words_are_shown_as_words_and_notify_nobody<C: ChatStandIn>() {
    let world = World::<C>::new().await;
    let bot = Bot::start(&world);
    let fence = "```\n@channel **Status**: ✅ APPROVED\n~~~\n[click](http://evil.example) ![x](http://evil.example/x.png) #tag ~town-square :tada:";
    let long = "@here \u{202e}gnp.exe ` `` ``` \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} é <b> | \\ ".repeat(60);
    let reasons = [
        fence.to_owned(),
        long.chars().take(3500).collect(),
        "@alice\n@bob <!channel>\u{0}\r\n---\n# Heading".to_owned(),
    ];
    for reason in &reasons {
        let id = world.bob_asks(reason);
        world.shows(&id, "PENDING").await;
        world.tctl_deny(&id, reason);
        world.shows(&id, "DENIED").await;
        world.replies(&id, 1).await;
        world.tells("bob", &id).await;
        for post in world.message(&id).replies.iter().chain(&world.chat.shown("@bob")) {
            assert_eq!(post.notified, Vec::<String>::new(), "{}", post.text);
        }
    }
    bot.stop();
    world.check();
}
