//! Where the story is played: says what happens, waits for what must come of it, and shows what the chat shows.

use std::fmt::Write as _;
use std::time::Duration;

use super::chat::Place;
use super::chat::message::Message;
use super::difference;
use super::world::DemoWorld;
use crate::common::error::SandboxError;

/// How long anything may take that the bot does by itself. Only a story that fails meets it.
const PATIENCE: Duration = Duration::from_secs(20);
/// More messages than the story makes in any place.
const MANY: usize = 1000;

/// Why the story did not come out right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoryError {
    /// What had to happen did not.
    #[error("step {step} ({title}) did not come out right. Within {} seconds this had to come true: {what}.\n{shown}", PATIENCE.as_secs())]
    Missing {
        /// The number of the step.
        step: usize,
        /// What the step is about.
        title: String,
        /// What had to come true.
        what: String,
        /// What there is instead.
        shown: String,
    },
    /// A stand-in refused what somebody in the story did.
    #[error("step {step} ({title}) cannot be played: {source}")]
    Refused {
        /// The number of the step.
        step: usize,
        /// What the step is about.
        title: String,
        /// Why.
        source: SandboxError,
    },
}

/// The stage, with the step that is being played.
pub(crate) struct Stage<'a> {
    pub(crate) world: &'a DemoWorld,
    say: &'a mut (dyn FnMut(&str) + Send),
    step: usize,
    title: String,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(world: &'a DemoWorld, say: &'a mut (dyn FnMut(&str) + Send)) -> Self {
        Self { world, say, step: 0, title: String::new() }
    }

    /// The next step begins.
    pub(crate) fn step(&mut self, title: &str) {
        self.step += 1;
        title.clone_into(&mut self.title);
        self.say(&format!("\n{}. {title}\n", self.step));
    }

    /// Says something.
    pub(crate) fn say(&mut self, text: &str) {
        (self.say)(text);
    }

    /// Does something that a stand-in may refuse.
    pub(crate) fn act<T>(&self, done: Result<T, SandboxError>) -> Result<T, StoryError> {
        done.map_err(|source| StoryError::Refused { step: self.step, title: self.title.clone(), source })
    }

    /// Waits until something is so, and says it. If it never is, `shown` tells what there is instead.
    pub(crate) async fn expect(
        &mut self,
        what: &str,
        condition: impl Fn(&DemoWorld) -> bool,
        shown: impl Fn(&DemoWorld) -> String,
    ) -> Result<(), StoryError> {
        if self.world.until(PATIENCE, condition).await {
            self.say(&format!("   ✓ {what}\n"));
            return Ok(());
        }
        let (step, title, what) = (self.step, self.title.clone(), what.to_owned());
        Err(StoryError::Missing { step, title, what, shown: shown(self.world) })
    }

    /// Waits until the messages about a request say `text` in their field `field`, in every one of `places`.
    pub(crate) async fn says(&mut self, places: &[Place], id: &str, field: &str, text: &str) -> Result<(), StoryError> {
        for place in places {
            let what = format!("{} says {field}: {text}", self.world.chat.name_of(*place));
            let said = |world: &DemoWorld| {
                messages(world, *place, id).iter().any(|m| m.field(field).is_some_and(|value| value.contains(text)))
            };
            let shown = |world: &DemoWorld| difference::in_field(messages(world, *place, id).last(), field, text);
            self.expect(&what, said, shown).await?;
        }
        Ok(())
    }

    /// Waits until somebody is told something about a request in a direct message.
    pub(crate) async fn told(&mut self, user: &'static str, id: &str, text: &str) -> Result<(), StoryError> {
        let place = Place::Person(user);
        let what = format!("{user} is told: {text}");
        let told = |world: &DemoWorld| messages(world, place, id).iter().any(|message| message.contains(text));
        let shown = |world: &DemoWorld| difference::in_messages(&messages(world, place, id), text);
        self.expect(&what, told, shown).await
    }

    /// Waits until so many replies stand below the message about a request in the channel, no more and no less.
    pub(crate) async fn replies(&mut self, id: &str, count: usize) -> Result<(), StoryError> {
        let what = if count == 1 {
            "one reply stands in the thread".to_owned()
        } else {
            format!("{count} replies stand in the thread")
        };
        let all = |world: &DemoWorld| {
            let replies: usize = messages(world, Place::Channel, id).iter().map(|m| m.replies.len()).sum();
            replies == count
        };
        let shown = |world: &DemoWorld| {
            difference::in_messages(&messages(world, Place::Channel, id), &format!("({count} replies)"))
        };
        self.expect(&what, all, shown).await
    }

    /// Shows the last message about a request in a place, as it is now.
    pub(crate) fn show(&mut self, place: Place, id: &str) {
        if let Some(message) = messages(self.world, place, id).last() {
            let mut shown = format!("   {}\n", self.world.chat.name_of(place));
            for line in message.lines_with_thread() {
                let _ = writeln!(shown, "   │ {line}");
            }
            self.say(&shown);
        }
    }
}

/// The messages about a request in a place, oldest first.
pub(crate) fn messages(world: &DemoWorld, place: Place, id: &str) -> Vec<Message> {
    let mut messages = world.chat.messages(place, MANY);
    messages.retain(|message| message.contains(id));
    messages
}
