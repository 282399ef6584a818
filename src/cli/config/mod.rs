//! The configuration: a TOML file, `ACCESSBOT_…` variables, flags; each beats what stands before it.
//!
//! figment merges and knows which source a value came from. What it cannot do is around it: lines ([`document`]), values
//! of variables ([`environment`]), all mistakes at once and in the operator's words ([`check`], [`settings`]), the words
//! of older generations ([`compat`]).

mod check;
mod compat;
mod document;
mod environment;
mod file;
mod findings;
mod http;
#[cfg(test)]
mod http_tests;
mod keys;
mod layer;
mod merged;
mod policy;
mod review;
#[cfg(test)]
mod review_tests;
mod schema;
mod settings;
mod subsection;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use accessbot_core::backend::{BackendContext, BackendDef, ConfigError, Value};
use accessbot_core::engine;
use accessbot_core::review::Mode;

use self::findings::Findings;
pub(super) use self::findings::Note;
use self::http::Http;
pub(super) use self::http::{Credentials, HttpSettings};
use self::layer::{Layer, Place};
use self::merged::Merged;
pub(super) use self::merged::{ChatSecret, Effective};
pub(super) use self::review::ReviewSettings;
use self::schema::{Schema, TOP_LEVEL_TABLE};
pub(super) use self::settings::{LogSettings, LogTarget, TeleportSettings};

/// Where the configuration comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    /// The file, if one is named; else the default ones are tried.
    pub file: Option<PathBuf>,
    /// The environment of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// The backends to run; empty for every one that is configured.
    pub backends: Vec<String>,
    /// Whether debug messages are wanted, whatever the file says.
    pub debug: bool,
    /// Whether callbacks are answered in the clear, whatever the file says.
    pub insecure_no_tls: bool,
}

impl Sources {
    /// This file, or the default ones if none is named, and the environment of the process.
    pub(super) fn of_process(file: Option<PathBuf>) -> Self {
        Self { file, environment: std::env::vars_os().collect(), ..Self::default() }
    }
}

/// A configuration whose backends are not built yet, so that what they have to say while they are built reaches the log.
pub(super) struct Draft {
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    merged: Merged,
    running: Vec<&'static str>,
    insecure_no_tls: bool,
    teleport: Option<TeleportSettings>,
    log: Option<LogSettings>,
    engine: Option<engine::Options>,
    mode: Mode,
    review: Option<ReviewSettings>,
    status: Option<PathBuf>,
    findings: Findings,
}

/// A configuration without mistakes.
pub(super) struct Config {
    /// `[teleport]`.
    pub teleport: TeleportSettings,
    /// `[engine]`.
    pub engine: engine::Options,
    /// `[review]`; none where nothing is decided in the chat.
    pub review: Option<ReviewSettings>,
    /// `[status]`: the socket where `accessbot status` is answered, if any.
    pub status: Option<PathBuf>,
    /// `[http]`; none unless a backend that runs wants to be called.
    pub http: Option<HttpSettings>,
    /// The backends to run.
    pub desks: Vec<engine::Desk>,
    /// Their secrets.
    pub secrets: Vec<ChatSecret>,
    /// What the operator should know.
    pub notes: Vec<Note>,
    /// Every setting, where it came from, without secrets.
    pub effective: Vec<Effective>,
}

