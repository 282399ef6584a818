//! Keeps the committed protocol code equal to what `proto/teleport` says, so that nobody needs `protoc` or a build script.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

const FILES: [&str; 4] = ["proto.rs", "teleport.users.v1.rs", "types.rs", "wrappers.rs"];

#[test]
fn the_generated_code_is_current() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh_dir = tempfile::tempdir().unwrap();
    generate(&crate_dir.join("../../proto"), fresh_dir.path());

    let committed_dir = crate_dir.join("src/generated");
    for file in FILES {
        let fresh = fs::read_to_string(fresh_dir.path().join(file)).unwrap();
        if std::env::var_os("UPDATE_PROTO").is_some() {
            fs::write(committed_dir.join(file), &fresh).unwrap();
        }
        let committed = fs::read_to_string(committed_dir.join(file)).unwrap_or_default();
        assert!(
            committed == fresh,
            "src/generated/{file} is not what proto/teleport says; run \
             `UPDATE_PROTO=1 cargo test -p accessbot-teleport --test codegen` and commit the result"
        );
    }
    let generated = fs::read_dir(fresh_dir.path()).unwrap().count();
    assert_eq!(generated, FILES.len(), "proto/teleport has a package that is not compared here");
}

fn generate(include: &Path, out: &Path) {
    let descriptors = protox::compile(["teleport/auth.proto", "teleport/users.proto"], [include]).unwrap();
    tonic_prost_build::configure()
        .out_dir(out)
        .emit_rerun_if_changed(false)
        .btree_map(".")
        // Who does not serve needs neither the code nor tonic's server.
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .generate_default_stubs(true)
        .build_transport(false)
        .compile_fds(descriptors)
        .unwrap();
}
