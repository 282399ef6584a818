//! Servers whose certificate comes from a private authority.

use std::net::SocketAddr;
use std::sync::Arc;

use accessbot_core::backend::{ChatBackend, ChatErrorKind, Verdict};
use accessbot_mattermost::BACKEND;
use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::{context, section};

/// What a server needs for TLS, and its own certificate as PEM.
fn certified() -> (TlsAcceptor, String) {
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), issued.cert.pem())
}

/// A server over TLS that answers every call as `/users/me`, and its own certificate as PEM.
async fn serve() -> (String, String) {
    let (acceptor, pem) = certified();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 2048];
            if stream.read(&mut request).await.is_ok() {
                let body = r#"{"id":"botbotbotbotbotbotbotbotbo"}"#;
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    (url, pem)
}

/// A proxy that speaks TLS and hands everything to `server`, and its own certificate as PEM.
async fn proxy(server: SocketAddr) -> (String, String) {
    let (acceptor, pem) = certified();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await.unwrap();
                let mut behind = TcpStream::connect(server).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    (url, pem)
}

#[tokio::test]
async fn a_websocket_is_opened_over_tls_with_the_same_trust() {
    let server = MattermostSandbox::start(MattermostOptions::default()).await.unwrap();
    let (url, pem) = proxy(server.addr()).await;
    let path = std::env::temp_dir().join(format!("accessbot-mattermost-websocket-{}.pem", std::process::id()));
    std::fs::write(&path, pem).unwrap();
    let mut context = context();
    context.extra_ca = Some(path.clone());
    context.review = true;
    let backend = crate::world::backend(&url, server.token(), &["replies"], &context);
    let findings = backend.check().await;
    let websocket = findings.iter().find(|finding| finding.subject == "websocket").unwrap();
    assert_eq!(websocket.verdict, Verdict::Ok, "{websocket:?}");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_private_authority_is_trusted_if_the_operator_says_so() {
    let (url, pem) = serve().await;
    let path = std::env::temp_dir().join(format!("accessbot-mattermost-{}.pem", std::process::id()));
    std::fs::write(&path, pem).unwrap();
    let mut trusting = context();
    trusting.extra_ca = Some(path.clone());
    let build = |context| -> Arc<dyn ChatBackend> {
        (BACKEND.build)(&mut section(&[("url", url.as_str()), ("token", "x")]), &context).unwrap()
    };
    build(trusting).probe().await.unwrap();
    let error = build(context()).probe().await.unwrap_err();
    assert_eq!((error.kind.clone(), error.maybe_done), (ChatErrorKind::Transient, false));
    assert!(error.message.contains("certificate"), "{error}");
    std::fs::remove_file(&path).unwrap();
}
