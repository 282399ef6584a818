//! Who we are on the server.

use std::sync::{Mutex, PoisonError};

use accessbot_core::secret::Secret;

use crate::api::Id;
use crate::client::Client;
use crate::failure::Failure;

/// Our account, asked for once per token: a new token may be that of another bot.
#[derive(Default)]
pub(crate) struct Identity(Mutex<Option<Known>>);

struct Known {
    token: Secret,
    id: Id,
}

impl Identity {
    /// Our account's id.
    pub(crate) async fn id(&self, client: &Client) -> Result<Id, Failure> {
        let token = client.token()?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|known| {
            let same = known.token.expose() == token.expose();
            same.then(|| known.id.clone())
        });
        match known {
            Some(id) => Ok(id),
            None => self.ask(client).await,
        }
    }

    /// Asks the server, whatever is known.
    pub(crate) async fn ask(&self, client: &Client) -> Result<Id, Failure> {
        let token = client.token()?;
        let id = client.me().await?.id;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known { token, id: id.clone() });
        Ok(id)
    }
}
