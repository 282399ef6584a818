//! The configuration's parser, for its fuzz target: no part of the interface.

use std::path::Path;
use std::sync::Arc;

use accessbot_core::backend::{BackendContext, BackendDef};
use accessbot_core::clock::SystemClock;

use super::config::{self, Sources};

/// Reads a configuration as a start does. What it says comes out as text, as do all its mistakes.
pub fn configuration(backends: &[BackendDef], file: &Path, variables: &[(&str, &str)]) -> Result<String, String> {
    let sources = Sources {
        file: Some(file.to_owned()),
        environment: variables.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        ..Sources::default()
    };
    let context = BackendContext::new(Arc::new(SystemClock));
    let config = config::read(backends, &sources).and_then(|draft| draft.build(backends, &context));
    match config {
        Ok(config) => {
            let lines = config
                .effective
                .iter()
                .map(|setting| format!("{} = {} ({})", setting.key, setting.value, setting.place));
            Ok(lines.collect::<Vec<_>>().join("\n"))
        }
        Err(mistakes) => Err(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}
