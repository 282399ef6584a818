//! `accessbot check`, against stand-ins that are set up rightly and wrongly.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use accessbot_sandbox::mattermost::{ChannelKind, MattermostSandbox};
use accessbot_sandbox::slack::{self, SlackSandbox};
use accessbot_sandbox::teleport::{Role, TeleportOptions, TeleportVersion};
use accessbot_testkit::harness::{self, ChatStandIn};
use insta::assert_snapshot;

use crate::missing_role::abridged;
use crate::program::Program;

type World = harness::World<MattermostSandbox>;
type SlackWorld = harness::World<SlackSandbox>;

/// What the check prints, with the exit code below it, and without what differs from run to run.
#[track_caller]
pub(crate) fn check<C: ChatStandIn>(world: &harness::World<C>, config: &Path, code: i32) -> String {
    let config = config.to_str().unwrap();
    let outcome = Program::new().args(&format!("check -c {config}")).run().code(code);
    let outcome = outcome.hides(world.chat.token()).hides("PRIVATE KEY");
    let text = outcome.stdout.replace(config, "bot.toml").replace(world.folder().to_str().unwrap(), "FOLDER");
    let text = text.replace(&world.teleport.addr().to_string(), "ADDR");
    abridged(&text.lines().map(|line| plain(line).trim_end().to_owned()).collect::<Vec<_>>().join("\n"))
}

