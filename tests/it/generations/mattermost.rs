//! Configuration files of every generation of teleport-mattermost, and what they mean today.

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

[mattermost]
url = "https://mattermost.example.com"
team = "team-name"
channel = "channel-name"
token = "hunter2-the-token-of-26ch"
secret = "hunter2-signing-secret"

[http]
public_addr = "example.com"
listen_addr = ":8081"
https_key_file = "/var/lib/teleport/plugins/mattermost/server.key"
https_cert_file = "/var/lib/teleport/plugins/mattermost/server.crt"

[http.basic_auth]
user = "mattermost"
password = "hunter2"

[http.tls]
verify_client_cert = true

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
    log.output = "stderr" (bot.toml:29)
    log.severity = "debug" (-d)
    http.basic_auth.password = [secret] (bot.toml:23)
    http.basic_auth.user = "mattermost" (bot.toml:22)
    http.https_cert_file = "/var/lib/teleport/plugins/mattermost/server.crt" (bot.toml:19)
    http.https_key_file = "/var/lib/teleport/plugins/mattermost/server.key" (bot.toml:18)
    http.listen_addr = ":8081" (bot.toml:17)
    http.public_addr = "example.com" (bot.toml:16)
    http.tls.verify_client_cert = true (bot.toml:26)
    mattermost.recipients = ["team-name/channel-name"] (bot.toml:11)
    mattermost.token = [secret] (bot.toml:12)
    mattermost.url = "https://mattermost.example.com" (bot.toml:9)
    "#);
    assert_snapshot!(outcome.notes(), @r#"
    warning: mattermost.team and mattermost.channel are deprecated: write recipients = ["team-name/channel-name"]
    warning: mattermost.secret is ignored: nothing is decided in the chat unless review.mode says so, and then review.secret counts
    warning: teleport.auth_server is deprecated: its name is teleport.addr now
    [http] is ignored: no backend that runs wants to be called
    "#);
}

