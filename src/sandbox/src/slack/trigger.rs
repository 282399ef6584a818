//! Trigger ids: whoever holds a fresh one may open a view for the person who clicked, once.

use std::collections::BTreeMap;
use std::time::Duration;

use accessbot_core::clock::Timestamp;

use super::reply::Refusal;
use crate::common::hex::hex;
use crate::common::ids::random;

/// How long one may be used.
const LIFE: Duration = Duration::from_secs(3);
/// How long it is known that there was one.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// The trigger ids of late.
#[derive(Debug, Default)]
pub(crate) struct Triggers {
    known: BTreeMap<String, Trigger>,
    last: u64,
}

#[derive(Debug)]
struct Trigger {
    user: String,
    made: Timestamp,
    exchanged: bool,
}

impl Triggers {
    /// A trigger id for a user who clicked just now.
    pub(crate) fn make(&mut self, user: &str, now: Timestamp) -> String {
        self.known.retain(|_, trigger| now.since(trigger.made) < MEMORY);
        self.last += 1;
        let id = format!("{}.{}.{}", now.as_millis(), self.last, hex(&random::<16>()));
        self.known.insert(id.clone(), Trigger { user: user.to_owned(), made: now, exchanged: false });
        id
    }

    /// Uses a trigger id up. Gives the id of the user who clicked.
    pub(crate) fn exchange(&mut self, id: &str, now: Timestamp) -> Result<String, Refusal> {
        let trigger = self.known.get_mut(id).ok_or_else(|| Refusal::of("invalid_trigger_id"))?;
        if trigger.exchanged {
            return Err(Refusal::of("exchanged_trigger_id"));
        }
        if now.since(trigger.made) > LIFE {
            return Err(Refusal::of("expired_trigger_id"));
        }
        trigger.exchanged = true;
        Ok(trigger.user.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_id_lives_three_seconds_and_is_used_once() {
        let at = Timestamp::from_millis;
        let mut triggers = Triggers::default();
        let (used, late) = (triggers.make("U1", at(0)), triggers.make("U2", at(0)));
        let mut exchange = |id: &str, now| triggers.exchange(id, at(now)).map_err(|refusal| refusal.code);
        assert_eq!(exchange(&used, 3000), Ok("U1".to_owned()));
        assert_eq!(exchange(&used, 3000), Err("exchanged_trigger_id"));
        assert_eq!(exchange(&late, 3001), Err("expired_trigger_id"));
        assert_eq!(exchange("1.2.3", 0), Err("invalid_trigger_id"));
    }
}
