//! What `[http]` says: where chat servers reach the bot, and where it listens for them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use accessbot_core::backend::{ConfigError, Section};
use accessbot_core::secret::Secret;
use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::findings::Findings;
use crate::cli::callbacks::CertificateFiles;
use crate::cli::exit::CERTIFICATE_HINT;

/// The port that the Go plugins listen at when they are not told.
const DEFAULT_PORT: u16 = 8081;
/// What may stand in a user name or password within an address (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const PUBLIC_HINT: &str = "write the address at which the chat server reaches the bot, such as \
                           \"https://bot.example.com\"";

/// Where to listen for chat servers that call the bot, and what is asked of them.
#[derive(Clone, Debug)]
pub(in crate::cli) struct HttpSettings {
    /// The address.
    pub listen_addr: SocketAddr,
    /// The path of the public address, such as `/bot`; mostly empty.
    pub base_path: String,
    /// What callers must show.
    pub credentials: Option<Credentials>,
    /// TLS; without it callers speak in the clear, or to a proxy.
    pub certificate: Option<CertificateFiles>,
}

/// A user name and its password.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Everything that `[http]` says.
#[derive(Debug)]
pub(super) struct Http {
    listen_addr: Option<SocketAddr>,
    public: Option<PublicAddr>,
    credentials: Option<Credentials>,
    certificate: Option<CertificateFiles>,
    /// Whether the operator says that TLS ends elsewhere.
    plain: bool,
}

/// The address at which chat servers reach the bot, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PublicAddr {
    scheme: &'static str,
    host: String,
    path: String,
}

/// Reads `[http]`. `plain` says that TLS ends elsewhere, whatever stands there.
pub(super) fn http(section: &mut Section, plain: bool) -> Result<Http, Vec<ConfigError>> {
    let listen_addr = listen_addr(section);
    let (public, within) = match section.text("public_addr").map(|text| PublicAddr::parse(&text)) {
        None => (None, None),
        Some(Ok((public, credentials))) => (Some(public), credentials),
        Some(Err(problem)) => {
            section.error("public_addr", problem, Some(PUBLIC_HINT));
            (None, None)
        }
    };
    let credentials = match (within, basic_auth(section)) {
        (Some(_), Some(_)) => {
            let hint = "leave out one of the two; [http.basic_auth] is the clearer place";
            section.error("public_addr", "holds a user name or password, and so does [http.basic_auth]", Some(hint));
            None
        }
        (within, elsewhere) => within.or(elsewhere),
    };
    if section.switch("tls.verify_client_cert") == Some(true) {
        let hint = "leave it out; let a proxy do it, or use [http.basic_auth]";
        section.error("tls.verify_client_cert", "is not in this version", Some(hint));
    }
    let certificate = certificate(section).filter(|_| !plain);
    if let Some(Err(error)) = certificate.as_ref().map(CertificateFiles::load) {
        section.error("https_cert_file", &format!("cannot be used: {error}"), Some(CERTIFICATE_HINT));
    }
    section.finish(Some(Http { listen_addr, public, credentials, certificate, plain }))
}

/// The Go plugins wrote `:8081` for every address of the machine.
fn listen_addr(section: &mut Section) -> Option<SocketAddr> {
    let text = section.text("listen_addr")?;
    let whole = if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.clone() };
    let addr = whole.parse().ok();
    if addr.is_none() {
        section.error("listen_addr", &format!("is \"{text}\""), Some("write IP:PORT, such as \"127.0.0.1:8081\""));
    }
    addr
}

fn basic_auth(section: &mut Section) -> Option<Credentials> {
    let user = section.text("basic_auth.user");
    let password = section.secret("basic_auth.password").map(|source| source.current());
    match (user, password) {
        (None, None) => None,
        (Some(user), Some(Ok(password))) => Some(Credentials { user, password }),
        (_, Some(Err(error))) => {
            section.error("basic_auth.password", &error.to_string(), Some(crate::cli::exit::SECRET_HINT));
            None
        }
        (user, _) => {
            let key = if user.is_none() { "basic_auth.user" } else { "basic_auth.password" };
            section.error(key, "is missing", Some("user and password belong together"));
            None
        }
    }
}

fn certificate(section: &mut Section) -> Option<CertificateFiles> {
    let [cert, key] = ["https_cert_file", "https_key_file"].map(|key| section.text(key).map(PathBuf::from));
    match (cert, key) {
        (Some(cert), Some(key)) => Some(CertificateFiles { cert, key }),
        (None, None) => None,
        (cert, _) => {
            let key = if cert.is_none() { "https_cert_file" } else { "https_key_file" };
            section.error(key, "is missing", Some("https_cert_file and https_key_file belong together"));
            None
        }
    }
}

