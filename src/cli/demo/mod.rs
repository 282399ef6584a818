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
    let backend = choose(backends, arguments.backend.as_deref())?;
    let runtime = start::runtime()?;
    let result = runtime.block_on(show(backends, backend, arguments));
    runtime.shutdown_background();
    result
}

/// The backend whose chat is shown: the one that was asked for, or the first that this build contains.
fn choose(backends: &[BackendDef], asked: Option<&str>) -> Result<&'static str, Failure> {
    let wanted = CHATS.iter().map(|chat| chat.backend).filter(|name| asked.is_none_or(|asked| asked == *name));
    let contained = |name: &&str| backends.iter().any(|backend| backend.name == *name);
    wanted.clone().find(contained).ok_or_else(|| Failure::NoDemo { backends: wanted.collect() })
}

async fn show(backends: &[BackendDef], backend: &str, arguments: &Demo) -> Result<(), Failure> {
    let mut signals = Stop::listen()
        .and_then(Stop::also_at_hangup)
        .map_err(|source| Failure::System { action: "listen for signals", source })?;
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
            (signal, _) = signals.next() => stopped(arguments, signal),
            ended = bot.ended() => ended,
            shown = showing => shown,
        }
    };
    world.calm_down().await;
    bot.stop(&mut signals).await;
    result
}

/// How an end that was asked for is told: a page has nothing left to do, a story has.
fn stopped(arguments: &Demo, signal: &str) -> Result<(), Failure> {
    if arguments.script {
        return Err(Failure::Demo(format!("{signal} came before the story was told")));
    }
    Ok(())
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
    let played = play(world, log, &mut out).await.map_err(|error| {
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
    if !arguments.listen.ip().is_loopback() {
        say(&words::open_to_others(arguments.listen))?;
    }
    say(&words::welcome(world, config, &url))?;
    if arguments.open
        && let Err(error) = open::in_browser(&url)
    {
        say(&words::cannot_open(&error))?;
    }
    page.serve().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_that_this_build_lacks_is_named() {
        assert_eq!(
            choose(&[], Some("mattermost")).unwrap_err().to_string(),
            "the demo cannot show what this build does not contain: mattermost"
        );
        assert!(choose(&[], None).is_err());
        if cfg!(feature = "mattermost") {
            let backends = crate::bundled_backends();
            assert_eq!(choose(&backends, None).unwrap(), "mattermost");
            assert_eq!(choose(&backends, Some("mattermost")).unwrap(), "mattermost");
        }
    }
}
