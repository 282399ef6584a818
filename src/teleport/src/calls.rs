//! The calls that are made: how they are named to people, how long they may take, and what permission they need.

use std::time::Duration;

use tonic::Request;

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

impl Call {
    /// The message of a call that must not be carried out after we gave it up: the server is told how long we wait. (When we
    /// stop waiting it is told so, too, as long as the connection stands.)
    pub(crate) fn timed<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.limit);
        request
    }
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

pub(crate) const REVIEW: Call = Call { name: "submit a review", limit: SHORT, needs: None };
pub(crate) const SET_STATE: Call =
    Call { name: "set the state of an access request", limit: SHORT, needs: Some("access_request: [update]") };
pub(crate) const USER: Call = Call { name: "get a user", limit: SHORT, needs: Some("user: [read]") };
pub(crate) const USERS: Call = Call { name: "list users", limit: LONG, needs: Some("user: [list, read]") };
pub(crate) const LOCKS: Call = Call { name: "list locks", limit: SHORT, needs: Some("lock: [list, read]") };
