//! Who we are in Slack.

use std::sync::{Mutex, PoisonError};

use accessbot_core::secret::Secret;

use crate::api::Me;
use crate::client::Client;
use crate::failure::Failure;

/// Our bot, asked for once per token: a new token may be that of another bot.
#[derive(Default)]
pub(crate) struct Identity(Mutex<Option<(Secret, Me)>>);

impl Identity {
    /// Our bot.
    pub(crate) async fn me(&self, client: &Client) -> Result<Me, Failure> {
        let token = client.token()?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|(of, me)| {
            let same = of.expose() == token.expose();
            same.then(|| me.clone())
        });
        match known {
            Some(me) => Ok(me),
            None => self.ask(client).await,
        }
    }

    /// Asks Slack, whatever is known.
    pub(crate) async fn ask(&self, client: &Client) -> Result<Me, Failure> {
        let token = client.token()?;
        let me = client.auth_test().await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((token, me.clone()));
        Ok(me)
    }
}
