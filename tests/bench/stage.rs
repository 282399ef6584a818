//! Stand-ins, and a client of them in a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox};
use accessbot_sandbox::teleport::{NewRequest, TeleportOptions, TeleportSandbox};
use tempfile::TempDir;

use crate::usage;

/// The channel that is told.
pub(crate) const CHANNEL: &str = "lab/access";
/// Requests that are worked on at the same time.
pub(crate) const WORKERS: usize = 16;
/// Only a client that does not work meets it.
const PATIENCE: Duration = Duration::from_secs(1800);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A variable that the stage gave to the minimal client.
pub(crate) fn var(name: &str) -> String {
    std::env::var(format!("ACCESSBOT_BENCH_{name}")).unwrap()
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The program.
    Bot,
    /// The yardstick.
    Minimal,
}

/// A cluster and a chat.
pub(crate) struct Stage {
    pub(crate) teleport: TeleportSandbox,
    pub(crate) chat: MattermostSandbox,
    folder: TempDir,
    identity: PathBuf,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let options = TeleportOptions { pending_ttl: DAY, patience: PATIENCE, ..TeleportOptions::default() };
        let teleport = TeleportSandbox::start(options).await.unwrap();
        let chat = MattermostOptions { patience: PATIENCE, ..MattermostOptions::default() };
        let chat = MattermostSandbox::start(chat).await.unwrap();
        let folder = TempDir::new().unwrap();
        let identity = teleport.write_credentials("access-plugin", folder.path(), DAY).unwrap().identity;
        Self { teleport, chat, folder, identity }
    }

    /// Somebody asks.
    pub(crate) fn ask(&self) {
        self.teleport.create_request(NewRequest::bob().reason("The nightly report hangs.")).unwrap();
    }

    /// Many ask before anybody looks.
    pub(crate) fn ask_often(&self, times: usize) {
        (0..times).for_each(|_| self.ask());
    }

    /// Waits until so many messages stand in the channel.
    pub(crate) async fn posted(&self, count: usize) {
        self.chat.wait_until("messages", |chat| chat.post_count(CHANNEL) >= count).await;
    }

    /// Starts somebody to be measured.
    pub(crate) fn start(&self, who: Who, relist: &str) -> Client {
        let mut command = match who {
            Who::Bot => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_accessbot"));
                command.args(["start", "--backend", "mattermost", "-c"]).arg(self.config(relist));
                command
            }
            Who::Minimal => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command
                    .env(crate::CHILD, "1")
                    .env("ACCESSBOT_BENCH_TELEPORT", self.teleport.addr().to_string())
                    .env("ACCESSBOT_BENCH_IDENTITY", &self.identity)
                    .env("ACCESSBOT_BENCH_URL", self.chat.url())
                    .env("ACCESSBOT_BENCH_TOKEN", self.chat.token());
                command
            }
        };
        Client(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn config(&self, relist: &str) -> PathBuf {
        let path = Path::new(self.folder.path()).join("bot.toml");
        let text = format!(
            "[teleport]\naddr = \"{}\"\nidentity = \"{}\"\n[engine]\nworkers = {WORKERS}\nrelist_interval = \"{relist}\"\n\
             [log]\nseverity = \"warn\"\n[mattermost]\nurl = \"{}\"\ntoken = \"{}\"\nrecipients = [\"{CHANNEL}\"]\n\
             notify_requester = false\n",
            self.teleport.addr(),
            self.identity.display(),
            self.chat.url(),
            self.chat.token()
        );
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// A process that is measured. It ends when this is dropped.
pub(crate) struct Client(Child);

impl Client {
    pub(crate) fn cpu(&self) -> Duration {
        usage::cpu(self.0.id())
    }

    pub(crate) fn resident(&self) -> u64 {
        usage::resident(self.0.id())
    }

    /// Waits until it has used no CPU for two seconds.
    pub(crate) async fn at_rest(&self) {
        let (mut last, mut since) = (self.cpu(), Instant::now());
        while since.elapsed() < Duration::from_secs(2) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if self.cpu() != last {
                (last, since) = (self.cpu(), Instant::now());
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
