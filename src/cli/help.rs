//! The longer texts of `--help`.

pub(super) const ABOUT: &str = "Tells the right people in the chat about Teleport access requests, and keeps it true";

pub(super) const EXAMPLES: &str = "\
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
  5  this Teleport server is not supported, or cannot do what review.mode needs";

pub(super) const START_EXAMPLES: &str = "\
Without -c the configuration is /etc/accessbot.toml or, if there is none, the file of the
official plugin, /etc/teleport-NAME.toml. The environment can set any key, and beats the file:

  ACCESSBOT_TELEPORT__ADDR=teleport.example.com:443
  ACCESSBOT_MATTERMOST__TOKEN=/run/secrets/mattermost-token
  ACCESSBOT_MATTERMOST__RECIPIENTS=ops/access,alice@example.com

Examples:
  accessbot start -c /etc/teleport-mattermost.toml      with the file of teleport-mattermost
  accessbot start --backend mattermost -d               one backend, and everything in the log

SIGTERM and SIGINT let the work in hand finish, for at most 15 seconds; a second signal ends
at once. SIGHUP opens the log file anew.";

pub(super) const CONFIGURE_EXAMPLES: &str = "\
Examples:
  accessbot configure > /etc/accessbot.toml             every backend of this build
  accessbot configure --backend mattermost              one of them";

pub(super) const CHECK_EXAMPLES: &str = "\
Tries, and changes nothing: the configuration, the credentials, the way to Teleport, the server,
each permission that the bot uses, the chat's token and its permissions, and every recipient. One
line each says what was tried and what came of it; a hint says how to mend it. Permissions that are
missing are printed as a role for `tctl create -f`. The exit code is that of the first failure.

Examples:
  accessbot check                                       with the default file
  accessbot check -c /etc/teleport-mattermost.toml      before replacing teleport-mattermost
  accessbot check --json | jq '.findings[] | select(.verdict != \"ok\")'";

pub(super) const STATUS_EXAMPLES: &str = "\
Asks the bot that listens at status.socket of the configuration, or else at
$RUNTIME_DIRECTORY/status.sock or /run/accessbot/status.sock: whether Teleport and the chats are
there, what waits for what and since when, what was given up, and which calls failed last. Only root
and the user that the bot runs as are answered.

Exit codes:
  0  all is well
  1  a server is not ready, something was given up (also about requests that ended in the last
     24 hours), or nobody answers
  2  wrong usage or configuration

Examples:
  accessbot status                                      with the default file
  accessbot status --socket /run/accessbot/status.sock
  accessbot status --json | jq '.backends[].waiting[]'";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  accessbot completions bash > /etc/bash_completion.d/accessbot
  accessbot completions zsh > \"${fpath[1]}/_accessbot\"
  accessbot completions fish > ~/.config/fish/completions/accessbot.fish";
