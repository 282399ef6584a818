//! What the demo says on stdout.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use accessbot_sandbox::demo::DemoWorld;

fn scene(world: &DemoWorld, config: &Path) -> String {
    format!(
        "{}\n\
         The bot runs as `accessbot start` runs it, with the configuration {}.\n",
        world.addresses(),
        config.display()
    )
}

/// Before the story begins.
pub(super) fn before_the_story(world: &DemoWorld, config: &Path) -> String {
    scene(world, config)
}

/// When the page can be opened.
pub(super) fn welcome(world: &DemoWorld, config: &Path, url: &str) -> String {
    format!(
        "The demo is at {url}\n\n\
         Things to try there:\n\
         \x20 * Ask for dbadmin as bob: the channel is told, and whom you suggest as reviewers.\n\
         \x20 * Press Approve in the chat as alice, then as ivan: it takes two, and bob is told.\n\
         \x20 * Forge a button, and press it as ivan: nothing is decided, and the log has it.\n\
         \x20 * Switch the chat off, ask again, and switch it on: nothing is lost, nothing is said twice.\n\n\
         {}\
         Ctrl-C ends the demo and removes everything that belongs to it.\n",
        scene(world, config)
    )
}

/// When the page is not for this machine alone.
pub(super) fn open_to_others(addr: SocketAddr) -> String {
    format!(
        "warning: the page listens on {addr}, so others may reach it, and whoever does can take part. It shows and\n\
         changes nothing but the demo; still, leave --listen out unless others are to see it.\n\n"
    )
}

/// When the desktop has no browser for us.
pub(super) fn cannot_open(error: &io::Error) -> String {
    format!("No browser could be opened ({error}). Open the address above yourself.\n")
}
