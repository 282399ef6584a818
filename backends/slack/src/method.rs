//! The methods of Slack's Web API that we call, with all that we send them. A test compares this table with Slack's
//! reference, and every call with this table.

use std::fmt;

/// A method.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    /// Its name in Slack's API.
    pub(crate) name: &'static str,
    /// How it is called.
    pub(crate) kind: Kind,
    /// The arguments that we send.
    pub(crate) arguments: &'static [&'static str],
}

/// How a method is called, and what an unclear end of it leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By GET, with the arguments in the address, since most reading methods take them nowhere else.
    Read,
    /// By POST of JSON, but nothing comes of it that people see.
    Quiet,
    /// By POST of JSON, for people to see: an unclear end leaves the question whether they do.
    Visible,
}

impl Method {
    const fn new(name: &'static str, kind: Kind, arguments: &'static [&'static str]) -> Self {
        Self { name, kind, arguments }
    }

    /// Whether all of these are among the arguments that we send.
    pub(crate) fn takes<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> bool {
        names.all(|name| self.arguments.contains(&name))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! methods {
    ($($constant:ident = $name:literal, $kind:ident, $arguments:expr;)*) => {
        $(pub(crate) const $constant: &Method = &Method::new($name, Kind::$kind, &$arguments);)*
        /// All of them.
        #[cfg(test)]
        pub(crate) const ALL: &[&Method] = &[$($constant),*];
    };
}

methods! {
    AUTH_TEST = "auth.test", Quiet, [];
    POST_MESSAGE = "chat.postMessage", Visible,
        ["channel", "thread_ts", "text", "blocks", "metadata", "unfurl_links", "unfurl_media"];
    UPDATE_MESSAGE = "chat.update", Visible, ["channel", "ts", "text", "blocks", "metadata"];
    POST_EPHEMERAL = "chat.postEphemeral", Visible, ["channel", "user", "text", "blocks"];
    DELETE_MESSAGE = "chat.delete", Visible, ["channel", "ts"];
    PERMALINK = "chat.getPermalink", Read, ["channel", "message_ts"];
    HISTORY = "conversations.history", Read,
        ["channel", "oldest", "latest", "inclusive", "limit", "include_all_metadata", "cursor"];
    REPLIES = "conversations.replies", Read,
        ["channel", "ts", "oldest", "inclusive", "limit", "include_all_metadata", "cursor"];
    CHANNEL = "conversations.info", Read, ["channel"];
    CHANNELS = "conversations.list", Read, ["types", "limit", "cursor"];
    MEMBERS = "conversations.members", Read, ["channel", "limit", "cursor"];
    OPEN_DIRECT = "conversations.open", Quiet, ["users"];
    USER = "users.info", Read, ["user"];
    USER_BY_EMAIL = "users.lookupByEmail", Read, ["email"];
    OPEN_VIEW = "views.open", Visible, ["trigger_id", "view"];
    OPEN_SOCKET = "apps.connections.open", Quiet, [];
}
