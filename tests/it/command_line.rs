//! Help, usage errors, and the commands that only print.

use insta::assert_snapshot;

use crate::program::Program;

#[test]
fn help_teaches_by_example() {
    assert_snapshot!(Program::new().args("--help").run().code(0).stdout, @"
    Tells the right people in the chat about Teleport access requests, and keeps it true

    Usage: accessbot <COMMAND>

    Commands:
      start        Run the bot
      check        Try all that the bot needs, and say what is missing
      status       Ask a running bot how it fares
      configure    Print an annotated configuration to start from
      completions  Print a script that lets a shell complete arguments
      version      Print the version and the backends of this build
      demo         Show the bot at work, without a cluster and without a chat server

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Examples:
      accessbot configure > accessbot.toml          write a configuration to fill in
      accessbot check -c accessbot.toml             try all that the bot needs, and name what is missing
      accessbot start -c accessbot.toml             run every backend that it configures
      accessbot start --backend mattermost -d       run one, from the default file, and log everything
      accessbot status -c accessbot.toml            ask the running bot what waits for what

    Exit codes:
      0  done, or stopped by SIGTERM or SIGINT
      1  any other failure; with status: something is wrong, or nobody answers
      2  wrong usage or configuration
      3  Teleport credentials missing, unreadable, expired or refused, or lacking a right
      4  chat credentials missing, unreadable or, with check, refused
      5  this Teleport server is not supported, or cannot do what review.mode needs
    ");
    assert_snapshot!(Program::new().args("start --help").run().code(0).stdout, @"
    Run the bot

    Usage: accessbot start [OPTIONS]

    Options:
          --backend <NAME>   Only this backend, not every one that is configured; may be repeated
                             [possible values: mattermost, slack]
      -c, --config <FILE>    The configuration file
      -d, --debug            Log debug messages, whatever the configuration says
          --insecure-no-tls  Answer chat servers without TLS: a proxy ends it before the bot
      -h, --help             Print help

    Without -c the configuration is /etc/accessbot.toml or, if there is none, the file of the
    official plugin, /etc/teleport-NAME.toml. The environment can set any key, and beats the file:

      ACCESSBOT_TELEPORT__ADDR=teleport.example.com:443
      ACCESSBOT_MATTERMOST__TOKEN=/run/secrets/mattermost-token
      ACCESSBOT_MATTERMOST__RECIPIENTS=ops/access,alice@example.com

    Examples:
      accessbot start -c /etc/teleport-mattermost.toml      with the file of teleport-mattermost
      accessbot start --backend mattermost -d               one backend, and everything in the log

    SIGTERM and SIGINT let the work in hand finish, for at most 15 seconds; a second signal ends
    at once. SIGHUP opens the log file anew.
    ");
    assert_snapshot!(Program::new().args("check --help").run().code(0).stdout, @r#"
    Try all that the bot needs, and say what is missing

    Usage: accessbot check [OPTIONS]

    Options:
          --backend <NAME>   Only this backend, not every one that is configured; may be repeated
                             [possible values: mattermost, slack]
      -c, --config <FILE>    The configuration file
      -d, --debug            Log to stderr what is done on the way
          --insecure-no-tls  Answer chat servers without TLS: a proxy ends it before the bot
          --json             Print one JSON object
      -h, --help             Print help

    Tries, and changes nothing: the configuration, the credentials, the way to Teleport, the server,
    each permission that the bot uses, the chat's token and its permissions, and every recipient. One
    line each says what was tried and what came of it; a hint says how to mend it. Permissions that are
    missing are printed as a role for `tctl create -f`. The exit code is that of the first failure.

    Examples:
      accessbot check                                       with the default file
      accessbot check -c /etc/teleport-mattermost.toml      before replacing teleport-mattermost
      accessbot check --json | jq '.findings[] | select(.verdict != "ok")'
    "#);
    assert_snapshot!(Program::new().args("completions --help").run().code(0).stdout, @r#"
    Print a script that lets a shell complete arguments

    Usage: accessbot completions <SHELL>

    Arguments:
      <SHELL>  The shell [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help  Print help

    Examples:
      accessbot completions bash > /etc/bash_completion.d/accessbot
      accessbot completions zsh > "${fpath[1]}/_accessbot"
      accessbot completions fish > ~/.config/fish/completions/accessbot.fish
    "#);
    assert_snapshot!(Program::new().args("configure --help").run().code(0).stdout, @"
    Print an annotated configuration to start from

    Usage: accessbot configure [OPTIONS]

    Options:
          --backend <NAME>  Only this backend; may be repeated [possible values: mattermost, slack]
      -h, --help            Print help

    Examples:
      accessbot configure > /etc/accessbot.toml             every backend of this build
      accessbot configure --backend mattermost              one of them
    ");
}

#[test]
fn without_a_command_the_help_is_the_answer_and_a_usage_error() {
    let outcome = Program::new().run().code(2);
    assert!(outcome.stderr.contains("Usage: accessbot <COMMAND>"), "{}", outcome.stderr);
}

#[test]
fn usage_errors_end_with_2() {
    assert_snapshot!(Program::new().args("strat").run().code(2).stderr, @"
    error: unrecognized subcommand 'strat'

      tip: some similar subcommands exist: 'status', 'start'

    Usage: accessbot <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(Program::new().args("start --backend slcak").run().code(2).stderr, @"
    error: invalid value 'slcak' for '--backend <NAME>'
      [possible values: mattermost, slack]

      tip: a similar value exists: 'slack'

    For more information, try '--help'.
    ");
    assert_snapshot!(Program::new().args("start --pid-file x").run().code(2).stderr, @"
    error: unexpected argument '--pid-file' found

    Usage: accessbot start [OPTIONS]

    For more information, try '--help'.
    ");
}

#[test]
fn shells_learn_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Program::new().args(&format!("completions {shell}")).run().code(0).stdout;
        for word in ["start", "check", "status", "configure", "completions", "version", "demo", "json", "backend"] {
            assert!(script.contains(word), "{shell} is not told of {word}");
        }
    }
    let unknown = Program::new().args("completions tcsh").run().code(2).stderr;
    assert!(unknown.contains("[possible values: bash, elvish, fish, powershell, zsh]"), "{unknown}");
}

/// The script is run by the shell that it is for.
#[test]
fn bash_completes_what_was_begun() {
    let script = Program::new().args("completions bash").run().code(0).stdout;
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("accessbot.bash"), script).unwrap();
    let ask = "source accessbot.bash; COMP_WORDS=(accessbot start --backend ''); COMP_CWORD=3; \
               _accessbot accessbot '' --backend; echo \"${COMPREPLY[@]}\"";
    let bash = std::process::Command::new("bash").args(["-c", ask]).current_dir(folder.path()).output();
    let output = bash.expect("there is a bash, as .ci/run is written for it");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "mattermost slack", "{output:?}");
}

#[test]
fn version_names_the_backends() {
    assert_snapshot!(Program::new().args("version").run().code(0).stdout, @"
    accessbot 0.1.0
    backends: mattermost, slack
    ");
    assert_snapshot!(Program::new().args("--version").run().code(0).stdout, @"accessbot 0.1.0");
}

#[test]
fn what_configure_prints_is_accepted_and_lacks_only_the_files_that_it_names() {
    for arguments in ["configure", "configure --backend mattermost"] {
        let printed = Program::new().args(arguments).run().code(0).stdout;
        // Changed only where it names files of the operator's, which would have to exist.
        let config = printed.replace("/etc/accessbot/mattermost-token", "token").replace("/var/lib/accessbot", "none");
        let outcome = Program::start(&config).run().code(3);
        assert!(outcome.stderr.contains("none/identity"), "{}", outcome.stderr);
    }
}

#[test]
fn what_configure_shows_as_defaults_can_be_uncommented() {
    let printed = Program::new().args("configure").run().code(0).stdout;
    let mut config = String::new();
    for line in printed.lines() {
        // A commented-out setting is `# key = …`, below a section perhaps; everything else behind a # is prose.
        let setting = line.strip_prefix("# ").filter(|rest| {
            let name =
                rest.strip_prefix('[').map_or(rest.split_once(" = ").map(|(key, _)| key), |r| r.strip_suffix(']'));
            name.is_some_and(|name| name.chars().all(|c| c.is_ascii_lowercase() || "_.\"*".contains(c)))
        });
        let setting = setting
            .filter(|rest| !["client_crt", "client_key", "root_cas", "extra_ca"].iter().any(|k| rest.starts_with(k)));
        config.push_str(setting.unwrap_or(line));
        config.push('\n');
    }
    let config = config.replace("/etc/accessbot/mattermost-token", "token").replace("/var/lib/accessbot", "none");
    assert!(config.contains("\nworkers = 16"), "{config}");
    let _ = Program::start(&config).run().code(3);
}

/// The example of a policy, and everything around it that it takes, is no default: it is indented.
#[test]
fn the_policy_that_configure_shows_is_taken() {
    let printed = Program::new().args("configure --backend mattermost").run().code(0).stdout;
    let config: String = printed
        .lines()
        .map(|line| match line.strip_prefix("#   ").filter(|rest| rest.starts_with('[') || rest.contains(" = ")) {
            Some(example) => format!("{example}\n"),
            None => format!("{line}\n"),
        })
        .collect::<String>()
        .replace("# mode = \"link\"", "mode = \"set-state\"")
        .replace("# secret = \"/var/lib/accessbot/review-secret\"", "secret = \"9c5d1fe0a7b8436291ddc04f6f8e7712\"")
        .replace("# reason = \"off\"", "reason = \"optional\"")
        .replace("# [mattermost.review]", "[mattermost.review]")
        .replace("# input = [\"buttons\"]", "input = [\"replies\"]")
        .replace("# user_trait", "user_trait")
        .replace("/var/lib/accessbot", "none");
    let outcome = Program::start(&config).run().code(3);
    assert!(outcome.stderr.contains("none/identity"), "{}", outcome.stderr);
    let outcome = Program::start(&config.replace("approvals = 2", "approvals = 17")).run().code(2);
    assert!(outcome.stderr.contains("review.roles.dbadmin.approvals"), "{}", outcome.stderr);
}

/// `UPDATE_CONFIG=1 cargo test` writes them anew.
#[test]
fn the_files_in_config_are_what_configure_prints() {
    for (name, arguments) in [
        ("accessbot.toml", "configure"),
        ("mattermost.toml", "configure --backend mattermost"),
        ("slack.toml", "configure --backend slack"),
    ] {
        let printed = Program::new().args(arguments).run().code(0).stdout;
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        if std::env::var_os("UPDATE_CONFIG").is_some() {
            std::fs::write(&path, &printed).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, printed, "config/{name} is stale: UPDATE_CONFIG=1 cargo test");
    }
}
