//! The cluster, users and roles.

use accessbot_teleport::proto::{auth, types};
use tonic::Status;
use tonic::codegen::BoxStream;

use super::super::caller::Caller;
use super::super::model::Model;
use super::super::role::{Role, User};
use super::stream;

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

pub(super) fn user(model: &mut Model, caller: &Caller, name: &str) -> Result<types::UserV2, Status> {
    if name != caller.name() {
        caller.check(model, "read", "user")?;
    }
    Ok(find(model, name)?.wire())
}

pub(super) fn users(
    model: &mut Model,
    caller: &Caller,
    _: auth::GetUsersRequest,
) -> Result<BoxStream<types::UserV2>, Status> {
    caller.check(model, "list", "user")?;
    caller.check(model, "read", "user")?;
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
    caller.check(model, "list", "role")?;
    caller.check(model, "read", "role")?;
    Ok(auth::GetRolesResponse { roles: model.roles.values().map(Role::wire).collect() })
}

pub(super) fn capabilities(
    model: &mut Model,
    caller: &Caller,
    query: &types::AccessCapabilitiesRequest,
) -> Result<types::AccessCapabilities, Status> {
    let name = if query.user.is_empty() { caller.name() } else { query.user.as_str() };
    if name != caller.name() {
        caller.check(model, "read", "user")?;
        caller.check(model, "list", "role")?;
        caller.check(model, "read", "role")?;
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
