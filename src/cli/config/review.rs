//! What `[review]` says: whether people may decide in the chat, what becomes of it, and who may.

use std::collections::BTreeMap;
use std::path::PathBuf;

use accessbot_core::backend::decision::ReasonRule;
use accessbot_core::backend::{ConfigError, Section, Value};
use accessbot_core::engine::Desk;
use accessbot_core::review::{KeyError, Keys, Mode, Policy, ReasonPolicy};
use accessbot_core::secret::{Secret, SecretSource};
use regex_lite::Regex;
use ring::rand::SystemRandom;

use super::compat::GO_REVIEW_CHAT;
use super::findings::Findings;
use super::merged::Merged;
use super::policy;
use crate::cli::exit::SECRET_HINT;

/// Chats whose servers let people put in any e-mail address, and do not say whether it was verified.
const UNVERIFIED_EMAIL: [&str; 1] = ["mattermost"];

const MODES: &str = "write link, on-behalf, as-bot or set-state";

/// How decisions are taken in the chat.
#[derive(Debug)]
pub(in crate::cli) struct ReviewSettings {
    /// What a decision becomes; never [`Mode::Link`].
    pub mode: Mode,
    /// Whether to believe that the mode can work where nothing tells.
    pub assume_supported: bool,
    /// What proofs and votes are sealed with.
    pub keys: Keys,
    /// Who may decide, where Teleport does not say.
    pub policy: Policy,
    /// Whether whoever decides must say why.
    pub reason: ReasonPolicy,
    /// A file for the audit trail, beside the log.
    pub audit_file: Option<PathBuf>,
}

/// The mode, as far as it can be told; what is wrong with it is told by [`review`].
pub(super) fn mode(section: &Section) -> Mode {
    match section.raw("mode") {
        Some(Value::Text(text)) => Mode::named(text.trim()).unwrap_or_default(),
        _ => Mode::default(),
    }
}

/// The one chat that decisions are taken in, if the section is of the Go plugin, which knows no other; else all of them.
pub(super) fn chats(section: &Section) -> Option<&'static str> {
    (section.raw("enabled") == Some(&Value::Switch(true))).then_some(GO_REVIEW_CHAT)
}

/// Reads `[review]`, with the names of the backends that run; `None` where nothing is decided in the chat.
pub(super) fn review(
    section: &mut Section,
    running: &[&str],
    findings: &mut Findings,
) -> Result<Option<ReviewSettings>, Vec<ConfigError>> {
    let mode = match section.text("mode") {
        None => Mode::Link,
        Some(name) => Mode::named(&name).unwrap_or_else(|| {
            section.error("mode", &format!("is \"{name}\""), Some(MODES));
            Mode::Link
        }),
    };
    let by_policy = section.raw("roles").is_some_and(|roles| *roles != Value::Table(BTreeMap::new()));
    if by_policy && !mode.votes() {
        let hint = match mode {
            Mode::OnBehalf => "leave it out: in this mode Teleport says who may decide",
            _ => "leave it out, or write mode = \"set-state\" or \"as-bot\", in which it says who may decide",
        };
        section.error("roles", &format!("is given, and mode is {}", mode.name()), Some(hint));
    }
    if mode == Mode::Link {
        if section.keys().any(|key| key != "mode" && key != "roles") {
            findings.info("of [review] only the mode counts, which is link: nothing is decided in the chat");
        }
        return section.finish(Some(None));
    }
    let keys = keys(section, mode, findings);
    let reason = reason(section, &ReasonPolicy::default());
    let policy = if mode.votes() { policy::policy(section, running, &reason) } else { Ok(Policy::default()) };
    if mode.votes() && !by_policy {
        let problem = format!("is missing: in mode {} nothing else says who may decide", mode.name());
        let hint = "write a section for each role, such as [review.roles.\"dbadmin\"] with \
                    approvers = [\"user:alice\", \"role:dba-lead\"] and approvals = 2";
        section.error("roles", &problem, Some(hint));
    }
    let assume_supported = section.switch("assume_supported").unwrap_or(false);
    let audit_file = section.text("audit_file").map(PathBuf::from);
    let (mut errors, own) = match section.finish(Some(())) {
        Ok(()) => (Vec::new(), true),
        Err(errors) => (errors, false),
    };
    match (keys, policy) {
        (Some(keys), Ok(policy)) if own => {
            Ok(Some(ReviewSettings { mode, assume_supported, keys, policy, reason, audit_file }))
        }
        (_, policy) => {
            errors.extend(policy.err().unwrap_or_default());
            Err(errors)
        }
    }
}

