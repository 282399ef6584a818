//! Who is told.

use accessbot_sandbox::mattermost::ChannelKind;
use accessbot_sandbox::teleport::NewRequest;
use accessbot_testkit::harness::World;

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_suggested_reviewers_are_told_each_once() {
    let world = World::open_source().await;
    let databases = world.mattermost.add_channel("lab/databases", "Data Bases", ChannelKind::Private).unwrap();
    world.mattermost.add_member("lab/databases", "teleport").unwrap();
    let config = world.config_with(&format!(
        "recipients = [\"lab/off-topic\"]\n[mattermost.role_to_recipients]\n\
         dbadmin = [\"lab/databases\", \"{databases}\", \"lab/Data Bases\", \"@ivan\"]\nshortlived = \"lab/access\"\n"
    ));
    let bot = Bot::start_with(&world, &config);
    let id = world.ask(NewRequest::bob().reviewers(&["alice@example.com", "ivan@example.com", "nobody", "alice"]));
    for place in ["lab/databases", "@alice", "@ivan"] {
        world.shows_in(place, &id, "PENDING").await;
    }
    let short = world.ask(NewRequest::new("bob", "shortlived"));
    world.shows(&short, "PENDING").await;
    for place in ["lab/databases", "@alice", "@ivan", "access"] {
        assert_eq!(world.mattermost.post_count(place), 1, "{place}");
    }
    assert_eq!(world.mattermost.post_count("off-topic"), 0, "both roles have an entry of their own");
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_is_said_once_and_holds_nobody_up() {
    let world = World::open_source().await;
    world.mattermost.add_channel("lab/foreign", "Foreign", ChannelKind::Public).unwrap();
    world.mattermost.add_channel("lab/old", "Old", ChannelKind::Public).unwrap();
    world.mattermost.add_member("lab/old", "teleport").unwrap();
    world.mattermost.archive("lab/old").unwrap();
    let config = world.config_with(
        "recipients = [\"lab/nowhere\", \"lab/foreign\", \"lab/old\", \"general\", \"nobody@example.com\", \"lab/access\"]\n",
    );
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
    insta::assert_snapshot!(said.join("\n"), @"
    general why=not a known form of recipient, or nothing says who this is in the chat
    lab/foreign why=the bot is not a member
    lab/nowhere why=not found
    lab/old why=archived or deactivated
    nobody@example.com why=not found
    ");
    world.check();
}
