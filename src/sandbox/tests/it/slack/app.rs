//! An app in Socket Mode.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

use super::client::{World, outcome};

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Without a word.
    Cut,
    /// With a word of the server's.
    Closed,
}

/// A connection.
pub(crate) struct App(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl App {
    /// Asks for an address, connects there, and is greeted.
    pub(crate) async fn connect(world: &World) -> Self {
        let mut app = Self::dial(&address(world).await).await.unwrap();
        assert_eq!(app.next().await.unwrap()["type"], "hello");
        app
    }

    /// Connects to an address.
    pub(crate) async fn dial(url: &str) -> Option<Self> {
        ClientBuilder::new().uri(url).unwrap().connect().await.ok().map(|(stream, _)| Self(stream))
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Result<Value, End> {
        loop {
            match self.0.next().await {
                None | Some(Err(_)) => return Err(End::Cut),
                Some(Ok(message)) if message.is_text() => {
                    return Ok(serde_json::from_str(message.as_text().unwrap()).unwrap());
                }
                Some(Ok(message)) if message.is_close() => return Err(End::Closed),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next envelope, acknowledged.
    pub(crate) async fn take(&mut self) -> Value {
        let envelope = self.next().await.unwrap();
        assert_eq!(envelope["type"], "interactive", "{envelope}");
        self.acknowledge(&envelope).await;
        envelope
    }

    pub(crate) async fn acknowledge(&mut self, envelope: &Value) {
        self.say(json!({"envelope_id": envelope["envelope_id"]})).await;
    }

    pub(crate) async fn answer(&mut self, envelope: &Value, payload: Value) {
        self.say(json!({"envelope_id": envelope["envelope_id"], "payload": payload})).await;
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Whether nothing more comes: the server answers a ping first, and had it sent anything, that would be before.
    pub(crate) async fn hears_nothing(&mut self) {
        self.0.send(Message::ping(Bytes::from_static(b"?"))).await.unwrap();
        loop {
            let message = self.0.next().await.unwrap().unwrap();
            if message.is_pong() {
                return;
            }
            assert!(message.is_ping(), "{message:?}");
        }
    }
}

/// An address to connect to.
pub(crate) async fn address(world: &World) -> String {
    let opened = world.post_with(world.slack.app_token(), "apps.connections.open", json!({})).await;
    assert_eq!(outcome(&opened), "ok", "{opened}");
    opened["url"].as_str().unwrap().to_owned()
}
