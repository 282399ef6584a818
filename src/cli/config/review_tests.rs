//! `[review]`: what it means, and everything that must hold between its keys and those of the backends.

use std::sync::Arc;

use accessbot_core::backend::decision::ReasonRule;
use accessbot_core::backend::{BackendDef, ChatBackend, Key, KeyKind, Section};
use accessbot_core::clock::SystemClock;

use super::*;
use crate::cli::echo::Echo;

const KEYS: &[Key] = &[
    Key { name: "token", kind: KeyKind::Secret, aliases: &[], doc: "" },
    Key { name: "silent", kind: KeyKind::Switch, aliases: &[], doc: "" },
    Key { name: "called", kind: KeyKind::Switch, aliases: &[], doc: "" },
    Key { name: "review.app_token", kind: KeyKind::Secret, aliases: &[], doc: "" },
];

/// Takes decisions wherever the operator wants any, unless it is silent.
fn build(section: &mut Section, context: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> {
    let silent = section.switch("silent").unwrap_or(false);
    let paths: &[&str] = if section.switch("called") == Some(true) { &["/action"] } else { &[] };
    section.secret("review.app_token");
    section.finish(Some(Arc::new(Echo { decisions: context.review && !silent, paths })))
}

const BACKENDS: &[BackendDef] = &[
    BackendDef { name: "mattermost", keys: KEYS, example: "", build },
    BackendDef { name: "slack", keys: KEYS, example: "", build },
];

const SECRET: &str = "5e0a1c9d84b7f26330fa9b1e77c2d8406b";
const MAPPED: &str = "[mattermost.review]\nuser_trait = \"chat\"\n";

fn built(text: &str) -> Result<Config, Vec<ConfigError>> {
    built_with(text, &[])
}

fn built_with(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.toml");
    std::fs::write(&file, format!("[teleport]\nidentity = \"id\"\n{text}")).unwrap();
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let draft = read(BACKENDS, &Sources { file: Some(file), environment, ..Sources::default() })?;
    draft.build(BACKENDS, &BackendContext::new(Arc::new(SystemClock)))
}

/// The configuration, which must be good, and what is said of it.
#[track_caller]
pub(super) fn taken(text: &str) -> (Config, String) {
    let config = built(text).unwrap_or_else(|mistakes| panic!("{}", told(mistakes)));
    let line = |note: &Note| format!("{}{}", if note.warning { "warning: " } else { "" }, note.text);
    let notes = config.notes.iter().map(line).collect::<Vec<_>>().join("\n");
    (config, notes)
}

/// All mistakes, with the name of the file cut down to its last part.
#[track_caller]
pub(super) fn mistakes(text: &str) -> String {
    let Err(mistakes) = built(text) else { panic!("there are no mistakes") };
    let report = told(mistakes);
    assert!(!report.contains("hunter2") && !report.contains(SECRET), "{report}");
    report
}

fn told(mistakes: Vec<ConfigError>) -> String {
    let short = |mistake: ConfigError| {
        let source_name = mistake.source_name.rsplit('/').next().unwrap_or_default().to_owned();
        ConfigError { source_name, ..mistake }.to_string()
    };
    mistakes.into_iter().map(short).collect::<Vec<_>>().join("\n")
}

pub(super) fn review(mode: &str, rest: &str) -> String {
    format!("[mattermost]\n{MAPPED}[review]\nmode = \"{mode}\"\nsecret = \"{SECRET}\"\n{rest}")
}

#[test]
fn without_a_mode_nothing_is_decided_in_the_chat() {
    let (config, notes) = taken("[mattermost]\n");
    assert!(config.review.is_none() && config.desks.iter().all(|desk| !desk.backend.capabilities().decisions));
    insta::assert_snapshot!(notes, @"");
    let (config, notes) =
        taken(&format!("[mattermost]\n{MAPPED}[review]\nmode = \"link\"\nsecret = \"short\"\nreason = \"required\"\n"));
    assert!(config.review.is_none());
    insta::assert_snapshot!(notes, @"
    of [review] only the mode counts, which is link: nothing is decided in the chat
    what [mattermost.review] says is ignored: review.mode is link
    ");
}

#[test]
fn a_policy_says_who_may_decide_for_each_role() {
    let (config, notes) = taken(&review(
        "set-state",
        r#"
        previous_secret = "c0ffee11223344556677889900aabbccddeeff"
        reason = "optional"
        reason_pattern = "^INC-[0-9]+"
        assume_supported = true
        audit_file = "/var/log/audit.jsonl"
        [review.roles."dbadmin"]
        approvers = ["user:alice", "role:dba-lead", "trait:team=dba", "mattermost:lab/approvers"]
        approvals = 2
        reason = "required"
        [review.roles."*"]
        approvers = "role:admin"
        denials = 2
        reason = "off"
        [review.roles."db.read"]
        approvers = "user:ivan"
        "#,
    ));
    insta::assert_snapshot!(notes, @"");
    let review = config.review.unwrap();
    assert!(review.assume_supported);
    assert_eq!(review.audit_file, Some(PathBuf::from("/var/log/audit.jsonl")));
    let rules = |role: &str| {
        let rules = review.policy.rules_for(&[role.to_owned()]).unwrap();
        let [rule] = rules.as_slice() else { panic!("{rules:?}") };
        let reason = rule.reason.as_ref().map(|reason| (reason.rule, reason.pattern.is_some()));
        (rule.approvers.len(), rule.approvals, rule.denials, reason)
    };
    assert_eq!(rules("dbadmin"), (4, 2, 1, Some((ReasonRule::Required, true))));
    assert_eq!(rules("web"), (1, 1, 2, Some((ReasonRule::Off, true))));
    assert_eq!(rules("db.read"), (1, 1, 1, None), "as in general");
    assert_eq!((review.reason.rule, review.reason.pattern.is_some()), (ReasonRule::Optional, true));
}

#[test]
fn the_environment_can_say_all_of_it() {
    let environment = [
        ("ACCESSBOT_REVIEW__MODE", "set-state"),
        ("ACCESSBOT_REVIEW__SECRET", SECRET),
        ("ACCESSBOT_REVIEW__REASON", "required"),
        ("ACCESSBOT_REVIEW__ROLES__dbAdmin", "{ approvers = [\"user:alice\", \"user:ivan\"], approvals = 2 }"),
        ("ACCESSBOT_MATTERMOST__REVIEW__USERS__alice", "u1"),
        ("ACCESSBOT_MATTERMOST__REVIEW__USERS", "{ ivan = \"u2\" }"),
    ];
    let config = built_with("[mattermost]\n", &environment).unwrap_or_else(|mistakes| panic!("{}", told(mistakes)));
    let review = config.review.unwrap();
    assert_eq!((review.mode, review.reason.rule), (Mode::SetState, ReasonRule::Required));
    assert_eq!(review.policy.rules_for(&["dbAdmin".to_owned()]).map(|rules| rules[0].approvals), Some(2));
    assert_eq!(config.desks[0].identity.users.len(), 2);

    let wrong = [
        ("ACCESSBOT_REVIEW__ROLES__dbAdmin", "user:alice"),
        ("ACCESSBOT_REVIEW__ROLES__web", "{ aprovers = \"user:alice\" }"),
        ("ACCESSBOT_REVIEW__SECRET", "hunter2"),
        ("ACCESSBOT_REVIEW__MODE", "set-state"),
    ];
    insta::assert_snapshot!(told(built_with(&format!("[mattermost]\n{MAPPED}"), &wrong).err().unwrap()), @r#"
    ACCESSBOT_REVIEW__ROLES__dbAdmin: review.roles.dbAdmin: is `user:alice`
      hint: write a table as in a TOML file: {approvers = ["role:lead"]}
    ACCESSBOT_REVIEW__ROLES__web: review.roles.web.aprovers: is not a key that there is
      hint: did you mean `approvers`?
    ACCESSBOT_REVIEW__ROLES__web: review.roles.web.approvers: is missing
      hint: write user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL, such as mattermost:team/approvers
    ACCESSBOT_REVIEW__SECRET: review.secret: has 7 bytes, which is too short
      hint: make one with `openssl rand -hex 32`, the same for all replicas
    "#);
}

#[test]
fn mistakes_in_the_modes() {
    insta::assert_snapshot!(mistakes("[mattermost]\n[review]\nmode = \"approve\"\n"), @r#"
    bot.toml:5: review.mode: is "approve"
      hint: write link, on-behalf, as-bot or set-state
    "#);
    insta::assert_snapshot!(mistakes(&review("on-behalf", "[review.roles.\"*\"]\napprovers = \"user:a\"\n")), @"
    bot.toml:9: review.roles: is given, and mode is on-behalf
      hint: leave it out: in this mode Teleport says who may decide
    ");
    insta::assert_snapshot!(mistakes("[mattermost]\n[review.roles.\"*\"]\napprovers = \"user:a\"\n"), @r#"
    bot.toml:4: review.roles: is given, and mode is link
      hint: leave it out, or write mode = "set-state" or "as-bot", in which it says who may decide
    "#);
    insta::assert_snapshot!(mistakes(&review("as-bot", "")), @r#"
    bot.toml:6: review.roles: is missing: in mode as-bot nothing else says who may decide
      hint: write a section for each role, such as [review.roles."dbadmin"] with approvers = ["user:alice", "role:dba-lead"] and approvals = 2
    "#);
    insta::assert_snapshot!(mistakes(&review("set-state", "[review.roles]\n")), @r#"
    bot.toml:9: review.roles: is missing: in mode set-state nothing else says who may decide
      hint: write a section for each role, such as [review.roles."dbadmin"] with approvers = ["user:alice", "role:dba-lead"] and approvals = 2
    "#);
    insta::assert_snapshot!(mistakes(&review("on-behalf", "reason = \"maybe\"\nreason_pattern = \"INC-(\"\nassume_supported = \"yes\"\n")), @r#"
    bot.toml:9: review.reason: is "maybe"
      hint: write off, optional or required
    bot.toml:10: review.reason_pattern: is given, and no reason is asked for
      hint: write reason = "required" or "optional", or leave the pattern out
    bot.toml:10: review.reason_pattern: is "INC-(": found open group without closing ')'
      hint: write a regular expression, such as "^INC-[0-9]+"
    bot.toml:11: review.assume_supported: is a text
      hint: write true or false, without quotes
    "#);
}

#[test]
fn mistakes_in_the_rules_of_roles() {
    insta::assert_snapshot!(mistakes(&review("set-state", r#"
[review.roles."dbadmin"]
approvers = ["user:alice", "user:ivan", "user:alice"]
approvals = 3
denials = 17
[review.roles."nobody"]
approvers = []
[review.roles."strangers"]
approvers = ["alice", "slack:C0123ABCD", "trait:team", "role:"]
approvals = "two"
[review.roles."db.read"]
aprovers = "user:alice"
approvers = "user:alice"
reason_pattern = "x"
colour = "red"
[review.roles]
flat = 5
"#)), @r#"
    bot.toml:12: review.roles.dbadmin.approvals: is 3, and approvers names only 2 people
      hint: name more approvers, or ask for fewer
    bot.toml:13: review.roles.dbadmin.denials: is 17, which is out of range
      hint: write a whole number from 1 to 16
    bot.toml:15: review.roles.nobody.approvers: is missing
      hint: write user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL, such as mattermost:team/approvers
    bot.toml:17: review.roles.strangers.approvers: is wrong: "alice" does not say who that is
      hint: write user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL, such as mattermost:team/approvers; what runs is mattermost
    bot.toml:17: review.roles.strangers.approvers: is wrong: "slack:C0123ABCD" does not say who that is
      hint: write user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL, such as mattermost:team/approvers; what runs is mattermost
    bot.toml:17: review.roles.strangers.approvers: is wrong: "trait:team" is a trait without a value
      hint: write user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL, such as mattermost:team/approvers; what runs is mattermost
    bot.toml:17: review.roles.strangers.approvers: is wrong: "role:" names nobody
      hint: write user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL, such as mattermost:team/approvers; what runs is mattermost
    bot.toml:18: review.roles.strangers.approvals: is a text
      hint: write a whole number from 1 to 16
    bot.toml:20: review.roles.db.read.aprovers: is not a key that there is
      hint: did you mean `approvers`?
    bot.toml:22: review.roles.db.read.reason_pattern: is given, and no reason is asked for
      hint: write reason = "required" or "optional", or leave the pattern out
    bot.toml:23: review.roles.db.read.colour: is not a key that there is
      hint: [review.roles."db.read"] has approvers, approvals, denials, reason, reason_pattern
    bot.toml:25: review.roles.flat: is a number
      hint: write a table of its own
    "#);
}

#[test]
fn a_regular_expression_is_no_pattern_of_roles() {
    insta::assert_snapshot!(mistakes(&review("set-state", r#"
[review.roles."^db-.*$"]
approvers = ["user:alice"]
[review.roles."*"]
approvers = ["user:ivan"]
[review.roles." web"]
approvers = ["user:ivan"]
"#)), @r#"
    bot.toml:10: review.roles.^db-.*$: is written as a regular expression, which is not understood here
      hint: write the name of a role; * in it stands for any text, such as "db-*"
    bot.toml:14: review.roles. web: is no name of a role
      hint: write it without spaces around it
    "#);
}

#[test]
fn mistakes_in_the_secrets() {
    let secret = |lines: &str| format!("[mattermost]\n{MAPPED}[review]\nmode = \"on-behalf\"\n{lines}\n");
    insta::assert_snapshot!(mistakes(&secret("")), @"
    bot.toml:6: review.secret: is missing
      hint: mode on-behalf needs one: make one with `openssl rand -hex 32`, the same for all replicas
    ");
    insta::assert_snapshot!(mistakes(&secret("secret = \"hunter2\"")), @"
    bot.toml:8: review.secret: has 7 bytes, which is too short
      hint: make one with `openssl rand -hex 32`, the same for all replicas
    ");
    insta::assert_snapshot!(mistakes(&secret("secret = \"change-me-hunter2-change-me-hunter2-change-me\"")), @"
    bot.toml:8: review.secret: looks like a placeholder from an example
      hint: make one with `openssl rand -hex 32`, the same for all replicas
    ");
    insta::assert_snapshot!(mistakes(&secret("secret_file = \"/no/such/secret\"")), @"
    bot.toml:8: review.secret_file: cannot read the secret in /no/such/secret: No such file or directory (os error 2)
      hint: a value that starts with / names a file: it must exist, be readable and hold the secret
    ");
    insta::assert_snapshot!(mistakes(&secret(&format!("secret = \"{SECRET}\"\nprevious_secret = \"hunter2\""))), @"
    bot.toml:9: review.previous_secret: has 7 bytes, which is too short
      hint: make one with `openssl rand -hex 32`, the same for all replicas
    ");
    insta::assert_snapshot!(mistakes(&secret("secret = 5")), @"
    bot.toml:8: review.secret: is a number
      hint: write a text in quotes
    ");
}

#[test]
fn a_chat_that_knows_nobody_decides_nothing() {
    insta::assert_snapshot!(mistakes(&review("on-behalf", "[slack]\n")), @r#"
    bot.toml:9: slack.review.user_trait: is missing, and nothing else says which Teleport user an account is
      hint: write user_trait = "…" in [slack.review], the trait in Teleport that holds the id of a user's account, or a table [slack.review.users]
    "#);
    let (_, notes) = taken(&review("on-behalf", "[slack]\nsilent = true\n"));
    insta::assert_snapshot!(notes, @"nothing is decided in slack: as it is configured it takes no decisions");
    let (_, notes) = taken(&review("on-behalf", "").replace("[mattermost]\n", "[mattermost]\nsilent = true\n"));
    insta::assert_snapshot!(notes, @"
    nothing is decided in mattermost: as it is configured it takes no decisions
    warning: review.mode is on-behalf, and no chat that runs takes decisions
    ");
    insta::assert_snapshot!(mistakes(&review("on-behalf", "[mattermost.review.users]\nalice = [\"u1\", \"u2\"]\nbob = \"u1\"\n")), @r#"
    bot.toml:11: mattermost.review.users.bob: gives the account "u1" to alice and to bob
      hint: an account is one person's: leave one of the two out
    "#);
}

#[test]
fn an_address_that_nobody_verified_does_not_make_an_administrator() {
    let policy = "[review.roles.\"*\"]\napprovers = \"role:admin\"\n";
    let by_email = |mode: &str, policy: &str| {
        review(mode, policy).replace(MAPPED, "[mattermost.review]\nallow_email_match = true\n")
    };
    insta::assert_snapshot!(mistakes(&by_email("set-state", policy)), @"
    bot.toml:5: mattermost.review.allow_email_match: is true, and mode is set-state: anybody can put in an administrator's address here, and nothing but the bot would stand in the way
      hint: leave it out, and write user_trait or users in its place
    ");
    insta::assert_snapshot!(mistakes(&by_email("as-bot", policy)), @"
    bot.toml:5: mattermost.review.allow_email_match: is true, and mode is as-bot: anybody can put in an administrator's address here, and nothing but the bot would stand in the way
      hint: leave it out, and write user_trait or users in its place
    ");
    let (_, notes) = taken(&by_email("on-behalf", ""));
    insta::assert_snapshot!(notes, @"warning: mattermost.review.allow_email_match: whoever can change the e-mail address of an account decides as somebody else; user_trait or users are safer");
    let (_, notes) = taken(&by_email("set-state", policy).replace("[mattermost", "[slack"));
    insta::assert_snapshot!(notes, @"warning: slack.review.allow_email_match: whoever can change the e-mail address of an account decides as somebody else; user_trait or users are safer");
}

/// The Go plugin for Slack, 2026: no secret, since it has none.
#[test]
fn the_keys_of_the_go_plugin_mean_on_behalf_in_slack() {
    let text = "[slack]\n[review]\nenabled = true\napp_token = \"xapp-hunter2\"\nslack_user_id_trait = \"slack_uid\"\n";
    let (config, notes) = taken(text);
    insta::assert_snapshot!(notes, @r#"
    warning: review.app_token is deprecated: its name is slack.review.app_token now
    warning: review.slack_user_id_trait is deprecated: its name is slack.review.user_trait now
    warning: review.enabled is deprecated: write mode = "on-behalf"
    warning: review.secret is missing: one was made for this process, so that buttons die with it, and replicas do not know each other's; make one with `openssl rand -hex 32`
    "#);
    let [desk] = config.desks.as_slice() else { panic!("one desk") };
    assert_eq!(desk.identity.user_trait.as_deref(), Some("slack_uid"));
    assert_eq!(config.review.map(|review| review.mode), Some(Mode::OnBehalf));

    let (_, notes) = taken(&format!("{text}allow_email_username_match = true\nsecret = \"{SECRET}\"\n"));
    insta::assert_snapshot!(notes, @r#"
    warning: review.app_token is deprecated: its name is slack.review.app_token now
    warning: review.slack_user_id_trait is deprecated: its name is slack.review.user_trait now
    warning: review.allow_email_username_match is deprecated: its name is slack.review.allow_email_match now
    warning: review.enabled is deprecated: write mode = "on-behalf"
    warning: slack.review.allow_email_match: whoever can change the e-mail address of an account decides as somebody else; user_trait or users are safer
    "#);

    let (config, notes) = taken(&text.replace("true", "false"));
    assert!(config.review.is_none());
    insta::assert_snapshot!(notes, @"
    warning: review.app_token is deprecated: its name is slack.review.app_token now
    warning: review.slack_user_id_trait is deprecated: its name is slack.review.user_trait now
    of [review] only the mode counts, which is link: nothing is decided in the chat
    what [slack.review] says is ignored: review.mode is link
    ");

    // Beside Slack it knows no chat.
    let (config, notes) = taken(&format!("[mattermost]\n{text}"));
    let decisions: Vec<bool> = config.desks.iter().map(|desk| desk.backend.capabilities().decisions).collect();
    assert_eq!(decisions, [false, true], "{notes}");

    // As its own documentation has it: one of the two ways to know people is needed.
    insta::assert_snapshot!(mistakes(&text.replace("slack_user_id_trait = \"slack_uid\"\n", "")), @r#"
    bot.toml:3: slack.review.user_trait: is missing, and nothing else says which Teleport user an account is
      hint: write user_trait = "…" in [slack.review], the trait in Teleport that holds the id of a user's account, or a table [slack.review.users]
    "#);
    insta::assert_snapshot!(mistakes(&format!("{text}mode = \"on-behalf\"\n[slack.review]\napp_token = \"hunter2\"\n")), @"
    bot.toml:5: review.enabled: is the older way to say `mode`, which is given too
      hint: leave `enabled` out
    bot.toml:6: review.app_token: is the older name of slack.review.app_token, which is given too
      hint: leave it out
    ");
}
