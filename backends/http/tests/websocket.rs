//! Websockets against servers that know how, over TLS, and against those that do not.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::path::Path;
use std::sync::Arc;

use accessbot_core::backend::BackendContext;
use accessbot_core::clock::SystemClock;
use accessbot_http::{WebSocket, WebSocketError, client, open_websocket};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_websockets::{Message, ServerBuilder};

/// What one message may hold.
const LARGEST: usize = 1000;

/// A server over TLS that says back what it is told, with the header that it was greeted with in front. Gives its port,
/// and its own certificate as PEM.
async fn echo() -> (u16, String) {
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let (request, mut socket) = ServerBuilder::new().accept(stream).await.unwrap();
            let who = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
            while let Some(Ok(message)) = socket.next().await {
                let Some(text) = message.as_text() else { continue };
                let said = format!("{who} said {text}");
                let answer = if text == "much" { "x".repeat(LARGEST + 1) } else { said };
                socket.send(Message::text(answer)).await.unwrap();
            }
        }
    });
    (port, issued.cert.pem())
}

/// A server that gives this answer, and its port.
async fn answering(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 2048];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    port
}

async fn open(url: &str, extra_ca: Option<&Path>) -> Result<WebSocket, WebSocketError> {
    let mut context = BackendContext::new(Arc::new(SystemClock));
    context.extra_ca = extra_ca.map(Path::to_owned);
    let client = client(&context, url.starts_with("wss")).unwrap();
    let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("bob"))]);
    open_websocket(&client, Url::parse(url).unwrap(), true, headers, LARGEST).await
}

#[tokio::test]
async fn words_go_both_ways_over_tls_and_only_to_a_server_that_is_trusted() {
    let (port, pem) = echo().await;
    let url = format!("wss://localhost:{port}/link/?ticket=secret");
    let path = std::env::temp_dir().join(format!("accessbot-http-{}.pem", std::process::id()));
    std::fs::write(&path, pem).unwrap();
    let mut socket = open(&url, Some(&path)).await.unwrap();
    for word in ["hello", "again"] {
        socket.send(Message::text(word)).await.unwrap();
        let said = socket.next().await.unwrap().unwrap();
        assert_eq!(said.as_text(), Some(format!("bob said {word}").as_str()));
    }
    socket.send(Message::text("much")).await.unwrap();
    assert!(socket.next().await.unwrap().is_err(), "more than is taken");
    drop(socket);

    let refused = open(&url, None).await.unwrap_err();
    assert!(refused.to_string().contains("certificate") && !refused.to_string().contains("secret"), "{refused}");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn what_is_no_websocket_is_not_taken_for_one() {
    let switched = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n";
    let wrong_key: &str = Box::leak(format!("{switched}upgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n").into());
    let no_key: &str = Box::leak(format!("{switched}upgrade: websocket\r\n\r\n").into());
    for (answer, problem) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "the answer is 200, not a websocket"),
        ("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", "the answer is 302, not a websocket"),
        (wrong_key, "the server does not know how to open a websocket"),
        (no_key, "the server does not know how to open a websocket"),
    ] {
        let port = answering(answer).await;
        let error = open(&format!("ws://127.0.0.1:{port}/"), None).await.unwrap_err();
        assert_eq!(error.to_string(), problem);
    }
}
