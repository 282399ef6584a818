//! What the demo needs before anybody speaks: both stand-ins, and a configuration for the bot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::error::SandboxError;
use crate::common::ids::mattermost_id;
use crate::mattermost::{MattermostOptions, MattermostSandbox};
use crate::teleport::{Role, TeleportOptions, TeleportSandbox};

/// The Teleport user that the bot is.
const BOT: &str = "access-plugin";
/// How long the bot's certificate lasts: longer than any demo.
const CERTIFICATE: Duration = Duration::from_secs(24 * 60 * 60);

/// A cluster where dbadmin needs two approvals, a chat where its channel is, and a folder for the bot's files. The folder
/// goes when this is dropped, and so do the servers.
pub struct Stage {
    /// The cluster.
    pub teleport: TeleportSandbox,
    /// The chat.
    pub mattermost: MattermostSandbox,
    folder: PathBuf,
    config: PathBuf,
}

impl Stage {
    /// Sets everything up. Must be called within a tokio runtime, which then carries the servers.
    ///
    /// # Errors
    /// When a port cannot be taken or a file cannot be written.
    pub async fn set() -> Result<Self, SandboxError> {
        let teleport = TeleportSandbox::start(TeleportOptions::default()).await?;
        teleport.add_role(Role::new("devops").may_request(&["dbadmin", "shortlived"]).needs(2, 1));
        let mattermost = MattermostSandbox::start(MattermostOptions::default()).await?;
        let folder = std::env::temp_dir().join(format!("accessbot-demo-{}", mattermost_id()));
        private_folder(&folder)?;
        let config = folder.join("accessbot.toml");
        let stage = Self { teleport, mattermost, folder, config };
        stage.write_config()?;
        Ok(stage)
    }

    /// The bot's configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// The bot's log file.
    pub fn log(&self) -> PathBuf {
        self.folder.join("accessbot.log")
    }

    fn write_config(&self) -> Result<(), SandboxError> {
        let credentials = self.teleport.write_credentials(BOT, &self.folder, CERTIFICATE)?;
        let text = format!(
            "# Made by `accessbot demo`: everything in it is on this machine, and gone when the demo ends.\n\
             [teleport]\naddr = \"{}\"\nidentity = {}\n\n\
             [log]\noutput = {}\nseverity = \"info\"\n\n\
             [mattermost]\nurl = \"{}\"\ntoken = \"{}\"\nrecipients = [\"lab/access\"]\n\n\
             [mattermost.users]\nbob = \"@bob\"\n",
            self.teleport.addr(),
            quoted(&credentials.identity),
            quoted(&self.log()),
            self.mattermost.url(),
            self.mattermost.token(),
        );
        std::fs::write(&self.config, text).map_err(|source| SandboxError::Write { path: self.config.clone(), source })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What cannot be removed is in the system's folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A path as a TOML text. The folder for temporary files may be called anything.
fn quoted(path: &Path) -> String {
    let escaped: String = path.to_string_lossy().chars().flat_map(escape).collect();
    format!("\"{escaped}\"")
}

fn escape(c: char) -> Vec<char> {
    match c {
        '"' | '\\' => vec!['\\', c],
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)).chars().collect(),
        c => vec![c],
    }
}

/// A folder that nobody else may look into: the bot's credentials are in it.
fn private_folder(path: &Path) -> Result<(), SandboxError> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| SandboxError::Write { path: path.to_owned(), source })
}
