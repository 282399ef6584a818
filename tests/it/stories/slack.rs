//! The same story in Slack, with all scopes and with those that the Go plugin's guide asks for.

use std::time::Duration;

use accessbot_sandbox::slack::{MessageView, OLD_SCOPES, SlackOptions, SlackSandbox};
use accessbot_testkit::harness::{PATIENCE, World};

use crate::bot::Bot;

/// A cluster, and a workspace beside it.
struct Office {
    world: World,
    slack: SlackSandbox,
}

impl Office {
    async fn new() -> Self {
        let options = SlackOptions { patience: PATIENCE, ..SlackOptions::default() };
        Self { world: World::new().await, slack: SlackSandbox::start(options).await.unwrap() }
    }

    fn bot(&self) -> Bot {
        let folder = self.world.folder();
        let files = self.world.teleport.write_credentials("access-plugin", folder, Duration::from_secs(3600)).unwrap();
        let config = format!(
            "[teleport]\naddr = \"{}\"\nclient_crt = \"{}\"\nclient_key = \"{}\"\nroot_cas = \"{}\"\n\
             [slack]\ntoken = \"{}\"\napi_url = \"{}\"\nrecipients = [\"access\"]\n\
             [slack.users]\nbob = \"bob@example.com\"\n",
            self.world.teleport.addr(),
            files.crt.display(),
            files.key.display(),
            files.cas.display(),
            self.slack.token(),
            self.slack.url(),
        );
        let path = folder.join("bot.toml");
        std::fs::write(&path, config).unwrap();
        Bot::start_as("slack", self.slack.token(), &path)
    }

    async fn shows(&self, id: &str, state: &str) {
        let shown = |slack: &SlackSandbox| about(slack, id).iter().any(|m| m.text().contains(state));
        self.slack.wait_until(&format!("{id} is {state}"), shown).await;
    }

    async fn replies(&self, id: &str, count: usize) {
        let enough = |slack: &SlackSandbox| about(slack, id).iter().any(|m| m.replies.len() >= count);
        self.slack.wait_until(&format!("{count} replies"), enough).await;
    }

    async fn tells_bob(&self, text: &str) {
        let told = |slack: &SlackSandbox| slack.posts("@bob").iter().any(|m| m.text().contains(text));
        self.slack.wait_until(&format!("bob is told: {text}"), told).await;
    }

    fn check(&self) {
        assert!(self.world.teleport.unconditional_writes().is_empty());
        for message in self.slack.posts("access").iter().chain(&self.slack.posts("@bob")) {
            let all = std::iter::once(message).chain(&message.replies);
            all.for_each(|m| assert_eq!(m.mentioned, [""; 0], "{}", m.text()));
        }
    }
}

fn about(slack: &SlackSandbox, id: &str) -> Vec<MessageView> {
    slack.posts("access").into_iter().filter(|message| message.text().contains(id)).collect()
}

fn read(messages: &[MessageView], id: &str) -> String {
    let mut lines = Vec::new();
    for message in messages {
        lines.push(message.text());
        lines.extend(message.replies.iter().map(|reply| format!("> {}", reply.text())));
    }
    // Times differ from run to run.
    let without_times = |line: &str| match line.split_once("<!date^") {
        Some((before, rest)) => format!("{before}TIME{}", rest.split_once('>').map_or("", |(_, after)| after)),
        None => line.to_owned(),
    };
    lines.join("\n").replace(id, "ID").lines().map(without_times).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn bob_asks_alice_and_ivan_approve_and_bob_is_told() {
    let office = Office::new().await;
    let bot = office.bot();
    let id = office.world.bob_asks("need <!channel> prod db");
    office.shows(&id, "PENDING").await;
    office.tells_bob("was received").await;
    insta::assert_snapshot!(read(&about(&office.slack, &id), &id), @"
    ⏳ `bob` asks for role `dbadmin`
    *User*
    `bob`
    *Roles*
    `dbadmin`
    *Requested*
    TIME
    *Expires*
    TIME
    *Reviews*
    0 of 2 approvals
    Reason
    need <!channel> prod db
    *Status*
    ⏳ PENDING
    <https://localhost:3080/web/requests/ID|Open the request in Teleport>
    Access request `ID`
    ");
    office.world.approves("alice", &id, "looks fine");
    office.replies(&id, 1).await;
    office.world.approves("ivan", &id, "me too");
    office.shows(&id, "APPROVED").await;
    office.tells_bob("was approved").await;
    office.replies(&id, 3).await;
    insta::assert_snapshot!(read(&about(&office.slack, &id), &id), @"
    ✅ `bob` asks for role `dbadmin`
    *User*
    `bob`
    *Roles*
    `dbadmin`
    *Requested*
    TIME
    *Reviews*
    2 of 2 approvals
    Reason
    need <!channel> prod db
    *Status*
    ✅ APPROVED
    me too
    <https://localhost:3080/web/requests/ID|Open the request in Teleport>
    Access request `ID`
    > ✅ `alice` approved the request at TIME.
    looks fine
    > ✅ `ivan` approved the request at TIME.
    me too
    > ✅ The request was approved.
    me too
    ");
    insta::assert_snapshot!(read(&office.slack.posts("@bob"), &id), @"
    ⏳ Your request for role `dbadmin` was received, and the reviewers were told. Its number is `ID`.
    <https://localhost:3080/web/requests/ID|Open the request in Teleport>
    ✅ Your request for role `dbadmin` was approved. Its number is `ID`.
    me too
    <https://localhost:3080/web/requests/ID|Open the request in Teleport>
    ");
    bot.stop();
    office.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_scopes_do_for_everything_but_looking() {
    let office = Office::new().await;
    office.slack.set_scopes(OLD_SCOPES);
    let bot = office.bot();
    let id = office.world.bob_asks("need prod db");
    office.shows(&id, "PENDING").await;
    office.tells_bob("was received").await;
    bot.stop();
    // Whoever comes after must believe the record, as nothing can be read.
    let bot = office.bot();
    office.world.denies("ivan", &id, "not today");
    office.shows(&id, "DENIED").await;
    office.tells_bob("was denied").await;
    bot.stop();
    assert_eq!(about(&office.slack, &id).len(), 1);
    office.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_and_a_kill_leave_one_message() {
    let office = Office::new().await;
    let bot = office.bot();
    office.slack.faults().drop_after_effect("chat.postMessage", 1);
    let first = office.world.bob_asks("one");
    office.shows(&first, "PENDING").await;
    office.tells_bob(&first).await;
    let hold = office.slack.faults().hold("chat.postMessage");
    let second = office.world.bob_asks("two");
    hold.caught(1).await;
    bot.kill();
    hold.release();
    office.shows(&second, "PENDING").await;
    let bot = office.bot();
    office.world.denies("ivan", &second, "no");
    office.shows(&second, "DENIED").await;
    bot.stop();
    for id in [first, second] {
        assert_eq!(about(&office.slack, &id).len(), 1, "{}", office.slack.dump());
    }
    office.check();
}
