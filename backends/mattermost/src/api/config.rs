//! What the server tells every client of its settings.

use serde::Deserialize;

use super::absent_if_null;
use crate::client::Client;
use crate::failure::Failure;

/// Of some hundred settings those that matter here.
#[derive(Debug, Deserialize)]
struct ClientConfig {
    /// Every server tells it: an answer without it is somebody else's.
    #[serde(rename = "Version")]
    _version: String,
    /// Empty if it has none.
    #[serde(rename = "AsymmetricSigningPublicKey", default, deserialize_with = "absent_if_null")]
    signing_key: String,
}

impl Client {
    /// The key to verify the server's signatures with, as it publishes it; empty if it certainly publishes none.
    pub(crate) async fn signing_key(&self) -> Result<String, Failure> {
        // Without the format old servers refuse.
        let config: ClientConfig = self.get(&["config", "client"], &[("format", "old")]).await?;
        Ok(config.signing_key)
    }
}
