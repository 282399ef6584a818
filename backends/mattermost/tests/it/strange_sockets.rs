//! Servers, or what stands before them, that do on a websocket what Mattermost does not.

use std::sync::Arc;

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::backend::{BackendContext, ChatBackend, ChatError, ChatErrorKind};
use accessbot_core::clock::SystemClock;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

use crate::fake::{ME, TOKEN};
use crate::world::Script;

type Socket = WebSocketStream<TcpStream>;

/// Listens to a server that does on the websocket what `act` does, and then closes it.
async fn listen<F: Future<Output = ()> + Send>(
    act: impl Fn(Socket) -> F + Send + Sync + 'static,
) -> (Result<(), ChatError>, Arc<Script>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 64];
            let count = stream.peek(&mut head).await.unwrap();
            if head[..count].windows(10).any(|part| part == b"/websocket") {
                let (_, socket) = ServerBuilder::new().accept(stream).await.unwrap();
                act(socket).await;
            } else {
                let _ = stream.read(&mut [0; 4096]).await.unwrap();
                let body = json!({"id": ME, "username": "teleport"}).to_string();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            }
        }
    });
    let script = Arc::new(Script::default());
    let mut context = BackendContext::new(Arc::new(SystemClock));
    context.decisions = Arc::clone(&script) as Arc<dyn DecisionSink>;
    context.review = true;
    let backend: Arc<dyn ChatBackend> = crate::world::backend(&url, TOKEN, &["replies", "reactions"], &context);
    (backend.listen().await, script)
}

async fn say(socket: &mut Socket, text: impl Into<String>) {
    socket.send(Message::text(text.into())).await.unwrap();
}

async fn greet(socket: &mut Socket) {
    say(socket, json!({"event": "hello", "seq": 0, "data": {}}).to_string()).await;
}

#[tokio::test]
async fn garbage_is_passed_over() {
    let (ended, script) = listen(|mut socket| async move {
        greet(&mut socket).await;
        for text in ["", "{", "null", "[]", "{\"event\":\"posted\",\"seq\":1,\"data\":{\"post\":\"{\"}}", "\u{0}"] {
            say(&mut socket, text).await;
        }
        say(&mut socket, "[".repeat(1 << 20)).await;
        socket.send(Message::binary(vec![0; 100])).await.unwrap();
        say(&mut socket, json!({"event": "posted", "seq": i64::MAX, "data": null}).to_string()).await;
        say(&mut socket, json!({"event": "posted", "seq": -5}).to_string()).await;
        socket.close().await.unwrap();
    })
    .await;
    ended.unwrap();
    assert_eq!(script.decisions(), []);
}

#[tokio::test]
async fn a_frame_that_is_too_large_ends_the_connection() {
    let (ended, _) = listen(|mut socket| async move {
        greet(&mut socket).await;
        let _ = socket.send(Message::text("x".repeat((8 << 20) + 1))).await;
        let _ = socket.next().await;
    })
    .await;
    let error = ended.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Transient);
    insta::assert_snapshot!(error, @"listen: the websocket broke: payload length of 8388609 exceeds the limit of 8388608");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_did_not_see_the_header_is_told_the_token_once_more() {
    let (ended, _) = listen(|mut socket| async move {
        let asked = socket.next().await.unwrap().unwrap();
        let asked: Value = serde_json::from_str(asked.as_text().unwrap()).unwrap();
        assert_eq!(asked, json!({"seq": 1, "action": "authentication_challenge", "data": {"token": TOKEN}}));
        greet(&mut socket).await;
        socket.close().await.unwrap();
    })
    .await;
    ended.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_greet_is_left() {
    let (ended, _) = listen(|mut socket| async move {
        say(&mut socket, json!({"event": "typing", "seq": 0}).to_string()).await;
        while socket.next().await.is_some_and(|message| message.is_ok()) {}
    })
    .await;
    let error = ended.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Transient);
    insta::assert_snapshot!(error, @"listen: the server does not greet us on the websocket");
    let (ended, _) = listen(|socket| async move { drop(socket) }).await;
    insta::assert_snapshot!(ended.unwrap_err(), @"listen: the server ended the websocket before it greeted us");
}
