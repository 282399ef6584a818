//! `cargo bench`: what the bot costs, as ratios within one run.
//!
//! The yardstick is a [minimal client](minimal) that makes the same outside calls (claim, post, record) with the same
//! concurrency and does nothing else: what it needs, nobody can do without. Both run as processes of their own against
//! stand-ins in this one; the bot is the real program. Figures are printed as a table; nothing is asserted.
//!
//! `ACCESSBOT_BENCH_MANY=100000` measures memory with so many requests (10,000 if it is not set).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops"
)]

mod measures;
mod minimal;
mod stage;
mod usage;

/// Set in the process that plays the minimal client.
const CHILD: &str = "ACCESSBOT_BENCH_MINIMAL";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if std::env::var_os(CHILD).is_some() {
        runtime.block_on(minimal::run());
    } else if std::env::args().any(|argument| argument == "--bench") {
        runtime.block_on(measures::all());
    } else {
        // `cargo test --benches` only wants to know whether it starts.
        println!("run `cargo bench`");
    }
}