/// The keys of these secrets. Only files of the Go plugin may lack one: they never had any.
fn keys(section: &mut Section, mode: Mode, findings: &mut Findings) -> Option<Keys> {
    let lacks_one = !section.has("secret") && !section.has("secret_file");
    let secret = if section.switch("enabled") == Some(true) && lacks_one {
        findings.warn(
            "review.secret is missing: one was made for this process, so that buttons die with it, and replicas do not \
             know each other's; make one with `openssl rand -hex 32`",
        );
        made_up(section)
    } else {
        let needed = format!("mode {} needs one: {}", mode.name(), KeyError::HINT);
        let source = section.required_secret("secret", &needed);
        read(section, "secret", source)
    };
    let previous = section.secret("previous_secret");
    let previous = read(section, "previous_secret", previous);
    let mut fit = |key: &str, secret: &Secret| match Keys::new(secret, None) {
        Ok(_) => true,
        Err(error) => {
            section.error(key, &error.to_string(), Some(KeyError::HINT));
            false
        }
    };
    let previous_fit = previous.as_ref().is_none_or(|previous| fit("previous_secret", previous));
    let secret = secret.filter(|secret| fit("secret", secret) && previous_fit)?;
    Keys::new(&secret, previous.as_ref()).ok()
}

/// A secret that nobody else has.
fn made_up(section: &mut Section) -> Option<Secret> {
    let half =
        || ring::rand::generate::<[u8; 16]>(&SystemRandom::new()).map(|random| u128::from_be_bytes(random.expose()));
    if let (Ok(one), Ok(other)) = (half(), half()) {
        return Some(Secret::new(format!("{one:032x}{other:032x}")));
    }
    section.error("secret", "is missing, and this machine has no random numbers to make one", Some(KeyError::HINT));
    None
}

/// What a secret is now: it is read once, at the start.
fn read(section: &mut Section, key: &str, source: Option<SecretSource>) -> Option<Secret> {
    match source?.current() {
        Ok(secret) => Some(secret),
        Err(error) => {
            let file_key = format!("{key}_file");
            let key = if section.has(&file_key) { &file_key } else { key };
            section.error(key, &error.to_string(), Some(SECRET_HINT));
            None
        }
    }
}

/// Whether a reason is asked for, in general or by a rule for some roles; what is left out is as in `general`.
pub(super) fn reason(section: &mut Section, general: &ReasonPolicy) -> ReasonPolicy {
    let rule = match section.text("reason").as_deref() {
        None => general.rule,
        Some("off") => ReasonRule::Off,
        Some("optional") => ReasonRule::Optional,
        Some("required") => ReasonRule::Required,
        Some(other) => {
            section.error("reason", &format!("is \"{other}\""), Some("write off, optional or required"));
            general.rule
        }
    };
    let Some(text) = section.text("reason_pattern") else {
        return ReasonPolicy { rule, pattern: general.pattern.clone() };
    };
    if rule == ReasonRule::Off {
        let hint = "write reason = \"required\" or \"optional\", or leave the pattern out";
        section.error("reason_pattern", "is given, and no reason is asked for", Some(hint));
    }
    let pattern = match Regex::new(&text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let hint = "write a regular expression, such as \"^INC-[0-9]+\"";
            section.error("reason_pattern", &format!("is \"{text}\": {error}"), Some(hint));
            None
        }
    };
    ReasonPolicy { rule, pattern }
}

/// What is said of decisions where none are taken must only be of the right kind.
pub(super) fn check_unused(merged: &Merged, running: &[&str], findings: &mut Findings) {
    merged.check_kinds("review", findings);
    for name in running {
        if merged.section(name).keys().any(|key| key.starts_with("review.")) {
            findings.info(format!("what [{name}.review] says is ignored: review.mode is link"));
        }
    }
}

/// Whether each backend can do its part of the mode, and knows who people are.
pub(super) fn check_desks(merged: &Merged, mode: Mode, desks: &[Desk], findings: &mut Findings) {
    let (deciding, silent): (Vec<&Desk>, Vec<&Desk>) =
        desks.iter().partition(|desk| desk.backend.capabilities().decisions);
    for desk in &silent {
        findings.info(format!("nothing is decided in {}: as it is configured it takes no decisions", desk.name));
    }
    if deciding.is_empty() && !silent.is_empty() {
        findings.warn(format!("review.mode is {}, and no chat that runs takes decisions", mode.name()));
    }
    for desk in deciding {
        let name = desk.name.as_str();
        if !desk.identity.map_anybody() {
            let problem = "is missing, and nothing else says which Teleport user an account is";
            let hint = format!(
                "write user_trait = \"…\" in [{name}.review], the trait in Teleport that holds the id of a user's \
                 account, or a table [{name}.review.users]"
            );
            merged.mistake(name, "review.user_trait", problem, &hint, findings);
        }
        if !desk.identity.allow_email_match {
            continue;
        }
        if UNVERIFIED_EMAIL.contains(&name) && mode.votes() {
            let problem = format!(
                "is true, and mode is {}: anybody can put in an administrator's address here, and nothing but the bot \
                 would stand in the way",
                mode.name()
            );
            let hint = "leave it out, and write user_trait or users in its place";
            merged.mistake(name, "review.allow_email_match", &problem, hint, findings);
        } else {
            findings.warn(format!(
                "{name}.review.allow_email_match: whoever can change the e-mail address of an account decides as \
                 somebody else; user_trait or users are safer"
            ));
        }
    }
}
