//! Asking a web server whether it is a Teleport proxy, and of which cluster.
//!
//! `GET /webapi/find` as in api/client/webclient of gravitational/teleport (v7 to v18): no authentication, JSON with
//! `server_version` and, from v9 on, `cluster_name`. It is asked to explain a failure; the answer decides nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST};
use hyper_util::rt::TokioIo;
use rustls::{AlertDescription, CertificateError, ClientConfig};
use rustls_pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::address::Address;
use crate::first_words::printable;
use crate::web_authorities::WebAuthorities;

/// The largest answer that is read; a real one has about a kilobyte.
const LARGEST_ANSWER: usize = 64 * 1024;

/// What a proxy says of itself, in a form that can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// The version: `18.0.0`.
    pub(crate) version: String,
    /// Its cluster; empty before v9.
    pub(crate) cluster: String,
}

/// Why nobody said that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoProxy {
    /// A web certificate that this machine does not trust, and why.
    Untrusted(Distrust),
    /// A web server of another kind, and how it answered.
    OtherWebServer(String),
    /// TLS, but not for HTTP/1.1: no web server.
    NoWebServer,
    /// No TLS, or nothing at all.
    Silent,
}

/// Why a web certificate is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Distrust {
    /// Nobody whom this machine trusts signed it.
    #[error("this machine does not know who signed it")]
    UnknownAuthority,
    /// It is for other names than the one that was dialled.
    #[error("it is for other names")]
    OtherName,
    /// Something else, in a form that can be printed.
    #[error("{0}")]
    Other(String),
}

impl From<&CertificateError> for Distrust {
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownAuthority,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
            other => Self::Other(printable(&other.to_string())),
        }
    }
}

/// Asks the server at `socket`, which is known as `address`. Not limited in time.
pub(crate) async fn find(
    address: &Address,
    socket: SocketAddr,
    authorities: &WebAuthorities,
) -> Result<Proxy, NoProxy> {
    let tls = connect(address, socket, authorities).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(tls)).await.map_err(|e| other(&e))?;
    let mut background = JoinSet::new();
    background.spawn(connection);
    let request = hyper::Request::get("/webapi/find")
        .header(HOST, address.to_string())
        .header(ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())
        .map_err(|e| other(&e))?;
    let answer = sender.send_request(request).await.map_err(|e| other(&e))?;
    // A redirection leads to somebody else's answer.
    if answer.status() != StatusCode::OK {
        return Err(NoProxy::OtherWebServer(format!("it answers {}", answer.status().as_u16())));
    }
    let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await;
    let body = body.map_err(|_| NoProxy::OtherWebServer("it answers at length".to_owned()))?;
    read(&body.to_bytes()).ok_or_else(|| NoProxy::OtherWebServer("it answers something else".to_owned()))
}

fn other(error: &dyn std::error::Error) -> NoProxy {
    NoProxy::OtherWebServer(printable(&error.to_string()))
}

async fn connect(
    address: &Address,
    socket: SocketAddr,
    authorities: &WebAuthorities,
) -> Result<TlsStream<TcpStream>, NoProxy> {
    let extra = authorities.certificates();
    // The machine's own authorities are read from files.
    let config = tokio::task::spawn_blocking(move || config(extra)).await.map_err(|_| NoProxy::Silent)?;
    let config = config.map_err(|e| NoProxy::Untrusted(Distrust::Other(printable(&e.to_string()))))?;
    let name = ServerName::try_from(address.host().to_owned()).map_err(|_| NoProxy::Untrusted(Distrust::OtherName))?;
    let tcp = TcpStream::connect(socket).await.map_err(|_| NoProxy::Silent)?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(|e| refusal(&e))
}

fn config(extra: Vec<rustls_pki_types::CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn refusal(error: &io::Error) -> NoProxy {
    match error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(problem)) => NoProxy::Untrusted(problem.into()),
        Some(rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => NoProxy::NoWebServer,
        _ => NoProxy::Silent,
    }
}

fn read(body: &[u8]) -> Option<Proxy> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    // Every Teleport has this object; its version alone could be anybody's.
    body.get("proxy")?.as_object()?;
    let text = |key: &str| body.get(key).and_then(|value| value.as_str()).map(printable);
    Some(Proxy { version: text("server_version")?, cluster: text("cluster_name").unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_teleports_or_it_is_not() {
        let proxy =
            |version: &str, cluster: &str| Some(Proxy { version: version.to_owned(), cluster: cluster.to_owned() });
        let old = br#"{"proxy": {"ssh": {}}, "server_version": "7.3.2", "min_client_version": "6.2.0"}"#;
        assert_eq!(read(old), proxy("7.3.2", ""));
        let new =
            br#"{"proxy": {"tls_routing_enabled": true}, "server_version": "18.0.0", "cluster_name": "a.b\u001b"}"#;
        assert_eq!(read(new), proxy("18.0.0", "a.b"));
        for other in ["", "<html>", "{}", "[1]", r#"{"server_version": "1"}"#, r#"{"proxy": {}, "server_version": 1}"#]
        {
            assert_eq!(read(other.as_bytes()), None, "{other}");
        }
    }
}
