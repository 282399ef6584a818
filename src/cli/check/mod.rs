//! `accessbot check`: tries all that the bot needs, and says what is missing and how to mend it.
//!
//! In the order in which things depend on each other; what cannot be tried because something before it failed is left
//! out. Nothing is changed anywhere, beyond direct conversations being opened, which nobody sees.

mod chat;
mod cluster;
mod deciders;
mod json;
mod report;
mod text;

use std::sync::Arc;

use accessbot_core::backend::{BackendContext, BackendDef, ConfigError, Finding};
use accessbot_core::clock::{SharedClock, SystemClock};

use super::arguments;
use super::config::{self, Config, Sources};
use super::exit::{self, Failure};
use super::review_mode::Wanted;
use super::{logging, start};

use self::report::{Area, Report};

/// Checks, prints what was found, and tells the exit code by the first thing that failed.
pub(super) fn check(backends: &[BackendDef], arguments: arguments::Check) -> Result<u8, Failure> {
    if arguments.run.debug {
        logging::install_for_people();
    }
    let arguments::Run { backends: chosen, config, insecure_no_tls, .. } = arguments.run;
    let sources = Sources { backends: chosen, insecure_no_tls, ..Sources::of_process(config) };
    let clock: SharedClock = Arc::new(SystemClock);
    let mut report = Report::default();
    match configuration(backends, &sources, &clock, &mut report) {
        Ok(config) => start::runtime()?.block_on(servers(config, &clock, &mut report)),
        Err(mistakes) => mistakes.iter().for_each(|mistake| report.add(Area::Config, exit::CONFIG, mistaken(mistake))),
    }
    exit::say(&if arguments.json { json::render(&report) } else { text::render(&report) })?;
    Ok(report.exit_code())
}

fn configuration(
    backends: &[BackendDef],
    sources: &Sources,
    clock: &SharedClock,
    report: &mut Report,
) -> Result<Config, Vec<ConfigError>> {
    let draft = config::read(backends, sources)?;
    let file = draft.file.as_ref().map_or_else(|| "the environment".to_owned(), |path| path.display().to_string());
    let config = draft.build(backends, &BackendContext::new(clock.clone()))?;
    let names: Vec<&str> = config.desks.iter().map(|desk| desk.name.as_str()).collect();
    report.add(Area::Config, exit::CONFIG, Finding::ok(file, format!("understood, for {}", names.join(" and "))));
    for note in &config.notes {
        let finding = if note.warning {
            Finding::warning("note", &note.text, "change it in the file; it is understood as it is, too")
        } else {
            Finding::ok("note", &note.text)
        };
        report.add(Area::Config, exit::CONFIG, finding);
    }
    Ok(config)
}

fn mistaken(mistake: &ConfigError) -> Finding {
    let place = match mistake.line {
        Some(line) => format!("{}:{line}", mistake.source_name),
        None => mistake.source_name.clone(),
    };
    let found =
        if mistake.key.is_empty() { mistake.problem.clone() } else { format!("{}: {}", mistake.key, mistake.problem) };
    Finding { hint: mistake.hint.clone(), ..Finding::failure(place, found, "") }
}

async fn servers(config: Config, clock: &SharedClock, report: &mut Report) {
    let plugin = config.desks.first().map_or("accessbot", |desk| desk.routing.plugin_name.as_str());
    let wanted = config.review.as_ref().map(|settings| Wanted::new(settings, &config.desks));
    cluster::check(&config.teleport, clock, plugin, wanted.as_ref(), report).await;
    for desk in &config.desks {
        let secrets = config.secrets.iter().filter(|secret| secret.backend == desk.name);
        chat::check(desk, secrets, config.review.as_ref(), report).await;
    }
}
