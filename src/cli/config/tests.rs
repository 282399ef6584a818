//! Several backends in one build, which the program as it ships does not have yet.

use std::sync::Arc;

use accessbot_core::backend::{BackendDef, ChatBackend, Key, KeyKind, Section};
use accessbot_core::clock::SystemClock;

use super::*;

const KEYS: &[Key] = &[
    Key { name: "server", kind: KeyKind::Text, aliases: &["host"], doc: "" },
    Key { name: "password", kind: KeyKind::Secret, aliases: &["pass"], doc: "" },
    Key { name: "retries", kind: KeyKind::Number, aliases: &[], doc: "" },
    Key { name: "review.app_token", kind: KeyKind::Secret, aliases: &["review.token"], doc: "" },
    Key { name: "review.input", kind: KeyKind::List, aliases: &[], doc: "" },
    Key { name: "review.people", kind: KeyKind::Table, aliases: &[], doc: "" },
];

/// A backend that reads its section and then cannot be built, so that a test needs no chat system.
fn build(section: &mut Section, _: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> {
    section.required_text("server", "write its name");
    section.secret("password");
    section.finish(None)
}

const ALPHA: BackendDef = BackendDef { name: "alpha", keys: KEYS, example: "", build };
const BETA: BackendDef = BackendDef { name: "beta", keys: KEYS, example: "", build };

const CREDENTIALS: &str = "[teleport]\nidentity = \"id\"\n";

/// Reads `text` as a file; with good credentials unless it says something of them.
fn draft(text: &str, chosen: &[&str], environment: &[(&str, &str)]) -> Draft {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.toml");
    let credentials = if text.contains("[teleport]") { "" } else { CREDENTIALS };
    std::fs::write(&file, format!("{credentials}{text}")).unwrap();
    let sources = Sources {
        file: Some(file),
        environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        backends: chosen.iter().map(|name| (*name).to_owned()).collect(),
        ..Sources::default()
    };
    read(&[ALPHA, BETA], &sources).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// All mistakes, with the name of the file cut down to its last part.
fn mistakes(draft: Draft) -> String {
    let context = BackendContext::new(Arc::new(SystemClock));
    let Err(mistakes) = draft.build(&[ALPHA, BETA], &context) else { panic!("there are no mistakes") };
    let short = |mistake: ConfigError| {
        let source_name = mistake.source_name.rsplit('/').next().unwrap_or_default().to_owned();
        ConfigError { source_name, ..mistake }.to_string()
    };
    mistakes.into_iter().map(short).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_configured_backend_runs_unless_some_are_chosen() {
    let both = "[alpha]\nserver = \"a\"\n[beta]\nserver = \"b\"\n";
    assert_eq!(draft(both, &[], &[]).running, ["alpha", "beta"]);
    assert_eq!(draft(both, &["beta"], &[]).running, ["beta"]);
    assert_eq!(draft("[beta]\nserver = \"b\"\n", &[], &[]).running, ["beta"]);
    assert_eq!(draft("", &[], &[("ACCESSBOT_ALPHA__SERVER", "a")]).running, ["alpha"]);
}

/// Every setting, one on each line.
fn settings(draft: &Draft) -> String {
    let effective = draft.merged.effective(&draft.running);
    let line = |setting: Effective| {
        let place = setting.place.rsplit('/').next().unwrap_or_default();
        format!("{} = {} ({place})", setting.key, setting.value)
    };
    effective.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn keys_of_a_table_within_a_section_arrive_with_a_dot() {
    let text = "[alpha]\nserver = \"a\"\n[alpha.review]\ntoken_file = \"x\"\ninput = \"one\"\n[alpha.review.people]\nbob = \"u1\"\n";
    let plain = draft(text, &[], &[]);
    insta::assert_snapshot!(settings(&plain), @r#"
    teleport.identity = "id" (bot.toml:2)
    alpha.review.app_token_file = "x" (bot.toml:6)
    alpha.review.input = "one" (bot.toml:7)
    alpha.review.people = {"bob" = "u1"} (bot.toml:8)
    alpha.server = "a" (bot.toml:4)
    "#);
    let mut section = plain.merged.section("alpha");
    assert_eq!(section.list("review.input"), Some(vec!["one".to_owned()]));
    assert_eq!(section.table("review.people").unwrap()["bob"], ["u1"]);

    let environment = [
        ("ACCESSBOT_ALPHA__REVIEW__APP_TOKEN", "0123"),
        ("ACCESSBOT_ALPHA__REVIEW__INPUT", "two, three"),
        ("ACCESSBOT_ALPHA__REVIEW__PEOPLE__aliceB", "u2"),
    ];
    let both = draft(text, &[], &environment);
    insta::assert_snapshot!(settings(&both), @r#"
    teleport.identity = "id" (bot.toml:2)
    alpha.review.app_token = [secret] (ACCESSBOT_ALPHA__REVIEW__APP_TOKEN)
    alpha.review.input = ["two", "three"] (ACCESSBOT_ALPHA__REVIEW__INPUT)
    alpha.review.people = {"aliceB" = ["u2"], "bob" = "u1"} (ACCESSBOT_ALPHA__REVIEW__PEOPLE__aliceB)
    alpha.server = "a" (bot.toml:4)
    "#);
    let secret = both.merged.section("alpha").secret("review.app_token").unwrap().current().unwrap();
    assert_eq!(secret.expose(), "0123", "the environment beats the file, whichever way it is given");
    let secrets: Vec<&str> = both.merged.secrets(&both.running, true).iter().map(|secret| secret.key).collect();
    assert_eq!(secrets, ["review.app_token"]);
    assert!(both.merged.secrets(&both.running, false).is_empty(), "nobody needs it where nothing is decided");
}

#[test]
fn mistakes_in_a_table_within_a_section_name_it() {
    let text = "[alpha]\nserver = \"a\"\napp_token = \"hunter2\"\nreview_input = \"x\"\n[alpha.reviw]\na = 1\n[alpha.review]\n\
                app_tokn = \"hunter2\"\nretries = 5\ncolour = 1\n";
    let environment = [
        ("ACCESSBOT_ALPHA__REVIEW__APP_TOKN", "hunter2"),
        ("ACCESSBOT_ALPHA__REVIEW", "x"),
        ("ACCESSBOT_ALPHA_REVIEW_APP_TOKEN", "hunter2"),
        ("ACCESSBOT_ALPHA__REVIEW__INPUT__X", "x"),
    ];
    insta::assert_snapshot!(mistakes(draft(text, &["beta"], &environment)), @"
    bot.toml: beta.server: is missing
      hint: write its name
    bot.toml:5: alpha.app_token: is not a key that there is
      hint: it belongs into [alpha.review]
    bot.toml:6: alpha.review_input: is not a key that there is
      hint: did you mean `review.input`?
    bot.toml:7: alpha.reviw: is not a key that there is
      hint: did you mean `review`?
    bot.toml:10: alpha.review.app_tokn: is not a key that there is
      hint: did you mean `app_token`?
    bot.toml:11: alpha.review.retries: is not a key that there is
      hint: it belongs into [alpha]
    bot.toml:12: alpha.review.colour: is not a key that there is
      hint: [alpha.review] has app_token, input, people, users, user_trait, allow_email_match
    ACCESSBOT_ALPHA_REVIEW_APP_TOKEN: names no key
      hint: two underscores divide section and key: write ACCESSBOT_ALPHA__REVIEW__APP_TOKEN
    ACCESSBOT_ALPHA__REVIEW: alpha.review: is not a table
      hint: make it a section: a line [alpha.review] and its keys below
    ACCESSBOT_ALPHA__REVIEW__APP_TOKN: alpha.review.app_tokn: is not a key that there is
      hint: did you mean `app_token`?
    ACCESSBOT_ALPHA__REVIEW__INPUT__X: alpha.review.input: is given a part, and is not a table
      hint: write ACCESSBOT_ALPHA__REVIEW__INPUT
    ");
    insta::assert_snapshot!(mistakes(draft("[alpha]\nserver = \"a\"\nreview = 5\n", &[], &[])), @"
    bot.toml:3: alpha: cannot be used, and the backend does not say why
    bot.toml:5: alpha.review: is not a table
      hint: make it a section: a line [alpha.review] and its keys below
    ");
}

#[test]
fn the_table_at_the_top_belongs_to_the_one_backend_that_runs() {
    let text = "[alpha]\nserver = \"a\"\n[beta]\nserver = \"b\"\n[role_to_recipients]\n\"*\" = \"everybody\"\n";
    let told = |draft: Draft| {
        let effective = draft.merged.effective(&draft.running);
        effective
            .into_iter()
            .map(|setting| format!("{} = {}", setting.key, setting.value))
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(told(draft(text, &["beta"], &[])), @r#"
    teleport.identity = "id"
    beta.role_to_recipients = {"*" = "everybody"}
    beta.server = "b"
    "#);
    insta::assert_snapshot!(mistakes(draft(text, &[], &[])), @"
    bot.toml:3: alpha: cannot be used, and the backend does not say why
    bot.toml:5: beta: cannot be used, and the backend does not say why
    bot.toml:7: role_to_recipients: does not say for which backend it is
      hint: several backends run: move its entries into [alpha.role_to_recipients] or [beta.role_to_recipients]
    ");
}

#[test]
fn a_section_that_does_not_run_is_checked_for_what_it_has() {
    // Nothing is required of it: neither a server nor a password.
    let text = "[alpha]\nserver = \"a\"\n[beta]\nretries = \"many\"\npass = 5\nservr = \"b\"\n";
    insta::assert_snapshot!(mistakes(draft(text, &["alpha"], &[])), @"
    bot.toml:3: alpha: cannot be used, and the backend does not say why
    bot.toml:6: beta.retries: is no number
      hint: write a whole number
    bot.toml:7: beta.password: is a number
      hint: write a text in quotes
    bot.toml:8: beta.servr: is not a key that there is
      hint: did you mean `server`?
    ");
}

#[test]
fn aliases_are_taken_with_a_warning_each() {
    let draft = draft("[alpha]\nhost = \"a\"\npass_file = \"secret\"\n", &[], &[("ACCESSBOT_ALPHA__HOST", "b")]);
    let notes: Vec<&str> = draft.findings.notes.iter().map(|note| note.text.as_str()).collect();
    insta::assert_snapshot!(notes.join("\n"), @"
    alpha.host is deprecated: its name is alpha.server now
    alpha.pass_file is deprecated: its name is alpha.password_file now
    ");
    let mut section = draft.merged.section("alpha");
    assert_eq!(section.text("server").as_deref(), Some("b"), "the environment beats the file, whatever they call it");
    assert_eq!(section.text("password_file").as_deref(), Some("secret"));
}

#[test]
fn an_alias_beside_its_successor_is_a_mistake() {
    insta::assert_snapshot!(mistakes(draft("[alpha]\nhost = \"a\"\nserver = \"b\"\n", &[], &[])), @"
    bot.toml:3: alpha: cannot be used, and the backend does not say why
    bot.toml:4: alpha.host: is the older name of `server`, which is given too
      hint: leave `host` out
    ");
}

#[test]
fn a_later_source_decides_how_a_secret_is_given() {
    let in_file =
        draft("[alpha]\nserver = \"a\"\npassword_file = \"x\"\n", &[], &[("ACCESSBOT_ALPHA__PASSWORD", "0123")]);
    let mut section = in_file.merged.section("alpha");
    assert!(!section.has("password_file"));
    let secret = section.secret("password").unwrap().current().unwrap();
    assert_eq!(secret.expose(), "0123", "a variable is no TOML: it does not become the number 123");
}

#[test]
fn empty_texts_count_as_missing() {
    insta::assert_snapshot!(mistakes(draft("[teleport]\nidentity = \" \"\n[alpha]\nserver = \"\"\n", &[], &[])), @r#"
    bot.toml:2: teleport.identity: is missing, and so is every other credential
      hint: write identity = "FILE" with the file of `tctl auth sign --format=file` or of tbot, or client_crt, client_key and root_cas with those of `tctl auth sign --format=tls`
    bot.toml:4: alpha.server: is missing
      hint: write its name
    "#);
}

/// Everything that is said of a file for the backends of this build.
fn told(text: &str) -> Vec<ConfigError> {
    let backends = crate::bundled_backends();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.toml");
    std::fs::write(&file, text).unwrap();
    let sources = Sources { file: Some(file), ..Sources::default() };
    let context = BackendContext::new(Arc::new(SystemClock));
    read(&backends, &sources).and_then(|draft| draft.build(&backends, &context)).err().unwrap_or_default()
}

/// The line above a key, and its name below it.
fn header<'k>(section: &str, key: &'k str) -> (String, &'k str) {
    key.split_once('.').map_or((section.to_owned(), key), |(table, name)| (format!("{section}.{table}"), name))
}

#[test]
fn every_key_is_recognised_when_a_letter_is_missing() {
    for section in Schema::new(&crate::bundled_backends()).sections {
        for key in &section.keys {
            let (header, name) = header(section.name, key.name);
            let misspelt: String = name.char_indices().filter(|(at, _)| *at != 1).map(|(_, c)| c).collect();
            let full = format!("{header}.{misspelt}");
            let mistakes = told(&format!("[{header}]\n{misspelt} = \"x\"\n"));
            let mistake = mistakes.iter().find(|mistake| mistake.key == full);
            let mistake = mistake.unwrap_or_else(|| panic!("{full} is taken: {mistakes:?}"));
            assert_eq!(mistake.hint, Some(format!("did you mean `{name}`?")), "{full}");
            assert_eq!(mistake.line, Some(2), "{full}");
        }
    }
}

#[test]
fn every_key_is_refused_when_its_value_is_of_another_kind() {
    let mut lines = Vec::new();
    for section in Schema::new(&crate::bundled_backends()).sections {
        for key in &section.keys {
            let wrong = match key.kind {
                KeyKind::Text | KeyKind::Secret | KeyKind::List | KeyKind::Table | KeyKind::Tables => "2026-11-21",
                KeyKind::Switch | KeyKind::Number => "\"yes\"",
            };
            let full = format!("{}.{}", section.name, key.name);
            let (header, name) = header(section.name, key.name);
            let mistakes = told(&format!("[{header}]\n{name} = {wrong}\n"));
            let mistake = mistakes.iter().find(|mistake| mistake.key == full);
            let mistake = mistake.unwrap_or_else(|| panic!("{full} = {wrong} is taken: {mistakes:?}"));
            assert_eq!(mistake.line, Some(2), "{full}");
            let hint = mistake.hint.as_deref().unwrap_or("no hint");
            lines.push(format!("{full} = {wrong}: {}; {hint}", mistake.problem));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    teleport.addr = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    teleport.identity = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    teleport.client_crt = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    teleport.client_key = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    teleport.root_cas = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    teleport.extra_ca = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    teleport.refresh_identity = "yes": is a text; write true or false, without quotes
    teleport.refresh_identity_interval = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    log.output = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    log.severity = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    log.format = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    engine.workers = "yes": is a text; write a whole number from 1 to 256
    engine.relist_interval = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    engine.announce_at_most_old = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    status.socket = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    http.public_addr = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    http.listen_addr = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    http.https_cert_file = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    http.https_key_file = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    http.basic_auth.user = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    http.basic_auth.password = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    http.tls.verify_client_cert = "yes": is a text; write true or false, without quotes
    review.mode = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    review.secret = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    review.previous_secret = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    review.reason = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    review.reason_pattern = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    review.roles = 2026-11-21: is given, and mode is link; leave it out, or write mode = "set-state" or "as-bot", in which it says who may decide
    review.assume_supported = "yes": is a text; write true or false, without quotes
    review.audit_file = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.url = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.token = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.match_usernames = "yes": is a text; write true or false, without quotes
    mattermost.review.input = 2026-11-21: is a fraction, a date or a time; write a text or a list of texts
    mattermost.review.approve_emoji = 2026-11-21: is a fraction, a date or a time; write a text or a list of texts
    mattermost.review.deny_emoji = 2026-11-21: is a fraction, a date or a time; write a text or a list of texts
    mattermost.recipients = 2026-11-21: is a fraction, a date or a time; write a text or a list of texts
    mattermost.role_to_recipients = 2026-11-21: is a fraction, a date or a time; write a table of its own
    mattermost.users = 2026-11-21: is a fraction, a date or a time; write a table of its own
    mattermost.notify_requester = "yes": is a text; write true or false, without quotes
    mattermost.plugin_name = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.extra_ca = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.review.users = 2026-11-21: is a fraction, a date or a time; write a table of its own
    mattermost.review.user_trait = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.review.allow_email_match = "yes": is a text; write true or false, without quotes
    slack.token = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.api_url = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.on_uncertain = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.review.app_token = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.review.signing_secret = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.recipients = 2026-11-21: is a fraction, a date or a time; write a text or a list of texts
    slack.role_to_recipients = 2026-11-21: is a fraction, a date or a time; write a table of its own
    slack.users = 2026-11-21: is a fraction, a date or a time; write a table of its own
    slack.notify_requester = "yes": is a text; write true or false, without quotes
    slack.plugin_name = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.extra_ca = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.review.users = 2026-11-21: is a fraction, a date or a time; write a table of its own
    slack.review.user_trait = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.review.allow_email_match = "yes": is a text; write true or false, without quotes
    "#);
}

#[test]
fn a_backend_of_ours_that_this_build_lacks_is_told_from_a_slip() {
    insta::assert_snapshot!(mistakes(draft("[slack]\ntoken = \"x\"\n[alhpa]\n", &[], &[])), @"
    bot.toml: configures no backend
      hint: `accessbot configure --backend alpha` prints a section
    bot.toml:3: slack: is a backend that is not compiled into this build
      hint: this build contains alpha, beta
    bot.toml:5: alhpa: is not a section that there is
      hint: did you mean [alpha]?
    ");
    insta::assert_snapshot!(mistakes(draft("", &[], &[("ACCESSBOT_SLACK__TOKEN", "x")])), @"
    bot.toml: configures no backend
      hint: `accessbot configure --backend alpha` prints a section
    environment: slack: is a backend that is not compiled into this build
      hint: this build contains alpha, beta
    ");
}

#[test]
fn the_status_socket_is_where_it_is_named_or_in_the_services_own_folder() {
    let named = "[status]\nsocket = \"/srv/s.sock\"\n";
    let run = [("RUNTIME_DIRECTORY", "/run/accessbot:/run/other")];
    for (text, environment, expected) in [
        ("", &[][..], None),
        ("", &run[..], Some("/run/accessbot/status.sock")),
        (named, &run[..], Some("/srv/s.sock")),
        (named, &[("ACCESSBOT_STATUS__SOCKET", "/tmp/s.sock")][..], Some("/tmp/s.sock")),
        ("[status]\nsocket = \"\"\n", &[("RUNTIME_DIRECTORY", "")][..], None),
    ] {
        assert_eq!(
            draft(text, &[], environment).status_socket(),
            expected.map(PathBuf::from),
            "{text} {environment:?}"
        );
    }
}