/// The same years: everything that had a default left out.
#[test]
fn the_first_generation_with_its_defaults() {
    let outcome = taken(
        r#"
[teleport]
auth_server = "localhost:3025"

[mattermost]
url = "https://mattermost.example.com"
team = "team-name"
channel = "channel-name"
token = "hunter2-the-token-of-26ch"
"#,
    );
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "localhost:3025" (bot.toml:3)
    teleport.client_crt = "client.pem" (bot.toml:2)
    teleport.client_key = "client.key" (bot.toml:2)
    teleport.root_cas = "cas.pem" (bot.toml:2)
    log.severity = "debug" (-d)
    mattermost.recipients = ["team-name/channel-name"] (bot.toml:8)
    mattermost.token = [secret] (bot.toml:9)
    mattermost.url = "https://mattermost.example.com" (bot.toml:6)
    "#);
    assert_snapshot!(outcome.notes(), @r#"
    warning: teleport names no credentials: taking client.key, client.pem and cas.pem from the working directory
    warning: mattermost.team and mattermost.channel are deprecated: write recipients = ["team-name/channel-name"]
    warning: teleport.auth_server is deprecated: its name is teleport.addr now
    "#);
}

/// 6.1 to 7.3, 2021: recipients; an identity file, or the three files.
#[test]
fn the_generation_of_recipients() {
    let outcome = taken(
        r#"
# example mattermost configuration TOML file
[teleport]
# Teleport Auth/Proxy Server address.
addr = "example.com:3025"
identity = "/var/lib/teleport/plugins/mattermost/auth_id"

[mattermost]
url = "https://mattermost.example.com" # Mattermost Server URL
token = "hunter2-the-token-of-26ch" # Mattermost Bot OAuth token

# Notify recipients
#
# The value is an array of strings, where each element is either:
# - A channel name in the format 'team/channel', where / separates the
#   name of the team and the name of the channel
# - The email address of a Mattermost user to notify via a direct message
#   when the recipient is added to the suggested reviewers
recipients = [
  "my-team-name/channel-name",
  "first.last@example.com"
]

[log]
output = "stderr" # Logger output. Could be "stdout", "stderr" or "/var/lib/teleport/mattermost.log"
severity = "INFO" # Logger severity. Could be "INFO", "ERROR", "DEBUG" or "WARN".
"#,
    );
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "example.com:3025" (bot.toml:5)
    teleport.identity = "/var/lib/teleport/plugins/mattermost/auth_id" (bot.toml:6)
    log.output = "stderr" (bot.toml:25)
    log.severity = "debug" (-d)
    mattermost.recipients = ["my-team-name/channel-name", "first.last@example.com"] (bot.toml:19)
    mattermost.token = [secret] (bot.toml:10)
    mattermost.url = "https://mattermost.example.com" (bot.toml:9)
    "#);
    assert_snapshot!(outcome.notes(), @"");
}

/// 8.1 and later, 2021 to 2023: the token in a file.
#[test]
fn the_generation_of_token_files() {
    let config = r#"
[teleport]
addr = "teleport.example.com:443"
client_key = "auth.key"
client_crt = "auth.crt"
root_cas = "auth.cas"

[mattermost]
url = "https://mattermost.example.com"
token = "TOKEN"
recipients = "my-team-name/channel-name"

[log]
output = "stdout"
severity = "debug"
"#;
    let program = Program::new().file("token", "hunter2\n");
    let token = program.folder().join("token").display().to_string();
    let outcome = program
        .file("bot.toml", config.replace("TOKEN", &token))
        .args("start -c bot.toml --backend mattermost")
        .run()
        .code(3)
        .hides("hunter2");
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "teleport.example.com:443" (bot.toml:3)
    teleport.client_crt = "auth.crt" (bot.toml:5)
    teleport.client_key = "auth.key" (bot.toml:4)
    teleport.root_cas = "auth.cas" (bot.toml:6)
    log.output = "stdout" (bot.toml:14)
    log.severity = "debug" (bot.toml:15)
    mattermost.recipients = "my-team-name/channel-name" (bot.toml:11)
    mattermost.token = [secret] (bot.toml:10)
    mattermost.url = "https://mattermost.example.com" (bot.toml:9)
    "#);
    assert_snapshot!(outcome.notes(), @"");
}

/// 14 and later, 2023 on: identities that are renewed, and a table of roles.
#[test]
fn the_generation_of_renewed_identities_and_roles() {
    let outcome = taken(
        r#"
[teleport]
addr = "teleport.example.com:443"
identity = "/opt/machine-id/identity"
refresh_identity = true
refresh_identity_interval = "2m"

[mattermost]
url = "https://mattermost.example.com"
token = "hunter2-the-token-of-26ch"

[role_to_recipients]
"*" = "my-team-name/everything"
"editor" = ["my-team-name/editors", "admin@example.com"]
"db.admin" = "my-team-name/db"

[log]
output = "stderr"
severity = "WARN"
"#,
    );
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "teleport.example.com:443" (bot.toml:3)
    teleport.identity = "/opt/machine-id/identity" (bot.toml:4)
    teleport.refresh_identity = true (bot.toml:5)
    teleport.refresh_identity_interval = "2m" (bot.toml:6)
    log.output = "stderr" (bot.toml:18)
    log.severity = "debug" (-d)
    mattermost.role_to_recipients = {"*" = "my-team-name/everything", "db.admin" = "my-team-name/db", "editor" = ["my-team-name/editors", "admin@example.com"]} (bot.toml:12)
    mattermost.token = [secret] (bot.toml:10)
    mattermost.url = "https://mattermost.example.com" (bot.toml:9)
    "#);
    assert_snapshot!(outcome.notes(), @"");
}

#[test]
fn half_of_the_first_generation_is_a_mistake() {
    let config = "[teleport]\nidentity = \"x\"\n[mattermost]\nurl = \"https://mattermost.example.com\"\n\
                  token = \"hunter2-the-token-of-26ch\"\nteam = \"lab\"\n[role_to_recipients]\n\"*\" = \"lab/access\"\n\
                  [mattermost.role_to_recipients]\n\"*\" = \"lab/access\"\n";
    assert_snapshot!(Program::start(config).run().code(2).hides("hunter2").stderr, @r#"
    error: bot.toml:6: mattermost.team: is given without mattermost.channel
      hint: write recipients = ["team/channel"] instead
    error: bot.toml:7: role_to_recipients: is given, and so is mattermost.role_to_recipients
      hint: move its entries into [mattermost.role_to_recipients]
    "#);
}
