//! Who may use the page.
//!
//! A page on loopback is within reach of every page in the same browser. A name of somebody else's that leads to 127.0.0.1
//! would make theirs and ours the same site (DNS rebinding), so the host must be written as an address or as `localhost`.
//! And what changes anything must come from our own page.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// Scripts and styles are files of ours. Nothing is loaded from elsewhere, framed, or sent elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Which hosts the page is asked for under.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// Only those of this machine; else any address, but still no name.
    loopback_only: bool,
}

impl Guard {
    pub(super) fn of(addr: SocketAddr) -> Self {
        Self { loopback_only: addr.ip().is_loopback() }
    }

    fn admits(self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let ip = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || !self.loopback_only)
    }

    /// Why a request is refused, if it is.
    fn objection(self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let host = text(HOST).unwrap_or_default();
        if !self.admits(host) {
            return Some("This page must be asked for by its address.\n");
        }
        let reads = matches!(*method, Method::GET | Method::HEAD);
        // Programs send no origin; browsers always do, with what changes something.
        let foreign = text(ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") != Some(host));
        (foreign && !reads).then_some("Only the demo's own page may do that.\n")
    }
}

/// Refuses what is not ours, and tells the browser what the page may do.
pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.objection(request.method(), request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // The next demo at this address may be another version.
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objection(addr: &str, method: &Method, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        Guard::of(addr.parse().unwrap()).objection(method, &headers).is_some()
    }

    #[test]
    fn only_addresses_of_this_machine_and_our_own_page() {
        for (host, refused) in [
            ("127.0.0.1:80", false),
            ("localhost:80", false),
            ("LOCALHOST", false),
            ("[::1]:80", false),
            ("127.0.0.1", false),
            ("evil.example:80", true),
            ("127.0.0.1.evil.example", true),
            ("192.0.2.1:80", true),
            ("", true),
        ] {
            assert_eq!(objection("127.0.0.1:80", &Method::GET, host, None), refused, "{host}");
        }
        // Whoever asked for more gets it, but for names.
        assert!(!objection("0.0.0.0:80", &Method::GET, "192.0.2.1:80", None));
        assert!(objection("0.0.0.0:80", &Method::GET, "evil.example:80", None));
        for (origin, refused) in [
            (None, false),
            (Some("http://127.0.0.1:80"), false),
            (Some("http://127.0.0.1:81"), true),
            (Some("https://evil.example"), true),
            (Some("null"), true),
        ] {
            assert_eq!(objection("127.0.0.1:80", &Method::POST, "127.0.0.1:80", origin), refused, "{origin:?}");
        }
    }
}
