//! `accessbot demo`: the whole story on stand-ins, in one process, without a cluster and without a chat server.

use std::sync::Arc;

use accessbot_core::backend::{BackendContext, BackendDef};
use accessbot_core::clock::{SharedClock, SystemClock};
use accessbot_core::engine;
use accessbot_sandbox::demo::{self, Stage};

use super::config::{self, Sources};
use super::exit::{self, Failure};
use super::{logging, signals, start, teleport};

/// The backend whose chat the sandbox can play.
const BACKEND: &str = "mattermost";

/// Plays the story in the terminal.
pub(super) fn play(backends: &[BackendDef]) -> Result<(), Failure> {
    if !backends.iter().any(|backend| backend.name == BACKEND) {
        return Err(Failure::NoDemo { backend: BACKEND });
    }
    let runtime = start::runtime()?;
    let result = runtime.block_on(async {
        let stop =
            signals::Stop::listen().map_err(|source| Failure::System { action: "listen for signals", source })?;
        tokio::select! {
            played = story(backends) => played,
            // The stage is dropped, and everything on it.
            () = stop.requested() => Ok(()),
        }
    });
    runtime.shutdown_background();
    result
}

async fn story(backends: &[BackendDef]) -> Result<(), Failure> {
    let stage = Stage::set().await.map_err(|error| Failure::Demo(error.to_string()))?;
    exit::say(&format!(
        "A Teleport cluster plays at {}, a Mattermost server at {}.\n\
         The bot runs as `accessbot start` runs it, with {}.\n",
        stage.teleport.addr(),
        stage.mattermost.url(),
        stage.config().display(),
    ))?;
    let clock: SharedClock = Arc::new(SystemClock);
    let sources = Sources {
        file: Some(stage.config().to_owned()),
        // What is set for a bot of the operator's must not reach this one.
        environment: Vec::new(),
        backends: vec![BACKEND.to_owned()],
        debug: false,
    };
    let draft = config::read(backends, &sources).map_err(Failure::Config)?;
    draft.log().map(logging::install).transpose()?;
    let config = draft.build(backends, &BackendContext::new(clock.clone())).map_err(Failure::Config)?;
    let teleport = teleport::connect(config.teleport, clock.clone())?;
    let bot = engine::run(teleport, config.desks, clock, config.engine, std::future::pending());
    let mut broken = None;
    let mut tell = |line: &str| {
        if broken.is_none() {
            broken = exit::say(&format!("{line}\n")).err();
        }
    };
    let played = tokio::select! {
        played = demo::play(&stage, &mut tell) => played.map_err(|error| {
            // The log goes with the stage, so what it says is told now.
            let log = std::fs::read_to_string(stage.log()).unwrap_or_default();
            Failure::Demo(format!("{error}\n\nThe bot's log:\n{log}"))
        }),
        ended = bot => ended.map_err(Failure::from).and(Err(Failure::Stopped)),
    };
    broken.map_or(played, Err)
}
