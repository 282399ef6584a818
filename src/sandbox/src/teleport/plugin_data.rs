//! Plugin data: what bots store beside a request, by compare-and-set.

use std::collections::BTreeMap;

use accessbot_core::clock::Timestamp;
use accessbot_core::teleport::Record;
use accessbot_teleport::proto::types;
use tonic::Status;

use super::request::wire_time;

/// The largest record, of all plugins together, as JSON.
const LARGEST: usize = 1_000_000;

/// What all plugins stored about one request. It outlives the request, and its last entry.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    /// By name of the plugin.
    pub(crate) entries: BTreeMap<String, Record>,
    pub(crate) expires: Timestamp,
}

/// A write that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginWrite {
    /// When.
    pub at: Timestamp,
    /// By which user.
    pub caller: String,
    /// About which request.
    pub request: String,
    /// Under which plugin's name.
    pub plugin: String,
    /// What was set; an empty value removed its key.
    pub set: Record,
    /// On which condition; empty if there was none, which a careful bot never does.
    pub expect: Record,
}

impl Records {
    /// Nothing yet.
    pub(crate) fn new(expires: Timestamp) -> Self {
        Self { entries: BTreeMap::new(), expires }
    }

    /// Changes the entry of `plugin`, or nothing at all.
    pub(crate) fn update(&mut self, plugin: &str, set: &Record, expect: &Record) -> Result<(), Status> {
        let mut entry = self.entries.get(plugin).cloned().unwrap_or_default();
        for (key, expected) in expect {
            // A key that is not there counts as empty.
            if entry.get(key).map_or("", String::as_str) != expected {
                return Err(Status::failed_precondition(format!("expectations not met for field {key:?}")));
            }
        }
        for (key, value) in set {
            if value.is_empty() {
                entry.remove(key);
            } else {
                entry.insert(key.clone(), value.clone());
            }
        }
        let mut entries = self.entries.clone();
        entries.remove(plugin);
        if !entry.is_empty() {
            entries.insert(plugin.to_owned(), entry);
        }
        let size = serde_json::json!(entries).to_string().len();
        if size > LARGEST {
            return Err(Status::invalid_argument(format!("plugin data size limit exceeded: {size} bytes")));
        }
        self.entries = entries;
        Ok(())
    }

    pub(crate) fn wire(&self, request: &str) -> types::PluginDataV3 {
        let entry = |record: &Record| types::PluginDataEntry { data: record.clone() };
        types::PluginDataV3 {
            kind: "plugin_data".to_owned(),
            sub_kind: "access_request".to_owned(),
            version: "v3".to_owned(),
            metadata: Some(types::Metadata {
                name: request.to_owned(),
                expires: Some(wire_time(self.expires)),
                ..types::Metadata::default()
            }),
            spec: Some(types::PluginDataSpecV3 {
                entries: self.entries.iter().map(|(plugin, record)| (plugin.clone(), entry(record))).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pairs: &[(&str, &str)]) -> Record {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn expectations() {
        let mut records = Records::new(Timestamp::from_millis(0));
        let mut update = |set: &[(&str, &str)], expect: &[(&str, &str)]| {
            let result = records.update("p", &record(set), &record(expect));
            (result.map_err(|status| status.message().to_owned()), records.entries.get("p").cloned())
        };
        let none = "expectations not met for field \"a\"".to_owned();
        assert_eq!(update(&[], &[("a", "x")]), (Err(none.clone()), None));
        assert_eq!(update(&[], &[("a", "")]), (Ok(()), None));
        assert_eq!(update(&[("a", "1"), ("b", "1")], &[("a", "")]), (Ok(()), Some(record(&[("a", "1"), ("b", "1")]))));
        assert_eq!(update(&[("b", "2")], &[("a", "")]), (Err(none), Some(record(&[("a", "1"), ("b", "1")]))));
        assert_eq!(update(&[("b", "2")], &[("a", "1")]), (Ok(()), Some(record(&[("a", "1"), ("b", "2")]))));
        assert_eq!(update(&[("a", "")], &[]), (Ok(()), Some(record(&[("b", "2")]))));
        assert_eq!(update(&[("b", ""), ("c", "")], &[]), (Ok(()), None));
        let large = "x".repeat(LARGEST);
        assert!(update(&[("b", large.as_str())], &[]).0.unwrap_err().contains("size limit exceeded"));
    }
}
