//! The keys of the program's own sections, as they are explained.

use accessbot_core::backend::{Key, KeyKind};

/// The keys of `[teleport]`.
pub(super) const TELEPORT: &[Key] = &[
    Key {
        name: "addr",
        kind: KeyKind::Text,
        aliases: &["auth_server"],
        doc: "Address of the Auth server or of the proxy, host:port; without a port 3025 (default localhost:3025).",
    },
    Key {
        name: "identity",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Identity file of `tctl auth sign --format=file` or of tbot; read again when it changes.",
    },
    Key {
        name: "client_crt",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Certificate of `tctl auth sign --format=tls`, in place of an identity file.",
    },
    Key { name: "client_key", kind: KeyKind::Text, aliases: &[], doc: "Private key that belongs to client_crt." },
    Key { name: "root_cas", kind: KeyKind::Text, aliases: &[], doc: "Certificates of the cluster's host CA." },
    Key {
        name: "extra_ca",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "PEM file of authorities that the proxy's web certificate may be from, beside those this machine trusts.",
    },
    Key {
        name: "refresh_identity",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Accepted for the Go plugins' sake: credential files are always read again when they change.",
    },
    Key {
        name: "refresh_identity_interval",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "How often to look whether the credential files have changed, such as 1m (default 1m).",
    },
];

/// The keys of `[log]`.
pub(super) const LOG: &[Key] = &[
    Key {
        name: "output",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "stderr, stdout, or a file that is appended to and opened anew on SIGHUP (default stderr).",
    },
    Key {
        name: "severity",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "error, warn, info, debug or trace (default info).",
    },
    Key { name: "format", kind: KeyKind::Text, aliases: &[], doc: "text or json (default text)." },
];

/// The keys of `[engine]`.
pub(super) const ENGINE: &[Key] = &[
    Key {
        name: "workers",
        kind: KeyKind::Number,
        aliases: &[],
        doc: "How many requests are worked on at the same time on each backend, 1 to 256 (default 16).",
    },
    Key {
        name: "relist_interval",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "How often all requests are listed although nothing seems to be missing (default 5m).",
    },
    Key {
        name: "announce_at_most_old",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Requests that were pending for longer when first seen are recorded, not announced (default: no limit).",
    },
];

/// The keys of `[review]`.
pub(super) const REVIEW: &[Key] = &[
    Key {
        name: "mode",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "What a decision in the chat becomes: link (nothing, messages link to the web UI; default), on-behalf (the \
              person's own review), as-bot (the bot's review) or set-state (the request's state).",
    },
    Key {
        name: "secret",
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "What buttons and votes are sealed with, at least 32 bytes, the same on all replicas; in every mode but link.",
    },
    Key {
        name: "previous_secret",
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "The secret before it: what was sealed with it still counts.",
    },
    REASON,
    REASON_PATTERN,
    Key {
        name: "roles",
        kind: KeyKind::Tables,
        aliases: &[],
        doc: "Who may decide requests for a role, in modes as-bot and set-state; \"*\" stands for any text.",
    },
    Key {
        name: "assume_supported",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Whether to start where nothing tells whether Teleport supports the mode (default false).",
    },
    Key {
        name: "audit_file",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "File to which every decision and every refusal is appended as a line of JSON; opened anew on SIGHUP.",
    },
];

/// The keys of `[review.roles."ROLE"]`.
pub(super) const RULE: &[Key] = &[
    Key {
        name: "approvers",
        kind: KeyKind::List,
        aliases: &[],
        doc: "Who may decide: user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL.",
    },
    Key {
        name: "approvals",
        kind: KeyKind::Number,
        aliases: &[],
        doc: "How many different people must approve, 1 to 16 (default 1).",
    },
    Key {
        name: "denials",
        kind: KeyKind::Number,
        aliases: &[],
        doc: "How many different people must deny, 1 to 16 (default 1).",
    },
    REASON,
    REASON_PATTERN,
];

const REASON: Key = Key {
    name: "reason",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "Whether whoever decides is asked why: off (default), optional or required.",
};

const REASON_PATTERN: Key = Key {
    name: "reason_pattern",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "Regular expression that a reason must match somewhere, such as ^INC-[0-9]+.",
};

/// The keys of `[http]`.
pub(super) const HTTP: &[Key] = &[
    Key {
        name: "public_addr",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Address at which chat servers reach the bot: https://bot.example.com, with a path if it is below one.",
    },
    Key {
        name: "listen_addr",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Address to listen at, IP:PORT, for chat servers that call the bot (default :8081 if public_addr is given).",
    },
    Key {
        name: "https_cert_file",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "PEM file with the certificate to answer them with, and those of its issuers; read again when it changes.",
    },
    Key {
        name: "https_key_file",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "PEM file with the private key that belongs to it.",
    },
    Key {
        name: "basic_auth.user",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "User name that callers must show, if a password is wanted of them.",
    },
    Key { name: "basic_auth.password", kind: KeyKind::Secret, aliases: &[], doc: "The password that belongs to it." },
    Key {
        name: "tls.verify_client_cert",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Accepted for old files' sake while nobody calls the bot; not in this version otherwise.",
    },
];

/// The keys of `[status]`.
pub(super) const STATUS: &[Key] = &[Key {
    name: "socket",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "Socket where `accessbot status` is answered (default $RUNTIME_DIRECTORY/status.sock if systemd sets that).",
}];
