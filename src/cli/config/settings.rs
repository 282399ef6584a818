//! What the program's own sections say, as types.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use accessbot_core::backend::{ConfigError, Section, Value};
use accessbot_core::engine;
use accessbot_teleport::{Address, CredentialFiles, Door, WebAuthorities};
use tracing::level_filters::LevelFilter;

/// How to reach Teleport, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct TeleportSettings {
    /// The server.
    pub addr: Address,
    /// The files that say who we are.
    pub credentials: CredentialFiles,
    /// Who may have signed the proxy's web certificate, beside those whom the machine trusts.
    pub extra_ca: WebAuthorities,
    /// How often to look whether the credential files have changed.
    pub refresh: Duration,
}

impl TeleportSettings {
    /// Where to knock.
    pub(in crate::cli) fn door(&self) -> Door {
        Door::new(self.addr.clone()).trusting(self.extra_ca.clone())
    }
}

/// What the socket is called unless it is named.
const STATUS_SOCKET: &str = "status.sock";

/// Where the Go plugins look when they are not told.
const DEFAULT_ADDR: &str = "localhost:3025";

const ADDR_HINT: &str = "write host:port: the proxy with its web port, such as teleport.example.com:443, or the Auth \
                         server, such as auth.example.com:3025";
const CREDENTIALS_HINT: &str = "write identity = \"FILE\" with the file of `tctl auth sign --format=file` or of tbot, or \
                                client_crt, client_key and root_cas with those of `tctl auth sign --format=tls`";

/// Reads `[teleport]`.
pub(super) fn teleport(section: &mut Section) -> Result<TeleportSettings, Vec<ConfigError>> {
    let text = section.text("addr").unwrap_or_else(|| DEFAULT_ADDR.to_owned());
    let addr = text.parse::<Address>();
    if let Err(error) = &addr {
        section.error("addr", &format!("is \"{text}\": {}", error.problem), Some(ADDR_HINT));
    }
    section.switch("refresh_identity");
    let refresh = duration(section, "refresh_identity_interval").unwrap_or(Duration::from_secs(60));
    let extra_ca = extra_ca(section);
    let credentials = credentials(section);
    let settings = addr.ok().zip(credentials);
    section.finish(settings.map(|(addr, credentials)| TeleportSettings { addr, credentials, extra_ca, refresh }))
}

/// None but the machine's own authorities when the file cannot be used, which is a mistake of the section then.
fn extra_ca(section: &mut Section) -> WebAuthorities {
    let Some(path) = section.text("extra_ca") else { return WebAuthorities::default() };
    WebAuthorities::load(Path::new(&path)).unwrap_or_else(|error| {
        section.error("extra_ca", &format!("names {path}, which {}", error.problem), Some(&error.hint()));
        WebAuthorities::default()
    })
}

fn credentials(section: &mut Section) -> Option<CredentialFiles> {
    let identity = section.text("identity").map(PathBuf::from);
    let keys = ["client_crt", "client_key", "root_cas"];
    let parts = keys.map(|key| section.text(key).map(PathBuf::from));
    match (identity, parts) {
        (Some(identity), [None, None, None]) => Some(CredentialFiles::Identity(identity)),
        (Some(_), _) => {
            let hint = "leave out either identity or all of client_crt, client_key and root_cas";
            section.error("identity", "is given, and so are files for its parts", Some(hint));
            None
        }
        (None, [Some(client_crt), Some(client_key), Some(root_cas)]) => {
            Some(CredentialFiles::Tls { client_crt, client_key, root_cas })
        }
        (None, parts) => {
            if ["identity"].iter().chain(&keys).all(|key| is_missing(section, key)) {
                section.error("identity", "is missing, and so is every other credential", Some(CREDENTIALS_HINT));
                return None;
            }
            for (key, part) in keys.iter().zip(&parts) {
                if part.is_none() && is_missing(section, key) {
                    section.error(key, "is missing", Some("client_crt, client_key and root_cas belong together"));
                }
            }
            None
        }
    }
}

