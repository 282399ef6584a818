//! How one backend fares: its board, line by line.

use tokio::time::Instant;

use super::link::{moment, short};
use super::{BackendStatus, GivenUp, Moment, Task, Waiting, WaitsFor};
use crate::clock::Clock;
use crate::engine::board::{Board, Phase, Unfinished};
use crate::engine::desk::DeskState;

/// How many lines of a kind are told; all are counted.
const MOST: usize = 1000;

/// Surveys the desk. `ended` is what was given up about requests that are over.
pub(super) fn survey(desk: &DeskState, teleport: bool, ended: Vec<GivenUp>, clock: &dyn Clock) -> BackendStatus {
    let connection = desk.gate.connection(clock);
    let held_up = match (teleport, connection.ready) {
        (false, _) => Some(WaitsFor::Teleport),
        (true, false) => Some(WaitsFor::Chat),
        (true, true) => None,
    };
    let (open, waiting, mut given_up) = desk.with_board(|board| {
        let (mut waiting, mut given_up) = (Vec::new(), ended);
        for unfinished in board.unfinished() {
            lines(&unfinished, held_up, clock, &mut waiting);
        }
        given_up.extend(board.given_up().cloned());
        (Board::open(board), waiting, given_up)
    });
    let mut waiting = waiting;
    waiting.sort_unstable();
    given_up.sort_unstable();
    given_up.dedup();
    let (waiting_total, given_up_total) = (waiting.len(), given_up.len());
    waiting.truncate(MOST);
    given_up.truncate(MOST);
    BackendStatus { name: desk.name.clone(), connection, open, waiting_total, waiting, given_up_total, given_up }
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
