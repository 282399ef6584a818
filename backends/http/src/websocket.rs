//! A websocket (RFC 6455), opened with the client that makes all other calls: the same certificates are trusted, and
//! opening it takes no longer than a call may.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{StatusCode, Upgraded, Url};
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use tokio_websockets::{ClientBuilder, Limits, WebSocketStream};

use crate::transport::Transport;

/// An open websocket: a stream of messages, and a sink for them. Pings are answered as long as it is read.
pub type WebSocket = WebSocketStream<Upgraded>;

/// What RFC 6455 adds to a client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Why there is no websocket.
#[derive(Debug, thiserror::Error)]
pub enum WebSocketError {
    /// The address is not one of a websocket.
    #[error("the address does not begin with {0}")]
    Address(&'static str),
    /// No answer.
    #[error(transparent)]
    Transport(#[from] Transport),
    /// Another answer than a websocket.
    #[error("the answer is {0}, not a websocket")]
    Status(u16),
    /// The answer is not to what was asked.
    #[error("the server does not know how to open a websocket")]
    Handshake,
    /// The operating system has no random numbers.
    #[error("no random numbers")]
    Random,
}

/// Opens a websocket at `url`, which begins with `wss:`, or with `ws:` if `plain` allows it. A message of more than
/// `largest` bytes ends the connection.
///
/// # Errors
/// None of them names the address, which may be a secret.
pub async fn open_websocket(
    client: &reqwest::Client,
    mut url: Url,
    plain: bool,
    headers: HeaderMap,
    largest: usize,
) -> Result<WebSocket, WebSocketError> {
    let scheme = match url.scheme() {
        "wss" => "https",
        "ws" if plain => "http",
        _ => return Err(WebSocketError::Address(if plain { "ws:// or wss://" } else { "wss://" })),
    };
    url.set_scheme(scheme).map_err(|()| WebSocketError::Address("wss://"))?;
    let mut key = [0_u8; 16];
    SystemRandom::new().fill(&mut key).map_err(|_| WebSocketError::Random)?;
    let key = BASE64_STANDARD.encode(key);
    let request = client
        .get(url)
        .headers(headers)
        .header(CONNECTION, HeaderValue::from_static("Upgrade"))
        .header(UPGRADE, HeaderValue::from_static("websocket"))
        .header(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
        .header(SEC_WEBSOCKET_KEY, &key);
    let response = request.send().await.map_err(Transport::from)?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(WebSocketError::Status(response.status().as_u16()));
    }
    let websocket = response.headers().get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT).is_some_and(|accept| accept == &accept_of(&key));
    if !(websocket && accepted) {
        return Err(WebSocketError::Handshake);
    }
    let stream = response.upgrade().await.map_err(Transport::from)?;
    Ok(ClientBuilder::new().limits(Limits::default().max_payload_len(Some(largest))).take_over(stream))
}

/// The answer that a server gives to a client's key.
fn accept_of(key: &str) -> String {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
    BASE64_STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use accessbot_core::backend::BackendContext;
    use accessbot_core::clock::SystemClock;

    use super::*;

    #[test]
    fn the_answer_to_a_key_is_that_of_the_standard() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[tokio::test]
    async fn an_address_of_something_else_is_not_called() {
        let client = crate::client(&BackendContext::new(Arc::new(SystemClock)), false).unwrap();
        let open = async |url: &str, plain| {
            let opened = open_websocket(&client, Url::parse(url).unwrap(), plain, HeaderMap::new(), 1024).await;
            opened.err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(open("http://127.0.0.1:1/", true).await, "the address does not begin with ws:// or wss://");
        assert_eq!(open("ws://127.0.0.1:1/", false).await, "the address does not begin with wss://");
        assert!(!open("ws://127.0.0.1:1/", true).await.contains("127.0.0.1"), "what failed is not named");
    }
}
