//! A bot that hears, and what people were told.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::decision::ReasonRule;
use accessbot_core::backend::{ChatBackend, MessageRef};
use accessbot_sandbox::mattermost::MattermostSandbox;
use tokio::task::JoinHandle;

use crate::request;
use crate::world::World;

/// A bot that listens as the engine lets it: again and again. Ends with the test.
pub(crate) struct Listening(JoinHandle<()>);

impl Listening {
    /// Returns when it hears.
    pub(crate) async fn to(world: &World) -> Self {
        Self::nth(1, world, &world.backend).await
    }

    /// The `nth` bot in the same world. Returns when it hears as well.
    pub(crate) async fn nth(nth: usize, world: &World, backend: &Arc<dyn ChatBackend>) -> Self {
        let backend = Arc::clone(backend);
        let listening = Self(tokio::spawn(async move {
            loop {
                let _ = backend.listen().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }));
        world.server.wait_until("the bot listens", |server| server.sockets().len() >= nth).await;
        listening
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) async fn hears(inputs: &[&str]) -> (World, MessageRef, Listening) {
    let world = World::start(inputs).await;
    let message = world.announce(ReasonRule::Off).await;
    let listening = Listening::to(&world).await;
    (world, message, listening)
}

/// Waits until somebody was told so many things.
pub(crate) async fn told(world: &World, user: &str, count: usize) -> Vec<String> {
    world.server.wait_until("somebody is told", |_| world.told(user).len() >= count).await;
    let prefix = format!("Access request {}: ", request());
    world.told(user).iter().map(|text| text.strip_prefix(&prefix).unwrap_or(text).to_owned()).collect()
}

/// Our eyes on a reply.
pub(crate) fn is_marked(server: &MattermostSandbox, post: &str) -> bool {
    let marks = server.post(post).unwrap().reactions;
    marks.iter().any(|mark| mark.user == "teleport" && mark.emoji == "eyes")
}

/// Waits until everything that was said so far has been heard: alice reacts to the card once more, and is told.
pub(crate) async fn everything_was_heard(world: &World, message: &MessageRef) {
    let before = world.told("alice").len();
    let there = world.server.post(&message.message).unwrap().reactions;
    let new = ["+1", "thumbsup", "+1_light_skin_tone", "+1_dark_skin_tone"];
    let new = new.into_iter().find(|emoji| !there.iter().any(|mark| mark.user == "alice" && mark.emoji == *emoji));
    world.server.react("alice", &message.message, new.unwrap()).await.unwrap();
    told(world, "alice", before + 1).await;
}
