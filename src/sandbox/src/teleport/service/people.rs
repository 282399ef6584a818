//! The cluster, users, roles and locks.

use std::collections::BTreeMap;

use accessbot_teleport::proto::{auth, types, users};
use tonic::Status;
use tonic::codegen::BoxStream;

use super::super::caller::Caller;
use super::super::model::Model;
use super::super::role::{Role, User};
use super::stream;

/// Pages of users and roles have so many unless the client says otherwise.
const DEFAULT_PAGE: usize = 1000;

/// Needs no permission, not even a certificate.
#[expect(clippy::unnecessary_wraps, reason = "a call like any other")]
pub(super) fn ping(model: &mut Model, _: &Caller, _: auth::PingRequest) -> Result<auth::PingResponse, Status> {
    let options = &model.options;
    Ok(auth::PingResponse {
        cluster_name: options.cluster.clone(),
        server_version: options.version_text().to_owned(),
        server_features: Some(auth::Features { advanced_access_workflows: options.reviews }),
        proxy_public_addr: options.proxy_public_addr.clone(),
        ..auth::PingResponse::default()
    })
}

fn find<'a>(model: &'a Model, name: &str) -> Result<&'a User, Status> {
    model.users.get(name).ok_or_else(|| Status::not_found(format!("user {name:?} is not found")))
}

pub(super) fn user(
    model: &mut Model,
    caller: &Caller,
    name: &str,
    with_secrets: bool,
) -> Result<types::UserV2, Status> {
    check_secrets(with_secrets)?;
    if name != caller.name() {
        caller.check(model, "read", "user")?;
    }
    Ok(find(model, name)?.wire())
}

pub(super) fn users(
    model: &mut Model,
    caller: &Caller,
    query: auth::GetUsersRequest,
) -> Result<BoxStream<types::UserV2>, Status> {
    check_list(model, caller, "user")?;
    check_secrets(query.with_secrets)?;
    Ok(stream(model.users.values().map(User::wire).collect()))
}

pub(super) fn current_user(model: &mut Model, caller: &Caller, (): ()) -> Result<types::UserV2, Status> {
    Ok(find(model, caller.name())?.wire())
}

pub(super) fn current_user_roles(model: &mut Model, caller: &Caller, (): ()) -> Result<BoxStream<types::Role>, Status> {
    find(model, caller.name())?;
    Ok(stream(model.roles_of(caller.name()).map(Role::wire).collect()))
}

pub(super) fn role(model: &mut Model, caller: &Caller, name: &str) -> Result<types::Role, Status> {
    if !model.roles_of(caller.name()).any(|role| role.name == name) {
        caller.check(model, "read", "role")?;
    }
    let role = model.roles.get(name);
    Ok(role.ok_or_else(|| Status::not_found(format!("role {name} is not found")))?.wire())
}

pub(super) fn roles(model: &mut Model, caller: &Caller, (): ()) -> Result<auth::GetRolesResponse, Status> {
    check_list(model, caller, "role")?;
    Ok(auth::GetRolesResponse { roles: model.roles.values().map(Role::wire).collect() })
}

pub(super) fn role_page(
    model: &mut Model,
    caller: &Caller,
    query: &auth::ListRolesRequest,
) -> Result<auth::ListRolesResponse, Status> {
    check_list(model, caller, "role")?;
    let (page, next_key) = page(&model.roles, &query.start_key, query.limit);
    Ok(auth::ListRolesResponse { roles: page.into_iter().map(Role::wire).collect(), next_key })
}

pub(super) fn locks(
    model: &mut Model,
    caller: &Caller,
    query: &auth::GetLocksRequest,
) -> Result<auth::GetLocksResponse, Status> {
    check_list(model, caller, "lock")?;
    Ok(auth::GetLocksResponse { locks: model.locks(&query.targets, query.in_force_only) })
}

/// The same as [`user`], by the newer service.
pub(super) fn get_user(
    model: &mut Model,
    caller: &Caller,
    query: &users::GetUserRequest,
) -> Result<users::GetUserResponse, Status> {
    let name = if query.current_user { caller.name() } else { &query.name };
    Ok(users::GetUserResponse { user: Some(user(model, caller, name, query.with_secrets)?) })
}

/// The same as [`users()`], by the newer service, in pages.
pub(super) fn user_page(
    model: &mut Model,
    caller: &Caller,
    query: &users::ListUsersRequest,
) -> Result<users::ListUsersResponse, Status> {
    check_list(model, caller, "user")?;
    check_secrets(query.with_secrets)?;
    let (page, next_page_token) = page(&model.users, &query.page_token, query.page_size);
    Ok(users::ListUsersResponse { users: page.into_iter().map(User::wire).collect(), next_page_token })
}

/// Both verbs are needed, and all that is missing is told at once.
fn check_list(model: &Model, caller: &Caller, kind: &str) -> Result<(), Status> {
    let refusals = ["list", "read"].map(|verb| caller.check(model, verb, kind).err());
    let messages: Vec<String> = refusals.into_iter().flatten().map(|status| status.message().to_owned()).collect();
    if messages.is_empty() { Ok(()) } else { Err(Status::permission_denied(messages.join(", "))) }
}

/// Nobody gets secrets, whatever their role says: those are for the server's own parts.
fn check_secrets(wanted: bool) -> Result<(), Status> {
    if wanted { Err(Status::permission_denied("access denied")) } else { Ok(()) }
}

/// A page from `start` on, and where the next one begins; nowhere if there is none.
fn page<'a, T>(all: &'a BTreeMap<String, T>, start: &str, limit: i32) -> (Vec<&'a T>, String) {
    let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(DEFAULT_PAGE);
    let mut rest = all.iter().skip_while(|(name, _)| name.as_str() < start);
    let page = rest.by_ref().take(limit).map(|(_, item)| item).collect();
    (page, rest.next().map(|(name, _)| name.clone()).unwrap_or_default())
}

pub(super) fn capabilities(
    model: &mut Model,
    caller: &Caller,
    query: &types::AccessCapabilitiesRequest,
) -> Result<types::AccessCapabilities, Status> {
    let name = if query.user.is_empty() { caller.name() } else { query.user.as_str() };
    if name != caller.name() {
        caller.check(model, "read", "user")?;
        check_list(model, caller, "role")?;
    }
    find(model, name)?;
    let mut capabilities = types::AccessCapabilities::default();
    for role in model.roles_of(name) {
        if query.requestable_roles {
            capabilities.requestable_roles.extend(role.requestable.clone());
        }
        if query.suggested_reviewers {
            capabilities.suggested_reviewers.extend(role.suggested_reviewers.clone());
        }
    }
    Ok(capabilities)
}
