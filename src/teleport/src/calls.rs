//! The calls that are made: how they are named to people, how long they may take, and what permission they need.

use std::time::Duration;

/// One kind of call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// What is done, for error messages: `list access requests`.
    pub(crate) name: &'static str,
    /// How long it may take, the dialling included.
    pub(crate) limit: Duration,
    /// The rule that the bot's role must have for it; none is needed for some.
    pub(crate) needs: Option<&'static str>,
}

const SHORT: Duration = Duration::from_secs(10);
/// Everything of a large cluster in one answer.
const LONG: Duration = Duration::from_secs(60);

const READ: Option<&str> = Some("access_request: [list, read]");

pub(crate) const PING: Call = Call { name: "ping", limit: SHORT, needs: None };
/// The limit is for the first event; Go's client waits as long.
pub(crate) const WATCH: Call = Call { name: "watch access requests", limit: Duration::from_secs(15), needs: READ };
pub(crate) const LIST: Call = Call { name: "list access requests", limit: LONG, needs: READ };
pub(crate) const GET: Call = Call { name: "get an access request", limit: SHORT, needs: READ };
pub(crate) const RECORDS: Call = Call { name: "list plugin data", limit: LONG, needs: READ };
pub(crate) const RECORD: Call = Call { name: "get plugin data", limit: SHORT, needs: READ };
pub(crate) const CHANGE: Call =
    Call { name: "update plugin data", limit: SHORT, needs: Some("access_plugin_data: [update]") };
