//! Records: what plugins store about requests.
//!
//! Rules as Auth has them (lib/services/local, v7 to v18): a record belongs to a request and has one entry for each plugin;
//! other plugins' entries come along; a record outlives its request.

use accessbot_core::request::RequestId;
use accessbot_core::teleport::{Record, RecordChange, TeleportError, TeleportErrorKind};
use prost::Message as _;
use prost::bytes::Bytes;
use tonic::codegen::http::uri::PathAndQuery;

use crate::calls::{self, Call};
use crate::link::Link;
use crate::proto::types::{PluginDataFilter, PluginDataUpdateParams, PluginDataV3};
use crate::watch::ACCESS_REQUEST;

/// `proto.PluginDataSeq` with its records left as they came. They lie in the one buffer of the answer until each is read,
/// and that buffer goes back to the system as a whole, which thousands of small texts would not.
#[derive(Clone, PartialEq, prost::Message)]
struct Unread {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    records: Vec<Bytes>,
}

/// Hands out the records of `plugin` on all requests.
pub(crate) async fn each(
    link: &Link,
    plugin: &str,
    visit: &mut (dyn FnMut(RequestId, Record) + Send),
) -> Result<(), TeleportError> {
    let path = PathAndQuery::from_static("/proto.AuthService/GetPluginData");
    let records: Unread = link.answer(&calls::RECORDS, link.ask(path, filter(plugin, ""))).await?;
    for record in records.records {
        let record = PluginDataV3::decode(record)
            .map_err(|e| TeleportError::new(TeleportErrorKind::Invalid, calls::RECORDS.name, e.to_string()))?;
        if let Some((id, record)) = entry_of(record, plugin) {
            visit(id, record);
        }
    }
    Ok(())
}

/// The record of `plugin` on one request; empty if there is none.
pub(crate) async fn one(link: &Link, plugin: &str, id: &RequestId) -> Result<Record, TeleportError> {
    named(&calls::RECORD, id)?;
    let records = link.answer(&calls::RECORD, link.api().get_plugin_data(filter(plugin, id.as_str()))).await?;
    let mut entries = records.plugin_data.into_iter().filter_map(|record| entry_of(record, plugin));
    Ok(entries.find(|(owner, _)| owner == id).map(|(_, record)| record).unwrap_or_default())
}

/// Changes a record if it is as expected.
pub(crate) async fn change(
    link: &Link,
    plugin: &str,
    id: &RequestId,
    change: &RecordChange,
) -> Result<(), TeleportError> {
    named(&calls::CHANGE, id)?;
    if change.expect.is_empty() {
        // The server would take it as "whatever is there", and somebody's work would be lost.
        let text = "a change without an expectation was not sent";
        return Err(TeleportError::new(TeleportErrorKind::Invalid, calls::CHANGE.name, text));
    }
    let params = PluginDataUpdateParams {
        kind: ACCESS_REQUEST.to_owned(),
        resource: id.as_str().to_owned(),
        plugin: plugin.to_owned(),
        set: change.set.clone(),
        expect: change.expect.clone(),
    };
    link.answer(&calls::CHANGE, link.api().update_plugin_data(params)).await
}

/// Selects the records of `plugin` on `resource`, or on everything if that is empty.
fn filter(plugin: &str, resource: &str) -> PluginDataFilter {
    PluginDataFilter { kind: ACCESS_REQUEST.to_owned(), resource: resource.to_owned(), plugin: plugin.to_owned() }
}

/// The entry of `plugin` in a record, and whose record it is.
fn entry_of(record: PluginDataV3, plugin: &str) -> Option<(RequestId, Record)> {
    let owner = record.metadata?.name;
    let entry = record.spec?.entries.remove(plugin)?;
    (!owner.is_empty() && !entry.data.is_empty()).then(|| (RequestId::new(owner), entry.data))
}

/// Refuses an empty id: the server would take it as "every request".
pub(crate) fn named(call: &Call, id: &RequestId) -> Result<(), TeleportError> {
    if id.as_str().is_empty() {
        return Err(TeleportError::new(TeleportErrorKind::Invalid, call.name, "the request has no id"));
    }
    Ok(())
}
