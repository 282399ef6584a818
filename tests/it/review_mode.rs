//! Ways of deciding that cannot work are refused at the start and named by `accessbot check`, each with a role that makes it
//! good; the roles of `contrib/teleport` are enough.

use std::path::{Path, PathBuf};

use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_sandbox::teleport::{Issue, Role, Signed, TeleportOptions, TeleportVersion, User};
use accessbot_testkit::harness;
use insta::assert_snapshot;

use crate::bot::Bot;
use crate::missing_role::abridged;
use crate::program::Program;

type World = harness::World<MattermostSandbox>;

/// What each mode needs to be named in a configuration.
const RULES: &str = "[review.roles.\"dbadmin\"]\napprovers = [\"user:alice\"]\n";

/// A cluster of this version.
async fn cluster(version: TeleportVersion) -> World {
    World::with(TeleportOptions { version, ..TeleportOptions::default() }).await
}

/// A configuration in which alice decides in the chat.
fn config(world: &World, mode: &str) -> PathBuf {
    config_with(world, mode, "")
}

fn config_with(world: &World, mode: &str, rest: &str) -> PathBuf {
    let alice = world.chat.user_id("alice").unwrap();
    let rules = if mode == "on-behalf" { "" } else { RULES };
    world.config_with(&format!(
        "recipients = [\"lab/access\"]\n[mattermost.review]\ninput = [\"replies\"]\n[mattermost.review.users]\nalice = \"{alice}\"\n\
         [review]\nmode = \"{mode}\"\nsecret = \"6f1c0a77e2b94d3a8c55d0e1f2a3b4c5\"\n{rest}{rules}"
    ))
}

/// What the program says when it does not start.
#[track_caller]
fn refused(config: &Path, code: i32) -> String {
    let outcome = Program::new().args(&format!("start -c {}", config.display())).run().code(code);
    let said = outcome.stderr.lines().skip_while(|line| !line.starts_with("error: "));
    abridged(&said.collect::<Vec<_>>().join("\n"))
}

/// The role that a YAML text of the bot's, or of `contrib/teleport`, describes, for the bot.
fn role(yaml: &str) -> Role {
    let mut role = Role::new("access-plugin");
    let mut resource = String::new();
    let lines = yaml.lines().map(|line| line.trim().trim_start_matches("- ")).filter(|line| !line.starts_with('#'));
    for (key, list) in lines.filter_map(|line| line.split_once(": [")) {
        let names = list.trim_end_matches(']').split(", ").map(|name| name.trim_matches('\''));
        let names: Vec<&str> = names.collect();
        match key {
            "resources" => names[0].clone_into(&mut resource),
            "verbs" => role = role.allow(&resource, &names),
            "roles" => role = role.may_review(&names),
            "submit_for_users" => role.submit_for_users = names.into_iter().map(str::to_owned).collect(),
            "logins" => {}
            other => panic!("what is {other}?"),
        }
    }
    role
}

