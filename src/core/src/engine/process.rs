//! The process that the engine runs in, which a test can stop as SIGSTOP does: its tasks do not run and its timers fire
//! late, and the world goes on.
//!
//! Only with the feature `test-hooks`, which this package's own tests ask for. Without it nothing of this is left.

/// The process of one engine. Copies are the same process.
#[derive(Clone, Debug, Default)]
pub struct Process {
    #[cfg(feature = "test-hooks")]
    turns: stoppable::Turns,
}

impl Process {
    /// `work`, which goes on whenever the process runs.
    #[cfg(not(feature = "test-hooks"))]
    #[expect(clippy::unused_self, reason = "without the feature every process runs")]
    pub(super) fn runs<F: Future>(&self, work: F) -> F {
        work
    }
}

#[cfg(feature = "test-hooks")]
mod stoppable {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::task::{Context, Poll, Waker};

    use super::Process;

    /// How often tasks may still be polled, and which of them wait to be.
    #[derive(Clone, Debug, Default)]
    pub(super) struct Turns(Arc<Mutex<(Option<u64>, Vec<Waker>)>>);

    impl Turns {
        fn set(&self, left: Option<u64>) -> Vec<Waker> {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.0 = left;
            std::mem::take(&mut turns.1)
        }

        fn take(&self, context: &Context<'_>) -> bool {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut turns.0 {
                None => true,
                Some(0) => {
                    turns.1.push(context.waker().clone());
                    false
                }
                Some(left) => {
                    *left -= 1;
                    true
                }
            }
        }
    }

    impl Process {
        /// `work`, which goes on whenever the process runs.
        pub fn runs<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
            let turns = self.turns.clone();
            async move {
                let mut work = pin!(work);
                poll_fn(|context| if turns.take(context) { work.as_mut().poll(context) } else { Poll::Pending }).await
            }
        }

        /// Stops the process when its tasks have gone on `polls` times more: each time from one await point to another.
        pub fn stop_after(&self, polls: u64) {
            self.turns.set(Some(polls)).into_iter().for_each(Waker::wake);
        }

        /// Lets the process go on.
        pub fn go_on(&self) {
            self.turns.set(None).into_iter().for_each(Waker::wake);
        }
    }
}
