//! Configuration files of every generation of teleport-slack, and what they mean today.

use insta::assert_snapshot;

use super::taken;
use crate::program::Program;

/// 0.1 and 0.2, 2020: one channel, buttons that call back.
#[test]
fn the_first_generation_with_buttons() {
    let outcome = taken(
        r#"
[teleport]
auth_server = "auth.example.com:3025"
client_key = "auth.key"
client_crt = "auth.crt"
root_cas = "auth.cas"

[slack]
token = "xoxb-hunter2"       # Access token
secret = "hunter2-signing"   # Signing secret
channel = "access-requests"  # Channel to post requests to
notify_only = true

[http]
public_addr = "example.com"
listen_addr = ":8081"

[log]
output = "stderr"
severity = "INFO"
"#,
    );
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "auth.example.com:3025" (bot.toml:3)
    teleport.client_crt = "auth.crt" (bot.toml:5)
    teleport.client_key = "auth.key" (bot.toml:4)
    teleport.root_cas = "auth.cas" (bot.toml:6)
    log.output = "stderr" (bot.toml:19)
    log.severity = "debug" (-d)
    http.listen_addr = ":8081" (bot.toml:16)
    http.public_addr = "example.com" (bot.toml:15)
    slack.recipients = ["access-requests"] (bot.toml:11)
    slack.token = [secret] (bot.toml:9)
    "#);
    assert_snapshot!(outcome.notes(), @r#"
    warning: slack.channel is deprecated: write recipients = ["access-requests"]
    warning: slack.secret is ignored: nothing is decided in the chat unless review.mode says so, and then it belongs into [slack.review] signing_secret
    slack.notify_only is ignored: review.mode says whether requests are decided in the chat
    warning: teleport.auth_server is deprecated: its name is teleport.addr now
    [http] is ignored: no backend that runs wants to be called
    "#);
}

/// 6.1 to 7.3, 2021: recipients, an identity file.
#[test]
fn the_generation_of_recipients() {
    let outcome = taken(
        r#"
# example slack configuration TOML file
[teleport]
# Teleport Auth/Proxy Server address.
addr = "example.com:3025"
identity = "/var/lib/teleport/plugins/slack/auth_id"

[slack]
token = "xoxb-hunter2" # Slack Bot OAuth token
recipients = ["access-requests", "C0123ABCD", "first.last@example.com"]

[log]
output = "stderr"
severity = "INFO"
"#,
    );
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "example.com:3025" (bot.toml:5)
    teleport.identity = "/var/lib/teleport/plugins/slack/auth_id" (bot.toml:6)
    log.output = "stderr" (bot.toml:13)
    log.severity = "debug" (-d)
    slack.recipients = ["access-requests", "C0123ABCD", "first.last@example.com"] (bot.toml:10)
    slack.token = [secret] (bot.toml:9)
    "#);
    assert_snapshot!(outcome.notes(), @"");
}

/// 9 and later, 2022 on: a table of roles, the token in a file.
#[test]
fn the_generation_of_roles_and_token_files() {
    let config = r#"
[teleport]
addr = "teleport.example.com:443"
identity = "/var/lib/teleport/plugins/slack/auth_id"
refresh_identity = true

[slack]
token = "TOKEN"

[role_to_recipients]
"dev" = "devs-slack-channel"
"db.admin" = ["admin@example.com", "databases"]
"*" = "access-requests"

[log]
output = "stdout"
severity = "debug"
"#;
    let program = Program::new().file("token", "xoxb-hunter2\n");
    let token = program.folder().join("token").display().to_string();
    let outcome = program
        .file("bot.toml", config.replace("TOKEN", &token))
        .args("start -c bot.toml --backend slack")
        .run()
        .code(3)
        .hides("hunter2");
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "teleport.example.com:443" (bot.toml:3)
    teleport.identity = "/var/lib/teleport/plugins/slack/auth_id" (bot.toml:4)
    teleport.refresh_identity = true (bot.toml:5)
    log.output = "stdout" (bot.toml:16)
    log.severity = "debug" (bot.toml:17)
    slack.role_to_recipients = {"*" = "access-requests", "db.admin" = ["admin@example.com", "databases"], "dev" = "devs-slack-channel"} (bot.toml:10)
    slack.token = [secret] (bot.toml:8)
    "#);
    assert_snapshot!(outcome.notes(), @"");
}

/// 2026: decisions by buttons, over a socket.
#[test]
fn the_generation_of_reviews_in_slack() {
    let outcome = taken(
        r#"
[teleport]
addr = "teleport.example.com:443"
identity = "/opt/machine-id/identity"

[slack]
token = "xoxb-hunter2"

[review]
enabled = true
app_token = "xapp-hunter2"
slack_user_id_trait = "slack_uid"
allow_email_username_match = false

[role_to_recipients]
"*" = ["access-requests"]
"#,
    );
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "teleport.example.com:443" (bot.toml:3)
    teleport.identity = "/opt/machine-id/identity" (bot.toml:4)
    log.severity = "debug" (-d)
    review.enabled = true (bot.toml:10)
    review.mode = "on-behalf" (bot.toml:10)
    slack.review.allow_email_match = false (bot.toml:13)
    slack.review.app_token = [secret] (bot.toml:11)
    slack.review.user_trait = "slack_uid" (bot.toml:12)
    slack.role_to_recipients = {"*" = ["access-requests"]} (bot.toml:15)
    slack.token = [secret] (bot.toml:7)
    "#);
    assert_snapshot!(outcome.notes(), @r#"
    warning: review.app_token is deprecated: its name is slack.review.app_token now
    warning: review.slack_user_id_trait is deprecated: its name is slack.review.user_trait now
    warning: review.allow_email_username_match is deprecated: its name is slack.review.allow_email_match now
    warning: review.enabled is deprecated: write mode = "on-behalf"
    warning: review.secret is missing: one was made for this process, so that buttons die with it, and replicas do not know each other's; make one with `openssl rand -hex 32`
    "#);
}

#[test]
fn a_channel_that_is_none_is_a_mistake() {
    let config = "[teleport]\nidentity = \"x\"\n[slack]\ntoken = \"hunter2\"\nchannel = 5\n";
    assert_snapshot!(Program::start(config).run().code(2).hides("hunter2").stderr, @r#"
    error: bot.toml:5: slack.channel: is not a text that names one
      hint: write recipients = ["channel"] instead
    "#);
}
