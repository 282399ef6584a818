//! Which Teleport user somebody in the chat is, now.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::refusal::Refusal;
use crate::backend::decision::{ChatUser, ChatUserId, Standing};
use crate::engine::call::limited;
use crate::engine::desk::DeskState;
use crate::review::How;
use crate::teleport::{TeleportError, User};

/// How long the list of users is believed for finding somebody by a trait. Whoever is found is looked at anew.
const LIST_KEPT: Duration = Duration::from_secs(300);
/// Whoever is not found may have been added a moment ago: but the list is not read more often than this.
const LIST_AGAIN: Duration = Duration::from_secs(15);

/// The users of the cluster, as they were listed last.
#[derive(Debug, Default)]
pub(in crate::engine) struct People(Mutex<Option<(Instant, Arc<Vec<User>>)>>);

/// Somebody in the chat and in Teleport.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// In Teleport, as it is now.
    pub(super) user: User,
    /// How they were mapped.
    pub(super) how: How,
}

impl DeskState {
    /// Who the account is, as the chat server vouches for it now. Only a person who belongs to the organisation passes.
    pub(super) async fn identified(&self, who: &ChatUserId) -> Result<ChatUser, Refusal> {
        let account = limited("identify", self.backend.identify(who)).await;
        let account = account.map_err(|error| Refusal::Trouble(error.to_string()))?;
        let account = account.filter(|account| account.id == *who).ok_or(Refusal::NoAccount)?;
        match account.standing {
            Standing::Member => Ok(account),
            Standing::Bot => Err(Refusal::Standing("program")),
            Standing::Guest => Err(Refusal::Standing("guest")),
            Standing::Stranger => Err(Refusal::Standing("stranger")),
            Standing::Deactivated => Err(Refusal::Standing("deactivated account")),
        }
    }

    /// The one Teleport user that the account is, who is there and not locked at this moment.
    pub(super) async fn person(&self, account: &ChatUser) -> Result<Person, Refusal> {
        let (name, how) = self.mapped(account).await?;
        let user = self.teleport.user(&name).await.map_err(trouble)?;
        let user = user.filter(|user| self.identity.still_maps(account, user, how)).ok_or(Refusal::NoUser(name))?;
        if self.teleport.is_locked(&user).await.map_err(trouble)? {
            return Err(Refusal::Locked);
        }
        Ok(Person { user, how })
    }

    async fn mapped(&self, account: &ChatUser) -> Result<(String, How), Refusal> {
        if let Some(name) = self.identity.users.get(&account.id) {
            return Ok((name.clone(), How::Map));
        }
        if self.identity.user_trait.is_some()
            && let Some(name) = self.by_trait(&account.id).await?
        {
            return Ok((name, How::Trait));
        }
        let judged_by_teleport = self.options.review.as_ref().is_some_and(|review| !review.mode.votes());
        self.identity.by_email(account, judged_by_teleport).map(|name| (name, How::Email)).ok_or(Refusal::Unmapped)
    }

    async fn by_trait(&self, who: &ChatUserId) -> Result<Option<String>, Refusal> {
        let mut believed = LIST_KEPT;
        loop {
            let (age, users) = self.users(believed).await.map_err(trouble)?;
            match self.identity.by_trait(who, &users).map_err(Refusal::Ambiguous)? {
                Some(user) => return Ok(Some(user.name.clone())),
                None if age <= LIST_AGAIN => return Ok(None),
                None => believed = LIST_AGAIN,
            }
        }
    }

    /// The users, from a list that is no older than `believed`, and its age. One list is read at a time.
    async fn users(&self, believed: Duration) -> Result<(Duration, Arc<Vec<User>>), TeleportError> {
        let mut kept = self.people.0.lock().await;
        if let Some((at, users)) = kept.as_ref()
            && at.elapsed() <= believed
        {
            return Ok((at.elapsed(), Arc::clone(users)));
        }
        let users = Arc::new(self.teleport.users().await?);
        *kept = Some((Instant::now(), Arc::clone(&users)));
        Ok((Duration::ZERO, users))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` takes")]
pub(super) fn trouble(error: TeleportError) -> Refusal {
    Refusal::Trouble(error.to_string())
}
