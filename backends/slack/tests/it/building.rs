//! What the section of the configuration must hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use accessbot_core::backend::{BackendContext, Section, Value};
use accessbot_core::clock::SystemClock;
use accessbot_slack::BACKEND;

fn mistakes(keys: &[(&str, Value)]) -> String {
    let values: BTreeMap<String, Value> = keys.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let mut section = Section::new("slack", "bot.toml", values);
    match (BACKEND.build)(&mut section, &BackendContext::new(Arc::new(SystemClock))) {
        Ok(_) => "none".to_owned(),
        Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[tokio::test]
async fn a_token_is_all_that_must_be() {
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(mistakes(&[("token", text("xoxb-1"))]), "none");
    assert_eq!(mistakes(&[("token_file", text("/no/such/file"))]), "none", "read when it is needed");
    assert_eq!(mistakes(&[("token", text("xoxb-1")), ("api_url", text("https://slack-gov.com/api/"))]), "none");
    insta::assert_snapshot!(mistakes(&[]), @"
    bot.toml: slack.token: is missing
      hint: write the token of the app's bot, which begins with xoxb-, or the path of a file that holds it
    ");
    for key in ["review.app_token", "review.app_token_file", "review.signing_secret", "review.signing_secret_file"] {
        assert_eq!(mistakes(&[("token", text("xoxb-1")), (key, text("/no/such/file"))]), "none", "{key}");
    }
    let all = [("token", Value::Number(5)), ("api_url", text("slack.com")), ("on_uncertain", text("maybe"))];
    insta::assert_snapshot!(mistakes(&all), @r#"
    bot.toml: slack.api_url: is not an address (relative URL without a base)
      hint: write the address of Slack's API, such as "https://slack.com/api"
    bot.toml: slack.token: is a number
      hint: write a text in quotes
    bot.toml: slack.on_uncertain: is "maybe"
      hint: write repost or skip
    "#);
    let both = [("token", text("xoxb-1")), ("review.app_token", text("xapp-1")), ("review.app_token_file", text("/x"))];
    insta::assert_snapshot!(mistakes(&both), @"
    bot.toml: slack.review.app_token: is given, and so is `review.app_token_file`
      hint: leave out one of the two; `review.app_token_file` is the clearer one for a file
    ");
}
