//! `accessbot demo`: the bot at work between stand-ins, for people who want to see it first.
//!
//! The bot is the one that `start` runs, with a configuration file like any other. Only its signals are ours, because
//! there is more to put away than the bot. The environment is not read: variables that name a real cluster must not lead
//! the demo there.

mod arguments;
mod bot;
mod capture;
mod folder;
mod open;
mod words;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use accessbot_core::backend::BackendDef;
use accessbot_sandbox::SandboxError;
use accessbot_sandbox::demo::{BotLog, CHATS, DemoWorld, Page, play};

pub(super) use self::arguments::{Demo, command};
use self::bot::Bot;
use self::folder::Folder;
use super::exit::{Failure, say};
use super::signals::Stop;
use super::start;

/// How much of the bot's log belongs to the explanation of a story that failed.
const LOG_LINES: usize = 30;

/// Shows the bot at work until a signal comes or, with `--script`, until the story is told.
pub(super) fn demo(backends: &[BackendDef], arguments: &Demo) -> Result<(), Failure> {
    let chosen = arguments.backend.as_deref();
    let playable = CHATS.iter().filter(|chat| chosen.is_none_or(|name| name == chat.backend));
    let backend = playable.map(|chat| chat.backend).find(|name| backends.iter().any(|b| b.name == *name));
    let Some(backend) = backend else {
        return Err(Failure::NoDemo { backend: CHATS.first().map_or("mattermost", |chat| chat.backend) });
    };
    let runtime = start::runtime()?;
    let result = runtime.block_on(show(backends, backend, arguments));
    runtime.shutdown_background();
    result
}

async fn show(backends: &[BackendDef], backend: &str, arguments: &Demo) -> Result<(), Failure> {
    let mut signals = Stop::listen().map_err(|source| Failure::System { action: "listen for signals", source })?;
    let folder =
        Folder::new().map_err(|source| Failure::System { action: "make a folder for the demo's files", source })?;
    let world = Arc::new(DemoWorld::start(backend).await.map_err(|error| failed(&error))?);
    let config = world.write_config(folder.path()).map_err(|error| failed(&error))?;
    let log = BotLog::default();
    capture::install(&log);
    let mut bot = Bot::start(backends, backend, &config);
    let result = {
        let showing: std::pin::Pin<Box<dyn Future<Output = Result<(), Failure>> + '_>> = if arguments.script {
            Box::pin(tell(&world, &config, &log))
        } else {
            Box::pin(serve(&world, &config, &log, arguments))
        };
        tokio::select! {
            // What was told to stop is not waited for any more.
            biased;
            _ = signals.next() => Ok(()),
            ended = bot.ended() => ended,
            shown = showing => shown,
        }
    };
    world.calm_down().await;
    bot.stop(&mut signals).await;
    result
}

fn failed(error: &SandboxError) -> Failure {
    Failure::Demo(error.to_string())
}

/// Plays the story on stdout.
async fn tell(world: &DemoWorld, config: &Path, log: &BotLog) -> Result<(), Failure> {
    say(&words::before_the_story(world, config))?;
    let mut broken = None;
    let mut out = |text: &str| {
        if broken.is_none() {
            broken = say(text).err();
        }
    };
    let played = play(world, &mut out).await.map_err(|error| {
        let lines = log.tail(LOG_LINES).into_iter().map(|line| format!("{} {}", line.level, line.text));
        Failure::Demo(format!("{error}\nThe end of the bot's log:\n{}", lines.collect::<Vec<_>>().join("\n")))
    });
    broken.map_or(played, Err)
}

/// Serves the page, until the end of the demo.
async fn serve(world: &Arc<DemoWorld>, config: &Path, log: &BotLog, arguments: &Demo) -> Result<(), Failure> {
    let page = Page::bind(arguments.listen, Arc::clone(world), log.clone())
        .await
        .map_err(|source| Failure::System { action: "listen where the page should be", source })?;
    let url = page.url();
    say(&words::welcome(world, config, &url))?;
    if arguments.open
        && let Err(error) = open::in_browser(&url)
    {
        say(&words::cannot_open(&error))?;
    }
    page.serve().await;
    Ok(())
}
