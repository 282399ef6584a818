//! Whether the way of deciding that the configuration wants can work: found out before the bot starts, which it does not
//! if it cannot, and by `accessbot check`.

mod refusal;
mod words;

use std::time::Duration;

use accessbot_core::backend::Finding;
use accessbot_core::engine::Desk;
use accessbot_core::review::Mode;
use accessbot_core::teleport::TeleportErrorKind;
use accessbot_teleport::{Outcome, ReviewNeeds, ReviewSupport, TeleportClient};

use super::config::ReviewSettings;
use super::exit::Failure;
use super::role;

pub(super) use refusal::Refusal;

/// How often what could not be found out is tried before it counts.
const TRIES: usize = 3;
/// Between two tries, and after the first time that the server could not be reached.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest pause while the server cannot be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the configuration wants.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// What is needed for it.
    needs: ReviewNeeds,
    /// Whether to go on where nothing tells that it works.
    assume_supported: bool,
}

impl Wanted {
    /// What `settings` want, with these chats.
    pub(super) fn new(settings: &ReviewSettings, desks: &[Desk]) -> Self {
        let identity = || desks.iter().map(|desk| &desk.identity);
        let traits: Vec<String> = identity().filter_map(|rules| rules.user_trait.clone()).collect();
        let others = !traits.is_empty() || identity().any(|rules| rules.allow_email_match);
        let mut people: Vec<String> = identity().flat_map(|rules| rules.users.values().cloned()).collect();
        people.sort();
        people.dedup();
        let roles = settings.policy.patterns().map(str::to_owned).collect();
        let needs = ReviewNeeds { mode: settings.mode, traits, people, others, roles };
        Self { needs, assume_supported: settings.assume_supported }
    }

    /// What is found out about it, with the exit code of each failure.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub(super) async fn find_out(
        &self,
        client: &TeleportClient,
    ) -> Result<Found, accessbot_core::teleport::TeleportError> {
        let support = client.review_support(&self.needs).await?;
        let findings = support.checks.iter().map(|check| words::finding(check, self.needs.mode, self.assume_supported));
        Ok(Found { findings: findings.collect(), support })
    }

    /// Waits until the server can be asked, and refuses a way of deciding that does not work.
    ///
    /// # Errors
    /// What does not work, and how to mend it; or why the server will not answer us.
    pub(super) async fn ensure(&self, client: &TeleportClient) -> Result<(), Failure> {
        let mut tries = 0;
        let mut pause = PAUSE;
        loop {
            match self.find_out(client).await {
                Ok(found) if found.is_uncertain() && tries + 1 < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(found) => return found.into_result(client, self.needs.mode),
                Err(error) if is_lasting(error.kind) => return Err(error.into()),
                Err(error) => {
                    let hint = error.hint.as_deref();
                    tracing::warn!(%error, hint, "waiting for Teleport, to see whether requests can be decided in the chat");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}

/// Whether waiting does not help.
fn is_lasting(kind: TeleportErrorKind) -> bool {
    matches!(kind, TeleportErrorKind::Credentials | TeleportErrorKind::Unsupported)
}

/// What was found out.
pub(super) struct Found {
    /// Each thing that is needed, and the exit code if it is a failure.
    pub(super) findings: Vec<(u8, Finding)>,
    /// The same for programs.
    pub(super) support: ReviewSupport,
}

impl Found {
    /// Whether something could not be found out, and nothing is known to be missing.
    fn is_uncertain(&self) -> bool {
        let has = |wanted: fn(&Outcome) -> bool| self.support.checks.iter().any(|check| wanted(&check.outcome));
        has(|outcome| matches!(outcome, Outcome::Unknown(_))) && !has(|outcome| matches!(outcome, Outcome::Missing))
    }

    fn into_result(self, client: &TeleportClient, mode: Mode) -> Result<(), Failure> {
        let failures: Vec<(u8, Finding)> =
            self.findings.iter().filter(|(_, f)| words::is_failure(f)).cloned().collect();
        for (_, finding) in self.findings.iter().filter(|(_, finding)| words::is_warning(finding)) {
            tracing::warn!(hint = finding.hint, "{}: {}", finding.subject, finding.found);
        }
        let Some((code, _)) = failures.first() else {
            tracing::info!(mode = mode.name(), "requests can be decided in the chat");
            return Ok(());
        };
        let missing = self.support.missing();
        let certificate = client.certificate();
        let role = (!missing.is_empty()).then(|| role::with(&missing, &certificate.user, &certificate.roles));
        Err(Failure::ReviewMode(Box::new(Refusal { mode, code: *code, failures, role })))
    }
}
