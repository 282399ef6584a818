//! What the README says about decisions in the chat is a configuration that the program takes.

use std::path::Path;

use crate::program::Program;

/// The TOML examples of the section with this heading.
fn examples(heading: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let blocks = section.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// What an example leaves to the rest of the file.
fn completed(example: &str) -> String {
    let mut config = format!("[teleport]\nidentity = \"none\"\n{example}");
    let mut add = |section: &str, text: &str| {
        if !example.contains(section) {
            config.push_str(text);
        }
    };
    add("[review]", "[review]\nmode = \"on-behalf\"\nsecret = \"/var/lib/accessbot/review-secret\"\n");
    let slack = example.lines().any(|line| line.starts_with("[slack"));
    let chat = if slack { "slack" } else { "mattermost" };
    if slack {
        add("[slack]", "[slack]\ntoken = \"xoxb-1\"\nrecipients = \"x\"\n");
    } else {
        add("[mattermost]", "[mattermost]\nurl = \"https://chat.example.com\"\ntoken = \"t\"\nrecipients = \"a/b\"\n");
    }
    add("user_trait", &format!("[{chat}.review.users]\nalice = \"x\"\n"));
    add("[http]", "[http]\npublic_addr = \"https://bot.example.com\"\nlisten_addr = \"127.0.0.1:8081\"\n");
    config
}

#[test]
fn every_example_of_decisions_is_taken() {
    let examples = examples("Decide in the chat");
    assert!(examples.len() >= 6, "{examples:?}");
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    for example in examples {
        let program = Program::new()
            .file("review-secret", "9c5d1fe0a7b8436291ddc04f6f8e7712\n")
            .file("slack-app-token", "xapp-1\n")
            .file("slack-signing-secret", "f00\n")
            .file("server.crt", issued.cert.pem())
            .file("server.key", issued.signing_key.serialize_pem());
        let folder = program.folder().display().to_string();
        let config = completed(&example)
            .replace("/var/lib/accessbot", &folder)
            // Any free port: the example's may be taken on this machine.
            .replace(":8081", ":0");
        let outcome = program.file("bot.toml", &config).args("start -d -c bot.toml").run().code(3);
        assert!(!outcome.settings().contains("review.mode = \"link\""), "{config}");
        assert!(outcome.settings().contains("review.mode = "), "{config}");
    }
}
