//! The place that is dialled, whoever dials it.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use crate::address::Address;
use crate::way::{self, Way};
use crate::web_authorities::WebAuthorities;

/// An address, and what is known of it.
#[derive(Debug)]
pub struct Door {
    address: Address,
    authorities: WebAuthorities,
    /// Where the last connection led.
    found: Mutex<Option<Found>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    socket: SocketAddr,
    way: Option<Way>,
}

impl Door {
    /// The door at `address`: Auth's own, or a proxy's web port.
    pub fn new(address: Address) -> Self {
        Self { address, authorities: WebAuthorities::default(), found: Mutex::default() }
    }

    /// The same door, whose web certificate may also be from `authorities`. It counts only for the question what is there
    /// when no connection to Auth comes about.
    #[must_use]
    pub fn trusting(mut self, authorities: WebAuthorities) -> Self {
        self.authorities = authorities;
        self
    }

    /// The address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn authorities(&self) -> &WebAuthorities {
        &self.authorities
    }

    /// The way of the last connection that came about; none before the first, and when it could not be told.
    pub(crate) fn way(&self) -> Option<Way> {
        self.found().and_then(|found| found.way)
    }

    /// A connection to `socket` came about: finds out which way that is, and says so when it is news.
    pub(crate) async fn connected(&self, socket: SocketAddr) {
        let before = self.found();
        if before.is_some_and(|found| found.socket == socket && found.way.is_some()) {
            tracing::debug!(address = %self.address, %socket, "connected to Teleport again");
            return;
        }
        let way = way::find(self.address.host(), socket).await;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(Found { socket, way });
        let words = way.map_or_else(|| "unknown".to_owned(), |way| way.to_string());
        if before.is_some_and(|found| found.way == way) {
            tracing::debug!(address = %self.address, %socket, way = words, "connected to Teleport again");
        } else {
            tracing::info!(address = %self.address, way = words, "connected to Teleport");
        }
    }

    fn found(&self) -> Option<Found> {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
