//! The address of a chat server, and the addresses of its endpoints.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Where a chat server is: scheme, host, port, the path it is installed under, if any, and the path of its API there.
#[derive(Clone, Debug)]
pub struct BaseUrl {
    url: Url,
    api: &'static [&'static str],
}

/// What is wrong with an address, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub struct BadUrl {
    /// What is wrong; a sentence that begins with the key's name goes on with it.
    pub problem: String,
    /// What would be right.
    pub hint: &'static str,
}

impl BaseUrl {
    /// Reads the address of a server whose API is at the path `api` below it, which may be written or left out. Says
    /// what is wrong without repeating it (it may hold a password), and gives `example` as a hint.
    ///
    /// # Errors
    /// When it is not an address of a server, or holds more than that.
    pub fn parse(text: &str, api: &'static [&'static str], example: &'static str) -> Result<Self, BadUrl> {
        let bad = |problem: &str, hint| Err(BadUrl { problem: problem.to_owned(), hint });
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err(e) => return bad(&format!("is not an address ({e})"), example),
        };
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return bad("does not begin with http:// or https:// and a host", example);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return bad("holds a user name or password", "leave them out; the bot uses `token`");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return bad("has something behind `?` or `#`", example);
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(&format!("/{}", api.join("/"))).unwrap_or(path).trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, api })
    }

    /// The address of an endpoint: its path below the API's, each segment encoded as needed.
    pub fn endpoint(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(self.api).extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Whether it is spoken to over TLS.
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the token would travel in the clear over a network.
    pub fn is_exposed(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        !self.is_tls() && !loopback
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BaseUrl, BadUrl> {
        BaseUrl::parse(text, &["api", "v4"], "write it")
    }

    #[test]
    fn an_installation_below_a_path_keeps_it() {
        for (text, endpoint) in [
            ("https://chat.example.com", "https://chat.example.com/api/v4/users/me"),
            ("https://chat.example.com/", "https://chat.example.com/api/v4/users/me"),
            ("http://127.0.0.1:8065/mm//", "http://127.0.0.1:8065/mm/api/v4/users/me"),
            ("https://chat.example.com/api/v4/", "https://chat.example.com/api/v4/users/me"),
            ("https://example.com/chat/api/v4", "https://example.com/chat/api/v4/users/me"),
            ("https://[::1]/a/b", "https://[::1]/a/b/api/v4/users/me"),
        ] {
            assert_eq!(parse(text).unwrap().endpoint(&["users", "me"], &[]).as_str(), endpoint);
        }
    }

    #[test]
    fn segments_are_encoded() {
        let url = parse("https://chat.example.com").unwrap();
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
            "mailto:bob@example.com",
        ] {
            let bad = parse(text).unwrap_err();
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
            assert_eq!(parse(text).unwrap().is_exposed(), exposed, "{text}");
        }
    }
}