/// A line without ids and moments.
fn plain(line: &str) -> String {
    let word = |word: &str| {
        let id = word.len() == 26 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let slack_id = word.len() == 11 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let moment = word.starts_with("20") && word.ends_with('Z');
        if id || slack_id {
            "ID".to_owned()
        } else if moment {
            "MOMENT".to_owned()
        } else {
            word.to_owned()
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_set_up_passes() {
    let world = World::new().await;
    let config =
        world.config_with("recipients = [\"lab/access\", \"alice@example.com\"]\n[mattermost.users]\nbob = \"@bob\"\n");
    assert_snapshot!(check(&world, &config, 0), @r#"
    ok       config     bot.toml: understood, for mattermost
    ok       teleport   credentials: user access-plugin of the cluster lab.example, with the roles access-plugin, until MOMENT
    ok       teleport   way to ADDR: direct to Auth
    ok       teleport   server: Teleport 8.3.21, cluster lab.example, requests are reviewed there (Enterprise)
    ok       teleport   access_request: [list]: list access requests: works
    ok       teleport   access_request: [read]: watch access requests: works
    ok       teleport   access_request: [list, read]: list plugin data: works
    ok       teleport   access_plugin_data: [update]: update plugin data: works
    ok       mattermost token: accepted, for the bot account @teleport
    ok       mattermost teams: a member of lab
    ok       mattermost e-mail addresses: people can be found by them
    ok       mattermost recipient "@bob": the direct conversation ID
    ok       mattermost recipient "alice@example.com": the direct conversation ID
    ok       mattermost recipient "lab/access": the channel ID

    no failures, no warnings
    "#);
    assert_eq!(world.chat.post_count("access"), 0, "nothing is posted");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_verb_that_is_missing_is_named_as_a_role() {
    let world = World::open_source().await;
    let needs = [("access_request", "list"), ("access_request", "read"), ("access_plugin_data", "update")];
    let config = world.config();
    for without in needs {
        let rest: BTreeSet<_> = needs.into_iter().filter(|need| *need != without).collect();
        let role = rest.iter().fold(Role::new("access-plugin"), |role, (kind, verb)| role.allow(kind, &[verb]));
        world.teleport.add_role(role);
        let told = check(&world, &config, 1);
        let (kind, verb) = without;
        assert!(
            told.contains(&format!("      - resources: [{kind}]\n        verbs: [{verb}]\nand how to give it")),
            "{told}"
        );
        let failed: Vec<&str> = told.lines().filter(|line| line.starts_with("failure")).collect();
        assert!(!failed.is_empty() && failed.iter().all(|l| l.contains(&format!("{kind}: [{verb}]"))), "{told}");
    }
    world.teleport.add_role(Role::new("access-plugin"));
    assert_snapshot!(check(&world, &config, 1), @r#"
    ok       config     bot.toml: understood, for mattermost
    ok       teleport   credentials: user access-plugin of the cluster lab.example, with the roles access-plugin, until MOMENT
    ok       teleport   way to ADDR: direct to Auth
    ok       teleport   server: Teleport 8.3.21, cluster lab.example, no reviews (open source): requests are decided with tctl
    failure  teleport   access_request: [list]: list access requests: not allowed
                        hint: add the rule below to the bot's role
    failure  teleport   access_request: [read]: watch access requests: not allowed
                        hint: add the rule below to the bot's role
    failure  teleport   access_request: [list, read]: list plugin data: not allowed
                        hint: add the rule below to the bot's role
    failure  teleport   access_plugin_data: [update]: update plugin data: not allowed
                        hint: add the rule below to the bot's role
    ok       mattermost token: accepted, for the bot account @teleport
    ok       mattermost teams: a member of lab
    ok       mattermost e-mail addresses: people can be found by them
    ok       mattermost recipient "@bob": the direct conversation ID
    ok       mattermost recipient "lab/access": the channel ID

    what is missing, as a role for `tctl create -f`:

    a role that allows
        rules:
          - resources: [access_plugin_data]
            verbs: [update]
          - resources: [access_request]
            verbs: [list, read]
    and how to give it

    4 failures, no warnings
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recipient_gets_its_answer() {
    let world = World::open_source().await;
    world.chat.add_channel("lab/foreign", "Foreign", ChannelKind::Public).unwrap();
    world.chat.add_channel("lab/old", "Old", ChannelKind::Public).unwrap();
    world.chat.add_member("lab/old", "teleport").unwrap();
    world.chat.archive("lab/old").unwrap();
    let config = world.config_with(
        "recipients = [\"lab/nowhere\", \"lab/access\"]\n[mattermost.role_to_recipients]\n\
         dbadmin = [\"lab/foreign\", \"general\", \"nobody@example.com\"]\n\
         [mattermost.users]\nbob = \"lab/old\"\n",
    );
    let told = check(&world, &config, 1);
    let recipients: Vec<&str> = told.lines().skip_while(|line| !line.contains("recipient")).collect();
    assert_snapshot!(recipients.join("\n"), @r#"
    failure  mattermost recipient "general": not a known form of recipient, or nothing says who this is in the chat
                        hint: write it in one of the forms that `accessbot configure` shows
    ok       mattermost recipient "lab/access": the channel ID
    failure  mattermost recipient "lab/foreign": the bot is not a member
                        hint: invite the bot to the channel, and to its team where there are teams
    failure  mattermost recipient "lab/nowhere": not found
                        hint: correct it; a private channel is not found until the bot is added to it
    failure  mattermost recipient "lab/old": archived or deactivated
                        hint: bring it back, or name another recipient
    failure  mattermost recipient "nobody@example.com": not found
                        hint: correct it; a private channel is not found until the bot is added to it

    5 failures, no warnings
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_ends_with_4() {
    let world = World::open_source().await;
    world.chat.revoke_token();
    let told = check(&world, &world.config(), 4);
    let chat: Vec<&str> = told.lines().skip_while(|line| !line.contains(" mattermost ")).collect();
    assert_snapshot!(chat.join("\n"), @"
    failure  mattermost token: check: GET /users/me: 401 api.context.session_expired.app_error
                        hint: make a new token and put it into the configuration

    1 failure, no warnings
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_file_that_is_not_there_ends_with_4() {
    let world = World::open_source().await;
    let config = world.config();
    let text = std::fs::read_to_string(&config).unwrap().replace(world.chat.token(), "/no/such/token");
    std::fs::write(&config, text).unwrap();
    let told = check(&world, &config, 4);
    let chat: Vec<&str> = told.lines().skip_while(|line| !line.contains(" mattermost ")).collect();
    assert_snapshot!(chat.join("\n"), @"
    failure  mattermost token: cannot read the secret in /no/such/token: No such file or directory (os error 2)
                        hint: a value that starts with / names a file: it must exist, be readable and hold the secret

    1 failure, no warnings
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_no_good_end_with_3_and_the_chat_is_looked_at_all_the_same() {
    let world = World::open_source().await;
    let config = world.config();
    std::fs::write(world.folder().join("access-plugin.crt"), "not a certificate").unwrap();
    assert_snapshot!(check(&world, &config, 3), @r#"
    ok       config     bot.toml: understood, for mattermost
    failure  teleport   credentials: client_crt FOLDER/access-plugin.crt: holds text that is not PEM, but no client certificate
                        hint: client_crt wants the file that ends in .crt; sign new ones with `tctl auth sign --format=tls`
    ok       mattermost token: accepted, for the bot account @teleport
    ok       mattermost teams: a member of lab
    ok       mattermost e-mail addresses: people can be found by them
    ok       mattermost recipient "@bob": the direct conversation ID
    ok       mattermost recipient "lab/access": the channel ID

    1 failure, no warnings
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_too_old_ends_with_5() {
    let options = TeleportOptions { version_text: Some("6.2.0".to_owned()), ..TeleportOptions::default() };
    let world = World::with(options).await;
    let told = check(&world, &world.config(), 5);
    assert!(told.contains("failure  teleport"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_cannot_be_reached_ends_with_1() {
    let world = World::open_source().await;
    let config = world.config();
    // Not the stand-in's own port, closed: another test could open it.
    let elsewhere =
        std::fs::read_to_string(&config).unwrap().replace(&world.teleport.addr().to_string(), "127.0.0.1:1");
    std::fs::write(&config, elsewhere).unwrap();
    let told = check(&world, &config, 1);
    assert!(told.contains("nothing listens at 127.0.0.1:1: connection refused"), "{told}");
    assert!(told.contains("ok       mattermost token"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_mfa_is_told_before_it_happens() {
    let options = TeleportOptions { version: TeleportVersion::V16, ..TeleportOptions::default() };
    let world = World::with(options).await;
    let told = check(&world, &world.config(), 0);
    assert!(told.contains("warning  teleport   MFA: Teleport 16.4.0 may want a second factor"), "{told}");
    assert!(told.contains("hint: let tbot make the credentials"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_end_soon_are_a_warning() {
    let world = World::open_source().await;
    let config = world.config_of("access-plugin", Duration::from_secs(20), "recipients = [\"lab/access\"]\n");
    let told = check(&world, &config, 0);
    assert!(told.contains("warning  teleport   credentials: "), "{told}");
}

/// What is said of Slack.
fn of_slack(told: &str) -> String {
    told.lines().skip_while(|line| !line.contains(" slack ")).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_of_slack_that_the_bot_must_be_invited_to_are_named() {
    let world = SlackWorld::open_source().await;
    world.chat.add_channel("secret", slack::ChannelKind::Private);
    let config = world.config_with(&SlackWorld::recipients(&["access", "random", "secret", "bob@example.com"]));
    assert_snapshot!(of_slack(&check(&world, &config, 1)), @r#"
    ok       slack    token: of the bot teleport in the workspace lab
    ok       slack    scope chat:write: granted
    ok       slack    scope users:read, users:read.email: granted
    ok       slack    scope im:write: granted
    ok       slack    scope channels:read, groups:read: granted
    ok       slack    scope channels:history, groups:history, im:history: granted
    ok       slack    recipient "access": the channel ID
    ok       slack    recipient "bob@example.com": the direct conversation ID
    failure  slack    recipient "random": the bot is not a member
                      hint: invite the bot to the channel, and to its team where there are teams
    failure  slack    recipient "secret": not found
                      hint: correct it; a private channel is not found until the bot is added to it

    2 failures, no warnings
    "#);
    assert_eq!(world.chat.calls("chat.*"), 0, "nothing is posted");
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_that_would_do_better_in_slack_are_named() {
    let world = SlackWorld::open_source().await;
    let config = world.config_with(&SlackWorld::recipients(&["access", "bob@example.com"]));
    world.chat.set_scopes(slack::OLD_SCOPES);
    assert_snapshot!(of_slack(&check(&world, &config, 0)), @r#"
    ok       slack    token: of the bot teleport in the workspace lab
    ok       slack    scope chat:write: granted
    ok       slack    scope users:read, users:read.email: granted
    warning  slack    scope im:write: missing: direct messages are sent to the user's id, and who cannot be written to shows only then
                      hint: add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again
    warning  slack    scope channels:read, groups:read: missing: channels are not looked up, neither below nor before they are posted to: a wrong name, and a channel that the bot must be invited to, show only when a message is due
                      hint: add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again
    warning  slack    scope channels:history, groups:history, im:history: missing: of a message on record only that it exists can be seen, and after an answer was lost nobody can see whether the message was posted; it is then posted again, and may stand there twice (on_uncertain = "repost")
                      hint: add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again
    ok       slack    recipient "access": the channel #access
    ok       slack    recipient "bob@example.com": the direct conversation ID

    no failures, 3 warnings
    "#);
    world.chat.set_scopes(&["users:read"]);
    let told = check(&world, &config, 1);
    assert!(told.contains("failure  slack    scope chat:write: missing: nothing can be posted"), "{told}");
    world.chat.revoke_token();
    assert!(check(&world, &config, 4).contains("token_revoked"));
}

#[test]
fn mistakes_in_the_configuration_end_with_2() {
    let config = "[teleport]\nadr = \"localhost\"\n[mattermost]\nurl = 1\n";
    assert_snapshot!(Program::new().file("bot.toml", config).args("check -c bot.toml").run().code(2).stdout, @r#"
    failure  config bot.toml:1: teleport.identity: is missing, and so is every other credential
                    hint: write identity = "FILE" with the file of `tctl auth sign --format=file` or of tbot, or client_crt, client_key and root_cas with those of `tctl auth sign --format=tls`
    failure  config bot.toml:2: teleport.adr: is not a key that there is
                    hint: did you mean `addr`?
    failure  config bot.toml:3: mattermost.token: is missing
                    hint: write the bot's access token, or the path of a file that holds it
    failure  config bot.toml:4: mattermost.url: is a number
                    hint: write a text in quotes

    4 failures, no warnings
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_read_json() {
    let world = World::open_source().await;
    world.teleport.add_role(Role::new("access-plugin").allow("access_request", &["list", "read"]));
    let config = world.config();
    let outcome = Program::new().args(&format!("check --json -c {}", config.display())).run().code(1);
    let told: serde_json::Value = serde_json::from_str(&outcome.hides(world.chat.token()).stdout).unwrap();
    assert_eq!((&told["ok"], &told["exit_code"]), (&false.into(), &1.into()));
    assert!(told["role"].as_str().unwrap().contains("verbs: [update]"), "{told}");
    let findings = told["findings"].as_array().unwrap();
    let failed: Vec<_> = findings.iter().filter(|finding| finding["verdict"] == "failure").collect();
    assert_snapshot!(serde_json::to_string_pretty(&failed).unwrap(), @r#"
    [
      {
        "area": "teleport",
        "found": "update plugin data: not allowed",
        "hint": "add the rule below to the bot's role",
        "subject": "access_plugin_data: [update]",
        "verdict": "failure"
      }
    ]
    "#);
}
