//! A cluster and a chat of which only addresses and credentials are known: real servers, or the stand-ins of a [`World`].
//!
//! Everything that people do and see goes over the wire, so a story that is told here cannot know which it is. Real
//! servers are named by variables of the environment:
//!
//! | variable | what |
//! |---|---|
//! | `ACCESSBOT_LAB_TELEPORT_ADDR` | the address of Auth |
//! | `ACCESSBOT_LAB_TELEPORT_CREDS` | `PATH` for the bot's `PATH.crt`, `PATH.key` and `PATH.cas` |
//! | `ACCESSBOT_LAB_TELEPORT_ADMIN_CREDS` | the same of somebody who may create, update and delete access requests |
//! | `ACCESSBOT_LAB_MATTERMOST_URL` | the address of the chat |
//! | `ACCESSBOT_LAB_MATTERMOST_TOKEN_FILE` | a file with the bot's token |
//! | `ACCESSBOT_LAB_MATTERMOST_CHANNEL` | a channel that the bot is in; `lab/access` if left out |
//!
//! The cluster must have a user `bob` who may ask for `dbadmin`, and the chat a `@bob`.

mod chat;
mod cluster;

use std::env::{VarError, var};
use std::path::{Path, PathBuf};
use std::time::Duration;

use accessbot_core::request::RequestState;
use accessbot_sandbox::mattermost::MattermostSandbox;
use tempfile::TempDir;

use self::chat::Chat;
pub use self::chat::Seen;
use self::cluster::Admin;
use super::{CHANNEL, PATIENCE, World};

/// How often is looked: servers of others tell nobody when something changes.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Whoever may do anything on the stand-in.
const ADMIN: &str = "labadmin";

/// A cluster and a chat.
pub struct Servers {
    teleport: String,
    /// Where the bot's credentials are, without the endings.
    credentials: PathBuf,
    admin: Admin,
    chat: Chat,
    channel: String,
    folder: TempDir,
}

impl Servers {
    /// The stand-ins of a world. Must be called within a tokio runtime.
    pub fn of(world: &World<MattermostSandbox>) -> Self {
        let write = |user| world.teleport.write_credentials(user, world.folder(), Duration::from_secs(3600)).unwrap();
        let (bot, admin) = (write("access-plugin").crt, write(ADMIN).crt);
        let teleport = world.teleport.addr().to_string();
        Self {
            admin: Admin::new(&teleport, &admin.with_extension("")),
            teleport,
            credentials: bot.with_extension(""),
            chat: Chat::new(&world.chat.url(), world.chat.token()),
            channel: format!("lab/{CHANNEL}"),
            folder: TempDir::new().unwrap(),
        }
    }

    /// The servers that the environment names. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// With the first variable that is missing.
    pub fn of_the_environment() -> Result<Self, &'static str> {
        let read = |name: &'static str| var(name).map_err(|_: VarError| name);
        let teleport = read("ACCESSBOT_LAB_TELEPORT_ADDR")?;
        let credentials = PathBuf::from(read("ACCESSBOT_LAB_TELEPORT_CREDS")?);
        let admin = read("ACCESSBOT_LAB_TELEPORT_ADMIN_CREDS")?;
        let url = read("ACCESSBOT_LAB_MATTERMOST_URL")?;
        let token = std::fs::read_to_string(read("ACCESSBOT_LAB_MATTERMOST_TOKEN_FILE")?).unwrap();
        Ok(Self {
            admin: Admin::new(&teleport, Path::new(&admin)),
            teleport,
            credentials,
            chat: Chat::new(&url, token.trim()),
            channel: read("ACCESSBOT_LAB_MATTERMOST_CHANNEL").unwrap_or_else(|_| format!("lab/{CHANNEL}")),
            folder: TempDir::new().unwrap(),
        })
    }

    /// The bot's token in the chat, which no log may show.
    pub fn token(&self) -> &str {
        self.chat.token()
    }

    /// Writes the bot's configuration.
    pub fn config(&self) -> PathBuf {
        let path = self.folder.path().join("bot.toml");
        let credentials = self.credentials.display();
        let text = format!(
            "[teleport]\naddr = \"{}\"\nclient_crt = \"{credentials}.crt\"\nclient_key = \"{credentials}.key\"\n\
             root_cas = \"{credentials}.cas\"\n\n[mattermost]\nurl = \"{}\"\ntoken = \"{}\"\n\
             recipients = [\"{}\"]\n[mattermost.users]\nbob = \"@bob\"\n",
            self.teleport,
            self.chat.url(),
            self.chat.token(),
            self.channel,
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Bob asks for dbadmin. Returns the request's id.
    pub async fn bob_asks(&self, reason: &str) -> String {
        self.admin.file("bob", "dbadmin", reason).await
    }

    /// An administrator approves with `tctl`.
    pub async fn tctl_approve(&self, id: &str, reason: &str) {
        self.admin.decide(id, RequestState::Approved, reason).await;
    }

    /// An administrator denies with `tctl`.
    pub async fn tctl_deny(&self, id: &str, reason: &str) {
        self.admin.decide(id, RequestState::Denied, reason).await;
    }

    /// An administrator removes a request.
    pub async fn tctl_rm(&self, id: &str) {
        self.admin.remove(id).await;
    }

    /// Waits until the channel shows a request in this state, in one message with so many replies. Returns the message.
    pub async fn shows(&self, id: &str, state: &str, replies: usize) -> Seen {
        let what = format!("{state} with {replies} replies is shown of {id}");
        let place = self.chat.channel(&self.channel).await;
        self.eventually(&what, &place, |seen| {
            let about: Vec<&Seen> = seen.iter().filter(|message| message.says(id)).collect();
            let [message] = about[..] else { return None };
            let shown = message.field("Status").is_some_and(|status| status.contains(state));
            (shown && message.replies.len() == replies).then(|| message.clone())
        })
        .await
    }

    /// Waits until somebody is told something about a request in a direct message.
    pub async fn tells(&self, user: &str, id: &str, text: &str) {
        let what = format!("{user} is told {text} of {id}");
        let place = self.chat.direct(user).await;
        let told = |seen: &[Seen]| seen.iter().any(|message| message.says(id) && message.says(text)).then_some(());
        self.eventually(&what, &place, told).await;
    }

    async fn eventually<T>(&self, what: &str, place: &str, look: impl Fn(&[Seen]) -> Option<T>) -> T {
        let start = tokio::time::Instant::now();
        loop {
            let seen = self.chat.posts(place).await;
            if let Some(found) = look(&seen) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "waited in vain until {what}; there is:\n{seen:#?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
