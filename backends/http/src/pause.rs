//! The pause that the server asked for, kept by all calls together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Until when the server wants to be left alone.
#[derive(Debug, Default)]
pub struct Pause(Mutex<Option<Instant>>);

impl Pause {
    /// The server wants no call for `duration`. Never shortens a pause.
    pub fn extend(&self, duration: Duration) {
        let until = Instant::now() + duration;
        let mut pause = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *pause = Some(pause.map_or(until, |earlier| earlier.max(until)));
    }

    /// Returns when calls are welcome.
    ///
    /// # Errors
    /// What is left of the pause, if that is longer than `patience`: whoever plans can plan with it.
    pub async fn over(&self, patience: Duration) -> Result<(), Duration> {
        loop {
            let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let left = until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(());
            }
            if left > patience {
                return Err(left);
            }
            tokio::time::sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn a_short_rest_is_waited_for_and_a_long_one_is_told() {
        let pause = Pause::default();
        assert_eq!(pause.over(PATIENCE).await, Ok(()));
        pause.extend(Duration::from_secs(30));
        pause.extend(Duration::from_secs(3));
        assert_eq!(pause.over(PATIENCE).await, Err(Duration::from_secs(30)));
        tokio::time::sleep(Duration::from_secs(26)).await;
        let before = Instant::now();
        assert_eq!(pause.over(PATIENCE).await, Ok(()));
        assert_eq!(before.elapsed(), Duration::from_secs(4));
    }
}
