//! The world of the demo: a cluster and a chat with the same people in them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::chat::{CHATS, ChatDef, DemoChat, Place};
use super::trouble::Troubles;
use crate::common::error::SandboxError;
use crate::common::ids::mattermost_id;
use crate::teleport::{Issue, NewRequest, Role, Signed, TeleportOptions, TeleportSandbox, TeleportVersion, User};

/// Whose direct messages are shown.
pub(crate) const PEOPLE: [&str; 3] = ["alice", "ivan", "bob"];
/// Who may review.
pub(crate) const REVIEWERS: [&str; 2] = ["alice", "ivan"];
/// Whoever asks, in every example.
pub(crate) const REQUESTER: &str = "bob";
/// The role that needs two approvals.
pub(crate) const DUAL: &str = "dbadmin";
/// The role that needs one.
pub(crate) const SINGLE: &str = "readonly";
/// What bob may ask for, and how many approvals each needs.
pub(crate) const ROLES: [(&str, u32); 2] = [(DUAL, 2), (SINGLE, 1)];

/// The Teleport user that the bot is.
const BOT: &str = "access-plugin";
/// The bot's role, which is called like its user.
const BOT_ROLE: &str = BOT;
/// How long the bot's certificate lasts: longer than any demo.
const CREDENTIALS_LAST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A Teleport cluster, a chat, and bob, alice and ivan in both.
pub struct DemoWorld {
    pub(crate) teleport: TeleportSandbox,
    pub(crate) chat: Box<dyn DemoChat>,
    pub(crate) troubles: Troubles,
    backend: &'static str,
}

impl DemoWorld {
    /// Starts both on free loopback ports. Must be called within a tokio runtime, which then carries them.
    ///
    /// # Errors
    /// When there is no chat stand-in for this backend, or a port cannot be taken.
    pub fn start(backend: &str) -> BoxFuture<'_, Result<Self, SandboxError>> {
        Self::start_both(backend).boxed()
    }

    async fn start_both(backend: &str) -> Result<Self, SandboxError> {
        let chat: &ChatDef = CHATS
            .iter()
            .find(|chat| chat.backend == backend)
            .ok_or_else(|| SandboxError::unknown("chat for the backend", backend))?;
        let options = TeleportOptions {
            version: TeleportVersion::V18_11,
            proxy_public_addr: "teleport.example.com".to_owned(),
            ..TeleportOptions::default()
        };
        let teleport = TeleportSandbox::start(options).await?;
        people(&teleport);
        let world =
            Self { teleport, chat: (chat.start)().await?, troubles: Troubles::default(), backend: chat.backend };
        for person in PEOPLE {
            world.teleport.set_trait(person, world.chat.user_trait(), &[&world.chat.account(person)?])?;
        }
        Ok(world)
    }

    /// The backend that the bot talks to the chat with.
    pub fn backend(&self) -> &'static str {
        self.backend
    }

    /// Where the stand-ins listen, in a sentence.
    pub fn addresses(&self) -> String {
        format!("Teleport plays at {}, {} at {}.", self.teleport.addr(), self.chat.product(), self.chat.address())
    }

    /// Writes what the bot needs into a folder: its credentials and a configuration file, whose path it returns.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_config(&self, folder: &Path) -> Result<PathBuf, SandboxError> {
        // As from Machine ID: the bot warns of others, which a cluster may ask for a second factor.
        let order = Issue::to(BOT).lasting(CREDENTIALS_LAST).signed(Signed::Tbot(BOT.to_owned()));
        let credentials = self.teleport.write_issue(&order, folder)?;
        let text = format!(
            "# Written by `accessbot demo`. Everything in it is on this machine, and gone when the demo ends.\n\n\
             [teleport]\naddr = \"{}\"\nidentity = {}\n\n\
             # What somebody decides in the chat is their own review in Teleport, which judges it.\n\
             [review]\nmode = \"on-behalf\"\nsecret = \"{}\"\nreason = \"optional\"\naudit_file = {}\n\n{}",
            self.teleport.addr(),
            quoted(&credentials.identity.to_string_lossy()),
            [mattermost_id(), mattermost_id()].concat(),
            quoted(&folder.join("audit.jsonl").to_string_lossy()),
            self.chat.section(folder)?,
        );
        let path = folder.join("accessbot.toml");
        write_private(&path, &text).map_err(|source| SandboxError::Write { path: path.clone(), source })?;
        Ok(path)
    }

    /// Every place that is shown.
    pub(crate) fn places() -> impl Iterator<Item = Place> {
        std::iter::once(Place::Channel).chain(PEOPLE.map(Place::Person))
    }

    /// Waits until `condition` holds, looking again after every change; for at most `patience`. Says whether it came.
    pub(crate) async fn until(&self, patience: Duration, condition: impl Fn(&Self) -> bool) -> bool {
        let (mut chat, mut cluster) = (self.chat.changes(), self.teleport.changes());
        let came = async {
            loop {
                chat.mark_unchanged();
                cluster.mark_unchanged();
                if condition(self) {
                    return;
                }
                // The senders live as long as `self`.
                tokio::select! {
                    _ = chat.changed() => {}
                    _ = cluster.changed() => {}
                }
            }
        };
        tokio::time::timeout(patience, came).await.is_ok()
    }
}

/// Bob may ask for one role that needs two approvals and one that needs a single one; alice and ivan may review both, and
/// the bot may hand in the reviews of all three.
fn people(teleport: &TeleportSandbox) {
    let mut may_ask = Vec::new();
    for (role, approvals) in ROLES {
        let asking = format!("{role}-requester");
        teleport.add_role(Role::new(role));
        teleport.add_role(Role::new(&asking).may_request(&[role]).needs(approvals, 1));
        may_ask.push(asking);
    }
    teleport.add_role(Role::new("reviewer").may_review(&[DUAL, SINGLE]));
    let bot = Role::new(BOT_ROLE)
        .allow("access_request", &["list", "read"])
        .allow("access_plugin_data", &["list", "read", "update"])
        .allow("user", &["list", "read"])
        .allow("lock", &["list", "read"]);
    teleport.add_role(Role { submit_for_users: PEOPLE.map(str::to_owned).to_vec(), ..bot });
    let may_ask: Vec<&str> = may_ask.iter().map(String::as_str).collect();
    teleport.add_user(User::new(REQUESTER, &may_ask).with_trait("email", &["bob@example.com"]));
}

/// A request by bob.
pub(crate) fn bob_asks(role: &str, reason: &str) -> NewRequest {
    NewRequest::new(REQUESTER, role).reason(reason)
}

/// The file holds the bot's token: nobody else may read it.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// A text as a TOML string. A folder for temporary files may be called anything.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
