//! A cluster and a chat of one's own, on real loopback sockets, told in verbs: bob asks, alice reviews, the channel shows. It
//! is the same for every chat: a story that knows nothing of its chat is told in each.
//!
//! The bot is whatever runs the configuration that [`World::config`] writes; a test starts the real program with it. What
//! must hold in every story, whatever else it is about, is in [`World::check`].

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot go on fails there and then")]

mod chat;
mod crowd;
mod deciding;
mod expectations;
pub mod servers;
mod verbs;

use std::path::{Path, PathBuf};
use std::time::Duration;

use accessbot_sandbox::teleport::{Role, TeleportOptions, TeleportSandbox};
use tempfile::TempDir;

pub use self::chat::{ChatStandIn, Shown};
pub use self::deciding::{
    Becomes, Door, Input, MattermostButtons, MattermostReactions, MattermostReplies, SECRET, SlackHttp, SlackSocket,
};

/// How long anything may take that is waited for. Only a story that fails meets it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The channel that the bot announces in, unless a story says otherwise.
pub const CHANNEL: &str = "access";

/// A cluster and a chat.
pub struct World<C> {
    /// The cluster.
    pub teleport: TeleportSandbox,
    /// The chat.
    pub chat: C,
    folder: TempDir,
}

impl<C: ChatStandIn> World<C> {
    /// An Enterprise cluster, where two approvals grant dbadmin and one denial refuses it.
    pub async fn new() -> Self {
        let world = Self::with(TeleportOptions::default()).await;
        world.teleport.add_role(Role::new("devops").may_request(&["dbadmin", "shortlived"]).needs(2, 1));
        world
    }

    /// An open-source cluster, where nobody can review.
    pub async fn open_source() -> Self {
        Self::with(TeleportOptions { reviews: false, ..TeleportOptions::default() }).await
    }

    /// A cluster set up like this.
    pub async fn with(teleport: TeleportOptions) -> Self {
        let world = Self {
            teleport: TeleportSandbox::start(TeleportOptions { patience: PATIENCE, ..teleport }).await.unwrap(),
            chat: C::start().await,
            folder: TempDir::new().unwrap(),
        };
        world.set_up_crowd();
        world
    }

    /// A folder for the files of this story.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the bot's configuration: the channel `access` is told, and bob can be told.
    pub fn config(&self) -> PathBuf {
        self.config_with(&format!("{}{}", Self::recipients(&[&C::channel(CHANNEL)]), Self::users()))
    }

    /// Who is told, for the configuration.
    pub fn recipients(names: &[&str]) -> String {
        format!("recipients = {names:?}\n")
    }

    /// Who bob is in the chat, for the configuration.
    fn users() -> String {
        format!("[{}.users]\nbob = \"{}\"\n", C::BACKEND, C::person("bob"))
    }

    /// Writes the bot's configuration with this at the end of the chat's section.
    pub fn config_with(&self, section: &str) -> PathBuf {
        self.config_of("access-plugin", Duration::from_secs(3600), section)
    }

    /// Writes the bot's configuration with credentials of this Teleport user that end after `ttl`.
    pub fn config_of(&self, user: &str, ttl: Duration, section: &str) -> PathBuf {
        let credentials = self.teleport.write_credentials(user, self.folder(), ttl).unwrap();
        let teleport = format!(
            "client_crt = \"{}\"\nclient_key = \"{}\"\nroot_cas = \"{}\"\n",
            credentials.crt.display(),
            credentials.key.display(),
            credentials.cas.display(),
        );
        self.write_config(&teleport, section)
    }

    /// Writes the bot's configuration with this about its credentials and this at the end of the chat's section.
    pub fn write_config(&self, teleport: &str, section: &str) -> PathBuf {
        let path = self.folder().join("bot.toml");
        let addr = self.teleport.addr();
        let text = format!("[teleport]\naddr = \"{addr}\"\n{teleport}\n{}{section}", self.chat.section());
        std::fs::write(&path, text).unwrap();
        path
    }
}
