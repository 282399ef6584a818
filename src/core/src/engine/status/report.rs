//! The answer, as it is written into JSON and read back.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::clock::Timestamp;

/// How the engine fares at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The moment.
    pub at: Moment,
    /// When the engine was started.
    pub started: Moment,
    /// Whether access requests are watched.
    pub teleport: Connection,
    /// The cluster's name; none before it was found.
    pub cluster: Option<String>,
    /// The version of its Auth server.
    pub version: Option<String>,
    /// Each backend, also before the cluster was found.
    pub backends: Vec<BackendStatus>,
    /// The calls that failed last, the newest at the end; at most 100.
    pub failures: Vec<Failure>,
}

impl Status {
    /// Whether everything is ready and nothing was given up.
    pub fn is_well(&self) -> bool {
        let well =
            |backend: &BackendStatus| backend.connection.ready && !backend.is_deaf() && backend.given_up.is_empty();
        self.teleport.ready && self.backends.iter().all(well)
    }
}

/// A server, as the engine last saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Whether work goes on with it.
    pub ready: bool,
    /// Since when.
    pub since: Moment,
    /// What last went wrong, also if all is well by now.
    pub last_error: Option<String>,
}

/// One backend at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendStatus {
    /// The backend.
    pub name: String,
    /// Its chat server. Until a first call fails it is taken to be there.
    pub connection: Connection,
    /// The connection over which the bot hears what people do there, once that has failed; none before.
    pub listening: Option<Connection>,
    /// How many requests that can still be decided are known.
    pub open: usize,
    /// How many lines `waiting` would have.
    pub waiting_total: usize,
    /// What waits, the oldest first; at most 1000.
    pub waiting: Vec<Waiting>,
    /// How many lines `given_up` would have.
    pub given_up_total: usize,
    /// What was given up, the oldest first; at most 1000. Of requests that have ended, for a day.
    pub given_up: Vec<GivenUp>,
}

impl BackendStatus {
    /// Whether the bot does not hear what people do there, though it tries.
    pub fn is_deaf(&self) -> bool {
        self.listening.as_ref().is_some_and(|listening| !listening.ready)
    }
}

/// Something that is to be done and is not done yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Waiting {
    /// Since when.
    pub since: Moment,
    /// About which request.
    pub request: String,
    /// What.
    pub task: Task,
    /// For whom, where that is known.
    pub to: Option<String>,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// How many attempts have failed in a row.
    pub attempts: u32,
    /// When the next attempt is made, if a time is set.
    pub next_attempt: Option<Moment>,
    /// What went wrong with the last one.
    pub last_error: Option<String>,
}

/// Something that will not be done, unless somebody changes something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GivenUp {
    /// When it was first to be done.
    pub since: Moment,
    /// About which request.
    pub request: String,
    /// What.
    pub task: Task,
    /// For whom, where that is known.
    pub to: Option<String>,
    /// Why.
    pub why: String,
    /// Whether the request is still open: then it is tried again now and then, unless it is a removal.
    pub open: bool,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When.
    pub at: Moment,
    /// For which backend; none if for all of them.
    pub backend: Option<String>,
    /// About which request.
    pub request: Option<String>,
    /// For whom.
    pub to: Option<String>,
    /// What went wrong.
    pub error: String,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// To find out what there is to do: the request is new, or has changed.
    Look,
    /// To post the standing message.
    Announcement,
    /// To make the standing message show what is true now.
    Update,
    /// To reply in the thread of the standing message.
    Reply,
    /// To tell the requester.
    RequesterNote,
    /// To remove a message that is one too many.
    Removal,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Look => "look",
            Self::Announcement => "announcement",
            Self::Update => "update",
            Self::Reply => "reply",
            Self::RequesterNote => "note to the requester",
            Self::Removal => "removal of a copy",
        })
    }
}

/// What something waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// For Teleport to answer.
    Teleport,
    /// For the chat server to answer.
    Chat,
    /// For a worker: other requests come first.
    Worker,
    /// For calls that are being made.
    Answer,
    /// For the time of the next attempt.
    Retry,
    /// For another replica, which is at work on the request.
    Replica,
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Teleport => "Teleport",
            Self::Chat => "the chat",
            Self::Worker => "a worker",
            Self::Answer => "an answer",
            Self::Retry => "the next attempt",
            Self::Replica => "another replica",
        })
    }
}

/// A time, written as RFC 3339 in UTC to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let time = humantime::parse_rfc3339(&text).map_err(de::Error::custom)?;
        Ok(Self(Timestamp::from_system(time)))
    }
}
