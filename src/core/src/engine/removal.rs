//! Messages that are one too many: whoever finds that another replica has posted meanwhile removes its own.

use tracing::{debug, warn};

use super::call::limited;
use super::case::Case;
use super::planted::Bug;
use super::status;
use crate::backend::ChatErrorKind;

/// Removes the messages that must go, as far as that can be done now.
pub(super) async fn remove_doomed(case: &mut Case<'_>) {
    if case.desk.has(Bug::OwnLateCopyKept) {
        case.memory.doomed.clear();
    }
    let mut left = Vec::new();
    for message in std::mem::take(&mut case.memory.doomed) {
        match limited("delete", case.desk.backend.delete(&message)).await {
            Ok(()) => debug!(post = %message, "removed a message that was one too many"),
            Err(error) if matches!(error.kind, ChatErrorKind::Hopeless(_) | ChatErrorKind::Rejected) => {
                warn!(post = %message, %error, "a message is one too many and cannot be removed");
                status::note_unremovable(case, &message, &error);
            }
            Err(error) => {
                case.desk.gate.saw(&error);
                status::note_failed_removal(case, &error);
                left.push(message);
            }
        }
    }
    if left.is_empty() {
        case.memory.unremoved = None;
    }
    case.memory.doomed = left;
}