/// Reads the file and everything that beats it.
///
/// # Errors
/// When there is nothing to read, or it cannot be read; never empty. Mistakes in what was read come from
/// [`Draft::build`].
pub(super) fn read(backends: &[BackendDef], sources: &Sources) -> Result<Draft, Vec<ConfigError>> {
    let schema = Schema::new(backends);
    let mut findings = Findings::default();
    let mut environment = environment::read(sources.environment.iter().cloned(), &schema, &mut findings);
    let candidates = file::candidates(&sources.backends, &schema);
    let path = file::find(sources.file.as_deref(), &candidates, Path::exists).map_err(|mistake| vec![mistake])?;
    let mut from_file = match &path {
        Some(path) => document::read(path)?,
        None if environment.values.is_empty() => return Err(vec![file::nothing(&candidates)]),
        None => Layer::new(environment.name.clone()),
    };

    let known =
        |section: &str, key: &str| backends.iter().any(|b| b.name == section && b.keys.iter().any(|k| k.name == key));
    subsection::flatten(&mut from_file, &schema);
    for layer in [&mut from_file, &mut environment] {
        compat::modernise(layer, &known, &mut findings);
        check::check(layer, &schema, &mut findings);
    }
    let running = running(backends, sources, &[&from_file, &environment], &mut findings);
    for layer in [&mut from_file, &mut environment] {
        settle_top_level_table(layer, &running, &mut findings);
    }

    let merged = Merged::new(vec![from_file, environment, flags(sources)], schema);
    let teleport = findings.take(settings::teleport(&mut merged.section("teleport")));
    let log = findings.take(settings::log(&mut merged.section("log")));
    let engine = findings.take(settings::engine(&mut merged.section("engine")));
    let mut section = merged.section("review");
    let mode = review::mode(&section);
    let review = review::review(&mut section, &running, &mut findings);
    let review = findings.take(review).flatten();
    let runtime = sources.environment.iter().find(|(name, _)| name == "RUNTIME_DIRECTORY");
    let runtime = runtime.map(|(_, folders)| folders.as_os_str());
    let status = findings.take(settings::status(&mut merged.section("status"), runtime)).flatten();
    Ok(Draft {
        file: path,
        merged,
        running,
        insecure_no_tls: sources.insecure_no_tls,
        mode,
        review,
        teleport,
        log,
        engine,
        status,
        findings,
    })
}

impl Draft {
    /// How to log, unless a mistake was found already: then the program only lives to tell it.
    pub(super) fn log(&self) -> Option<&LogSettings> {
        self.log.as_ref().filter(|_| self.findings.errors.is_empty())
    }

    /// Where the bot answers `accessbot status`, if anywhere.
    pub(super) fn status_socket(&self) -> Option<PathBuf> {
        self.status.clone()
    }

    /// Builds the backends.
    ///
    /// # Errors
    /// Every mistake in the configuration; never empty.
    pub(super) fn build(self, backends: &[BackendDef], context: &BackendContext) -> Result<Config, Vec<ConfigError>> {
        let Self {
            merged, running, insecure_no_tls, teleport, log, engine, mode, review, status, mut findings, ..
        } = self;
        let http = http::http(&mut merged.section("http"), insecure_no_tls);
        let mut context = context.clone();
        let review_on = mode != Mode::Link;
        let chats = review::chats(&merged.section("review"));
        context.public_url = http.as_ref().ok().and_then(Http::public_url);
        let mut desks = Vec::new();
        for backend in backends {
            if running.contains(&backend.name) {
                context.review = review_on && chats.is_none_or(|only| only == backend.name);
                desks.extend(merged.desk(backend, &context, &mut findings));
            } else {
                merged.check_kinds(backend.name, &mut findings);
            }
        }
        if review_on {
            review::check_desks(&merged, mode, &desks, &mut findings);
        } else {
            review::check_unused(&merged, &running, &mut findings);
        }
        let http = listener(&merged, http, &desks, &running, review_on, &mut findings);
        merged.locate(&mut findings.errors);
        findings.errors.sort_by(|a, b| (&a.source_name, a.line).cmp(&(&b.source_name, b.line)));
        match (teleport, log, engine) {
            (Some(teleport), Some(_), Some(engine)) if findings.errors.is_empty() => Ok(Config {
                teleport,
                engine,
                review,
                status,
                http,
                desks,
                secrets: merged.secrets(&running, review_on),
                notes: findings.notes,
                effective: merged.effective(&running),
            }),
            _ => Err(findings.errors),
        }
    }
}

