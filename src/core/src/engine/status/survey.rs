//! How one backend fares: its board, line by line.

use tokio::time::Instant;

use super::link::{moment, short};
use super::{BackendStatus, GivenUp, Moment, Task, Waiting, WaitsFor};
use crate::clock::Clock;
use crate::engine::board::{Phase, Unfinished};
use crate::engine::desk::DeskState;
use crate::engine::gate::Gate;

/// How many lines of a kind are told; all are counted.
const MOST: usize = 1000;

/// Surveys one backend: its chat server, and its desk, if it is at work. `given_up` is what is on no board.
pub(super) fn survey(
    gate: &Gate,
    desk: Option<&DeskState>,
    teleport: bool,
    mut given_up: Vec<GivenUp>,
    clock: &dyn Clock,
) -> BackendStatus {
    let connection = gate.connection(clock);
    let held_up = match (teleport, connection.ready) {
        (false, _) => Some(WaitsFor::Teleport),
        (true, false) => Some(WaitsFor::Chat),
        (true, true) => None,
    };
    let (mut open, mut waiting) = (0, Vec::new());
    if let Some(desk) = desk {
        desk.with_board(|board| {
            for unfinished in board.unfinished() {
                lines(&unfinished, held_up, clock, &mut waiting);
            }
            given_up.extend(board.given_up().cloned());
            open = board.open();
        });
    }
    waiting.sort_unstable();
    given_up.sort_unstable();
    given_up.dedup();
    let (waiting_total, given_up_total) = (waiting.len(), given_up.len());
    waiting.truncate(MOST);
    given_up.truncate(MOST);
    let (name, listening) = (gate.name().to_owned(), desk.and_then(|desk| desk.ears.connection(clock)));
    BackendStatus { name, connection, listening, open, waiting_total, waiting, given_up_total, given_up }
}

fn lines(unfinished: &Unfinished<'_>, held_up: Option<WaitsFor>, clock: &dyn Clock, lines: &mut Vec<Waiting>) {
    let since = moment(clock, unfinished.since.unwrap_or_else(Instant::now));
    let replica = unfinished.left.is_some_and(|left| left.replica);
    let waits_for = held_up.unwrap_or(match unfinished.phase {
        Phase::Busy => WaitsFor::Answer,
        Phase::Queued => WaitsFor::Worker,
        Phase::Later(_) if replica => WaitsFor::Replica,
        Phase::Later(_) => WaitsFor::Retry,
    });
    let request = short(unfinished.id.as_str());
    let held = unfinished.left.map(|left| left.waiting.as_slice()).unwrap_or_default();
    for held in held {
        let at = match unfinished.phase {
            Phase::Later(at) if held_up.is_none() => Some(held.next.unwrap_or(at)),
            _ => None,
        };
        lines.push(Waiting {
            since: held.since.map_or(since, Moment),
            request: request.clone(),
            task: held.task,
            to: held.to.clone(),
            waits_for,
            attempts: held.attempts,
            next_attempt: at.map(|at| moment(clock, at)),
            last_error: held.error.clone(),
        });
    }
    if held.is_empty() && !matches!(unfinished.phase, Phase::Later(_)) {
        let (task, to, next_attempt) = (Task::Look, None, None);
        lines.push(Waiting { since, request, task, to, waits_for, attempts: 0, next_attempt, last_error: None });
    }
}
