//! Doing several things at once, but those of one message one after the other.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::Receiver;

/// Tasks that are taken out of the queue and not done.
const HELD: usize = 64;

/// Does what comes out of the queue with `act`: in the order in which it came within a lane, at once in several lanes.
/// Ends when the queue is closed and everything in it is done.
pub(super) async fn work<T, F: Future<Output = ()>>(
    mut queue: Receiver<T>,
    lane_of: impl Fn(&T) -> String,
    act: impl Fn(T) -> F,
) {
    // What waits in each lane in which something is being done.
    let mut lanes: HashMap<String, VecDeque<T>> = HashMap::new();
    let mut held = 0;
    let mut open = true;
    let mut running = FuturesUnordered::new();
    let run = |lane: String, task: T| {
        let done = act(task);
        async move {
            done.await;
            lane
        }
    };
    while open || held > 0 {
        tokio::select! {
            task = queue.recv(), if open && held < HELD => match task {
                None => open = false,
                Some(task) => {
                    held += 1;
                    match lanes.entry(lane_of(&task)) {
                        Entry::Occupied(mut lane) => lane.get_mut().push_back(task),
                        Entry::Vacant(lane) => {
                            running.push(run(lane.key().clone(), task));
                            lane.insert(VecDeque::new());
                        }
                    }
                }
            },
            Some(lane) = running.next() => {
                held -= 1;
                match lanes.get_mut(&lane).and_then(VecDeque::pop_front) {
                    Some(task) => running.push(run(lane, task)),
                    None => {
                        lanes.remove(&lane);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use tokio::sync::mpsc::channel;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_message_keeps_its_order_and_holds_up_no_other() {
        let (sender, queue) = channel(10);
        let done = Mutex::new(Vec::new());
        let act = |(lane, number, seconds): (&'static str, u32, u64)| {
            let done = &done;
            async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                done.lock().unwrap().push((lane, number));
            }
        };
        for task in [("slow", 1, 20), ("quick", 1, 2), ("slow", 2, 1), ("quick", 2, 1)] {
            sender.send(task).await.unwrap();
        }
        drop(sender);
        work(queue, |(lane, ..)| (*lane).to_owned(), act).await;
        assert_eq!(*done.lock().unwrap(), [("quick", 1), ("quick", 2), ("slow", 1), ("slow", 2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn while_too_much_is_held_the_rest_stays_in_the_queue() {
        let (sender, queue) = channel(HELD);
        let worker = work(queue, |()| "one".to_owned(), |()| std::future::pending());
        let fill = async {
            let mut sent = 0;
            while tokio::time::timeout(Duration::from_secs(1), sender.send(())).await.is_ok() {
                sent += 1;
            }
            sent
        };
        tokio::select! {
            () = worker => panic!("nothing was ever done"),
            sent = fill => assert_eq!(sent, 2 * HELD),
        }
    }
}
