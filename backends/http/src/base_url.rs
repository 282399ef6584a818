//! The address of a Mattermost server, and the addresses of its endpoints.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Where a Mattermost server is: scheme, host, port, and the path it is installed under, if any.
#[derive(Clone, Debug)]
pub(crate) struct ServerUrl(Url);

/// What is wrong with an address, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadUrl {
    pub(crate) problem: String,
    pub(crate) hint: &'static str,
}

const EXAMPLE: &str = "write the address that people use, such as \"https://chat.example.com\"";

impl ServerUrl {
    /// Reads an address. Says what is wrong without repeating it: it may hold a password.
    pub(crate) fn parse(text: &str) -> Result<Self, BadUrl> {
        let bad = |problem: &str, hint| Err(BadUrl { problem: problem.to_owned(), hint });
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err(e) => return bad(&format!("is not an address ({e})"), EXAMPLE),
        };
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return bad("does not begin with http:// or https:// and a host", EXAMPLE);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return bad("holds a user name or password", "leave them out; the bot uses `token`");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return bad("has something behind `?` or `#`", EXAMPLE);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if path.ends_with("/api/v4") {
            return bad("ends with /api/v4", "leave that part out");
        }
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The address of an endpoint: its path below `/api/v4`, each segment encoded as needed.
    pub(crate) fn endpoint(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v4"]).extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the token would travel in the clear over a network.
    pub(crate) fn is_exposed(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        !self.is_tls() && !loopback
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_below_a_path_keeps_it() {
        for (text, endpoint) in [
            ("https://chat.example.com", "https://chat.example.com/api/v4/users/me"),
            ("https://chat.example.com/", "https://chat.example.com/api/v4/users/me"),
            ("http://127.0.0.1:8065/mm//", "http://127.0.0.1:8065/mm/api/v4/users/me"),
            ("https://[::1]/a/b", "https://[::1]/a/b/api/v4/users/me"),
        ] {
            assert_eq!(ServerUrl::parse(text).unwrap().endpoint(&["users", "me"], &[]).as_str(), endpoint);
        }
    }

    #[test]
    fn segments_are_encoded() {
        let url = ServerUrl::parse("https://chat.example.com").unwrap();
        let endpoint = url.endpoint(&["users", "email", "a/../b?c#d%2f é@x.org"], &[("page", "1 &")]);
        assert_eq!(
            endpoint.as_str(),
            "https://chat.example.com/api/v4/users/email/a%2F..%2Fb%3Fc%23d%252f%20%C3%A9@x.org?page=1+%26"
        );
    }

    #[test]
    fn what_is_no_server_address_is_refused_without_repeating_it() {
        for text in [
            "",
            "chat.example.com",
            "ftp://chat.example.com",
            "https://",
            "https://bob:hunter2@chat.example.com",
            "https://chat.example.com/?token=hunter2",
            "https://chat.example.com/#hunter2",
            "https://chat.example.com/api/v4/",
            "mailto:bob@example.com",
        ] {
            let bad = ServerUrl::parse(text).unwrap_err();
            assert!(!bad.problem.contains("hunter2"), "{text}: {bad:?}");
        }
    }

    #[test]
    fn plain_http_is_safe_on_this_machine_only() {
        for (text, exposed) in [
            ("http://localhost:8065", false),
            ("http://127.0.0.1:8065", false),
            ("http://[::1]:8065", false),
            ("http://chat.example.com", true),
            ("http://10.0.0.1", true),
            ("https://chat.example.com", false),
        ] {
            assert_eq!(ServerUrl::parse(text).unwrap().is_exposed(), exposed, "{text}");
        }
    }
}
