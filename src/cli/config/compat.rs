//! What the files of the official Go plugins say, from the first generation on, in today's words.
//!
//! Aliases of single keys (`auth_server`) stand in the key lists; here is what takes more than another name.

use accessbot_core::backend::{Key, KeyKind, Value};

use super::findings::Findings;
use super::layer::Layer;

/// Keys that a backend's section had in older generations, unless the backend knows them itself.
const OLD_KEYS: &[(&str, &[Key])] = &[
    ("mattermost", &[old("team", KeyKind::Text), old("channel", KeyKind::Text), old("secret", KeyKind::Secret)]),
    ("slack", &[old("channel", KeyKind::Text), old("secret", KeyKind::Secret), old("notify_only", KeyKind::Switch)]),
];

/// The key of `[review]` by which the Go plugin for Slack that takes decisions from the chat (2026) is told to.
pub(super) const OLD_REVIEW_KEYS: &[Key] = &[old("enabled", KeyKind::Switch)];

/// The chat that it is for.
pub(super) const GO_REVIEW_CHAT: &str = "slack";

/// Its other keys there, and what they are called today in `[slack]`.
const GO_REVIEW_KEYS: [(&str, &str); 4] = [
    ("app_token", "review.app_token"),
    ("app_token_file", "review.app_token_file"),
    ("slack_user_id_trait", "review.user_trait"),
    ("allow_email_username_match", "review.allow_email_match"),
];

/// Credential files that the plugins of 2020 took from the working directory when none were named.
const CREDENTIALS_OF_2020: [(&str, &str); 3] =
    [("client_key", "client.key"), ("client_crt", "client.pem"), ("root_cas", "cas.pem")];

const fn old(name: &'static str, kind: KeyKind) -> Key {
    Key { name, kind, aliases: &[], doc: "Of older generations; read by nothing." }
}

/// The keys that this backend's section had in older generations.
pub(super) fn old_keys(backend: &str) -> &'static [Key] {
    OLD_KEYS.iter().find(|(name, _)| *name == backend).map_or(&[], |(_, keys)| keys)
}

/// Rewrites what a layer says in the words of older generations. Runs before aliases are resolved, because the spelling
/// tells the generation. `known` says whether the backend itself has a key: then it is not ours to touch.
pub(super) fn modernise(layer: &mut Layer, known: &dyn Fn(&str, &str) -> bool, findings: &mut Findings) {
    default_credentials(layer, findings);
    if !known("mattermost", "team") && !known("mattermost", "channel") {
        one_channel(layer, findings);
    }
    if !known("slack", "channel") {
        one_slack_channel(layer, findings);
    }
    for (backend, _) in OLD_KEYS {
        if !known(backend, "secret") {
            unused_secret(layer, backend, findings);
        }
    }
    if !known("slack", "notify_only") && layer.take("slack", "notify_only").is_some() {
        findings.info("slack.notify_only is ignored: review.mode says whether requests are decided in the chat");
    }
    if known("slack", "token") {
        go_review(layer, findings);
    }
}

/// `auth_server` alone, without any credential: the generation that had defaults for them.
fn default_credentials(layer: &mut Layer, findings: &mut Findings) {
    let named = |key: &str| layer.has("teleport", key);
    if !named("auth_server") || named("identity") || CREDENTIALS_OF_2020.iter().any(|(key, _)| named(key)) {
        return;
    }
    findings
        .warn("teleport names no credentials: taking client.key, client.pem and cas.pem from the working directory");
    let place = layer.place("teleport").cloned();
    for (key, file) in CREDENTIALS_OF_2020 {
        layer.set("teleport", key, Value::Text(file.to_owned()), place.clone());
    }
}

