//! A loopback port that can be closed and opened again, with everything that runs behind it.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::SandboxError;
use super::gate::{Gate, GatedStream};
use super::lock::lock;

/// The tasks of one run of a server, from start to stop. When it ends, so do they, at their next wait: like the threads
/// of a killed process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life {
    end: CancellationToken,
    tasks: TaskTracker,
}

impl Life {
    /// Runs `task` until it or this life ends.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<Option<T>> {
        let end = self.end.clone();
        self.tasks.spawn(async move { end.run_until_cancelled(task).await })
    }

    /// Ends it, without waiting.
    fn cut(&self) {
        self.end.cancel();
        self.tasks.close();
    }

    /// Waits until nothing runs any more.
    async fn gone(&self) {
        self.tasks.wait().await;
    }
}

/// Serves one connection.
pub(crate) trait Serve: Send + Sync + 'static {
    /// Serves `stream` until it ends. What must not be broken off when the client goes away is spawned in `life`.
    fn serve(self: Arc<Self>, stream: GatedStream, peer: SocketAddr, life: Life) -> impl Future<Output = ()> + Send;
}

/// The port of a stand-in.
#[derive(Debug)]
pub(crate) struct Listener<S> {
    addr: SocketAddr,
    gate: Arc<Gate>,
    server: Arc<S>,
    phase: Mutex<Phase>,
}

#[derive(Debug)]
enum Phase {
    Running(Life),
    /// Closed: clients are refused. The socket is bound, though, so that nobody else gets the port meanwhile, not even
    /// as the near end of a client's connection.
    Stopped(Option<TcpSocket>),
}

impl<S: Serve> Listener<S> {
    /// Takes 127.0.0.1:`port` (any port for 0) and serves it.
    pub(crate) fn start(port: u16, server: Arc<S>) -> Result<Self, SandboxError> {
        Self::start_behind(Arc::default(), port, server)
    }

    /// The same behind a gate that the server knows, because it also makes connections of its own.
    pub(crate) fn start_behind(gate: Arc<Gate>, port: u16, server: Arc<S>) -> Result<Self, SandboxError> {
        let socket = reserve(port)?;
        let addr = socket.local_addr().map_err(|source| SandboxError::Listen { port, source })?;
        let listener = Self { addr, gate, server, phase: Mutex::new(Phase::Stopped(Some(socket))) };
        listener.start_again()?;
        Ok(listener)
    }

    /// Where it listens, or listened.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it serves with.
    pub(crate) fn server(&self) -> &S {
        &self.server
    }

    /// The gate of all its connections.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Opens the port again after [`Listener::stop`]; nothing happens if it is open.
    pub(crate) fn start_again(&self) -> Result<(), SandboxError> {
        let failed = |source| SandboxError::Listen { port: self.addr.port(), source };
        let mut phase = lock(&self.phase);
        let Phase::Stopped(reserved) = &mut *phase else { return Ok(()) };
        let socket = match reserved.take() {
            Some(socket) => socket,
            None => reserve(self.addr.port())?,
        };
        // A storm of reconnects should queue, not be refused.
        let listener = socket.listen(1024).map_err(failed)?;
        let life = Life::default();
        life.spawn(accept(listener, Arc::clone(&self.server), Arc::clone(&self.gate), life.clone()));
        *phase = Phase::Running(life);
        Ok(())
    }

    /// Closes the port and cuts all connections, as a killed process does. Returns when nothing runs any more.
    pub(crate) async fn stop(&self) {
        let life = {
            let mut phase = lock(&self.phase);
            let Phase::Running(life) = &*phase else { return };
            let life = life.clone();
            *phase = Phase::Stopped(None);
            life
        };
        life.cut();
        life.gone().await;
        // If somebody was faster, start_again will say so.
        if let Ok(socket) = reserve(self.addr.port())
            && let Phase::Stopped(reserved @ None) = &mut *lock(&self.phase)
        {
            *reserved = Some(socket);
        }
    }
}

impl<S> Drop for Listener<S> {
    fn drop(&mut self) {
        if let Phase::Running(life) = &*lock(&self.phase) {
            life.cut();
        }
    }
}

/// Binds the port without listening: connections to it are refused.
fn reserve(port: u16) -> Result<TcpSocket, SandboxError> {
    let bind = || {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        Ok(socket)
    };
    bind().map_err(|source| SandboxError::Listen { port, source })
}

async fn accept<S: Serve>(listener: TcpListener, server: Arc<S>, gate: Arc<Gate>, life: Life) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of file descriptors, perhaps: do not spin until some are free.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let stream = GatedStream::new(stream, Arc::clone(&gate));
        life.spawn(Arc::clone(&server).serve(stream, peer, life.clone()));
    }
}
