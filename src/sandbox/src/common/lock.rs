//! A mutex that survives a panic of its holder.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`. A test that panicked while it held the lock has failed already; the others need not fail with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
