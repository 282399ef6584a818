//! A chat server that calls the bot: over TLS, below a path, with a password, and what is taken down of it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use accessbot_core::request::RequestState;
use accessbot_sandbox::mattermost::{MattermostOptions, MattermostSandbox};
use accessbot_sandbox::teleport::{NewRequest, Role, TeleportOptions, TeleportSandbox};
use accessbot_testkit::harness::PATIENCE;
use tempfile::TempDir;

use crate::bot::Bot;

/// What the bot needs to set the state of requests.
fn deciding() -> Role {
    ["access_plugin_data", "user", "lock"]
        .iter()
        .fold(Role::new("access-plugin").allow("access_request", &["list", "read", "update"]), |role, resource| {
            role.allow(resource, &["list", "read", "update"])
        })
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn configuration(teleport: &TeleportSandbox, chat: &MattermostSandbox, folder: &Path) -> PathBuf {
    let credentials = teleport.write_credentials("access-plugin", folder, Duration::from_secs(3600)).unwrap();
    let (addr, url, token) = (teleport.addr(), chat.url(), chat.token());
    let [crt, key, cas] = [credentials.crt, credentials.key, credentials.cas].map(|path| path.display().to_string());
    let [alice, ivan] = ["alice", "ivan"].map(|name| chat.user_id(name).unwrap());
    let (port, folder) = (free_port(), folder.display());
    let text = format!(
        r#"
[teleport]
addr = "{addr}"
client_crt = "{crt}"
client_key = "{key}"
root_cas = "{cas}"

[mattermost]
url = "{url}"
token = "{token}"
recipients = "lab/access"

[mattermost.review.users]
alice = "{alice}"
ivan = "{ivan}"

[http]
public_addr = "https://chat:hunter2@localhost:{port}/bot"
listen_addr = "127.0.0.1:{port}"
https_cert_file = "{folder}/server.crt"
https_key_file = "{folder}/server.key"

[review]
mode = "set-state"
secret = "9c5d1fe0a7b8436291ddc04f6f8e7712"
audit_file = "{folder}/audit.jsonl"

[review.roles."*"]
approvers = ["user:alice", "user:ivan"]
approvals = 2
"#
    );
    let path = PathBuf::from(format!("{folder}/bot.toml"));
    std::fs::write(&path, text).unwrap();
    path
}

/// Presses the button with this label on the bot's one message.
async fn press(chat: &MattermostSandbox, user: &str, label: &str) {
    chat.wait_within(PATIENCE, "a message with buttons", |chat| button(chat, label).is_some()).await;
    let (post, action) = button(chat, label).unwrap();
    chat.click(user, &post, &action).await.unwrap();
}

fn button(chat: &MattermostSandbox, label: &str) -> Option<(String, String)> {
    let posts = chat.posts("access");
    let [post] = posts.as_slice() else { return None };
    let mut actions = post.attachments.iter().filter_map(|attachment| attachment["actions"].as_array()).flatten();
    let action = actions.find(|action| action["name"] == label)?["id"].as_str()?;
    Some((post.id.clone(), action.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_approve_over_tls_and_each_stands_in_the_audit_file_of_the_day() {
    let folder = TempDir::new().unwrap();
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("server.crt"), issued.cert.pem()).unwrap();
    std::fs::write(folder.path().join("server.key"), issued.signing_key.serialize_pem()).unwrap();
    let teleport =
        TeleportSandbox::start(TeleportOptions { reviews: false, ..TeleportOptions::default() }).await.unwrap();
    teleport.add_role(deciding());
    let roots = vec![issued.cert.der().clone()];
    let chat = MattermostSandbox::start(MattermostOptions { callback_roots: roots, ..MattermostOptions::default() });
    let chat = chat.await.unwrap();

    let mut bot = Bot::start_on(chat.token(), &configuration(&teleport, &chat, folder.path()));
    let id = teleport.create_request(NewRequest::bob().reason("why")).unwrap();
    press(&chat, "alice", "Approve").await;
    assert_eq!(chat.ephemerals("alice").unwrap().len(), 1, "only alice is told");

    let (trail, yesterday) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
    std::fs::rename(&trail, &yesterday).unwrap();
    bot.signal("HUP");
    bot.wait_for("SIGHUP: the log goes on here");
    press(&chat, "ivan", "Approve").await;
    teleport
        .wait_within(PATIENCE, "approved", |teleport| {
            teleport.request(&id).is_some_and(|request| request.state == RequestState::Approved)
        })
        .await;

    let log = bot.stop_and_tell();
    assert!(!log.contains("hunter2"), "{log}");
    let decided = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let decisions = lines.filter(|line| line["event"] == "decision");
        decisions.map(|line| format!("{} {}", line["teleport_user"], line["result"])).collect::<Vec<_>>()
    };
    assert_eq!(decided(&yesterday), ["\"alice\" \"recorded\""]);
    assert_eq!(decided(&trail), ["\"ivan\" \"recorded\""]);
}
