//! Runs the stand-ins until Ctrl-C, for poking at them by hand: `serve [FOLDER FOR CREDENTIALS]`. `TELEPORT_PORT`,
//! `PROXY_PORT`, `MATTERMOST_PORT` and `SLACK_PORT` choose ports, `TELEPORT_VERSION` what Teleport plays: 8, 13, 16 or 18.

use std::path::Path;
use std::time::Duration;

use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox};
use accessbot_sandbox::slack::{SlackOptions, SlackSandbox};
use accessbot_sandbox::teleport::{ProxyMode, TeleportOptions, TeleportSandbox, TeleportVersion};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = MattermostOptions { port: port("MATTERMOST_PORT"), ..Default::default() };
    let mattermost = MattermostSandbox::start(options).await?;
    println!("Mattermost {}  bot {}  admin {}", mattermost.url(), mattermost.token(), mattermost.token_of("admin")?);
    for user in ["alice", "ivan", "bob"] {
        println!("  {user}: {}", mattermost.token_of(user)?);
    }
    let slack = SlackSandbox::start(SlackOptions { port: port("SLACK_PORT"), ..Default::default() }).await?;
    println!("Slack {}  bot {}  app {}", slack.url(), slack.token(), slack.app_token());
    let options = TeleportOptions {
        port: port("TELEPORT_PORT"),
        proxy: Some(ProxyMode::Multiplex),
        proxy_port: port("PROXY_PORT"),
        version: version(),
        ..Default::default()
    };
    let teleport = TeleportSandbox::start(options).await?;
    println!("Teleport {}", teleport.addr());
    if let Some(folder) = std::env::args().nth(1) {
        for user in ["access-plugin", "alice", "ivan", "bob", "dave", "labadmin"] {
            let paths = teleport.write_credentials(user, Path::new(&folder), DAY)?;
            println!("  {user}: {}", paths.identity.display());
        }
    }
    if let (Some(proxy), Some(folder)) = (teleport.proxy(), std::env::args().nth(1)) {
        let path = Path::new(&folder).join("web.ca");
        proxy.write_authority(&path)?;
        println!("proxy {}  its authority: {}", proxy.public_addr(), path.display());
    }
    std::future::pending::<()>().await;
    Ok(())
}

/// The port that an environment variable asks for; any port without it.
fn port(variable: &str) -> u16 {
    std::env::var(variable).ok().and_then(|port| port.parse().ok()).unwrap_or(0)
}

fn version() -> TeleportVersion {
    match std::env::var("TELEPORT_VERSION").as_deref() {
        Ok("13") => TeleportVersion::V13,
        Ok("16") => TeleportVersion::V16,
        Ok("18") => TeleportVersion::V18_11,
        _ => TeleportVersion::V8_3,
    }
}
