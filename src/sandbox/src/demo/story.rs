//! The story: what bob, alice and ivan do, and what the chat shows then.

use std::time::Duration;

use accessbot_core::request::RequestState;

use super::Stage;
use crate::common::error::SandboxError;
use crate::mattermost::PostView;
use crate::teleport::NewRequest;

/// How long the chat may take to show something. The bot takes milliseconds; after the chat was away, seconds.
const PATIENCE: Duration = Duration::from_secs(30);
const CHANNEL: &str = "access";

/// Why the story did not come out right.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The chat never showed what it should.
    #[error("{expected} was never seen; {place} shows:\n{shown}")]
    NotShown {
        /// What was waited for.
        expected: String,
        /// Where.
        place: String,
        /// What is there instead.
        shown: String,
    },
    /// Something is there twice.
    #[error("{place} shows {count} messages instead of {expected}")]
    Count {
        /// Where.
        place: String,
        /// How many there are.
        count: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A stand-in could not do its part.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Plays the story on `stage`, where a bot is at work, and tells each line of it to `tell`.
///
/// # Errors
/// When the chat does not show what it should.
pub async fn play(stage: &Stage, tell: &mut (dyn FnMut(&str) + Send)) -> Result<(), StoryError> {
    let mut story = Story { stage, tell };
    story.two_approve().await?;
    story.one_denies().await?;
    story.nobody_decides().await?;
    story.chat_is_away().await?;
    story.say("");
    story.say("Every step came out right.");
    Ok(())
}

struct Story<'a> {
    stage: &'a Stage,
    tell: &'a mut (dyn FnMut(&str) + Send),
}

impl Story<'_> {
    fn say(&mut self, line: &str) {
        (self.tell)(line);
    }

    fn chapter(&mut self, title: &str) {
        self.say("");
        self.say(&format!("== {title}"));
    }

    async fn two_approve(&mut self) -> Result<(), StoryError> {
        self.chapter("Two approvals: bob asks for dbadmin, and suggests alice and ivan");
        let reviewers = ["alice@example.com", "ivan@example.com"];
        let asked = NewRequest::bob().reason("The nightly backup fails, @channel").reviewers(&reviewers);
        let id = self.stage.teleport.create_request(asked)?;
        for place in ["@alice", "@ivan", CHANNEL] {
            self.shows(place, &id, "Status", "PENDING").await?;
        }
        self.tell_message(CHANNEL, &id);
        self.say("   alice and ivan have it as a direct message, too.");
        self.told("bob", "was received").await?;
        self.chapter("alice approves: one of two, so it still waits");
        self.stage.teleport.review(&id, "alice", RequestState::Approved, "Looks fine.")?;
        self.shows(CHANNEL, &id, "Reviews", "1 of 2").await?;
        self.shows(CHANNEL, &id, "Status", "PENDING").await?;
        self.tell_message(CHANNEL, &id);
        self.chapter("ivan approves: that is enough");
        self.stage.teleport.review(&id, "ivan", RequestState::Approved, "Go ahead.")?;
        for place in ["@alice", "@ivan", CHANNEL] {
            self.shows(place, &id, "Status", "APPROVED").await?;
        }
        self.replies(&id, 3).await?;
        self.tell_message(CHANNEL, &id);
        self.told("bob", "was approved").await
    }

    async fn one_denies(&mut self) -> Result<(), StoryError> {
        self.chapter("One denial is the end: bob asks again, ivan denies");
        let id = self.stage.teleport.create_request(NewRequest::bob().reason("Once more"))?;
        self.shows(CHANNEL, &id, "Status", "PENDING").await?;
        self.stage.teleport.review(&id, "ivan", RequestState::Denied, "Not on a Friday.")?;
        self.shows(CHANNEL, &id, "Status", "DENIED").await?;
        self.replies(&id, 2).await?;
        self.tell_message(CHANNEL, &id);
        self.told("bob", "was denied").await
    }

    async fn nobody_decides(&mut self) -> Result<(), StoryError> {
        self.chapter("Nobody decides: the request expires");
        let asked = NewRequest::new("bob", "shortlived").reason("Quickly").ttl(Duration::from_secs(2));
        let id = self.stage.teleport.create_request(asked)?;
        self.shows(CHANNEL, &id, "Status", "PENDING").await?;
        self.shows(CHANNEL, &id, "Status", "EXPIRED").await?;
        self.tell_message(CHANNEL, &id);
        self.told("bob", "expired before anybody decided").await
    }

    async fn chat_is_away(&mut self) -> Result<(), StoryError> {
        self.chapter("The chat is away while bob asks: nothing is lost, and nothing is said twice");
        let before = self.stage.mattermost.post_count(CHANNEL);
        self.stage.mattermost.stop().await;
        let id = self.stage.teleport.create_request(NewRequest::bob().reason("Is anybody there?"))?;
        self.say("   The chat server is down, bob's request is in Teleport.");
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.stage.mattermost.start_again()?;
        self.say("   The chat server is up again.");
        self.shows(CHANNEL, &id, "Status", "PENDING").await?;
        self.tell_message(CHANNEL, &id);
        let (count, expected) = (self.stage.mattermost.post_count(CHANNEL), before + 1);
        if count == expected { Ok(()) } else { Err(StoryError::Count { place: CHANNEL.to_owned(), count, expected }) }
    }

    fn message(&self, place: &str, id: &str) -> Option<PostView> {
        // A direct conversation is there once somebody has written in it.
        self.stage.mattermost.channel_id(place).ok()?;
        self.stage.mattermost.posts(place).into_iter().find(|post| post.text().contains(id))
    }

    fn tell_message(&mut self, place: &str, id: &str) {
        let Some(post) = self.message(place, id) else { return };
        self.say(&format!("   {place} shows:"));
        for line in post.text().lines() {
            self.say(&format!("   | {line}"));
        }
        for reply in &post.replies {
            self.say(&format!("   |   > {}", reply.text().replace('\n', " ")));
        }
    }

    async fn shows(&self, place: &str, id: &str, field: &str, text: &str) -> Result<(), StoryError> {
        let seen = || self.message(place, id).is_some_and(|post| post.field(field).is_some_and(|v| v.contains(text)));
        self.until(place, &format!("{field} {text}"), seen).await
    }

    async fn replies(&self, id: &str, count: usize) -> Result<(), StoryError> {
        let seen = || self.message(CHANNEL, id).is_some_and(|post| post.replies.len() >= count);
        self.until(CHANNEL, &format!("a thread of {count} replies"), seen).await
    }

    async fn told(&mut self, user: &str, text: &str) -> Result<(), StoryError> {
        let place = format!("@{user}");
        let last = || -> Option<String> {
            self.stage.mattermost.channel_id(&place).ok()?;
            self.stage.mattermost.posts(&place).iter().rev().map(PostView::text).find(|t| t.contains(text))
        };
        self.until(&place, text, || last().is_some()).await?;
        let line = last().and_then(|t| t.lines().next().map(str::to_owned)).unwrap_or_default();
        self.say(&format!("   {user} is told: {line}"));
        Ok(())
    }

    async fn until(&self, place: &str, expected: &str, seen: impl Fn() -> bool) -> Result<(), StoryError> {
        let waiting = async {
            while !seen() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| StoryError::NotShown {
            expected: expected.to_owned(),
            place: place.to_owned(),
            shown: self.stage.mattermost.dump(),
        })
    }
}
