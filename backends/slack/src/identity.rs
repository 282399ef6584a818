//! Who we are in Slack.

use accessbot_http::PerToken;

use crate::api::Me;
use crate::client::Client;
use crate::failure::Failure;

/// Our bot, asked for once per token.
#[derive(Default)]
pub(crate) struct Identity(PerToken<Me>);

impl Identity {
    /// Our bot.
    pub(crate) async fn me(&self, client: &Client) -> Result<Me, Failure> {
        self.0.known(client.token()?, client.auth_test()).await
    }

    /// Our bot, if Slack has said who that is; it is not asked.
    pub(crate) fn kept(&self, client: &Client) -> Option<Me> {
        self.0.kept(&client.token().ok()?)
    }

    /// Asks Slack, whatever is known.
    pub(crate) async fn ask(&self, client: &Client) -> Result<Me, Failure> {
        self.0.anew(client.token()?, client.auth_test()).await
    }
}
