//! `accessbot check` on those who are to decide in the chat.

use accessbot_sandbox::mattermost::{self, MattermostSandbox};
use accessbot_sandbox::slack::{self, SlackSandbox, Standing};
use accessbot_testkit::harness::{Becomes, ChatStandIn, SECRET, World};
use insta::assert_snapshot;

use crate::check::check;

/// What is said of accounts and approvers, where these accounts decide, and whoever is in these channels.
#[track_caller]
fn said<C: ChatStandIn>(
    world: &World<C>,
    keys: &str,
    accounts: &[(&str, String)],
    channels: &[&str],
    code: i32,
) -> String {
    let name = C::BACKEND;
    let map: Vec<String> = accounts.iter().map(|(user, id)| format!("{user} = \"{id}\"")).collect();
    let approvers: Vec<String> = channels.iter().map(|channel| format!("\"{name}:{channel}\"")).collect();
    let config = world.config_with(&format!(
        "{}[{name}.review]\n{keys}[{name}.review.users]\n{}\n[review]\nmode = \"set-state\"\nsecret = \"{SECRET}\"\n\
         [review.roles.\"*\"]\napprovers = [\"user:alice\", {}]\n",
        World::<C>::recipients(&[&C::channel("access")]),
        map.join("\n"),
        approvers.join(", "),
    ));
    let mut told = check(world, &config, code);
    for (user, id) in accounts {
        told = told.replace(id, &format!("ID of {user}"));
    }
    let mut concerns = false;
    let lines = told.lines().filter(|line| {
        // A hint belongs to the line before it.
        concerns =
            line.contains(" account \"") || line.contains(" approvers in ") || (concerns && line.starts_with(' '));
        concerns
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_decide_in_mattermost_is_named() {
    let world = World::<MattermostSandbox>::deciding(Becomes::Vote).await;
    let chat = &world.chat;
    chat.add_channel("dba", "DBA", mattermost::ChannelKind::Private).unwrap();
    for person in ["teleport", "alice"] {
        chat.add_member("dba", person).unwrap();
    }
    chat.make_guest("ivan").unwrap();
    let id = |person: &str| chat.user_id(person).unwrap();
    let accounts = [("alice", id("alice")), ("ivan", id("ivan")), ("bob", "nobodyhasthisaccount123456".to_owned())];
    let keys = "input = [\"replies\"]\n";
    assert_snapshot!(said(&world, keys, &accounts, &["lab/dba", "lab/access", "lab/nowhere"], 1), @r#"
    ok       mattermost account "ID of alice" of alice: alice, who can decide
    failure  mattermost account "ID of bob" of bob: no such account
                        hint: write the account's id, not its name
    failure  mattermost account "ID of ivan" of ivan: ivan is a guest, and decides nothing
                        hint: name an account of a full member of the organisation, or take it out
    ok       mattermost approvers in "lab/dba": a private channel, whose members can decide
    failure  mattermost approvers in "lab/access": lab/access is a public channel, which anybody in the team can join
                        hint: name a private channel that the bot is in, shared with nobody and without guests
    failure  mattermost approvers in "lab/nowhere": lab/nowhere is no private channel that the bot is in, written as team/channel or by its id
                        hint: name a private channel that the bot is in, shared with nobody and without guests
    "#);
    assert_snapshot!(said(&world, keys, &accounts[..1], &["lab/dba"], 0), @r#"
    ok       mattermost account "ID of alice" of alice: alice, who can decide
    ok       mattermost approvers in "lab/dba": a private channel, whose members can decide
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_decide_in_slack_is_named() {
    let world = World::<SlackSandbox>::deciding(Becomes::Vote).await;
    let chat = &world.chat;
    let dba = chat.add_channel("dba", slack::ChannelKind::Private);
    let mixed = chat.add_channel("mixed", slack::ChannelKind::Private);
    for (channel, person) in [("dba", "alice"), ("dba", "teleport"), ("mixed", "ivan"), ("mixed", "teleport")] {
        chat.add_member(channel, person).unwrap();
    }
    chat.change_account("ivan", |account| account.standing = Standing::Guest).unwrap();
    let id = |person: &str| world.chat.account(person);
    let accounts = [("alice", id("alice")), ("ivan", id("ivan")), ("bob", "U0NOBODY000".to_owned())];
    let hidden = |told: String| told.replace(&dba, "ID of dba").replace(&mixed, "ID of mixed");
    let keys = format!("app_token = \"{}\"\n", chat.app_token());
    assert_snapshot!(hidden(said(&world, &keys, &accounts, &[&dba, &mixed, "#dba"], 1)), @r##"
    ok       slack    account "ID of alice" of alice: alice, who can decide
    failure  slack    account "ID of bob" of bob: no such account
                      hint: write the account's id, not its name
    failure  slack    account "ID of ivan" of ivan: ivan is a guest, and decides nothing
                      hint: name an account of a full member of the organisation, or take it out
    ok       slack    approvers in "ID of dba": a private channel, whose members can decide
    failure  slack    approvers in "ID of mixed": ID is a guest there, or of another organization
                      hint: name a private channel that the bot is in, shared with nobody and without guests
    failure  slack    approvers in "#dba": write the channel's id ("C0123ABCD"): its name can become another channel's
                      hint: name a private channel that the bot is in, shared with nobody and without guests
    "##);
    assert_snapshot!(hidden(said(&world, &keys, &accounts[..1], &[&dba], 0)), @r#"
    ok       slack    account "ID of alice" of alice: alice, who can decide
    ok       slack    approvers in "ID of dba": a private channel, whose members can decide
    "#);
}
