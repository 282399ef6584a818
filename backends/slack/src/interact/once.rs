//! What is done once, however often it is asked for.
//!
//! Slack sends an envelope again that it thinks was lost, over another connection as well, and whoever gets hold of a
//! signed call can send it again for five minutes. All of them get the one answer, also while it is being found, and
//! whoever stops waiting stops nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// More than people do in ten minutes. The oldest is forgotten first.
const MOST: usize = 4096;

/// The answers so far, by what was asked.
#[derive(Debug)]
pub(crate) struct Once<T>(Mutex<Memory<T>>);

#[derive(Debug)]
struct Memory<T> {
    answers: HashMap<Vec<u8>, watch::Receiver<Option<T>>>,
    order: VecDeque<Vec<u8>>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::new(Memory { answers: HashMap::new(), order: VecDeque::new() }))
    }
}

impl<T: Clone + Send + Sync + 'static> Once<T> {
    /// The answer to what is known by `key`: that of `work` if it is new. `None` if there was none to be had.
    pub(crate) async fn answer<F>(&self, key: &[u8], work: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let mut answer = self.begin(key, work);
        answer.wait_for(Option::is_some).await.ok()?.clone()
    }

    fn begin<F>(&self, key: &[u8], work: impl FnOnce() -> F) -> watch::Receiver<Option<T>>
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = memory.answers.get(key) {
            return answer.clone();
        }
        let (found, answer) = watch::channel(None);
        if memory.order.len() >= MOST
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.answers.remove(&oldest);
        }
        memory.order.push_back(key.to_owned());
        memory.answers.insert(key.to_owned(), answer.clone());
        drop(memory);
        let work = work();
        tokio::spawn(async move {
            // Without an answer the channel closes, which tells all that wait.
            if let Some(value) = work.await {
                let _ = found.send(Some(value));
            }
        });
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_get_the_one_answer_whoever_stops_waiting() {
        let (once, done) = (Once::default(), Arc::new(AtomicUsize::new(0)));
        let ask = |key: &'static str, slow| {
            let done = Arc::clone(&done);
            let work = move || async move {
                tokio::time::sleep(Duration::from_secs(slow)).await;
                Some(done.fetch_add(1, Ordering::Relaxed) + 1)
            };
            once.answer(key.as_bytes(), work)
        };
        let impatient = tokio::time::timeout(Duration::from_secs(1), ask("a", 2)).await;
        assert!(impatient.is_err());
        let both = tokio::join!(ask("a", 2), ask("a", 0));
        assert_eq!(both, (Some(1), Some(1)));
        assert_eq!(ask("a", 0).await, Some(1));
        assert_eq!(ask("b", 0).await, Some(2));
    }

    #[tokio::test]
    async fn without_an_answer_nobody_waits_for_ever() {
        let once = Once::<u32>::default();
        assert_eq!(once.answer(b"a", || async { None }).await, None);
        assert_eq!(once.answer(b"a", || async { Some(1) }).await, None, "it was asked for");
    }

    #[tokio::test]
    async fn the_memory_does_not_grow_for_ever() {
        let once = Once::default();
        for n in 0..MOST + 10 {
            once.answer(&n.to_le_bytes(), || async { Some(()) }).await;
        }
        let memory = once.0.lock().unwrap();
        assert_eq!((memory.answers.len(), memory.order.len()), (MOST, MOST));
    }
}
