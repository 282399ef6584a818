//! The configuration: a TOML file and `ACCESSBOT_…` variables. The parts of the input are divided by the byte 0x1E: the file
//! first, then variables as `NAME=value`.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};

/// The file that is read.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let _ = rustls::crypto::ring::default_provider().install_default();
    std::env::temp_dir().join(format!("accessbot-fuzz-{}.toml", std::process::id()))
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    // Whatever device a file's name might lead to is no matter of parsing.
    if text.contains("/dev") || text.contains("/proc") {
        return Corpus::Reject;
    }
    let mut parts = text.split('\u{1e}');
    let toml = parts.next().unwrap_or_default();
    let variables: Vec<_> = parts.filter_map(|part| part.split_once('=')).collect();
    std::fs::write(&*FILE, toml).expect("a folder for temporary files");
    match accessbot::fuzzing::configuration(&accessbot::bundled_backends(), &FILE, &variables) {
        Ok(effective) => assert!(!effective.is_empty()),
        Err(mistakes) => assert!(!mistakes.is_empty(), "refused without a word"),
    }
    Corpus::Keep
});
