//! The client with which a stand-in calls those whom it is told to call, as the real server does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, Url, redirect};
use rustls_pki_types::CertificateDer;

use super::error::SandboxError;

/// A client that follows no redirect, uses no proxy, and trusts `roots` only. A connection may take `dial` to come about.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn client(roots: &[CertificateDer<'static>], agent: &str, dial: Duration) -> Result<Client, SandboxError> {
    let mut store = rustls::RootCertStore::empty();
    store.add_parsable_certificates(roots.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SandboxError::Certificate(error.to_string()))?
        .with_root_certificates(store)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(dial)
        .user_agent(agent)
        .build()
        .map_err(|error| SandboxError::Certificate(error.to_string()))
}

/// Where a call to `url` would go; `None` if it is no address of a server, or its host is unknown.
pub(crate) async fn addresses(url: &Url) -> Option<Vec<SocketAddr>> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    Some(tokio::net::lookup_host((host, url.port_or_known_default()?)).await.ok()?.collect())
}

/// Reads as much as `most` bytes of an answer; the rest is as if it were not there.
pub(crate) async fn read(mut answer: Response, most: usize) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < most
        && let Some(chunk) = answer.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(most);
    Ok(body)
}
