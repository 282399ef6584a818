//! The demo's page: the chat, the cluster and the bot's log in a browser, live, and forms to take part.
//!
//! What may be seen and done there is for whoever sits at this machine, so every request is checked: see [`guard`].

mod acts;
mod assets;
mod chat;
mod guard;
mod live;
mod picture;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tower_service::Service as _;

use self::guard::Guard;
use super::bot_log::BotLog;
use super::world::DemoWorld;
use crate::common::gate::GatedStream;
use crate::common::http1::{self, Handler};

/// More than any form of the page sends.
const LARGEST_BODY: usize = 32 * 1024;

/// What the handlers share.
struct Shared {
    world: Arc<DemoWorld>,
    log: BotLog,
}

/// The page, ready to be served.
pub struct Page {
    listener: TcpListener,
    addr: SocketAddr,
    router: Router,
}

impl Page {
    /// Takes the address that the page is to be served at.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn bind(addr: SocketAddr, world: Arc<DemoWorld>, log: BotLog) -> BoxFuture<'static, io::Result<Self>> {
        Self::take(addr, world, log).boxed()
    }

    async fn take(addr: SocketAddr, world: Arc<DemoWorld>, log: BotLog) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let router = Router::new()
            .route("/api/events", get(live::events))
            .route("/api/requests", post(acts::file))
            .route("/api/reviews", post(acts::review))
            .route("/api/presses", post(chat::press))
            .route("/api/forms", post(chat::submit))
            .route("/api/replies", post(chat::reply))
            .route("/api/reactions", post(chat::react))
            .route("/api/forgeries", post(chat::forge))
            .route("/api/trouble", post(acts::trouble))
            .merge(assets::router())
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(from_fn_with_state(Guard::of(addr), guard::check))
            .with_state(Arc::new(Shared { world, log }));
        Ok(Self { listener, addr, router })
    }

    /// Where it is, for a browser on this machine.
    pub fn url(&self) -> String {
        let ip = match self.addr.ip() {
            ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        format!("http://{}/", SocketAddr::new(ip, self.addr.port()))
    }

    /// Serves it for as long as this is awaited. Connections that stand then go on until their runtime ends.
    pub fn serve(self) -> BoxFuture<'static, ()> {
        self.accept().boxed()
    }

    async fn accept(self) {
        let handler: Handler = Arc::new(move |request| {
            let mut router = self.router.clone();
            async move {
                let Ok(response) = router.call(request.map(Body::new)).await;
                Ok(response)
            }
            .boxed()
        });
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let stream = GatedStream::new(stream, Arc::default());
                    tokio::spawn(http1::serve(stream, Arc::clone(&handler)));
                }
                // Out of file descriptors, perhaps: do not spin until some are free.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}
