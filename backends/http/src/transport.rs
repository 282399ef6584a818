//! A call that got no answer.

use std::error::Error;

/// Why there was no answer. Names no address and holds no secret.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct Transport {
    /// What went wrong, with its causes.
    pub problem: String,
    /// Whether the call may have reached the server.
    pub sent: bool,
    /// Whether it took too long.
    pub timeout: bool,
}

impl Transport {
    /// Nothing was sent, because of this.
    pub fn unsent(problem: &dyn Error) -> Self {
        Self { problem: problem.to_string(), sent: false, timeout: false }
    }
}

impl From<reqwest::Error> for Transport {
    fn from(error: reqwest::Error) -> Self {
        let timeout = error.is_timeout();
        // A request that could not be built or connected was not sent; everything else may have arrived.
        let sent = !error.is_connect() && !error.is_builder();
        // Whoever tells of it names the call.
        Self { problem: chain(&error.without_url()), sent, timeout }
    }
}

/// An error with all its causes, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
