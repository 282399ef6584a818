//! A plain websocket client.

use std::time::Duration;

use accessbot_sandbox::mattermost::MattermostSandbox;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

/// A client that listens to what the server tells.
pub(crate) struct Listener(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Without a word.
    Cut,
    /// With this code.
    Closed(u16),
}

impl Listener {
    /// Connects with these headers.
    pub(crate) async fn dial(server: &MattermostSandbox, headers: &[(&'static str, &str)]) -> Option<Self> {
        let uri = format!("ws://{}/api/v4/websocket", server.addr());
        let mut client = ClientBuilder::new().uri(&uri).unwrap();
        for (name, value) in headers {
            client = client.add_header(HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap()).unwrap();
        }
        client.connect().await.ok().map(|(stream, _)| Self(stream))
    }

    /// Connects as a user, and takes the two events that every first connection begins with.
    pub(crate) async fn of(server: &MattermostSandbox, user: &str) -> Self {
        let token = format!("Bearer {}", server.token_of(user).unwrap());
        let mut listener = Self::dial(server, &[("authorization", &token)]).await.unwrap();
        assert_eq!(listener.next().await.unwrap()["event"], "hello");
        let status = listener.next().await.unwrap();
        assert_eq!((&status["event"], &status["seq"]), (&json!("status_change"), &json!(1)));
        listener
    }

    /// The next event or answer.
    pub(crate) async fn next(&mut self) -> Result<Value, End> {
        loop {
            match self.0.next().await {
                None | Some(Err(_)) => return Err(End::Cut),
                Some(Ok(message)) if message.is_text() => {
                    let text = message.as_text().unwrap();
                    assert!(text.ends_with('\n'), "{text:?}");
                    return Ok(serde_json::from_str(text).unwrap());
                }
                Some(Ok(message)) => {
                    if let Some((code, _)) = message.as_close() {
                        return Err(End::Closed(code.into()));
                    }
                }
            }
        }
    }

    /// The next event, which must be of this name: its data, with what is JSON within a string taken out of it.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let mut event = self.next().await.unwrap();
        assert_eq!(event["event"], name, "{event}");
        let mut data = event["data"].take();
        for key in ["post", "reaction", "dialog", "mentions"] {
            if let Some(text) = data[key].as_str() {
                data[key] = serde_json::from_str(text).unwrap();
            }
        }
        data
    }

    /// Whether nothing more comes: the server answers a ping first, and had it sent anything, that would be before.
    pub(crate) async fn hears_nothing(&mut self) {
        self.ask(json!({"seq": 99, "action": "ping"})).await;
        let answer = tokio::time::timeout(Duration::from_secs(10), self.next()).await.unwrap().unwrap();
        assert_eq!(answer["seq_reply"], 99, "{answer}");
    }

    pub(crate) async fn ask(&mut self, request: Value) {
        self.say(request.to_string()).await;
    }

    pub(crate) async fn say(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }
}
