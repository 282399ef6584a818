//! A chat server in memory: it keeps messages, notifies whoever is mentioned, and has troubles.

use std::sync::{Mutex, MutexGuard};

use accessbot_core::backend::decision::{Choices, Standing};
use accessbot_core::backend::{Marker, MessageRef};
use accessbot_core::request::RequestId;
use accessbot_testkit::conformance::Trouble;
use tokio::sync::Notify;

/// The channel that there is.
pub(crate) const CHANNEL: &str = "C1";
/// The direct conversation with alice.
pub(crate) const DIRECT: &str = "D1";
/// The private channel, which alice is in.
pub(crate) const GROUP: &str = "G1";
/// What the server shows whenever it calls the bot.
pub(crate) const PASSWORD: &str = "swordfish";
/// Who has an account.
pub(crate) const ACCOUNTS: &[(&str, Standing)] = &[
    ("alice", Standing::Member),
    ("carol", Standing::Member),
    ("teleport", Standing::Bot),
    ("gustav", Standing::Guest),
    ("eve", Standing::Stranger),
    ("oldie", Standing::Deactivated),
];
/// The most characters of a message.
const LONGEST: usize = 20_000;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) reference: MessageRef,
    pub(crate) ours: bool,
    pub(crate) request: RequestId,
    pub(crate) marker: Option<Marker>,
    pub(crate) is_card: bool,
    pub(crate) root: Option<MessageRef>,
    pub(crate) text: String,
    pub(crate) choices: Option<Choices>,
    pub(crate) deleted: bool,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) messages: Vec<Message>,
    pub(crate) notified: Vec<String>,
    pub(crate) trouble: Option<Trouble>,
    /// What somebody alone was told.
    pub(crate) told: Vec<(String, String)>,
    /// The forms that were opened for somebody, by their states.
    pub(crate) forms: Vec<(String, String)>,
}

/// Why a call fails, as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotReached,
    NoAnswer,
    TooMany(std::time::Duration),
    WrongToken,
    TooLong,
    NoSuchMessage,
}

#[derive(Default)]
pub(crate) struct Server {
    state: Mutex<State>,
    thawed: Notify,
}

impl Server {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn set_trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
        self.thawed.notify_waiters();
    }

    /// Takes a call to the server and its answer back.
    pub(crate) async fn call<T>(
        &self,
        writes: bool,
        act: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        tokio::task::yield_now().await;
        loop {
            let thawed = self.thawed.notified();
            if self.state().trouble != Some(Trouble::Frozen) {
                break;
            }
            thawed.await;
        }
        let (result, lost) = {
            let mut state = self.state();
            match state.trouble {
                Some(Trouble::Unavailable) => return Err(Refusal::NotReached),
                Some(Trouble::TokenRefused) => return Err(Refusal::WrongToken),
                Some(Trouble::RateLimited(pause)) => return Err(Refusal::TooMany(pause)),
                _ => {}
            }
            let lost = writes && state.trouble == Some(Trouble::LostAnswer);
            if lost {
                state.trouble = None;
            }
            (act(&mut state), lost)
        };
        tokio::task::yield_now().await;
        if lost { Err(Refusal::NoAnswer) } else { result }
    }
}

impl State {
    pub(crate) fn add(&mut self, message: Message) -> Result<MessageRef, Refusal> {
        self.receive(&message.text)?;
        let id = format!("m{}", self.messages.len());
        let reference = MessageRef { message: id, ..message.reference.clone() };
        self.messages.push(Message { reference: reference.clone(), ..message });
        Ok(reference)
    }

    /// The message, if it stands.
    pub(crate) fn get(&mut self, message: &MessageRef) -> Result<&mut Message, Refusal> {
        let standing = self.messages.iter_mut().find(|m| m.reference == *message && !m.deleted);
        standing.ok_or(Refusal::NoSuchMessage)
    }

    /// Refuses a text that is too long, and notifies everybody behind an `@`.
    pub(crate) fn receive(&mut self, text: &str) -> Result<(), Refusal> {
        if text.chars().count() > LONGEST {
            return Err(Refusal::TooLong);
        }
        self.notified.extend(mentioned(text));
        Ok(())
    }
}

/// Everybody behind an `@`.
pub(crate) fn mentioned(text: &str) -> Vec<String> {
    let words = text.split('@').skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
