//! Runs the stand-ins until Ctrl-C, for poking at them by hand.

use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mattermost =
        MattermostSandbox::start(MattermostOptions { port: port("MATTERMOST_PORT"), ..Default::default() }).await?;
    println!("Mattermost {}  bot {}  admin {}", mattermost.url(), mattermost.token(), mattermost.token_of("admin")?);
    std::future::pending::<()>().await;
    Ok(())
}

/// The port that an environment variable asks for; any port without it.
fn port(variable: &str) -> u16 {
    std::env::var(variable).ok().and_then(|port| port.parse().ok()).unwrap_or(0)
}