/// What the bot needs to tell people about requests.
fn telling() -> Role {
    Role::new("access-plugin").allow("access_request", &["list", "read"]).allow("access_plugin_data", &["update"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_lacks_something_is_refused_with_one_that_has_it() {
    let world = cluster(TeleportVersion::V18_11).await;
    world.teleport.add_role(telling());
    assert_snapshot!(refused(&config(&world, "on-behalf"), 3), @r#"
    error: review.mode "on-behalf" cannot work here:
      user: [read]: get a user: not allowed
        hint: add it to the bot's role as below
      lock: [list, read]: list locks: not allowed
        hint: add it to the bot's role as below
      review_requests.submit_for_users: [alice]: our roles name nobody on whose behalf we may review
        hint: add it to the bot's role as below; where it is there already, the server may be older than 18.11
    what is missing, as a role for `tctl create -f`:

    a role that allows
        rules:
          - resources: [lock]
            verbs: [list, read]
          - resources: [user]
            verbs: [read]
        review_requests:
          submit_for_users: ['alice']
    and how to give it
    "#);
    assert_snapshot!(refused(&config(&world, "as-bot"), 3), @r#"
    error: review.mode "as-bot" cannot work here:
      user: [read]: get a user: not allowed
        hint: add it to the bot's role as below
      lock: [list, read]: list locks: not allowed
        hint: add it to the bot's role as below
      review_requests.roles: [dbadmin]: review a request that does not exist: user "access-plugin" cannot submit reviews
        hint: add it to the bot's role as below
    what is missing, as a role for `tctl create -f`:

    a role that allows
        rules:
          - resources: [lock]
            verbs: [list, read]
          - resources: [user]
            verbs: [read]
        review_requests:
          roles: ['dbadmin']
    and how to give it
    "#);
    assert_snapshot!(refused(&config(&world, "set-state"), 3), @r#"
    error: review.mode "set-state" cannot work here:
      user: [read]: get a user: not allowed
        hint: add it to the bot's role as below
      lock: [list, read]: list locks: not allowed
        hint: add it to the bot's role as below
      access_request: [update]: set the state of a request that does not exist: access denied to perform action "update" on "access_request"
        hint: add it to the bot's role as below
    what is missing, as a role for `tctl create -f`:

    a role that allows
        rules:
          - resources: [access_request]
            verbs: [update]
          - resources: [lock]
            verbs: [list, read]
          - resources: [user]
            verbs: [read]
    and how to give it
    "#);
    assert_eq!(world.chat.post_count("access"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_that_is_named_is_enough() {
    for mode in ["on-behalf", "as-bot", "set-state"] {
        let world = cluster(TeleportVersion::V18_11).await;
        let config = config(&world, mode);
        world.teleport.add_role(telling());
        let outcome = Program::new().args(&format!("check --json -c {}", config.display())).run().code(3);
        let told: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let mut missing = role(told["role"].as_str().unwrap());
        "accessbot-missing".clone_into(&mut missing.name);
        world.teleport.add_role(missing);
        world.teleport.add_user(User::new("access-plugin", &["access-plugin", "accessbot-missing"]));
        Bot::start_with(&world, &config).stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_that_come_with_it_are_enough() {
    for (mode, file) in
        [("on-behalf", "role-on-behalf.yaml"), ("as-bot", "role-as-bot.yaml"), ("set-state", "role-set-state.yaml")]
    {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/teleport").join(file);
        let given = role(&std::fs::read_to_string(file).unwrap());
        for version in [TeleportVersion::V8_3, TeleportVersion::V18_11] {
            if mode == "on-behalf" && version == TeleportVersion::V8_3 {
                continue;
            }
            let world = cluster(version).await;
            world.teleport.add_role(given.clone());
            Bot::start_with(&world, &config(&world, mode)).stop();
        }
        for (kind, verbs) in &given.rules {
            assert!(!verbs.contains("create") && !verbs.contains("delete"), "{mode} {kind}");
            assert!(!verbs.contains("update") || kind != "access_request" || mode == "set-state", "{mode}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_is_refused_with_5() {
    let world = cluster(TeleportVersion::V16).await;
    assert_snapshot!(refused(&config(&world, "on-behalf"), 5), @r#"
    error: review.mode "on-behalf" cannot work here:
      review.mode on-behalf: Teleport 16.4.0 takes no reviews on behalf of users: 18.11 is the first that does
        hint: choose another review.mode, or update the server
    "#);
    let open_source = World::open_source().await;
    assert_snapshot!(refused(&config(&open_source, "as-bot"), 5), @r#"
    error: review.mode "as-bot" cannot work here:
      review.mode as-bot: Teleport 8.3.21 there is open source and has no reviews: only set-state decides requests
        hint: choose another review.mode, or update the server
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_refused_before_anybody_clicks() {
    let options = TeleportOptions { version: TeleportVersion::V16, admin_mfa: true, ..TeleportOptions::default() };
    let world = World::with(options).await;
    let role = telling().allow("access_request", &["update"]).allow("user", &["read"]).allow("lock", &["list", "read"]);
    world.teleport.add_role(role);
    let config = config(&world, "set-state");
    assert_snapshot!(refused(&config, 3), @r#"
    error: review.mode "set-state" cannot work here:
      second factor: set the state of a request that does not exist: admin-level API request requires MFA verification
        hint: let tbot make the bot's credentials: those of Machine ID are asked for no second factor
    "#);
    let tbot = Issue::to("access-plugin").signed(Signed::Tbot("accessbot".to_owned()));
    world.teleport.write_issue(&tbot, world.folder()).unwrap();
    Bot::start_with(&world, &config).stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_out_is_refused_unless_the_operator_knows_better() {
    let world = cluster(TeleportVersion::V16).await;
    let role = telling().allow("access_request", &["update"]).allow("user", &["read"]).allow("lock", &["list", "read"]);
    world.teleport.add_role(role);
    let fail = |times| {
        world.teleport.faults().fail_next("SetAccessRequestState", times, tonic::Code::Internal, "the moon is full");
    };
    fail(3);
    assert_snapshot!(refused(&config(&world, "set-state"), 2), @r#"
    error: review.mode "set-state" cannot work here:
      access_request: [update]: set the state of a request that does not exist: the moon is full
        hint: mend that, or choose another review.mode; if you know that it works, set review.assume_supported = true
    "#);
    fail(2);
    Bot::start_with(&world, &config(&world, "set-state")).stop();
    fail(3);
    Bot::start_with(&world, &config_with(&world, "set-state", "assume_supported = true\n")).stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_shows_the_same() {
    let world = cluster(TeleportVersion::V18_11).await;
    world.teleport.add_role(telling());
    let config = config(&world, "on-behalf");
    let outcome = Program::new().args(&format!("check --json -c {}", config.display())).run().code(3);
    let told: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let findings = told["findings"].as_array().unwrap();
    let of_reviews = findings.iter().filter(|finding| finding["area"] == "teleport").skip(7);
    let lines: Vec<String> = of_reviews
        .map(|finding| format!("{} {}: {}", finding["verdict"], finding["subject"], finding["found"]).replace('"', ""))
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    ok review.mode on-behalf: Teleport 18.11.0
    failure user: [read]: get a user: not allowed
    failure lock: [list, read]: list locks: not allowed
    warning second factor: the cluster may ask for one, because our certificate is not from tbot
    failure review_requests.submit_for_users: [alice]: our roles name nobody on whose behalf we may review
    ");
    assert!(told["role"].as_str().unwrap().contains("resources: [lock]"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn teleport_that_is_away_is_waited_for() {
    let world = cluster(TeleportVersion::V18_11).await;
    let role = telling().allow("access_request", &["update"]).allow("user", &["read"]).allow("lock", &["list", "read"]);
    world.teleport.add_role(role);
    let config = config(&world, "set-state");
    world.teleport.stop().await;
    Bot::launch(&world, &config).says("waiting for Teleport").stop();
    let bot = Bot::launch(&world, &config).says("waiting for Teleport");
    world.teleport.start_again().unwrap();
    bot.says("ready: watching access requests").stop();
}
