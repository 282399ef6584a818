//! The proxy's door: a web port that looks at the first bytes of a connection and hands those for Auth through.

use std::io::Cursor;
use std::net::SocketAddr;

use accessbot_core::teleport::Teleport as _;
use accessbot_teleport::Way;
use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::ports::Web;
use crate::stand_in::{Authority, Manners, StandIn, client};

/// A proxy's web port of a cluster whose name is `cluster` in hexadecimal: hands those who ask for that cluster's Auth through
/// to `auth`, and everybody else to `web`. Returns its address.
async fn proxy(cluster: &'static str, auth: SocketAddr, web: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (first, wanted) = hello(&mut connection).await;
                let is_auths = wanted == format!("teleport-auth@{cluster}.teleport.cluster.local");
                let mut onward = TcpStream::connect(if is_auths { auth } else { web }).await.unwrap();
                onward.write_all(&first).await.unwrap();
                let _ = copy_bidirectional(&mut connection, &mut onward).await;
            });
        }
    });
    address
}

/// The bytes of the client's hello, and the first protocol that it offers.
async fn hello(connection: &mut TcpStream) -> (Vec<u8>, String) {
    let mut all = Vec::new();
    let mut acceptor = Acceptor::default();
    loop {
        let mut bytes = [0; 4096];
        let read = connection.read(&mut bytes).await.unwrap();
        assert!(read > 0, "the client hung up before its hello was over");
        all.extend_from_slice(&bytes[..read]);
        acceptor.read_tls(&mut Cursor::new(&bytes[..read])).unwrap();
        if let Some(accepted) = acceptor.accept().map_err(|(error, _)| error).unwrap() {
            let first = accepted.client_hello().alpn().and_then(|mut offered| offered.next().map(<[u8]>::to_vec));
            return (all, String::from_utf8(first.unwrap_or_default()).unwrap());
        }
    }
}

#[tokio::test]
async fn auth_is_reached_through_a_proxys_web_port() {
    let auth = StandIn::start(Manners::default()).await;
    // The certificate of the web is nobody's business but a browser's.
    let web = Web::answering("").start(&Authority::of("Web authority")).await;
    // "lab.example" in hexadecimal.
    let door = proxy("6c61622e6578616d706c65", auth.address, web).await;
    let client = client(&auth.authority.credentials(&auth.authority), door);
    assert_eq!(client.ping().await.unwrap().name, "lab.example");
    assert!(client.watch().await.is_ok());
    assert_eq!(client.way(), Some(Way::Proxy));
}
