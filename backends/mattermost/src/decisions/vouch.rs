//! Whether the server vouches for a press: that it has told us of it, and who pressed.

use std::convert::Infallible;
use std::time::Duration;

use accessbot_core::backend::decision::Doubt;
use tokio::time::timeout;

use super::Decisions;
use super::server_key::Published;
use super::trigger::{BadTrigger, verify};
use crate::api::Id;

/// For finding out, with everybody else who waits for the key.
const FINDING_OUT: Duration = Duration::from_secs(8);
/// Presses of another time are told of in the log no more often.
const QUIET: Duration = Duration::from_secs(60);
/// Before the key is asked for again that could not be read when we began to listen.
const PAUSE: Duration = Duration::from_secs(30);

impl Decisions {
    /// Whether the server vouches for it that this person has pressed a button just now. One that publishes no key vouches
    /// for nothing, and is believed.
    ///
    /// # Errors
    /// Why the press is to be turned away.
    pub(super) async fn vouched_for(&self, trigger: &str, who: &Id) -> Result<(), Doubt> {
        let Ok(judged) = timeout(FINDING_OUT, self.judge(trigger, who)).await else { return Err(Doubt::Uncertain) };
        let Err(problem) = judged? else { return Ok(()) };
        Err(match problem {
            BadTrigger::Malformed | BadTrigger::NotSigned | BadTrigger::SomebodyElses => Doubt::Unproven,
            BadTrigger::Untimely { made } => {
                if self.untimely.is_over(QUIET) {
                    tracing::warn!(
                        %made, now = %self.clock.now(),
                        "a press is turned away, because Mattermost says that it is of another time\n  \
                         hint: one of the clocks may be wrong, the Mattermost server's or this machine's"
                    );
                }
                Doubt::Untimely
            }
        })
    }

    async fn judge(&self, trigger: &str, who: &Id) -> Result<Result<(), BadTrigger>, Doubt> {
        let key = match self.server_key.known(&self.client).await {
            Some(Published::Key(key)) => key,
            Some(Published::Nothing) => return Ok(Ok(())),
            None => return Err(Doubt::Uncertain),
        };
        let judged = verify(&key, trigger, who, self.clock.now());
        if judged == Err(BadTrigger::NotSigned)
            && let Some(other) = self.server_key.other_than(&key, &self.client).await
        {
            return Ok(verify(&other, trigger, who, self.clock.now()));
        }
        Ok(judged)
    }

    /// Reads the key before anybody presses: a form for a reason opens within three seconds, or not at all. Never ends.
    pub(crate) async fn learn_key(&self) -> Infallible {
        if self.inputs.buttons.is_some() {
            while self.server_key.known(&self.client).await.is_none() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        std::future::pending().await
    }
}
