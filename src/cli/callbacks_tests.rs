//! Over real sockets, with a backend that repeats what it got.

use accessbot_core::backend::callback::CallbackRequest;
use accessbot_core::backend::{
    Capabilities, ChatError, ChatErrorKind, Conversation, Marker, MessageRef, Outgoing, Recipient, Resolution,
};
use accessbot_core::request::RequestId;
use accessbot_core::routing::Routing;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

struct Echo;

fn no<T>() -> Result<T, ChatError> {
    Err(ChatError::new(ChatErrorKind::Rejected, "call", "not in this test"))
}

#[async_trait::async_trait]
impl ChatBackend for Echo {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    async fn probe(&self) -> Result<(), ChatError> {
        no()
    }

    async fn resolve(&self, _: &Recipient) -> Result<Resolution, ChatError> {
        no()
    }

    async fn post(&self, _: &Conversation, _: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        no()
    }

    async fn verify(&self, _: &MessageRef, _: &RequestId, _: &Marker) -> Result<bool, ChatError> {
        no()
    }

    async fn update(&self, _: &MessageRef, _: &Outgoing<'_>) -> Result<(), ChatError> {
        no()
    }

    async fn delete(&self, _: &MessageRef) -> Result<(), ChatError> {
        no()
    }

    fn callback_paths(&self) -> &'static [&'static str] {
        &["/hook", "/never"]
    }

    async fn callback(&self, request: CallbackRequest) -> CallbackResponse {
        if request.uri().path() == "/never" {
            std::future::pending::<()>().await;
        }
        let body = String::from_utf8_lossy(request.body());
        CallbackResponse::new(format!("{} {} {body}", request.method(), request.uri()).into())
    }
}

async fn listening() -> SocketAddr {
    let routing = Routing::everything_to("echo", &[]);
    let desk = Desk::new("echo", Arc::new(Echo), routing);
    let callbacks = Callbacks::bind(([127, 0, 0, 1], 0).into(), &[desk]).await.unwrap();
    let addr = callbacks.listener.local_addr().unwrap();
    tokio::spawn(callbacks.serve());
    addr
}

/// Sends `bytes` and reads all that comes back: the status line and the body.
async fn say(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // The server may hang up before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.lines().next().unwrap_or_default().to_owned();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    format!("{status}: {body}")
}

fn post(path: &str, body: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn a_backend_gets_what_is_meant_for_it() {
    let addr = listening().await;
    assert_eq!(say(addr, &post("/echo/hook?a=b", "hello")).await, "HTTP/1.1 200 OK: POST /hook?a=b hello");
    assert_eq!(say(addr, b"GET /echo/hook HTTP/1.1\r\nHost: x\r\n\r\n").await, "HTTP/1.1 200 OK: GET /hook ");
    for path in
        ["/", "/echo", "/echo/", "/hook", "/echo/hook/", "/echo/hookx", "/other/hook", "/echo/../echo/hook", "*"]
    {
        assert_eq!(say(addr, &post(path, "")).await, "HTTP/1.1 404 Not Found: ", "{path}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_http_is_refused() {
    let addr = listening().await;
    let largest = "x".repeat(LARGEST_BODY);
    assert!(say(addr, &post("/echo/hook", &largest)).await.starts_with("HTTP/1.1 200 OK"));
    let larger = "x".repeat(LARGEST_BODY + 1);
    assert_eq!(say(addr, &post("/echo/hook", &larger)).await, "HTTP/1.1 413 Payload Too Large: ");
    let chunked = format!(
        "POST /echo/hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{larger}\r\n0\r\n\r\n",
        larger.len()
    );
    assert_eq!(say(addr, chunked.as_bytes()).await, "HTTP/1.1 413 Payload Too Large: ");
    let headers = "X: y\r\n".repeat(HEADERS + 1);
    let many = format!("GET /echo/hook HTTP/1.1\r\n{headers}\r\n");
    assert_eq!(say(addr, many.as_bytes()).await, "HTTP/1.1 431 Request Header Fields Too Large: ");
    assert_eq!(say(addr, b"\x16\x03\x01 not HTTP\r\n\r\n").await, "HTTP/1.1 400 Bad Request: ");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_slow_is_cut_off() {
    let addr = listening().await;
    assert_eq!(say(addr, b"POST /echo/ho").await, ": ", "half a head");
    let half = b"POST /echo/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf";
    assert_eq!(say(addr, half).await, "HTTP/1.1 408 Request Timeout: ");
    assert_eq!(say(addr, &post("/echo/never", "")).await, "HTTP/1.1 503 Service Unavailable: ");
}
