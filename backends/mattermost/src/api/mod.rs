//! The server's endpoints that we use, and what of their answers we read.

mod channels;
mod config;
mod dialogs;
mod id;
mod posts;
mod reactions;
mod users;

use serde::{Deserialize, Deserializer};

use crate::failure::Failure;

pub(crate) use channels::{Channel, Team};
pub(crate) use dialogs::{Dialog, DialogElement, DialogOpening};
pub(crate) use id::Id;
pub(crate) use posts::{NewPost, Post, PostList, PostPatch};
pub(crate) use reactions::Reaction;
pub(crate) use users::User;

/// What came of looking something up.
#[derive(Debug)]
pub(crate) enum Lookup<T> {
    Found(T),
    /// There is no such thing, or we may not know that there is.
    Absent,
    /// We may not see it.
    Denied,
}

/// Tells what the server has answered about a thing from trouble on the way to it.
fn lookup<T>(answer: Result<T, Failure>) -> Result<Lookup<T>, Failure> {
    match answer {
        Ok(found) => Ok(Lookup::Found(found)),
        Err(failure) => match failure.refusal() {
            Some(refusal) if refusal.is_absence() => Ok(Lookup::Absent),
            Some(refusal) if refusal.is_denial() => Ok(Lookup::Denied),
            _ => Err(failure),
        },
    }
}

/// Takes `null` for what is not there.
fn absent_if_null<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
