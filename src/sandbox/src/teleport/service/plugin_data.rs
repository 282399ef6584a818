//! What bots store beside a request.

use std::collections::BTreeMap;

use accessbot_core::teleport::Record;
use accessbot_teleport::proto::{auth, types};
use tonic::Status;

use super::super::caller::Caller;
use super::super::model::Model;
use super::super::plugin_data::PluginWrite;

const REQUEST: &str = "access_request";
const DATA: &str = "access_plugin_data";

fn check_kind(kind: &str) -> Result<(), Status> {
    if kind == REQUEST { Ok(()) } else { Err(Status::invalid_argument(format!("unsupported resource kind {kind:?}"))) }
}

/// Without a resource all records come, in one answer.
pub(super) fn get(
    model: &mut Model,
    caller: &Caller,
    filter: &types::PluginDataFilter,
) -> Result<auth::PluginDataSeq, Status> {
    check_kind(&filter.kind)?;
    caller.check_either(model, "list", REQUEST, DATA)?;
    caller.check_either(model, "read", REQUEST, DATA)?;
    let named = model.records.get_key_value(&filter.resource).into_iter();
    let all = model.records.iter().filter(|_| filter.resource.is_empty());
    let has_entry =
        |entries: &BTreeMap<String, Record>| filter.plugin.is_empty() || entries.contains_key(&filter.plugin);
    let fits = named.chain(all).filter(|(_, records)| has_entry(&records.entries));
    Ok(auth::PluginDataSeq { plugin_data: fits.map(|(id, records)| records.wire(id)).collect() })
}

pub(super) fn update(model: &mut Model, caller: &Caller, params: types::PluginDataUpdateParams) -> Result<(), Status> {
    check_kind(&params.kind)?;
    caller.check_either(model, "update", REQUEST, DATA)?;
    write(model, caller.name(), &params.resource, &params.plugin, params.set, params.expect)
}

/// Writes, and notes what was written.
pub(crate) fn write(
    model: &mut Model,
    caller: &str,
    request: &str,
    plugin: &str,
    set: Record,
    expect: Record,
) -> Result<(), Status> {
    let is_new = !model.records.contains_key(request);
    let written = model.records_of(request)?.update(plugin, &set, &expect);
    if let Err(refused) = written {
        if is_new {
            model.records.remove(request);
        }
        return Err(refused);
    }
    let (request, plugin) = (request.to_owned(), plugin.to_owned());
    model.writes.push(PluginWrite { at: model.now(), caller: caller.to_owned(), request, plugin, set, expect });
    Ok(())
}
