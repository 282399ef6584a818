//! How people decide here, as the operator has it in `[mattermost.review]`.

use accessbot_core::backend::decision::{Action, ReasonRule};
use accessbot_core::backend::{BackendContext, Key, KeyKind, Section};
use reqwest::Url;

use super::emoji::Emoji;

/// The keys of `[mattermost.review]` that are read here.
pub(crate) const INPUT_KEYS: [Key; 3] = [
    Key {
        name: INPUT,
        kind: KeyKind::List,
        aliases: &[],
        doc: "How people decide: buttons (Mattermost calls the bot), replies and reactions (the bot listens over a \
              websocket of its own); one or several (default buttons).",
    },
    Key {
        name: APPROVE_EMOJI,
        kind: KeyKind::List,
        aliases: &[],
        doc: "Names of the emoji that approve (default white_check_mark, +1 and thumbsup).",
    },
    Key {
        name: DENY_EMOJI,
        kind: KeyKind::List,
        aliases: &[],
        doc: "Names of the emoji that deny (default x, -1 and thumbsdown).",
    },
];

const INPUT: &str = "review.input";
const APPROVE_EMOJI: &str = "review.approve_emoji";
const DENY_EMOJI: &str = "review.deny_emoji";
/// The longest address of ours, in bytes: it stands in every button, and props are short.
const LONGEST_URL: usize = 500;

/// The ways that are open. None of them unless the operator lets people decide in the chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// Buttons, and where Mattermost calls us when one is pressed.
    pub(crate) buttons: Option<Callbacks>,
    /// Replies in the thread of a message.
    pub(crate) replies: bool,
    /// Reactions to a message.
    pub(crate) reactions: Option<Emoji>,
}

/// Where Mattermost calls us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Callbacks {
    /// When a button is pressed.
    pub(crate) action: String,
    /// When a form is sent.
    pub(crate) dialog: String,
}

impl Inputs {
    /// Reads the section. Mistakes are remembered in it.
    pub(crate) fn of_section(section: &mut Section, context: &BackendContext, name: &str) -> Self {
        let given = section.list(INPUT);
        let (approve, deny) = (section.list(APPROVE_EMOJI), section.list(DENY_EMOJI));
        let words = given.clone().unwrap_or_else(|| vec!["buttons".to_owned()]);
        let hint = "write one or several of \"buttons\", \"replies\" and \"reactions\"";
        if words.is_empty() {
            section.error(INPUT, "names no way to decide", Some(hint));
        }
        for word in words.iter().filter(|word| !["buttons", "replies", "reactions"].contains(&word.as_str())) {
            section.error(INPUT, &format!("names \"{word}\""), Some(hint));
        }
        let key = if deny.is_some() && approve.is_none() { DENY_EMOJI } else { APPROVE_EMOJI };
        let emoji = Emoji::of(approve, deny).unwrap_or_else(|problem| {
            section.error(key, &problem, Some("write names of emoji as people type them between colons: \"+1\""));
            Emoji::default()
        });
        let on = |word: &str| context.review && words.iter().any(|given| given == word);
        Self {
            buttons: if on("buttons") { callbacks(section, context, name, given.is_some()) } else { None },
            replies: on("replies"),
            reactions: on("reactions").then_some(emoji),
        }
    }

    /// Whether there is any way to decide.
    pub(crate) fn any(&self) -> bool {
        self.buttons.is_some() || self.listens()
    }

    /// Whether people decide by what we hear over the websocket.
    pub(crate) fn listens(&self) -> bool {
        self.replies || self.reactions.is_some()
    }

    /// How to decide without a button, as a line of Markdown; empty if that cannot be done.
    pub(crate) fn hint(&self, reason: ReasonRule) -> String {
        // A reaction has no room for a reason.
        let reactions = self.reactions.as_ref().filter(|_| reason != ReasonRule::Required);
        let reply = match reason {
            ReasonRule::Off => "Reply with `approve` or `deny`",
            ReasonRule::Optional => "Reply with `approve` or `deny`, and why if you like",
            ReasonRule::Required => "Reply with `approve` or `deny`, and why",
        };
        match (self.replies, reactions) {
            (false, None) => String::new(),
            (true, None) => format!("{reply}."),
            (true, Some(emoji)) => {
                let (approve, deny) = (emoji.first(Action::Approve), emoji.first(Action::Deny));
                format!("{reply}; or react with :{approve}: or :{deny}:.")
            }
            (false, Some(emoji)) => {
                let (approve, deny) = (emoji.first(Action::Approve), emoji.first(Action::Deny));
                format!("React with :{approve}: to approve or :{deny}: to deny.")
            }
        }
    }
}

fn callbacks(section: &mut Section, context: &BackendContext, name: &str, said: bool) -> Option<Callbacks> {
    let example = "write `public_addr` into [http], the address at which Mattermost reaches the bot, such as \
                   \"https://accessbot.example.com\"; or take `input = [\"replies\"]`, which needs none";
    let Some(url) = context.public_url.as_deref() else {
        let buttons = if said { "names buttons" } else { "is not given, which means buttons" };
        section.error(INPUT, &format!("{buttons}, and nothing says where Mattermost reaches the bot"), Some(example));
        return None;
    };
    // It may hold a password: none of it is repeated.
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let Some(parsed) = parsed.filter(|_| url.len() <= LONGEST_URL) else {
        let problem = format!("names buttons, and the bot's own address is none, or longer than {LONGEST_URL} bytes");
        section.error(INPUT, &problem, Some(example));
        return None;
    };
    if parsed.password().is_some() {
        tracing::warn!(
            "the address at which Mattermost reaches the bot holds a password; whoever opens a form for a reason can read it"
        );
    }
    let base = format!("{}/{name}", url.trim_end_matches('/'));
    let [action, dialog] = super::PATHS.map(|path| format!("{base}{path}"));
    Some(Callbacks { action, dialog })
}