/// Whether a key is not there or empty. One of the wrong kind is there, and a mistake already.
fn is_missing(section: &Section, key: &str) -> bool {
    match section.raw(key) {
        None => true,
        Some(Value::Text(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

/// How and where to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct LogSettings {
    /// Where to.
    pub output: LogTarget,
    /// The least important messages that are wanted.
    pub severity: LevelFilter,
    /// Whether each line is a JSON object.
    pub json: bool,
}

/// Where the log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum LogTarget {
    /// The standard error stream.
    Stderr,
    /// The standard output stream.
    Stdout,
    /// A file, which is appended to.
    File(PathBuf),
}

/// Reads `[log]`. The short names of the streams are those that the Go plugins take.
pub(super) fn log(section: &mut Section) -> Result<LogSettings, Vec<ConfigError>> {
    let output = match section.text("output").as_deref() {
        None | Some("stderr" | "error" | "2") => LogTarget::Stderr,
        Some("stdout" | "out" | "1") => LogTarget::Stdout,
        Some(path) => LogTarget::File(PathBuf::from(path)),
    };
    let severity = match section.text("severity").map(|s| s.to_lowercase()).as_deref() {
        None | Some("info") => LevelFilter::INFO,
        Some("error" | "err") => LevelFilter::ERROR,
        Some("warn" | "warning") => LevelFilter::WARN,
        Some("debug") => LevelFilter::DEBUG,
        Some("trace") => LevelFilter::TRACE,
        Some(other) => {
            let hint = "write error, warn, info, debug or trace";
            section.error("severity", &format!("is \"{other}\""), Some(hint));
            LevelFilter::INFO
        }
    };
    let json = match section.text("format").as_deref() {
        None | Some("text") => false,
        Some("json") => true,
        Some(other) => {
            section.error("format", &format!("is \"{other}\""), Some("write text or json"));
            false
        }
    };
    section.finish(Some(LogSettings { output, severity, json }))
}

/// Reads `[engine]`.
pub(super) fn engine(section: &mut Section) -> Result<engine::Options, Vec<ConfigError>> {
    let mut options = engine::Options::default();
    if let Some(workers) = section.number("workers", 1..=256).and_then(|n| usize::try_from(n).ok()) {
        options.workers = workers;
    }
    if let Some(interval) = duration(section, "relist_interval") {
        options.relist = interval;
    }
    options.announce_at_most_old = duration(section, "announce_at_most_old");
    section.finish(Some(options))
}

/// Reads `[status]`: the socket to answer at, if there is one. systemd names the service's own folder in a variable; of
/// several folders the first counts.
pub(super) fn status(section: &mut Section, runtime: Option<&OsStr>) -> Result<Option<PathBuf>, Vec<ConfigError>> {
    let named = section.text("socket").map(PathBuf::from);
    let first = runtime.and_then(|folders| folders.as_encoded_bytes().split(|byte| *byte == b':').next());
    let usual = first
        .filter(|folder| !folder.is_empty())
        .map(|folder| Path::new(OsStr::from_bytes(folder)).join(STATUS_SOCKET));
    section.finish(Some(named.or(usual)))
}

/// What a timer can be set to without overflowing anything, and more than anybody wants.
const DURATIONS: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(366 * 24 * 3600);

/// A duration such as `90s`, `1m30s` or `1h`.
fn duration(section: &mut Section, key: &str) -> Option<Duration> {
    let text = section.text(key)?;
    match humantime::parse_duration(&text) {
        Ok(duration) if DURATIONS.contains(&duration) => Some(duration),
        _ => {
            let hint = "write a duration from a second to a year, such as \"90s\", \"5m\" or \"1h30m\"";
            section.error(key, &format!("is \"{text}\""), Some(hint));
            None
        }
    }
}
