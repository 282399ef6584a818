//! The proxy of the cluster: its web port, which answers for itself and hands connections to Auth through.

mod find;
mod hello;
mod server;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use self::server::Server;
use super::authority::WebAuthority;
use super::credential_files::write_public;
use super::options::ProxyMode;
use super::server::Shared;
use crate::common::error::SandboxError;
use crate::common::listener::Listener;
use crate::common::lock::lock;

/// A proxy on a loopback port.
///
/// A connection whose first ALPN protocol is `teleport-auth@HEX.teleport.cluster.local`, with the cluster's name in
/// hexadecimal, is handed to Auth byte by byte; if Auth is away, or the name is another, it ends without a word. All
/// others get the web certificate, which an authority of its own has signed, and HTTP: `/webapi/find`, `/webapi/ping`,
/// and redirects to pages that are not there. It speaks no SSH.
pub struct Proxy {
    listener: Listener<Server>,
    authority: String,
}

impl Proxy {
    /// Starts a proxy before the Auth server at `auth`.
    pub(super) fn start(
        port: u16,
        mode: ProxyMode,
        auth: SocketAddr,
        shared: &Arc<Shared>,
    ) -> Result<Self, SandboxError> {
        let cluster = lock(&shared.model).options.cluster.clone();
        let authority = WebAuthority::new()?;
        let certificate = authority.server(&cluster)?;
        let server = Server::new(cluster, mode, auth, certificate, Arc::clone(shared))?;
        let listener = Listener::start(port, Arc::new(server))?;
        let proxy = Self { listener, authority: authority.pem() };
        lock(&shared.model).options.proxy_public_addr = proxy.public_addr();
        Ok(proxy)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// Its address as the cluster tells it, `localhost:PORT`, for which the web certificate is good.
    pub fn public_addr(&self) -> String {
        public_addr(self.addr())
    }

    /// The certificate of the authority that signed the web certificate, PEM. Nobody trusts it unless told to.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Writes that certificate into a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_authority(&self, path: &Path) -> Result<(), SandboxError> {
        write_public(path, &self.authority)
    }

    /// Closes the port and cuts all connections, those to Auth with them.
    pub async fn stop(&self) {
        self.listener.stop().await;
    }

    /// Opens the same port again.
    ///
    /// # Errors
    /// When the port was lost meanwhile.
    pub fn start_again(&self) -> Result<(), SandboxError> {
        self.listener.start_again()
    }

    /// From now on it accepts connections and neither answers nor passes anything on.
    pub fn freeze(&self) {
        self.listener.gate().freeze();
    }

    /// Goes on where it was frozen.
    pub fn thaw(&self) {
        self.listener.gate().thaw();
    }
}

/// How the cluster tells the address.
fn public_addr(addr: SocketAddr) -> String {
    format!("localhost:{}", addr.port())
}
