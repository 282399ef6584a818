//! From a section of the configuration to a backend.

use std::collections::BTreeSet;

use accessbot_core::backend::CONTEXT_KEYS;
use accessbot_core::routing::ROUTING_KEYS;
use accessbot_mattermost::BACKEND;

use crate::{context, section};

fn mistakes(entries: &[(&str, &str)]) -> Vec<String> {
    match (BACKEND.build)(&mut section(entries), &context()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    insta::assert_snapshot!(mistakes(&[]).join("\n"), @r#"
    accessbot.toml: mattermost.url: is missing
      hint: write the address that people use, such as "https://chat.example.com"
    accessbot.toml: mattermost.token: is missing
      hint: write the bot's access token, or the path of a file that holds it
    "#);
    insta::assert_snapshot!(mistakes(&[("url", "chat.example.com"), ("token", " ")]).join("\n"), @r#"
    accessbot.toml: mattermost.url: is not an address (relative URL without a base)
      hint: write the address that people use, such as "https://chat.example.com"
    accessbot.toml: mattermost.token: is missing
      hint: write the bot's access token, or the path of a file that holds it
    "#);
    assert_eq!(mistakes(&[("url", "https://127.0.0.1"), ("token_file", "")]).len(), 1);
    assert_eq!(mistakes(&[("url", "http://127.0.0.1/mm"), ("token", "x"), ("match_usernames", "true")]), [""; 0]);
    assert_eq!(mistakes(&[("url", "https://127.0.0.1"), ("token_file", "/run/secrets/mattermost")]), [""; 0]);
}

#[tokio::test]
async fn a_private_ca_that_cannot_be_read_is_told() {
    let mut context = context();
    context.extra_ca = Some("/no/such/ca.pem".into());
    let entries = [("url", "https://chat.example.com"), ("token", "x")];
    let errors = (BACKEND.build)(&mut section(&entries), &context).map(|_| ()).unwrap_err();
    assert!(errors[0].to_string().contains("mattermost.extra_ca: cannot be used: "), "{errors:?}");
    assert!(errors[0].to_string().contains("/no/such/ca.pem"), "{errors:?}");
}

#[test]
fn the_example_names_every_key_and_no_other() {
    let known: BTreeSet<&str> =
        BACKEND.keys.iter().chain(ROUTING_KEYS).chain(CONTEXT_KEYS).map(|key| key.name).collect();
    let name =
        |line: &str| line.trim_start_matches("# ").split(" = ").next().map(|name| name.trim_matches('"').to_owned());
    // Keys of a table of the section stand below its own heading there.
    let short = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    for key in BACKEND.keys {
        assert!(BACKEND.example.lines().filter_map(name).any(|name| name == short(key.name)), "{}", key.name);
    }
    let section = BACKEND.example.split("# [mattermost.").next().unwrap_or_default();
    for line in section.lines().filter(|line| line.contains(" = ")) {
        assert!(known.contains(name(line).unwrap().as_str()), "{line}");
    }
}
