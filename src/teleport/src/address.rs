//! The address of an Auth server.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// Where Auth listens unless it was told otherwise.
pub const DEFAULT_PORT: u16 = 3025;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
    /// Whether nobody gave the port.
    port_assumed: bool,
}

/// An address that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no address: {problem}; write `host` or `host:port`, an IPv6 address as `[::1]:3025`")]
pub struct AddressError {
    /// What was given.
    pub found: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Address {
    /// The host: a name, an IPv4 address, or an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the port is [`DEFAULT_PORT`] because none was given.
    pub fn port_is_assumed(&self) -> bool {
        self.port_assumed
    }
}

/// Takes `host`, `host:port`, `[v6]`, `[v6]:port` and a bare IPv6 address, with or without `https://` before and a slash
/// after it. The port defaults to [`DEFAULT_PORT`], which is Auth's: a proxy's address needs its port.
impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let failed = |problem| AddressError { found: text.to_owned(), problem };
        let trimmed = text.trim();
        let rest = trimmed.strip_prefix("https://").unwrap_or(trimmed);
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = if let Some(bracketed) = rest.strip_prefix('[') {
            let (host, after) = bracketed.split_once(']').ok_or_else(|| failed("a bracket is not closed"))?;
            host.parse::<Ipv6Addr>().map_err(|_| failed("what stands in brackets is no IPv6 address"))?;
            match after.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if after.is_empty() => (host, None),
                None => return Err(failed("something stands between the bracket and the port")),
            }
        } else if rest.parse::<Ipv6Addr>().is_ok() {
            (rest, None)
        } else {
            match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            }
        };
        if host.is_empty() {
            return Err(failed("the host is missing"));
        }
        if rest.contains("://") || host.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?' | '#')) {
            return Err(failed("it holds more than a host and a port"));
        }
        let port_assumed = port.is_none();
        let port = match port.map(str::parse::<u16>) {
            None => DEFAULT_PORT,
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return Err(failed("the port is no number from 1 to 65535")),
        };
        Ok(Self { host: host.to_owned(), port, port_assumed })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let read = |text: &str| text.parse::<Address>().map(|a| a.to_string()).map_err(|e| e.problem);
        assert_eq!(read("auth.example.com"), Ok("auth.example.com:3025".to_owned()));
        assert_eq!(read(" https://auth.example.com:443/ "), Ok("auth.example.com:443".to_owned()));
        assert_eq!(read("127.0.0.1:3025"), Ok("127.0.0.1:3025".to_owned()));
        assert_eq!(read("[::1]:4025"), Ok("[::1]:4025".to_owned()));
        assert_eq!(read("[fe80::1]"), Ok("[fe80::1]:3025".to_owned()));
        assert_eq!(read("2001:db8::1"), Ok("[2001:db8::1]:3025".to_owned()));

        assert_eq!(read(""), Err("the host is missing"));
        assert_eq!(read(":3025"), Err("the host is missing"));
        assert_eq!(read("auth:"), Err("the port is no number from 1 to 65535"));
        assert_eq!(read("auth:0"), Err("the port is no number from 1 to 65535"));
        assert_eq!(read("auth:65536"), Err("the port is no number from 1 to 65535"));
        assert_eq!(read("a:b:c"), Err("the port is no number from 1 to 65535"));
        assert_eq!(read("[::1"), Err("a bracket is not closed"));
        assert_eq!(read("[auth]:1"), Err("what stands in brackets is no IPv6 address"));
        assert_eq!(read("[::1]1"), Err("something stands between the bracket and the port"));
        assert_eq!(read("auth.example.com/web"), Err("it holds more than a host and a port"));
        assert_eq!(read("tcp://auth:3025"), Err("it holds more than a host and a port"));
    }
}
