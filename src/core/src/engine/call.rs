//! A limit on every chat call, whatever the backend promises.

use std::time::Duration;

use tokio::time::timeout;

use crate::backend::{ChatError, ChatErrorKind};

/// The longest that a single chat call may take.
const LONGEST: Duration = Duration::from_secs(60);

/// `work`, given up after the longest time that a call may take.
///
/// # Errors
/// Those of `work`; or that there was no answer, and nobody knows what became of the call.
pub(super) async fn limited<T>(
    call: &'static str,
    work: impl Future<Output = Result<T, ChatError>>,
) -> Result<T, ChatError> {
    match timeout(LONGEST, work).await {
        Ok(result) => result,
        Err(_) => Err(ChatError::new(ChatErrorKind::Transient, call, "no answer in time").maybe_done()),
    }
}