/// `team` and `channel`, the one channel of the first generation, are a recipient today.
fn one_channel(layer: &mut Layer, findings: &mut Findings) {
    let text = |layer: &Layer, key: &str| match layer.section("mattermost").and_then(|s| s.get(key)) {
        Some(Value::Text(text)) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
        _ => None,
    };
    let (team, channel) = (text(layer, "team"), text(layer, "channel"));
    for (key, read) in [("team", &team), ("channel", &channel)] {
        if layer.has("mattermost", key) && read.is_none() {
            let hint = "write recipients = [\"team/channel\"] instead".to_owned();
            findings.error(layer.mistake(&format!("mattermost.{key}"), "is not a text that names one", Some(hint)));
        }
    }
    match (team, channel) {
        (Some(_), Some(_)) if layer.has("mattermost", "recipients") => {
            findings.warn("mattermost.team and mattermost.channel are ignored: mattermost.recipients is given");
        }
        (Some(team), Some(channel)) => {
            let recipient = format!("{team}/{channel}");
            findings.warn(format!(
                "mattermost.team and mattermost.channel are deprecated: write recipients = [\"{recipient}\"]"
            ));
            let place = layer.place("mattermost.channel").cloned();
            layer.set("mattermost", "recipients", Value::List(vec![Value::Text(recipient)]), place);
        }
        (Some(_), None) if !layer.has("mattermost", "channel") => findings.error(lonely(layer, "team", "channel")),
        (None, Some(_)) if !layer.has("mattermost", "team") => findings.error(lonely(layer, "channel", "team")),
        _ => {}
    }
    layer.take("mattermost", "team");
    layer.take("mattermost", "channel");
}

fn lonely(layer: &Layer, key: &str, other: &str) -> accessbot_core::backend::ConfigError {
    let hint = "write recipients = [\"team/channel\"] instead".to_owned();
    layer.mistake(&format!("mattermost.{key}"), format!("is given without mattermost.{other}"), Some(hint))
}

/// `channel`, the one channel of the first generation for Slack, is a recipient today.
fn one_slack_channel(layer: &mut Layer, findings: &mut Findings) {
    let place = layer.place("slack.channel").cloned();
    match layer.section("slack").and_then(|section| section.get("channel")) {
        None => return,
        Some(Value::Text(_)) if layer.has("slack", "recipients") => {
            findings.warn("slack.channel is ignored: slack.recipients is given");
        }
        Some(Value::Text(channel)) if !channel.trim().is_empty() => {
            let channel = channel.trim().to_owned();
            findings.warn(format!("slack.channel is deprecated: write recipients = [\"{channel}\"]"));
            layer.set("slack", "recipients", Value::List(vec![Value::Text(channel)]), place);
        }
        Some(_) => {
            let hint = "write recipients = [\"channel\"] instead".to_owned();
            findings.error(layer.mistake("slack.channel", "is not a text that names one", Some(hint)));
        }
    }
    layer.take("slack", "channel");
}

/// `secret` signed the buttons of the first generation, or the calls of Slack.
fn unused_secret(layer: &mut Layer, backend: &str, findings: &mut Findings) {
    let inline = layer.take(backend, "secret").is_some();
    let file = layer.take(backend, "secret_file").is_some();
    if inline || file {
        findings.warn(format!(
            "{backend}.secret is ignored: nothing is decided in the chat unless review.mode says so, and then {}",
            if backend == "slack" { "it belongs into [slack.review] signing_secret" } else { "review.secret counts" }
        ));
    }
}

/// The Go plugin's own way of deciding from Slack: its keys say today's `on-behalf`, for Slack alone.
fn go_review(layer: &mut Layer, findings: &mut Findings) {
    for (old, new) in GO_REVIEW_KEYS {
        let Some((value, place)) = layer.take("review", old) else { continue };
        if layer.has(GO_REVIEW_CHAT, new) {
            layer.set("review", old, value, place);
            let problem = format!("is the older name of slack.{new}, which is given too");
            findings.error(layer.mistake(&format!("review.{old}"), problem, Some("leave it out".to_owned())));
            layer.take("review", old);
        } else {
            findings.warn(format!("review.{old} is deprecated: its name is slack.{new} now"));
            layer.set(GO_REVIEW_CHAT, new, value, place);
        }
    }
    if layer.section("review").and_then(|section| section.get("enabled")) != Some(&Value::Switch(true)) {
        return;
    }
    if layer.has("review", "mode") {
        let hint = "leave `enabled` out".to_owned();
        findings.error(layer.mistake(
            "review.enabled",
            "is the older way to say `mode`, which is given too",
            Some(hint),
        ));
        return;
    }
    findings.warn("review.enabled is deprecated: write mode = \"on-behalf\"");
    let place = layer.place("review.enabled").cloned();
    layer.set("review", "mode", Value::Text("on-behalf".to_owned()), place);
}
