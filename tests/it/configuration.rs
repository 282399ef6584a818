//! What the program says about a configuration: mistakes, all at once, and where each setting came from.

use insta::assert_snapshot;

use crate::program::Program;

/// A configuration that lacks nothing but the identity file, at which the start ends with 3.
const SOUND: &str = r#"
[teleport]
addr = "teleport.example.com:443"
identity = "identity"

[mattermost]
url = "https://mattermost.example.com"
token = "hunter2-the-token-of-26ch"
recipients = ["lab/access"]
"#;

#[track_caller]
fn mistakes(config: &str) -> String {
    Program::start(config).run().code(2).hides("hunter2").stderr
}

#[test]
fn a_sound_configuration_is_taken_as_it_stands() {
    let outcome = Program::start(SOUND).args("-d").run().code(3).hides("hunter2");
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "teleport.example.com:443" (bot.toml:3)
    teleport.identity = "identity" (bot.toml:4)
    log.severity = "debug" (-d)
    mattermost.recipients = ["lab/access"] (bot.toml:9)
    mattermost.token = [secret] (bot.toml:8)
    mattermost.url = "https://mattermost.example.com" (bot.toml:7)
    "#);
    assert_snapshot!(outcome.notes(), @"");
}

#[test]
fn files_that_are_none() {
    assert_snapshot!(Program::new().args("start -c none.toml").run().code(2).stderr, @"error: none.toml: cannot be read: No such file or directory (os error 2)");
    assert_snapshot!(Program::new().args("start -c .").run().code(2).stderr, @"error: .: cannot be read: Is a directory (os error 21)");
    assert_snapshot!(mistakes("\n"), @r#"
    error: bot.toml: configures no backend
      hint: `accessbot configure --backend mattermost` prints a section
    error: bot.toml: teleport.identity: is missing, and so is every other credential
      hint: write identity = "FILE" with the file of `tctl auth sign --format=file` or of tbot, or client_crt, client_key and root_cas with those of `tctl auth sign --format=tls`
    "#);
    assert_snapshot!(Program::new().file("bot.toml", b"[log]\n\xff\xfe").args("start -c bot.toml").run().code(2).stderr, @"error: bot.toml: is not UTF-8 text (line 2)");
    assert_snapshot!(mistakes(&"# a long story\n".repeat(100_000)), @"error: bot.toml: is larger than 1 MiB, which no configuration is");
    assert_snapshot!(mistakes("[teleport\naddr = x\n[mattermost]\ntoken = hunter2\ntoken = \"a\"\n[mattermost]\n"), @"
    error: bot.toml:1: is not valid TOML: unclosed table, expected `]`
    error: bot.toml:4: is not valid TOML: string values must be quoted, expected literal string
    error: bot.toml:5: is not valid TOML: duplicate key
    error: bot.toml:6: is not valid TOML: duplicate key
    ");
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    assert_snapshot!(mistakes(r#"
[teleport]
adr = "teleport.example.com:443"
client_crt = "auth.crt"
refresh_identity = "yes"
refresh_identity_interval = "soon"

[mattermost]
url = 8065
tokn = "hunter2"
token = 12345
recipients = ["lab/access", 5]
notify_requester = "no"

[mattermost.role_to_recipients]
dbadmin = 7

[log]
severity = "loud"
format = "xml"
output = true

[engine]
workers = 0
relist_interval = "-5m"
announce_at_most_old = 7

[review]
mode = "set-state"
"#), @r#"
    error: bot.toml:2: teleport.client_key: is missing
      hint: client_crt, client_key and root_cas belong together
    error: bot.toml:2: teleport.root_cas: is missing
      hint: client_crt, client_key and root_cas belong together
    error: bot.toml:3: teleport.adr: is not a key that there is
      hint: did you mean `addr`?
    error: bot.toml:5: teleport.refresh_identity: is a text
      hint: write true or false, without quotes
    error: bot.toml:6: teleport.refresh_identity_interval: is "soon"
      hint: write a duration from a second to a year, such as "90s", "5m" or "1h30m"
    error: bot.toml:8: mattermost.review.input: is not given, which means buttons, and nothing says where Mattermost reaches the bot
      hint: write `public_addr` into [http], the address at which Mattermost reaches the bot, such as "https://accessbot.example.com"; or take `input = ["replies"]`, which needs none
    error: bot.toml:9: mattermost.url: is a number
      hint: write a text in quotes
    error: bot.toml:10: mattermost.tokn: is not a key that there is
      hint: did you mean `token`?
    error: bot.toml:11: mattermost.token: is a number
      hint: write a text in quotes
    error: bot.toml:12: mattermost.recipients: is a list that does not hold only texts
      hint: write a list of texts in quotes
    error: bot.toml:13: mattermost.notify_requester: is a text
      hint: write true or false, without quotes
    error: bot.toml:16: mattermost.role_to_recipients.dbadmin: is a number
      hint: write a text or a list of texts
    error: bot.toml:19: log.severity: is "loud"
      hint: write error, warn, info, debug or trace
    error: bot.toml:20: log.format: is "xml"
      hint: write text or json
    error: bot.toml:21: log.output: is true or false
      hint: write a text in quotes
    error: bot.toml:24: engine.workers: is 0, which is out of range
      hint: write a whole number from 1 to 256
    error: bot.toml:25: engine.relist_interval: is "-5m"
      hint: write a duration from a second to a year, such as "90s", "5m" or "1h30m"
    error: bot.toml:26: engine.announce_at_most_old: is a number
      hint: write a text in quotes
    error: bot.toml:28: review.secret: is missing
      hint: mode set-state needs one: make one with `openssl rand -hex 32`, the same for all replicas
    error: bot.toml:28: review.roles: is missing: in mode set-state nothing else says who may decide
      hint: write a section for each role, such as [review.roles."dbadmin"] with approvers = ["user:alice", "role:dba-lead"] and approvals = 2
    "#);
}

#[test]
fn keys_and_sections_in_the_wrong_place() {
    assert_snapshot!(mistakes(r#"
addr = "teleport.example.com:443"
colour = "red"
log = "stdout"

[teleprt]
addr = "x"

[slack]
token = "hunter2"

[discord]
token = "hunter2"

[[mattermost]]
url = "x"

[engine]
severity = "info"
"#), @r#"
    error: bot.toml: teleport.identity: is missing, and so is every other credential
      hint: write identity = "FILE" with the file of `tctl auth sign --format=file` or of tbot, or client_crt, client_key and root_cas with those of `tctl auth sign --format=tls`
    error: bot.toml:2: addr: is not a key that there is outside of a section
      hint: it belongs into [teleport]
    error: bot.toml:3: colour: is not a key that there is outside of a section
      hint: every key belongs into a section, such as [teleport]
    error: bot.toml:4: log: is a text
      hint: make it a section: a line [log] and its keys below
    error: bot.toml:6: teleprt: is not a section that there is
      hint: did you mean [teleport]?
    error: bot.toml:12: discord: is not a section that there is
      hint: if it is the section of a backend, that is not compiled in: this build contains mattermost, slack
    error: bot.toml:15: mattermost: is a list
      hint: make it a section: a line [mattermost] and its keys below
    error: bot.toml:19: engine.severity: is not a key that there is
      hint: it belongs into [log]
    "#);
}

#[test]
fn credentials_are_one_file_or_three() {
    let with = |credentials: &str| SOUND.replace("identity = \"identity\"", credentials);
    assert_snapshot!(mistakes(&with("")), @r#"
    error: bot.toml:2: teleport.identity: is missing, and so is every other credential
      hint: write identity = "FILE" with the file of `tctl auth sign --format=file` or of tbot, or client_crt, client_key and root_cas with those of `tctl auth sign --format=tls`
    "#);
    assert_snapshot!(mistakes(&with("identity = \"a\"\nclient_key = \"b\"")), @"
    error: bot.toml:4: teleport.identity: is given, and so are files for its parts
      hint: leave out either identity or all of client_crt, client_key and root_cas
    ");
    assert_snapshot!(mistakes(&with("client_key = \"b\"")), @"
    error: bot.toml:2: teleport.client_crt: is missing
      hint: client_crt, client_key and root_cas belong together
    error: bot.toml:2: teleport.root_cas: is missing
      hint: client_crt, client_key and root_cas belong together
    ");
    assert_snapshot!(mistakes(&SOUND.replace(":443", ":https")), @r#"
    error: bot.toml:3: teleport.addr: is "teleport.example.com:https": the port is no number from 1 to 65535
      hint: write host:port: the proxy with its web port, such as teleport.example.com:443, or the Auth server, such as auth.example.com:3025
    "#);
}

#[test]
fn a_file_of_web_authorities_must_hold_some() {
    let config = SOUND.replace("\n\n[mattermost]", "\nextra_ca = \"bot.toml\"\n\n[mattermost]");
    assert_snapshot!(mistakes(&config), @"
    error: bot.toml:5: teleport.extra_ca: names bot.toml, which holds text that is not PEM, but no certificate of an authority
      hint: extra_ca wants the PEM certificates of the authorities that signed the proxy's web certificate
    ");
}

#[test]
fn the_environment_beats_the_file_and_flags_beat_both() {
    let outcome = Program::start(&format!("{SOUND}\n[log]\nseverity = \"warn\"\n"))
        .env("ACCESSBOT_TELEPORT__ADDR", "10.0.0.1:3025")
        .env("ACCESSBOT_TELEPORT__CLIENT_CRT", "a.crt")
        .env("ACCESSBOT_TELEPORT__CLIENT_KEY", "a.key")
        .env("ACCESSBOT_TELEPORT__ROOT_CAS", "a.cas")
        .env("ACCESSBOT_MATTERMOST__TOKEN_FILE", "token")
        .env("ACCESSBOT_MATTERMOST__RECIPIENTS", "lab/a, alice@example.com")
        .env("ACCESSBOT_MATTERMOST__ROLE_TO_RECIPIENTS__dbAdmin", "[\"lab/db\"]")
        .env("ACCESSBOT_MATTERMOST__NOTIFY_REQUESTER", "False")
        .env("ACCESSBOT_ENGINE__WORKERS", "32")
        .env("ACCESSBOT_LOG__SEVERITY", "error")
        .env("ACCESSBOT_LOG__OUTPUT", "")
        .env("ACCESSBOT_SERVICE_HOST", "10.96.0.1")
        .file("token", "hunter2")
        .args("-d")
        .run()
        .code(3)
        .hides("hunter2");
    assert_snapshot!(outcome.settings(), @r#"
    teleport.addr = "10.0.0.1:3025" (ACCESSBOT_TELEPORT__ADDR)
    teleport.client_crt = "a.crt" (ACCESSBOT_TELEPORT__CLIENT_CRT)
    teleport.client_key = "a.key" (ACCESSBOT_TELEPORT__CLIENT_KEY)
    teleport.root_cas = "a.cas" (ACCESSBOT_TELEPORT__ROOT_CAS)
    log.severity = "debug" (-d)
    engine.workers = 32 (ACCESSBOT_ENGINE__WORKERS)
    mattermost.notify_requester = false (ACCESSBOT_MATTERMOST__NOTIFY_REQUESTER)
    mattermost.recipients = ["lab/a", "alice@example.com"] (ACCESSBOT_MATTERMOST__RECIPIENTS)
    mattermost.role_to_recipients = {"dbAdmin" = ["lab/db"]} (ACCESSBOT_MATTERMOST__ROLE_TO_RECIPIENTS__dbAdmin)
    mattermost.token_file = "token" (ACCESSBOT_MATTERMOST__TOKEN_FILE)
    mattermost.url = "https://mattermost.example.com" (bot.toml:7)
    "#);
    assert_snapshot!(outcome.notes(), @"the environment variable ACCESSBOT_SERVICE_HOST is not a setting and is ignored");
}

#[test]
fn the_environment_alone_is_enough() {
    // A token that is a number for TOML stays the text that it is.
    let outcome = Program::new()
        .args("start -d")
        .env("ACCESSBOT_TELEPORT__IDENTITY", "identity")
        .env("ACCESSBOT_MATTERMOST__URL", "https://mattermost.example.com")
        .env("ACCESSBOT_MATTERMOST__TOKEN", "0012345678901234567890")
        .env("ACCESSBOT_ROLE_TO_RECIPIENTS", "{ \"*\" = \"lab/access\" }")
        .run()
        .code(3)
        .hides("12345678901234567890");
    assert_snapshot!(outcome.settings(), @r#"
    teleport.identity = "identity" (ACCESSBOT_TELEPORT__IDENTITY)
    log.severity = "debug" (-d)
    mattermost.role_to_recipients = {"*" = "lab/access"} (ACCESSBOT_ROLE_TO_RECIPIENTS)
    mattermost.token = [secret] (ACCESSBOT_MATTERMOST__TOKEN)
    mattermost.url = "https://mattermost.example.com" (ACCESSBOT_MATTERMOST__URL)
    "#);
}

#[test]
fn mistakes_in_the_environment_name_the_variable() {
    let outcome = Program::start(SOUND)
        .env("ACCESSBOT_TELEPORT_ADDR", "x:1")
        .env("ACCESSBOT_TELEPORT__ADR", "x:1")
        .env("ACCESSBOT_ENGINE__WORKERS", "many")
        .env("ACCESSBOT_LOG__SEVERITY", "loud")
        .env("ACCESSBOT_LOG__OUTPUT__FILE", "x")
        .env("ACCESSBOT_MATTERMOST__NOTIFY_REQUESTER", "1")
        .env("ACCESSBOT_MATTERMOST__USERS", "alice")
        .env("ACCESSBOT_SLACK__TOKEN", "hunter2")
        .run()
        .code(2)
        .hides("hunter2");
    assert_snapshot!(outcome.stderr, @r#"
    error: ACCESSBOT_ENGINE__WORKERS: engine.workers: is `many`
      hint: write a whole number
    error: ACCESSBOT_LOG__OUTPUT__FILE: log.output: is given a part, and is not a table
      hint: write ACCESSBOT_LOG__OUTPUT
    error: ACCESSBOT_LOG__SEVERITY: log.severity: is "loud"
      hint: write error, warn, info, debug or trace
    error: ACCESSBOT_MATTERMOST__NOTIFY_REQUESTER: mattermost.notify_requester: is `1`
      hint: write true or false
    error: ACCESSBOT_MATTERMOST__USERS: mattermost.users: is `alice`
      hint: write a table as in a TOML file: {"*" = "team/channel"}
    error: ACCESSBOT_TELEPORT_ADDR: names no key
      hint: two underscores divide section and key: write ACCESSBOT_TELEPORT__ADDR
    error: ACCESSBOT_TELEPORT__ADR: teleport.adr: is not a key that there is
      hint: did you mean `addr`?
    "#);
}

#[test]
fn a_secret_whose_file_is_missing_ends_with_4() {
    let outcome = Program::start(&SOUND.replace("hunter2-the-token-of-26ch", "/no/such/token")).run().code(4);
    let report = outcome.stderr.lines().filter(|line| !line.contains("INFO")).collect::<Vec<_>>().join("\n");
    assert_snapshot!(report, @"
    error: mattermost.token: cannot read the secret in /no/such/token: No such file or directory (os error 2)
      hint: a value that starts with / names a file: it must exist, be readable and hold the secret
    ");
}

#[test]
fn the_log_goes_where_it_should_and_looks_as_it_should() {
    let outcome = Program::start(&format!("{SOUND}\n[log]\noutput = \"stdout\"\nformat = \"json\"")).run().code(3);
    assert!(outcome.stdout.lines().all(|line| line.starts_with('{')), "{}", outcome.stdout);
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);

    let outcome =
        Program::start(&format!("{SOUND}\n[log]\noutput = \"bot.log\"")).file("bot.log", "before\n").run().code(3);
    assert!(outcome.read("bot.log").starts_with("before\n2"), "{}", outcome.read("bot.log"));
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);

    let outcome = Program::start(&format!("{SOUND}\n[log]\noutput = \"no/such/folder/bot.log\"")).run().code(2);
    assert_snapshot!(outcome.stderr, @"
    error: cannot write the log to no/such/folder/bot.log: No such file or directory (os error 2)
      hint: create its folder, or choose another file, stderr or stdout in log.output
    ");
}

#[test]
fn the_audit_trail_must_be_writable() {
    let review = "[review]\nmode = \"on-behalf\"\nsecret = \"9c5d1fe0a7b8436291ddc04f6f8e7712\"\n\
                  audit_file = \"no/such/folder/audit.jsonl\"\n[mattermost.review]\ninput = \"replies\"\n\
                  user_trait = \"mattermost_id\"\n";
    let outcome = Program::start(&format!("{SOUND}{review}")).run().code(2);
    let report = outcome.stderr.lines().filter(|line| !line.contains("INFO")).collect::<Vec<_>>().join("\n");
    assert_snapshot!(report, @"
    error: cannot write the audit trail to no/such/folder/audit.jsonl: No such file or directory (os error 2)
      hint: create its folder, or choose another file in review.audit_file
    ");
}
