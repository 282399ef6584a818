//! Answers `accessbot status`, with limits on everything.

use std::io;
use std::os::unix::net::UnixListener as StdListener;
use std::task::Context;
use std::time::Duration;

use accessbot_core::engine::status::Monitor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use super::QUESTION;
use super::socket::SocketFile;
use crate::cli::accept;

/// Connections that are served at the same time; more wait to be accepted.
const CONNECTIONS: usize = 8;
/// For a question, and again for the answer to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
const ROOT: u32 = 0;

/// Answers whoever asks at this socket, in the background, for as long as the runtime lives.
pub(in crate::cli) fn serve(listener: StdListener, file: &SocketFile, monitor: Monitor) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    let own = file.owner;
    tokio::spawn(async move {
        let accept = |cx: &mut Context<'_>| listener.poll_accept(cx).map_ok(|(stream, _)| stream);
        let serve = |stream| {
            let monitor = monitor.clone();
            async move {
                if let Err(error) = answer(stream, own, &monitor).await {
                    tracing::debug!(%error, "a question for the status was not answered");
                }
            }
        };
        accept::for_ever(CONNECTIONS, "a question for the status", accept, serve).await;
    });
    Ok(())
}

/// The file's permissions let nobody else in; this is for those whom somebody changed.
fn may_ask(peer: u32, own: u32) -> bool {
    peer == ROOT || peer == own
}

async fn answer(mut stream: UnixStream, own: u32, monitor: &Monitor) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    if !may_ask(peer, own) {
        tracing::warn!(uid = peer, "somebody who may not asks for the status");
        return Ok(());
    }
    let mut question = [0; QUESTION.len()];
    timeout(PATIENCE, stream.read_exact(&mut question)).await??;
    if question != QUESTION.as_bytes() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a question that is known"));
    }
    let answer = serde_json::to_vec(&monitor.status())?;
    timeout(PATIENCE, async {
        stream.write_all(&answer).await?;
        stream.shutdown().await
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::may_ask;

    #[test]
    fn root_and_the_bots_own_user_may_ask() {
        for (peer, own, may) in [(0, 0, true), (0, 990, true), (990, 990, true), (1000, 990, false), (990, 0, false)] {
            assert_eq!(may_ask(peer, own), may, "{peer} asks a bot of {own}");
        }
    }
}
