//! Opening a watch.

use accessbot_teleport::proto::{auth, types};
use tonic::Status;
use tonic::codegen::BoxStream;

use super::super::caller::Caller;
use super::super::model::Model;
use super::super::version::TeleportVersion;
use super::super::watch::Filter;

/// Kinds that can be watched here beside requests, and since when. Nothing is ever told of them.
const KINDS: [(&str, TeleportVersion); 3] = [
    ("user", TeleportVersion::V8_3),
    ("role", TeleportVersion::V8_3),
    ("access_monitoring_rule", TeleportVersion::V16),
];

pub(super) fn open(model: &mut Model, caller: &Caller, watch: auth::Watch) -> Result<BoxStream<auth::Event>, Status> {
    let partial = watch.allow_partial_success && model.version() >= TeleportVersion::V13;
    if watch.kinds.is_empty() {
        return Err(Status::permission_denied("can't setup global watch"));
    }
    let mut filter = None;
    let mut accepted = Vec::new();
    for kind in watch.kinds {
        match accept(model, caller, &kind) {
            Ok(wanted) => {
                filter = filter.or(wanted);
                accepted.push(kind);
            }
            Err(_) if partial => {}
            Err(refused) => return Err(refused),
        }
    }
    if accepted.is_empty() {
        return Err(Status::invalid_argument("none of the requested kinds can be watched"));
    }
    let version = model.version();
    Ok(Box::pin(model.watchers.open(filter, version, accepted)))
}

/// Whether the caller may watch this kind, and which requests it is about, if it is about requests.
fn accept(model: &Model, caller: &Caller, kind: &types::WatchKind) -> Result<Option<Filter>, Status> {
    if kind.kind != "access_request" {
        caller.check(model, "read", &kind.kind)?;
        if !KINDS.iter().any(|(name, since)| *name == kind.kind && model.version() >= *since) {
            return Err(Status::invalid_argument(format!("unsupported watch kind {:?}", kind.kind)));
        }
        return Ok(None);
    }
    let filter = Filter::read(kind.filter.clone())?;
    if filter.user.as_deref() != Some(caller.name()) {
        caller.check(model, "read", &kind.kind)?;
    }
    Ok(Some(filter))
}
