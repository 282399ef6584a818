//! What is measured, and the table that it ends up in.

use std::time::Duration;

use tokio::time::Instant;

use crate::stage::{Stage, Who};

/// Requests one by one.
const SINGLE: usize = 200;
/// Requests that are pending before the start.
const PENDING: usize = 10_000;
/// Never, within a measurement.
const NO_RELIST: &str = "24h";

/// Measures everything, or what `cargo bench -- NAME` names: latency, throughput, growth, memory.
pub(crate) async fn all() {
    let wanted = |name: &str| {
        let mut names = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|wanted| wanted == name)
    };
    println!("| | accessbot | minimal client | target, and what was reached |\n|---|---|---|---|");
    if wanted("latency") {
        let (bot, least) = (latency(Who::Bot, 0).await, latency(Who::Minimal, 0).await);
        row("from the request to the post, median", &millis(bot), &millis(least), &over(bot, least));
    }
    if wanted("throughput") {
        let (bot, least) = (catch_up(Who::Bot).await, catch_up(Who::Minimal).await);
        let target = format!("80 %: {:.0} %", 100.0 * least.wall.as_secs_f64() / bot.wall.as_secs_f64());
        row(&format!("{PENDING} pending at the start: posts a second"), &bot.rate(), &least.rate(), &target);
        row("CPU for each of them", &bot.each(), &least.each(), "");
    }
    if wanted("growth") {
        let (bot, least) = (latency(Who::Bot, PENDING).await, latency(Who::Minimal, PENDING).await);
        let what = format!("from the request to the post with {PENDING} others pending, median");
        row(&what, &millis(bot), &millis(least), &over(bot, least));
    }
    if wanted("memory") {
        memory().await;
    }
}

fn row(what: &str, bot: &str, least: &str, target: &str) {
    println!("| {what} | {bot} | {least} | {target} |");
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn over(bot: Duration, least: Duration) -> String {
    format!("1 ms more: {:+.2} ms", (bot.as_secs_f64() - least.as_secs_f64()) * 1000.0)
}

/// The median time from a request to its message, with `others` pending all the time.
async fn latency(who: Who, others: usize) -> Duration {
    let stage = Stage::new().await;
    stage.ask_often(others);
    let client = stage.start(who, NO_RELIST);
    stage.ask();
    stage.posted(others + 1).await;
    client.at_rest().await;
    let mut times = Vec::new();
    for n in 1..=SINGLE {
        let asked = Instant::now();
        stage.ask();
        stage.posted(others + 1 + n).await;
        times.push(asked.elapsed());
        // Its record is written after the post; the next request shall not wait for that.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    times.sort_unstable();
    times[times.len() / 2]
}

struct Caught {
    wall: Duration,
    cpu: Duration,
}

impl Caught {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn rate(&self) -> String {
        format!("{:.0}", PENDING as f64 / self.wall.as_secs_f64())
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn each(&self) -> String {
        format!("{:.2} ms", self.cpu.as_secs_f64() * 1000.0 / PENDING as f64)
    }
}

/// From the start to the last of [`PENDING`] messages.
async fn catch_up(who: Who) -> Caught {
    let stage = Stage::new().await;
    stage.ask_often(PENDING);
    let started = Instant::now();
    let client = stage.start(who, NO_RELIST);
    stage.posted(PENDING).await;
    let wall = started.elapsed();
    client.at_rest().await;
    Caught { wall, cpu: client.cpu() }
}

/// Memory at rest, with none and with many; and what looking at all of them again costs.
async fn memory() {
    let many = std::env::var("ACCESSBOT_BENCH_MANY").map_or(PENDING, |text| text.parse().unwrap());
    let stage = Stage::new().await;
    let client = stage.start(Who::Bot, NO_RELIST);
    tokio::time::sleep(Duration::from_secs(1)).await;
    client.at_rest().await;
    let empty = client.resident();
    row("memory at rest", &mebibytes(empty), "", "");
    drop(client);
    stage.ask_often(many);
    let client = stage.start(Who::Bot, NO_RELIST);
    stage.posted(many).await;
    client.at_rest().await;
    let each = |resident: u64| format!("2048 bytes each; reached {}", resident.saturating_sub(empty) / many as u64);
    let full = client.resident();
    row(&format!("the same with {many} announced"), &mebibytes(full), "-", &each(full));
    drop(client);
    // A fresh start that finds everything announced.
    let client = stage.start(Who::Bot, "10s");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let full = client.resident();
    row(&format!("the same after a restart with {many} quiet"), &mebibytes(full), "-", &each(full));
    let calls =
        |stage: &Stage| stage.chat.calls("POST *") + stage.chat.calls("PUT *") + stage.teleport.plugin_writes().len();
    let (before, cpu, relists) = (calls(&stage), client.cpu(), 3);
    tokio::time::sleep(Duration::from_secs(10 * relists)).await;
    let each = client.cpu().saturating_sub(cpu) / u32::try_from(relists).unwrap();
    let made = calls(&stage) - before;
    row(
        &format!("CPU to list {many} again without a change"),
        &millis(each),
        "-",
        &format!("100 ms for 10000, no call; made {made}"),
    );
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}