/// Where to listen, if anybody wants to be called. If nobody does, what `[http]` says must only be of the right kind.
fn listener(
    merged: &Merged,
    http: Result<Http, Vec<ConfigError>>,
    desks: &[engine::Desk],
    running: &[&str],
    review: bool,
    findings: &mut Findings,
) -> Option<HttpSettings> {
    let wanting: Vec<&str> =
        desks.iter().filter(|desk| !desk.backend.callback_paths().is_empty()).map(|desk| desk.name.as_str()).collect();
    // Of a backend that could not be built nobody knows what it wants.
    if wanting.is_empty() && (!review || desks.len() == running.len()) {
        merged.check_kinds("http", findings);
        if merged.section("http").keys().next().is_some() {
            findings.info("[http] is ignored: no backend that runs wants to be called");
        }
        return None;
    }
    let settings = findings.take(http)?.settings(findings);
    if settings.is_none() && !wanting.is_empty() {
        let problem = format!("is missing, and {} wants to be called", wanting.join(" and "));
        if review {
            merged.mistake("http", "listen_addr", &problem, "write listen_addr = \"127.0.0.1:8081\", behind a proxy that ends TLS, or another address with https_cert_file and https_key_file", findings);
        } else {
            findings.warn(format!("nobody can call {}: http.listen_addr is missing", wanting.join(" and ")));
        }
    }
    settings
}

/// The backends to run: those that were asked for, or else every one that has a section.
fn running(
    backends: &[BackendDef],
    sources: &Sources,
    layers: &[&Layer],
    findings: &mut Findings,
) -> Vec<&'static str> {
    let asked = |name: &str| sources.backends.iter().any(|b| b == name);
    let configured = |name: &str| layers.iter().any(|layer| layer.section(name).is_some());
    let runs = |name: &str| if sources.backends.is_empty() { configured(name) } else { asked(name) };
    let running: Vec<&'static str> = backends.iter().map(|b| b.name).filter(|name| runs(name)).collect();
    if running.is_empty() {
        let (problem, hint) = match backends {
            [] => ("this build contains no backends", None),
            [first, ..] => (
                "configures no backend",
                Some(format!("`accessbot configure --backend {}` prints a section", first.name)),
            ),
        };
        if let Some(layer) = layers.first() {
            findings.error(layer.mistake("", problem, hint));
        }
    }
    running
}

/// Lets the Go plugins' table at the top level stand where it belongs: in the section of the one backend that runs.
fn settle_top_level_table(layer: &mut Layer, running: &[&str], findings: &mut Findings) {
    let Some(table) = layer.values.remove(TOP_LEVEL_TABLE) else { return };
    if !matches!(table, Value::Table(_)) {
        let hint = format!("make it a table: a line [{TOP_LEVEL_TABLE}] and \"role\" = \"recipient\" below");
        findings.error(layer.mistake(TOP_LEVEL_TABLE, format!("is {}", table.kind()), Some(hint)));
        return;
    }
    match running {
        [] => {}
        [one] if layer.has(one, TOP_LEVEL_TABLE) => {
            let hint = format!("move its entries into [{one}.{TOP_LEVEL_TABLE}]");
            findings.error(layer.mistake(
                TOP_LEVEL_TABLE,
                format!("is given, and so is {one}.{TOP_LEVEL_TABLE}"),
                Some(hint),
            ));
        }
        [one] => {
            let place = layer.places.get(TOP_LEVEL_TABLE).cloned();
            layer.set(one, TOP_LEVEL_TABLE, table, place);
            layer.move_places(&format!("{TOP_LEVEL_TABLE}."), &format!("{one}.{TOP_LEVEL_TABLE}."));
        }
        several => {
            let homes: Vec<String> = several.iter().map(|name| format!("[{name}.{TOP_LEVEL_TABLE}]")).collect();
            let hint = format!("several backends run: move its entries into {}", homes.join(" or "));
            findings.error(layer.mistake(TOP_LEVEL_TABLE, "does not say for which backend it is", Some(hint)));
        }
    }
}

/// What the command line says.
fn flags(sources: &Sources) -> Layer {
    let mut flags = Layer::new("command line");
    if sources.debug {
        let place = Place { source_name: "-d".to_owned(), line: None };
        flags.set("log", "severity", Value::Text("debug".to_owned()), Some(place));
    }
    flags
}
