//! The answer for people.

use accessbot_core::engine::status::{BackendStatus, Connection, Failure, GivenUp, Status, Waiting};

use crate::cli::lines::{one_line, plural};

/// How many failures are shown: the newest.
const FAILURES: usize = 10;

/// The status as text.
pub(super) fn render(status: &Status) -> String {
    let mut lines = vec![verdict(status)];
    lines.push(format!("asked at {}, running since {}", status.at, status.started));
    lines.push(String::new());
    lines.push(connection("teleport", &status.teleport));
    if let (Some(name), Some(version)) = (&status.cluster, &status.version) {
        lines.push(format!("  cluster {name}, version {version}"));
    }
    for backend in &status.backends {
        tell(backend, &mut lines);
    }
    if !status.failures.is_empty() {
        lines.push(String::new());
        lines.push("the calls that failed last:".to_owned());
        let first = status.failures.len().saturating_sub(FAILURES);
        lines.extend(status.failures.iter().skip(first).map(failure));
    }
    lines.iter().flat_map(|line| [one_line(line), "\n".to_owned()]).collect()
}

fn verdict(status: &Status) -> String {
    let mut wrong = Vec::new();
    let chats = status.backends.iter().map(|backend| (backend.name.as_str(), &backend.connection));
    let not_ready = std::iter::once(("teleport", &status.teleport)).chain(chats).filter(|(_, c)| !c.ready);
    wrong.extend(not_ready.map(|(name, _)| format!("{name} is not ready")));
    let deaf = status.backends.iter().filter(|backend| backend.is_deaf());
    wrong.extend(deaf.map(|backend| format!("what people do in {} is not heard of", backend.name)));
    let given_up: usize = status.backends.iter().map(|backend| backend.given_up_total).sum();
    if given_up > 0 {
        wrong.push(format!("{} given up", plural(given_up, "message")));
    }
    if wrong.is_empty() { "all is well".to_owned() } else { format!("not well: {}", wrong.join(", ")) }
}

fn connection(name: &str, connection: &Connection) -> String {
    let Connection { ready, since, last_error } = connection;
    match (ready, last_error) {
        (true, _) => format!("{name}: ready since {since}"),
        (false, None) => format!("{name}: not ready since {since}"),
        (false, Some(error)) => format!("{name}: not ready since {since}: {error}"),
    }
}

fn tell(backend: &BackendStatus, lines: &mut Vec<String>) {
    lines.push(connection(&backend.name, &backend.connection));
    if let Some(listening) = backend.listening.as_ref().filter(|_| backend.is_deaf()) {
        lines.push(connection("  listening", listening));
    }
    lines.push(format!("  {}", plural(backend.open, "open request")));
    if backend.waiting_total > 0 {
        lines.push(format!("  {} waiting:", backend.waiting_total));
        lines.extend(backend.waiting.iter().map(waiting));
        lines.extend(more(backend.waiting_total, backend.waiting.len()));
    }
    if backend.given_up_total > 0 {
        lines.push(format!("  {} given up:", backend.given_up_total));
        lines.extend(backend.given_up.iter().map(given_up));
        lines.extend(more(backend.given_up_total, backend.given_up.len()));
    }
}

fn more(all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("    and {} more", all - shown))
}

fn to(to: Option<&String>) -> String {
    to.map_or_else(String::new, |to| format!(" to {to}"))
}

fn waiting(line: &Waiting) -> String {
    let Waiting { since, request, task, waits_for, attempts, .. } = line;
    let to = to(line.to.as_ref());
    let next = line.next_attempt.map_or_else(String::new, |next| format!(", next at {next}"));
    let failed = match &line.last_error {
        Some(error) => format!(" ({attempts} failed: {error})"),
        None => String::new(),
    };
    format!("    {request} {task}{to} waits for {waits_for} since {since}{next}{failed}")
}

fn given_up(line: &GivenUp) -> String {
    let GivenUp { since, request, task, why, open, .. } = line;
    let over = if *open { "" } else { ", the request is over" };
    format!("    {request} {task}{} of {since}: {why}{over}", to(line.to.as_ref()))
}

fn failure(line: &Failure) -> String {
    let about: String = [&line.backend, &line.request].into_iter().flatten().flat_map(|part| [" ", part]).collect();
    format!("  {}{about}{}: {}", line.at, to(line.to.as_ref()), line.error)
}
