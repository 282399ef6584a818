//! The first thing that a newcomer types.

use crate::program::Program;

#[test]
fn the_demo_plays_the_whole_story_and_leaves_nothing_behind() {
    let program = Program::new();
    let folder = program.folder().to_owned();
    let outcome = program.env("TMPDIR", folder.to_str().expect("a path in UTF-8")).args("demo").run().code(0);
    for step in ["Reviews: 1 of 2 approvals", "APPROVED", "DENIED", "EXPIRED", "Every step came out right."] {
        assert!(outcome.stdout.contains(step), "no `{step}` in:\n{}", outcome.stdout);
    }
    assert_eq!(outcome.stderr, "");
    let left: Vec<_> = std::fs::read_dir(outcome.folder()).expect("the folder").collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn a_signal_ends_the_demo_and_leaves_nothing_behind() {
    let program = Program::new();
    let folder = program.folder().to_owned();
    let running = program.env("TMPDIR", folder.to_str().expect("a path in UTF-8")).args("demo").spawn();
    let deadline = std::time::Duration::from_millis(10);
    while std::fs::read_dir(&folder).expect("the folder").next().is_none() {
        std::thread::park_timeout(deadline);
    }
    running.signal("INT");
    let outcome = running.ended().code(0);
    assert!(std::fs::read_dir(outcome.folder()).expect("the folder").next().is_none());
}
