//! Socket Mode: where a connection can be made.

use accessbot_core::secret::SecretSource;
use serde::Deserialize;

use crate::client::Client;
use crate::failure::Failure;
use crate::method::OPEN_SOCKET;

/// Where to connect, once and soon. A secret: whoever connects there gets what is meant for the app.
#[derive(Deserialize)]
struct Opened {
    url: String,
}

impl Client {
    /// The address of a connection to be, for one use.
    pub(crate) async fn socket_address(&self, app_token: &SecretSource) -> Result<String, Failure> {
        let opened: Opened = self.write_as_app(app_token, OPEN_SOCKET, &serde_json::json!({})).await?;
        Ok(opened.url)
    }
}
