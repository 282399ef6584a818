//! Who we are on the server.

use accessbot_http::PerToken;

use crate::api::Id;
use crate::client::Client;
use crate::failure::Failure;

/// Our account, asked for once per token.
#[derive(Default)]
pub(crate) struct Identity(PerToken<Id>);

impl Identity {
    /// Our account's id.
    pub(crate) async fn id(&self, client: &Client) -> Result<Id, Failure> {
        self.0.known(client.token()?, asked(client)).await
    }

    /// Asks the server, whatever is known.
    pub(crate) async fn ask(&self, client: &Client) -> Result<Id, Failure> {
        self.0.anew(client.token()?, asked(client)).await
    }
}

async fn asked(client: &Client) -> Result<Id, Failure> {
    Ok(client.me().await?.id)
}
