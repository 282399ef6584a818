//! Which version of Teleport the stand-in plays.

use std::fmt;

/// The versions that the stand-in can play, each the way the real one differs from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TeleportVersion {
    /// 8.3.21: no `ListAccessRequests`, no watch status, reviews of resolved requests change nothing.
    V8_3,
    /// 13.0.3: no `GetAccessRequests` any more, a watch status in INIT, partial success.
    V13,
    /// 16.4.0: pages, "already resolved" errors, nobody sets the state of their own request.
    V16,
    /// 18.11.0: a second review is an error of its own kind (`ALREADY_EXISTS`), reviews on behalf of users.
    V18_11,
}

impl TeleportVersion {
    /// The version as `Ping` tells it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V8_3 => "8.3.21",
            Self::V13 => "13.0.3",
            Self::V16 => "16.4.0",
            Self::V18_11 => "18.11.0",
        }
    }

    /// Its first number.
    pub(crate) fn major(self) -> u32 {
        match self {
            Self::V8_3 => 8,
            Self::V13 => 13,
            Self::V16 => 16,
            Self::V18_11 => 18,
        }
    }

    /// Whether this version has the call.
    pub(crate) fn has(self, method: &str) -> bool {
        match method {
            "GetAccessRequests" => self < Self::V13,
            "CreateAccessRequest" | "GetRoles" => self < Self::V18_11,
            "ListAccessRequests"
            | "CreateAccessRequestV2"
            | "ListRoles"
            | "UsersService.GetUser"
            | "UsersService.ListUsers" => self >= Self::V16,
            _ => METHODS.contains(&method),
        }
    }
}

impl fmt::Display for TeleportVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

/// Calls that every version has.
const METHODS: [&str; 15] = [
    "Ping",
    "GetAccessRequestsV2",
    "DeleteAccessRequest",
    "SetAccessRequestState",
    "SubmitAccessReview",
    "GetAccessCapabilities",
    "GetPluginData",
    "UpdatePluginData",
    "WatchEvents",
    "GetUser",
    "GetUsers",
    "GetCurrentUser",
    "GetCurrentUserRoles",
    "GetRole",
    "GetLocks",
];
