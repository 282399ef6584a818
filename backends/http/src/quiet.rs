//! How often the log tells of something that anybody can cause.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// It is told of no more often.
const QUIET: Duration = Duration::from_secs(60);

/// When it was last told of.
#[derive(Debug, Default)]
pub struct Quiet(Mutex<Option<Instant>>);

impl Quiet {
    /// Whether it may be told of now, which then counts: once a minute.
    pub fn is_over(&self) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = told.is_none_or(|last| last.elapsed() >= QUIET);
        if over {
            *told = Some(Instant::now());
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn something_is_told_of_once_a_minute() {
        let quiet = Quiet::default();
        assert!(quiet.is_over());
        assert!(!quiet.is_over());
        tokio::time::advance(QUIET).await;
        assert!(quiet.is_over());
        assert!(!quiet.is_over());
    }
}
