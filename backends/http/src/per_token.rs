//! What a server says of a token's owner, kept for as long as the token is the same.

use std::sync::{Mutex, PoisonError};

use accessbot_core::secret::Secret;

/// What was learnt with a token. With another one, from a file that was changed, it is asked for anew: that may belong to
/// another bot.
#[derive(Debug)]
pub struct PerToken<T>(Mutex<Option<(Secret, T)>>);

impl<T> Default for PerToken<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> PerToken<T> {
    /// What is known with this token, or else what `ask` finds out.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn known<E>(&self, token: Secret, ask: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        match self.kept(&token) {
            Some(value) => Ok(value),
            None => self.anew(token, ask).await,
        }
    }

    /// What is known with this token; nobody is asked.
    pub fn kept(&self, token: &Secret) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(of, _)| of.expose() == token.expose()).map(|(_, value)| value.clone())
    }

    /// What `ask` finds out, whatever is known.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn anew<E>(&self, token: Secret, ask: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let value = ask.await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((token, value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_known_holds_for_one_token_and_until_it_is_asked_for_again() {
        let (one, other) = (|| Secret::new("one"), || Secret::new("other"));
        let kept = PerToken::default();
        let found = |value: u32| std::future::ready(Ok::<_, ()>(value));
        let lost = std::future::ready(Err::<u32, _>(()));
        assert_eq!(kept.known(one(), lost.clone()).await, Err(()), "nothing is known yet");
        assert_eq!(kept.known(one(), found(1)).await, Ok(1));
        assert_eq!(kept.known(one(), lost.clone()).await, Ok(1), "nobody is asked");
        assert_eq!((kept.kept(&one()), kept.kept(&other())), (Some(1), None));
        assert_eq!(kept.known(other(), found(2)).await, Ok(2));
        assert_eq!(kept.anew(other(), lost.clone()).await, Err(()));
        assert_eq!(kept.anew(other(), found(3)).await, Ok(3));
        assert_eq!(kept.known(other(), lost).await, Ok(3));
    }
}
