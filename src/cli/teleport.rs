//! Teleport as the settings say, with credentials that follow their files.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use accessbot_core::clock::SharedClock;
use accessbot_core::teleport::{Teleport, TeleportError};
use accessbot_teleport::{CredentialError, CredentialFiles, Credentials, TeleportClient};

use super::config::TeleportSettings;
use super::exit::Failure;

/// Loads the credentials, which must be good once; dials when the engine first asks for something. From then on the files
/// are looked at every [`TeleportSettings::refresh`], as long as the runtime lives.
pub(super) fn connect(settings: TeleportSettings, clock: SharedClock) -> Result<Arc<dyn Teleport>, Failure> {
    let seen = Appearance::of(&settings.credentials);
    let credentials = settings.credentials.load(clock.now()).map_err(TeleportError::from)?;
    tracing::info!(
        addr = %settings.addr,
        user = credentials.user(),
        cluster = credentials.cluster(),
        expires = %credentials.expires(),
        "Teleport is configured"
    );
    let client = Arc::new(TeleportClient::connect_lazy(&credentials, &settings.addr, clock.clone()));
    tokio::spawn(Renewal { settings, clock, client: client.clone(), credentials, seen, warned: false }.run());
    Ok(client)
}

/// Keeps the client's credentials those of the files.
struct Renewal {
    settings: TeleportSettings,
    clock: SharedClock,
    client: Arc<TeleportClient>,
    credentials: Credentials,
    seen: Appearance,
    /// Whether it was said that these credentials end soon.
    warned: bool,
}

impl Renewal {
    async fn run(mut self) {
        loop {
            self.warn();
            tokio::time::sleep(self.settings.refresh).await;
            let appearance = Appearance::of(&self.settings.credentials);
            if appearance == self.seen {
                continue;
            }
            match self.load().await {
                Ok(credentials) => {
                    tracing::info!(user = credentials.user(), expires = %credentials.expires(), "took renewed credentials");
                    self.client.use_credentials(&credentials);
                    (self.credentials, self.seen, self.warned) = (credentials, appearance, false);
                }
                // Perhaps half written: the next look tells.
                Err(error) => tracing::warn!(%error, "the credential files changed, keeping the old credentials"),
            }
        }
    }

    /// Parsing keys takes a while, and files may be on a network.
    async fn load(&self) -> Result<Credentials, CredentialError> {
        let (files, now) = (self.settings.credentials.clone(), self.clock.now());
        match tokio::task::spawn_blocking(move || files.load(now)).await {
            Ok(loaded) => loaded,
            Err(_) => Ok(self.credentials.clone()),
        }
    }

    fn warn(&mut self) {
        if !self.warned
            && let Some(warning) = self.credentials.warning(self.clock.now())
        {
            tracing::warn!("{warning}");
            self.warned = true;
        }
    }
}

/// How credential files look from outside; changes when one is written.
#[derive(Debug, PartialEq, Eq)]
struct Appearance(Vec<Option<(SystemTime, u64)>>);

impl Appearance {
    fn of(files: &CredentialFiles) -> Self {
        let look = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self(match files {
            CredentialFiles::Identity(path) => vec![look(path)],
            CredentialFiles::Tls { client_crt, client_key, root_cas } => {
                [client_crt, client_key, root_cas].map(|path| look(path)).into()
            }
        })
    }
}
