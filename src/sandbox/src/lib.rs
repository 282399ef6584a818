//! Stand-ins of the servers that accessbot works with, for tests and for the demo.
//!
//! Each is a model with state behind a real loopback socket: [`mattermost::MattermostSandbox`] speaks Mattermost's REST
//! API and its websocket, and calls integrations; [`slack::SlackSandbox`] speaks Slack's Web API
//! and Socket Mode, and calls a request URL; [`teleport::TeleportSandbox`] Teleport's gRPC over mutual TLS. A client cannot tell them from the real servers by the
//! wire, its writes are there when it reads again, and everything that goes wrong in the field can be made to go wrong
//! here: errors, lost answers, slow answers, cut connections, frozen and restarted servers.

pub mod demo;
pub mod mattermost;
pub mod slack;
pub mod teleport;

mod common;

pub use common::answer::Answer;
pub use common::calls::Call;
pub use common::error::SandboxError;
pub use common::faults::Hold;
pub use common::http_faults::HttpFaults;
