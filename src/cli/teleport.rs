//! Teleport as the settings say, with credentials that follow their files.

use std::sync::Arc;

use accessbot_core::appearance::Appearance;
use accessbot_core::clock::SharedClock;
use accessbot_core::teleport::TeleportError;
use accessbot_teleport::{CredentialChange, CredentialError, CredentialFiles, Credentials, Lifetime, TeleportClient};

use super::config::TeleportSettings;
use super::exit::Failure;

/// Loads the credentials, which must be good once; dials when the engine first asks for something. From then on the files
/// are looked at every [`TeleportSettings::refresh`], as long as the runtime lives.
pub(super) fn connect(settings: TeleportSettings, clock: SharedClock) -> Result<Arc<TeleportClient>, Failure> {
    let seen = appearance(&settings.credentials);
    let credentials = settings.credentials.load(clock.now()).map_err(TeleportError::from)?;
    tracing::info!(
        addr = %settings.addr,
        user = credentials.user(),
        cluster = credentials.cluster(),
        expires = %credentials.expires(),
        "Teleport is configured"
    );
    let client = Arc::new(TeleportClient::through(settings.door(), &credentials, clock.clone()));
    let warned = Lifetime::Fresh;
    tokio::spawn(Renewal { settings, clock, client: client.clone(), credentials, seen, warned, kept: None }.run());
    Ok(client)
}

/// Keeps the client's credentials those of the files.
struct Renewal {
    settings: TeleportSettings,
    clock: SharedClock,
    client: Arc<TeleportClient>,
    credentials: Credentials,
    /// How the files looked when the credentials were taken from them.
    seen: Appearance,
    /// What was said last about the end of these credentials.
    warned: Lifetime,
    /// Why newer files were not taken, as it was said last.
    kept: Option<String>,
}

impl Renewal {
    async fn run(mut self) {
        loop {
            self.warn();
            tokio::time::sleep(self.settings.refresh).await;
            let appearance = appearance(&self.settings.credentials);
            if appearance == self.seen {
                continue;
            }
            match self.renew().await {
                Ok(credentials) => {
                    (self.credentials, self.seen) = (credentials, appearance);
                    (self.warned, self.kept) = (Lifetime::Fresh, None);
                }
                Err(error) => self.keep(&error),
            }
        }
    }

    /// Takes what is in the files now, if it works at least as well as what we have.
    async fn renew(&self) -> Result<Credentials, TeleportError> {
        let credentials = self.load().await?;
        let (user, expires) = (credentials.user(), credentials.expires());
        match self.client.change_credentials(&credentials).await? {
            CredentialChange::Connected => tracing::info!(user, %expires, "took renewed credentials"),
            CredentialChange::Untried => {
                tracing::info!(user, %expires, "took renewed credentials, without a connection at present");
            }
        }
        Ok(credentials)
    }

    /// Parsing keys takes a while, and files may be on a network.
    async fn load(&self) -> Result<Credentials, CredentialError> {
        let (files, now) = (self.settings.credentials.clone(), self.clock.now());
        match tokio::task::spawn_blocking(move || files.load(now)).await {
            Ok(loaded) => loaded,
            Err(_) => Ok(self.credentials.clone()),
        }
    }

    /// Says once for each reason that the files are not taken. Perhaps they are half written: the next look tells.
    fn keep(&mut self, error: &TeleportError) {
        let reason = error.to_string();
        if self.kept.as_ref() != Some(&reason) {
            let hint = error.hint.as_deref();
            tracing::warn!(%error, hint, "the credential files changed, keeping the old credentials");
            self.kept = Some(reason);
        }
    }

    /// Says when the end of the credentials comes closer, and when it has come.
    fn warn(&mut self) {
        let now = self.clock.now();
        let lifetime = self.credentials.lifetime(now);
        if lifetime > self.warned
            && let Some(warning) = self.credentials.warning(now)
        {
            tracing::warn!("{warning}");
            self.warned = lifetime;
        }
    }
}

fn appearance(files: &CredentialFiles) -> Appearance {
    match files {
        CredentialFiles::Identity(path) => Appearance::of([path.as_path()]),
        CredentialFiles::Tls { client_crt, client_key, root_cas } => {
            Appearance::of([client_crt.as_path(), client_key, root_cas])
        }
    }
}
