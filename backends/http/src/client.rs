//! The HTTP client, with limits on everything.

use std::time::Duration;

use accessbot_core::backend::BackendContext;
use accessbot_core::secret::Secret;
use reqwest::header::HeaderValue;

use crate::tls::{self, TlsError};

/// Connections to one server, and so calls in flight at once.
pub const CONNECTIONS: usize = 10;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the first byte sent to the last one received.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Well below the minute after which chat servers, and what stands before them, close a connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No roots of trust, or none that can be read.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client itself.
    #[error("cannot set up HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

impl BuildError {
    /// The key of the backend's section that is to blame: the extra certificates, or the server's address (`url`).
    pub fn key(&self, url: &'static str) -> &'static str {
        match self {
            Self::Tls(TlsError::ExtraCa { .. }) => "extra_ca",
            _ => url,
        }
    }
}

/// A client that follows no redirect, repeats nothing and keeps no cookie. `tls` tells whether the server is spoken to
/// over TLS at all.
///
/// # Errors
/// When the certificates to be trusted cannot be read.
pub fn client(context: &BackendContext, tls: bool) -> Result<reqwest::Client, BuildError> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client_config(context.extra_ca.as_deref(), tls)?)
        .http1_only()
        .user_agent(&context.user_agent)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(CONNECTIONS)
        // A redirected POST becomes a GET, and the token would go to whom the server names.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .build()?;
    Ok(client)
}

/// The token as a header that no log shows; `None` if it holds what no header can.
pub fn bearer(token: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}
