//! Where the story is played: says what happens, waits for what must come of it, and shows what the chat shows.

use std::fmt::Write as _;
use std::time::Duration;

use super::bot_log::{AUDIT, BotLog};
use super::chat::message::Message;
use super::chat::{Before, Place};
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
    log: &'a BotLog,
    /// The answers that were heard.
    heard: Vec<String>,
    say: &'a mut (dyn FnMut(&str) + Send),
    step: usize,
    title: String,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(world: &'a DemoWorld, log: &'a BotLog, say: &'a mut (dyn FnMut(&str) + Send)) -> Self {
        Self { world, log, heard: Vec::new(), say, step: 0, title: String::new() }
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
            let replies: usize = messages(world, Place::Channel, id).iter().map(standing).sum();
            replies == count
        };
        let shown = |world: &DemoWorld| {
            difference::in_messages(&messages(world, Place::Channel, id), &format!("({count} replies)"))
        };
        self.expect(&what, all, shown).await
    }

    /// Somebody presses the button `label` of the last message about a request in a place, says why, and sends that.
    pub(crate) async fn decides(
        &mut self,
        who: &str,
        place: Place,
        id: &str,
        label: &str,
        reason: &str,
    ) -> Result<(), StoryError> {
        let has = |world: &DemoWorld| button(world, place, id, label).is_some();
        let shown = |world: &DemoWorld| difference::in_messages(&messages(world, place, id), &format!("[ {label} ]"));
        self.expect(&format!("{} has a button {label}", self.world.chat.name_of(place)), has, shown).await?;
        let (message, button) = button(self.world, place, id, label).unwrap_or_default();
        self.presses(Before { who, place, message: &message }, &button, reason).await
    }

    /// Somebody presses a button; and if that opens a form, says why, and sends it.
    pub(crate) async fn presses(&mut self, at: Before<'_>, button: &str, reason: &str) -> Result<(), StoryError> {
        let pressed = self.world.chat.press(at, button).await;
        if let Some(form) = self.act(pressed)? {
            let submitted = self.world.chat.submit(at.who, &form.id, reason).await;
            let wrong = self.act(submitted)?;
            self.expect("the form closes", |_| wrong.is_none(), |_| format!("{wrong:?}")).await?;
        }
        Ok(())
    }

    /// Waits until somebody is answered something that nobody else sees. No answer is taken for two.
    pub(crate) async fn hears(&mut self, who: &'static str, text: &str) -> Result<(), StoryError> {
        let what = format!("{who}, and nobody else, reads: {text}");
        let known = std::mem::take(&mut self.heard);
        let find = |world: &DemoWorld| {
            let new = asides(world, who).into_iter().filter(|aside| !known.contains(&aside.id));
            new.filter(|aside| aside.contains(text)).map(|aside| aside.id).next()
        };
        let shown = |world: &DemoWorld| difference::in_messages(&asides(world, who), text);
        self.expect(&what, |world| find(world).is_some(), shown).await?;
        let new = find(self.world);
        self.heard = known;
        self.heard.extend(new);
        Ok(())
    }

    /// Waits until the audit trail has a line about a request with all of `words` in it, and shows that.
    pub(crate) async fn audited(&mut self, id: &str, words: &[&str]) -> Result<(), StoryError> {
        let log = self.log.clone();
        let find = || {
            let mut lines = log.tail(usize::MAX).into_iter().filter(|line| line.level == AUDIT).map(|line| line.text);
            lines.find(|line| line.contains(id) && words.iter().all(|word| line.contains(word)))
        };
        let what = format!("the audit trail has it: {}", words.join(", "));
        self.expect(&what, |_| find().is_some(), |_| "There is no such line.".to_owned()).await?;
        self.say(&format!("   │ {}\n", find().unwrap_or_default()));
        Ok(())
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

/// How many replies everybody sees.
fn standing(message: &Message) -> usize {
    message.replies.iter().filter(|reply| reply.only_for.is_empty()).count()
}

/// What only this person sees: in the channel, and in their direct messages.
fn asides(world: &DemoWorld, who: &'static str) -> Vec<Message> {
    let channel = world.chat.messages(Place::Channel, MANY).into_iter().flat_map(|mut message| {
        let replies = std::mem::take(&mut message.replies);
        std::iter::once(message).chain(replies)
    });
    let aside = channel.filter(|message| message.only_for == who);
    aside.chain(world.chat.messages(Place::Person(who), MANY)).collect()
}

/// The last message about a request in a place that has this button, and the button.
fn button(world: &DemoWorld, place: Place, id: &str, label: &str) -> Option<(String, String)> {
    messages(world, place, id).iter().rev().find_map(|message| {
        let button = message.buttons().find(|button| button.label == label)?;
        Some((message.id.clone(), button.id.clone()))
    })
}
