//! Several backends in one build, which the program as it ships does not have yet.

use std::sync::Arc;

use accessbot_core::backend::{BackendDef, ChatBackend, Key, KeyKind, Section};
use accessbot_core::clock::SystemClock;

use super::*;

const KEYS: &[Key] = &[
    Key { name: "server", kind: KeyKind::Text, aliases: &["host"], doc: "" },
    Key { name: "password", kind: KeyKind::Secret, aliases: &["pass"], doc: "" },
    Key { name: "retries", kind: KeyKind::Number, aliases: &[], doc: "" },
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
        debug: false,
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

#[test]
fn every_key_is_recognised_when_a_letter_is_missing() {
    for section in Schema::new(&crate::bundled_backends()).sections {
        for key in &section.keys {
            let misspelt: String = key.name.char_indices().filter(|(at, _)| *at != 1).map(|(_, c)| c).collect();
            let full = format!("{}.{misspelt}", section.name);
            let mistakes = told(&format!("[{}]\n{misspelt} = \"x\"\n", section.name));
            let mistake = mistakes.iter().find(|mistake| mistake.key == full);
            let mistake = mistake.unwrap_or_else(|| panic!("{full} is taken: {mistakes:?}"));
            assert_eq!(mistake.hint, Some(format!("did you mean `{}`?", key.name)), "{full}");
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
                KeyKind::Text | KeyKind::Secret | KeyKind::List | KeyKind::Table => "2026-11-21",
                KeyKind::Switch | KeyKind::Number => "\"yes\"",
            };
            let full = format!("{}.{}", section.name, key.name);
            let mistakes = told(&format!("[{}]\n{} = {wrong}\n", section.name, key.name));
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
    http.listen_addr = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    review.mode = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.url = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.token = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.match_usernames = "yes": is a text; write true or false, without quotes
    mattermost.recipients = 2026-11-21: is a fraction, a date or a time; write a text or a list of texts
    mattermost.role_to_recipients = 2026-11-21: is a fraction, a date or a time; write a table of its own
    mattermost.users = 2026-11-21: is a fraction, a date or a time; write a table of its own
    mattermost.notify_requester = "yes": is a text; write true or false, without quotes
    mattermost.plugin_name = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    mattermost.extra_ca = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.token = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.api_url = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.on_uncertain = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.recipients = 2026-11-21: is a fraction, a date or a time; write a text or a list of texts
    slack.role_to_recipients = 2026-11-21: is a fraction, a date or a time; write a table of its own
    slack.users = 2026-11-21: is a fraction, a date or a time; write a table of its own
    slack.notify_requester = "yes": is a text; write true or false, without quotes
    slack.plugin_name = 2026-11-21: is a fraction, a date or a time; write a text in quotes
    slack.extra_ca = 2026-11-21: is a fraction, a date or a time; write a text in quotes
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
