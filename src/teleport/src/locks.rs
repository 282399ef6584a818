//! Locks, which keep users out (v8 and later).

use accessbot_core::teleport::{TeleportError, TeleportErrorKind, User};

use crate::link::Link;
use crate::proto::auth::{GetLocksRequest, PingRequest};
use crate::proto::types::{LockTarget, LockV2};
use crate::{calls, version};

/// The first version that has locks.
const SINCE: u64 = 8;

/// Whether a lock that is in force is about this user, or about one of the roles.
pub(crate) async fn keep_out(link: &Link, user: &User) -> Result<bool, TeleportError> {
    let call = &calls::LOCKS;
    let by_user = LockTarget { user: user.name.clone(), ..Default::default() };
    let by_role = user.roles.iter().map(|role| LockTarget { role: role.clone(), ..Default::default() });
    let targets = std::iter::once(by_user).chain(by_role).collect();
    let ask = GetLocksRequest { targets, in_force_only: true };
    match link.answer(call, link.api().get_locks(ask)).await {
        Ok(answer) => Ok(answer.locks.iter().any(|lock| concerns(lock, user))),
        Err(e) if e.kind == TeleportErrorKind::Unsupported && is_older(link).await? => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether the server is so old that it has no locks: one that is too new for this call may have some.
async fn is_older(link: &Link) -> Result<bool, TeleportError> {
    let pong = link.answer(&calls::PING, link.api().ping(PingRequest {})).await?;
    Ok(version::major(&pong.server_version).is_some_and(|major| major < SINCE))
}

/// A lock may be narrower than its user or role, such as one for a login on a node: what we do not read is taken to fit.
fn concerns(lock: &LockV2, user: &User) -> bool {
    let target = lock.spec.as_ref().and_then(|spec| spec.target.as_ref());
    target.is_some_and(|target| {
        let by_role = !target.role.is_empty() && user.roles.contains(&target.role);
        (!target.user.is_empty() && target.user == user.name) || by_role
    })
}
