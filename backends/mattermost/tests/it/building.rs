//! From a section of the configuration to a backend.

use std::collections::{BTreeMap, BTreeSet};

use accessbot_core::backend::{CONTEXT_KEYS, Section, Value};
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

/// The same with `[review]` switched on, and these texts for the list of inputs.
fn mistakes_in_review(inputs: Option<&[&str]>, more: &[(&str, &[&str])], public_url: Option<&str>) -> String {
    let text = |text: &str| Value::Text(text.to_owned());
    let list = |texts: &[&str]| Value::List(texts.iter().copied().map(text).collect());
    let mut values = BTreeMap::from([("url".to_owned(), text("https://127.0.0.1")), ("token".to_owned(), text("x"))]);
    values.extend(inputs.map(|inputs| ("review.input".to_owned(), list(inputs))));
    values.extend(more.iter().map(|(key, texts)| ((*key).to_owned(), list(texts))));
    let mut context = context();
    context.review = true;
    context.public_url = public_url.map(str::to_owned);
    match (BACKEND.build)(&mut Section::new("mattermost", "accessbot.toml", values), &context) {
        Ok(_) => String::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[tokio::test]
async fn mistakes_in_how_people_decide_are_told() {
    let here = Some("https://accessbot.example.com");
    insta::assert_snapshot!(mistakes_in_review(None, &[], None), @r#"
    accessbot.toml: mattermost.review.input: is not given, which means buttons, and nothing says where Mattermost reaches the bot
      hint: write `public_addr` into [http], the address at which Mattermost reaches the bot, such as "https://accessbot.example.com"; or take `input = ["replies"]`, which needs none
    "#);
    insta::assert_snapshot!(mistakes_in_review(Some(&["replies", "buttons"]), &[], None), @r#"
    accessbot.toml: mattermost.review.input: names buttons, and nothing says where Mattermost reaches the bot
      hint: write `public_addr` into [http], the address at which Mattermost reaches the bot, such as "https://accessbot.example.com"; or take `input = ["replies"]`, which needs none
    "#);
    insta::assert_snapshot!(mistakes_in_review(Some(&["emails"]), &[("review.approve_emoji", &["x"])], here), @r#"
    accessbot.toml: mattermost.review.input: names "emails"
      hint: write one or several of "buttons", "replies" and "reactions"
    accessbot.toml: mattermost.review.approve_emoji: names x, which would deny as well
      hint: write names of emoji as people type them between colons: "+1"
    "#);
    insta::assert_snapshot!(mistakes_in_review(Some(&[]), &[("review.deny_emoji", &["👎"])], here), @r#"
    accessbot.toml: mattermost.review.input: names no way to decide
      hint: write one or several of "buttons", "replies" and "reactions"
    accessbot.toml: mattermost.review.deny_emoji: names "👎", which is no emoji's name
      hint: write names of emoji as people type them between colons: "+1"
    "#);
    for url in ["ftp://bob:hunter2@example.com", "accessbot:hunter2", &format!("https://hunter2/{}", "x".repeat(500))] {
        let told = mistakes_in_review(None, &[], Some(url));
        assert!(told.contains("the bot's own address is none, or longer than 500 bytes"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    assert_eq!(mistakes_in_review(Some(&["replies", "reactions"]), &[], None), "");
    assert_eq!(mistakes_in_review(None, &[], here), "");
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
