//! Our methods, scopes and codes, and those of the stand-in that our tests trust, against Slack's method reference.
//!
//! Where `ACCESSBOT_SLACK_METHOD_REF` names a folder with a file METHOD.json for each method, with `http_method`,
//! `json_input_supported`, `scope.bot`, `rate_limits`, `args.required`, `args.properties` and `errors`, as in
//! <https://github.com/slack-ruby/slack-api-ref>.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use accessbot_sandbox::slack::{COMMON_ERRORS, METHODS};
use serde_json::Value;

use crate::check;
use crate::code::Meaning;
use crate::method::{self, Kind};

/// Codes that any method may answer with, which Slack therefore lists apart from the methods.
const OF_EVERY_METHOD: &[&str] = &[
    "access_denied",
    "accesslimited",
    "account_inactive",
    "fatal_error",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
];
/// What Slack answered a direct message to a bot with, before its reference spoke of `invalid_user_combination`.
const NO_LONGER_LISTED: &[&str] = &["cannot_dm_bot"];
/// Beginnings of codes about what we never send: files, drafts, duplicates of clients, threads told to the channel, posts
/// in another's name; and of what passes by itself.
const NOT_OURS: &[&str] = &[
    "as_user_",
    "blocked_file_",
    "cant_broadcast_",
    "draft_",
    "duplicate_",
    "file_",
    "list_record_comment_",
    "max_file_",
    "no_dual_broadcast_",
    "send_on_behalf_",
    "streaming_state_",
    "unable_to_share_files",
];

/// What Slack says of its methods.
struct Reference(PathBuf);

impl Reference {
    /// `None` if there is none on this machine.
    #[expect(clippy::print_stderr, reason = "whoever runs the test should see that nothing was compared")]
    fn open() -> Option<Self> {
        const VARIABLE: &str = "ACCESSBOT_SLACK_METHOD_REF";
        let folder = std::env::var_os(VARIABLE);
        if folder.is_none() {
            eprintln!("nothing was compared: {VARIABLE} does not name a folder with Slack's method reference");
        }
        Some(Self(folder?.into()))
    }

    fn method(&self, name: &str) -> Documented {
        let path = self.0.join(format!("{name}.json"));
        Documented { name: name.to_owned(), says: read(&path), differences: Vec::new() }
    }
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A method as Slack describes it, and what was found to be otherwise.
struct Documented {
    name: String,
    says: Value,
    differences: Vec<String>,
}

impl Documented {
    fn keys(&self, pointer: &str) -> BTreeSet<&str> {
        self.says
            .pointer(pointer)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect()
    }

    fn list(&self, pointer: &str) -> BTreeSet<&str> {
        self.says.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn expect(&mut self, what: &str, holds: bool) {
        if !holds {
            self.differences.push(format!("{}: {what}", self.name));
        }
    }

    fn verb(&mut self, verb: &str, json: bool) {
        self.expect("the HTTP method", self.says["http_method"] == verb);
        self.expect("whether it takes JSON", (self.says["json_input_supported"] == true) == json);
    }

    fn arguments(&mut self, ours: &[&str]) {
        for argument in ours {
            self.expect(&format!("has no argument {argument}"), self.keys("/args/properties").contains(argument));
        }
        let missing: Vec<String> = self.list("/args/required").into_iter().map(str::to_owned).collect();
        for argument in missing.iter().filter(|name| *name != "token" && !ours.contains(&name.as_str())) {
            self.expect(&format!("needs {argument}"), false);
        }
    }
}

#[track_caller]
fn are_none(differences: &[String]) {
    assert!(differences.is_empty(), "not as in Slack's reference:\n{}", differences.join("\n"));
}

#[test]
fn our_calls_are_as_slack_describes_them() {
    let Some(reference) = Reference::open() else { return };
    for ours in method::ALL {
        let mut documented = reference.method(ours.name);
        match ours.kind {
            Kind::Read => documented.expect("is not read by GET", documented.says["http_method"] == "GET"),
            Kind::Quiet | Kind::Visible => documented.verb("POST", true),
        }
        documented.arguments(ours.arguments);
        are_none(&documented.differences);
    }
}

#[test]
fn our_codes_are_slacks_and_none_of_slacks_is_unknown_to_us() {
    let Some(reference) = Reference::open() else { return };
    let documented: Vec<Documented> = method::ALL.iter().map(|ours| reference.method(ours.name)).collect();
    let theirs: BTreeSet<&str> = documented.iter().flat_map(|method| method.keys("/errors")).collect();
    let invented = Meaning::codes().filter(|code| {
        let apart = OF_EVERY_METHOD.contains(code) || NO_LONGER_LISTED.contains(code);
        assert!(!(apart && theirs.contains(code)), "{code} is listed after all");
        !theirs.contains(code) && !apart
    });
    are_none(&invented.map(|code| format!("no method answers {code}")).collect::<Vec<_>>());
    let unknown = theirs.iter().filter(|code| {
        let ours = Meaning::is_known(code);
        !ours && !NOT_OURS.iter().any(|beginning| code.starts_with(beginning))
    });
    are_none(&unknown.map(|code| format!("{code} has no meaning to us")).collect::<Vec<_>>());
    let scopes: BTreeSet<&str> = documented.iter().flat_map(|method| method.list("/scope/bot")).collect();
    let invented = check::scopes().filter(|scope| !scopes.contains(scope));
    are_none(&invented.map(|scope| format!("no method needs {scope}")).collect::<Vec<_>>());
}

#[test]
fn the_stand_in_is_as_slack_describes_itself() {
    let Some(reference) = Reference::open() else { return };
    let theirs: BTreeSet<&str> = METHODS.iter().map(|method| method.name).collect();
    for ours in method::ALL {
        assert!(theirs.contains(ours.name), "the stand-in has no {ours}");
    }
    for theirs in METHODS {
        let mut documented = reference.method(theirs.name);
        documented.verb(theirs.verb, theirs.json);
        documented.arguments(theirs.arguments);
        let tier = theirs.tier.map_or("t5", |calls| match calls {
            20 => "t2",
            50 => "t3",
            100 => "t4",
            _ => "of no such tier",
        });
        documented.expect("the tier of its rate limit", documented.says["rate_limits"] == tier);
        let scopes = documented.list("/scope/bot");
        let needed = theirs.scopes.iter().all(|scope| scopes.contains(scope));
        let free = scopes.is_empty() == theirs.scopes.is_empty();
        documented.expect("the scopes", needed && free);
        for code in theirs.errors {
            documented.expect(&format!("does not answer {code}"), documented.keys("/errors").contains(code));
            assert!(!COMMON_ERRORS.contains(code), "{code} is listed twice");
        }
        are_none(&documented.differences);
    }
}
