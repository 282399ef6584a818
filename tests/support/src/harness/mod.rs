//! A cluster and a chat of one's own, on real loopback sockets, told in verbs: bob asks, alice reviews, the channel shows.
//!
//! The bot is whatever runs the configuration that [`World::config`] writes; a test starts the real program with it. What
//! must hold in every story, whatever else it is about, is in [`World::check`].

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot go on fails there and then")]

mod expectations;
pub mod servers;
mod verbs;

use std::path::{Path, PathBuf};
use std::time::Duration;

use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox};
use accessbot_sandbox::teleport::{Role, TeleportOptions, TeleportSandbox};
use tempfile::TempDir;

/// How long anything may take that is waited for. Only a story that fails meets it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The channel that the bot announces in, unless a story says otherwise.
pub const CHANNEL: &str = "access";

/// A cluster and a chat.
pub struct World {
    /// The cluster.
    pub teleport: TeleportSandbox,
    /// The chat.
    pub mattermost: MattermostSandbox,
    folder: TempDir,
}

impl World {
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
        let chat = MattermostOptions { patience: PATIENCE, ..MattermostOptions::default() };
        Self {
            teleport: TeleportSandbox::start(TeleportOptions { patience: PATIENCE, ..teleport }).await.unwrap(),
            mattermost: MattermostSandbox::start(chat).await.unwrap(),
            folder: TempDir::new().unwrap(),
        }
    }

    /// A folder for the files of this story.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the bot's configuration: the channel `lab/access` is told, and bob is `@bob`.
    pub fn config(&self) -> PathBuf {
        self.config_with("recipients = [\"lab/access\"]\n[mattermost.users]\nbob = \"@bob\"\n")
    }

    /// Writes the bot's configuration with this at the end of the section `mattermost`.
    pub fn config_with(&self, mattermost: &str) -> PathBuf {
        self.config_of("access-plugin", Duration::from_secs(3600), mattermost)
    }

    /// Writes the bot's configuration with credentials of this Teleport user that end after `ttl`.
    pub fn config_of(&self, user: &str, ttl: Duration, mattermost: &str) -> PathBuf {
        let credentials = self.teleport.write_credentials(user, self.folder(), ttl).unwrap();
        let path = self.folder().join("bot.toml");
        let text = format!(
            "[teleport]\naddr = \"{}\"\nclient_crt = \"{}\"\nclient_key = \"{}\"\nroot_cas = \"{}\"\n\n\
             [mattermost]\nurl = \"{}\"\ntoken = \"{}\"\n{mattermost}",
            self.teleport.addr(),
            credentials.crt.display(),
            credentials.key.display(),
            credentials.cas.display(),
            self.mattermost.url(),
            self.mattermost.token(),
        );
        std::fs::write(&path, text).unwrap();
        path
    }
}