impl Http {
    /// Where chat servers reach us, with the credentials that they are to show.
    pub(super) fn public_url(&self) -> Option<String> {
        let PublicAddr { scheme, host, path } = self.public.as_ref()?;
        let credentials = self.credentials.as_ref().map_or_else(String::new, |credentials| {
            let encode = |text| utf8_percent_encode(text, ENCODED);
            format!("{}:{}@", encode(&credentials.user), encode(credentials.password.expose()))
        });
        Some(format!("{scheme}://{credentials}{host}{path}"))
    }

    /// What to listen with; `None` if nothing says where. A public address alone means the port of the Go plugins.
    pub(super) fn settings(self, findings: &mut Findings) -> Option<HttpSettings> {
        let Self { listen_addr, public, credentials, certificate, plain } = self;
        let usual = public.as_ref().map(|_| SocketAddr::from((Ipv4Addr::UNSPECIFIED, DEFAULT_PORT)));
        let listen_addr = listen_addr.or(usual)?;
        if certificate.is_none() && !plain && !listen_addr.ip().is_loopback() {
            findings.warn(format!(
                "whoever calls the bot at {listen_addr} speaks in the clear: give http.https_cert_file and \
                 http.https_key_file, or listen at a loopback address behind a proxy that ends TLS; \
                 --insecure-no-tls says that this is meant"
            ));
        }
        if certificate.is_some() && public.as_ref().is_some_and(|public| public.scheme == "http") {
            findings.warn(
                "http.public_addr begins with http://, and the bot answers over TLS: without a proxy between them the \
                 chat server does not reach it",
            );
        }
        let base_path = public.map(|public| public.path).unwrap_or_default();
        Some(HttpSettings { listen_addr, base_path, credentials, certificate })
    }
}

impl PublicAddr {
    /// Reads `https://bot.example.com/path`, or a host alone, with a user name and a password before it if there are any.
    /// Says what is wrong without repeating it: it may hold a password.
    fn parse(text: &str) -> Result<(Self, Option<Credentials>), &'static str> {
        const NONE: &str = "is not an address";
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        if text.contains(['?', '#']) {
            return Err("has something behind `?` or `#`");
        }
        let uri: Uri = whole.parse().map_err(|_| NONE)?;
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") => "http",
            _ => return Err("does not begin with http:// or https://"),
        };
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        if uri.host().is_none_or(str::is_empty) {
            return Err(NONE);
        }
        let credentials = credentials.map(|text| {
            let (user, password) = text.split_once(':').unwrap_or((text, ""));
            let decode = |text| percent_decode_str(text).decode_utf8().map_err(|_| NONE);
            Ok::<_, &'static str>(Credentials {
                user: decode(user)?.into_owned(),
                password: Secret::new(decode(password)?),
            })
        });
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok((Self { scheme, host: host.to_owned(), path }, credentials.transpose()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_a_host_with_what_belongs_to_it() {
        let read = |text: &str| {
            let (public, credentials) = PublicAddr::parse(text)?;
            let http = Http { listen_addr: None, public: Some(public), credentials, certificate: None, plain: false };
            Ok(http.public_url().unwrap_or_default())
        };
        for (text, expected) in [
            ("example.com", Ok("https://example.com")),
            ("example.com:8081/", Ok("https://example.com:8081")),
            ("http://127.0.0.1:8081", Ok("http://127.0.0.1:8081")),
            ("https://[::1]:8081/a/b//", Ok("https://[::1]:8081/a/b")),
            ("https://bob:p%40ss%3A@example.com/bot", Ok("https://bob:p%40ss%3A@example.com/bot")),
            ("bob@example.com", Ok("https://bob:@example.com")),
            ("ftp://example.com", Err("does not begin with http:// or https://")),
            ("https://example.com/?a=b", Err("has something behind `?` or `#`")),
            ("https://example.com/#a", Err("has something behind `?` or `#`")),
            ("https://bob:%ff@example.com", Err("is not an address")),
            ("https://", Err("is not an address")),
            ("https://exa mple.com", Err("is not an address")),
            ("", Err("is not an address")),
        ] {
            assert_eq!(read(text).as_deref(), expected.as_ref().map(|t: &&str| *t), "{text}");
        }
    }
}
