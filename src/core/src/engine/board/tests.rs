//! The board, event by event.

use super::*;
use crate::request::RequestState;
use crate::request::tests::bobs;
use crate::teleport::Record;

fn seen(state: RequestState) -> Sighting {
    Sighting::Living(Box::new(AccessRequest { state, ..bobs("r1") }))
}

fn quiet(pending: bool) -> Done {
    let quiet = Some(Quiet { request: None, record: 0, pending });
    Done { quiet, memory: None, again: None, forget: false, sighting: None, left: None }
}

#[test]
fn the_end_is_news_to_whoever_works_on_the_request_also_from_a_listing() {
    let (id, mut board) = (RequestId::new("r1"), Board::default());
    board.saw(&id, seen(RequestState::Pending), |_| true);
    let began = board.begin_listing();
    let _ = board.take();
    assert!(!board.has_news_of_end(&id));
    // An event that was late says the same as before.
    board.saw(&id, seen(RequestState::Pending), |_| true);
    assert!(!board.has_news_of_end(&id));
    board.listed(&id, began, Some(seen(RequestState::Denied)), Recorded::As(Record::new()));
    assert!(board.has_news_of_end(&id));
    board.saw(&id, seen(RequestState::Pending), |_| true);
    board.listed(&id, began, Some(seen(RequestState::Pending)), Recorded::As(Record::new()));
    assert!(board.has_news_of_end(&id), "nothing leads back");
}

#[test]
fn what_came_while_a_worker_read_the_end_itself_does_not_count() {
    let id = RequestId::new("r1");
    let unfinished = Done { quiet: None, sighting: Some(Sighting::Gone), ..quiet(true) };
    for (done, sighting) in [(unfinished, Some(Sighting::Gone)), (quiet(false), None)] {
        let mut board = Board::default();
        board.saw(&id, seen(RequestState::Pending), |_| true);
        let _ = board.take();
        board.saw(&id, seen(RequestState::Pending), |_| true);
        board.done(&id, done);
        assert_eq!(board.take().map(|(_, job)| job.sighting), Some(sighting));
    }
}

#[test]
fn what_was_over_and_is_shown_as_open_is_read_by_id() {
    let id = RequestId::new("r1");
    for worked_on in [true, false] {
        for listed in [true, false] {
            let mut board = Board::default();
            if worked_on {
                board.saw(&id, Sighting::Gone, |_| true);
                let _ = board.take();
                board.done(&id, quiet(false));
            } else {
                assert!(board.listed_as_ended(&id), "nothing to do");
            }
            // One listing without it is no reason to forget it: the next may be an older one.
            board.begin_listing();
            board.forget_unlisted();
            let lags = seen(RequestState::Pending);
            if listed {
                let began = board.begin_listing();
                board.listed(&id, began, Some(lags), Recorded::As(Record::new()));
            } else {
                board.saw(&id, lags, |_| true);
            }
            let job = board.take().map(|(_, job)| job.sighting);
            assert_eq!(job, Some(None), "worked on: {worked_on}, listed: {listed}");
        }
    }
}
