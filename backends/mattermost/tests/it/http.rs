//! A plain HTTP client, for what people's clients do.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The answer to a GET with somebody's token, head and all.
pub(crate) async fn get(url: &str, token: &str) -> String {
    exchange(url, token, "GET", "", "").await
}

/// The answer to a POST with somebody's token, head and all.
pub(crate) async fn post(url: &str, token: &str, body: &str) -> String {
    let length = body.len();
    exchange(url, token, "POST", &format!("Content-Length: {length}\r\nContent-Type: application/json\r\n"), body).await
}

async fn exchange(url: &str, token: &str, method: &str, headers: &str, body: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{headers}");
    stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The body of an answer.
pub(crate) fn body(answer: &str) -> serde_json::Value {
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    // A longer one comes in chunks, each behind a line with its length.
    let text: String = if answer.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        body.split("\r\n").skip(1).step_by(2).collect()
    } else {
        body.to_owned()
    };
    serde_json::from_str(&text).unwrap()
}
