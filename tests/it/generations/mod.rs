//! Configuration files of every generation of the Go plugins, and what they mean today.
//!
//! Written after their documentation of the time, each as an operator would have it.

mod mattermost;
mod slack;

use crate::program::{Outcome, Program};

/// Takes the file as it is; ends with 3 because the credential files are not there.
#[track_caller]
fn taken(config: &str) -> Outcome {
    Program::start(config).args("-d").run().code(3).hides("hunter2")
}
