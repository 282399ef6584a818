//! What must not be done too often, because anybody can cause it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When it was done last.
#[derive(Debug, Default)]
pub struct Rest(Mutex<Option<Instant>>);

impl Rest {
    /// Whether it was done so long ago, or never. If so, it counts as done now.
    pub fn is_over(&self, pause: Duration) -> bool {
        let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = done.is_none_or(|last| last.elapsed() >= pause);
        if over {
            *done = Some(Instant::now());
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn between_two_times_lies_a_pause() {
        let (rest, pause) = (Rest::default(), Duration::from_secs(60));
        assert!(rest.is_over(pause));
        tokio::time::advance(pause / 2).await;
        assert!(!rest.is_over(pause));
        tokio::time::advance(pause / 2).await;
        assert!(rest.is_over(pause), "what was not done does not count");
        assert!(!rest.is_over(pause));
    }
}
