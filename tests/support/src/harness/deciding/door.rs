//! A door before several replicas, as a load balancer is: one address, and each caller is led to the next of them.

use std::net::TcpListener as Socket;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A door. Dropping it closes it.
#[derive(Debug)]
pub struct Door {
    port: u16,
    behind: Arc<Mutex<Vec<u16>>>,
    led: JoinHandle<()>,
}

impl Door {
    /// A door that leads nowhere yet.
    pub async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = Arc::<Mutex<Vec<u16>>>::default();
        let led = tokio::spawn(lead(listener, Arc::clone(&behind)));
        Self { port, behind, led }
    }

    /// Where it is.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes room for one more replica behind it, which is to listen at this port.
    pub(super) fn room(&self) -> u16 {
        let port = free_port();
        self.behind.lock().unwrap().push(port);
        port
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.led.abort();
    }
}

async fn lead(listener: TcpListener, behind: Arc<Mutex<Vec<u16>>>) {
    let mut turn = 0;
    while let Ok((mut caller, _)) = listener.accept().await {
        let ports = behind.lock().unwrap().clone();
        let port = ports[turn % ports.len()];
        turn += 1;
        tokio::spawn(async move {
            if let Ok(mut replica) = TcpStream::connect(("127.0.0.1", port)).await {
                let _ = copy_bidirectional(&mut caller, &mut replica).await;
            }
        });
    }
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    Socket::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).unwrap().port()
}
