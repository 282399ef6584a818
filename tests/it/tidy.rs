//! What holds for the whole source tree.

use std::path::{Path, PathBuf};

/// What is not of the workspace: the fuzz targets, for which nothing else is to wait.
const OUTSIDE: &str = "tests/fuzz";

/// Every manifest of the workspace.
fn manifests() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path == root.join(OUTSIDE) {
                continue;
            }
            if path.is_dir() && !name.starts_with('.') && !name.starts_with("target") {
                folders.push(path);
            } else if name == "Cargo.toml" {
                found.push(path);
            }
        }
    }
    found
}

/// A member that forgets it is checked by nothing, silently.
#[test]
fn every_package_takes_the_lints_of_the_workspace() {
    let manifests = manifests();
    assert!(manifests.len() >= 6, "{manifests:?}");
    for path in manifests {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{} lacks `[lints] workspace = true`", path.display());
    }
}

#[test]
fn the_check_script_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run");
    let mode = std::fs::metadata(script).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "make .ci/run executable");
}
