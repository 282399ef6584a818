//! `docs/security.md` against the code: every test that it names is there.

use std::fs;
use std::path::Path;

/// The names of tests in the table's last column.
fn named(text: &str) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.ends_with(" |"));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// All source code below a folder, as one text.
fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn docs_name_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let tests = named(&text);
    assert!(tests.len() > 20, "the table was read: {tests:?}");
    let mut code = String::new();
    for folder in ["src", "backends", "tests", "contrib"] {
        sources(&root.join(folder), &mut code);
    }
    // Some are told for every way of deciding, by one function over it.
    let there = |test: &str| ["(", "<I: Input>("].iter().any(|behind| code.contains(&format!("fn {test}{behind}")));
    let missing: Vec<&&str> = tests.iter().filter(|test| !there(test)).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that are not there: {missing:?}");
}
