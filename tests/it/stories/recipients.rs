//! Who is told.

use accessbot_sandbox::teleport::NewRequest;
use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(
    roles_and_suggested_reviewers_are_told_each_once,
    what_cannot_be_reached_is_said_once_and_holds_nobody_up,
);

async fn roles_and_suggested_reviewers_are_told_each_once<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    for (name, title, private) in [("databases", "Data Bases", true), ("quiet", "Quiet", false)] {
        world.chat.new_channel(name, title, private);
        world.chat.invite_bot(name);
    }
    let databases = world.chat.write_as("alice", "databases", "hello");
    let (id, _) = databases.split_once('/').unwrap();
    let names =
        [C::channel("databases"), id.to_owned(), C::channel_by_title("databases", "Data Bases"), C::person("ivan")];
    let config = world.config_with(&format!(
        "{}[{}.role_to_recipients]\ndbadmin = {names:?}\nshortlived = {:?}\n",
        World::<C>::recipients(&[&C::channel("quiet")]),
        C::BACKEND,
        C::channel("access"),
    ));
    let bot = Bot::start_with(&world, &config);
    let id = world.ask(NewRequest::bob().reviewers(&["alice@example.com", "ivan@example.com", "nobody", "alice"]));
    for place in ["databases", "@alice", "@ivan"] {
        world.shows_in(place, &id, "PENDING").await;
    }
    let short = world.ask(NewRequest::new("bob", "shortlived"));
    world.shows(&short, "PENDING").await;
    for (place, messages) in [("databases", 2), ("@alice", 1), ("@ivan", 1), ("access", 1)] {
        assert_eq!(world.chat.count(place), messages, "{place}");
    }
    assert_eq!(world.chat.count("quiet"), 0, "both roles have an entry of their own");
    bot.stop();
    world.check();
}

async fn what_cannot_be_reached_is_said_once_and_holds_nobody_up<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    world.chat.new_channel("foreign", "Foreign", false);
    world.chat.new_channel("old", "Old", false);
    world.chat.invite_bot("old");
    world.chat.set_archive("old", true);
    let channels = ["nowhere", "foreign", "old", "access"].map(C::channel);
    let names: Vec<&str> = channels.iter().map(String::as_str).chain(["nobody@example.com"]).collect();
    let config = world.config_with(&World::<C>::recipients(&names));
    let bot = Bot::start_with(&world, &config);
    for _ in 0..3 {
        let id = world.bob_asks("why");
        world.shows(&id, "PENDING").await;
    }
    let log = bot.stop_and_tell();
    let mut said: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("WARN") && line.contains("cannot be reached"))
        .filter_map(|line| line.split_once("recipient=").map(|(_, rest)| rest))
        .collect();
    said.sort_unstable();
    let mut expected = [
        (C::channel("foreign"), "the bot is not a member"),
        (C::channel("nowhere"), "not found"),
        (C::channel("old"), "archived or deactivated"),
        ("nobody@example.com".to_owned(), "not found"),
    ]
    .map(|(name, why)| format!("{name} why={why}"));
    expected.sort_unstable();
    assert_eq!(said, expected);
    world.check();
}
