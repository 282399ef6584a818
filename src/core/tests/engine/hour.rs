//! An hour of trouble: nothing is lost, nobody else waits, and calls and memory stay within stated bounds.
//!
//! `docs/delivery.md` has the bounds as a table, which a test compares.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::engine::Options;
use accessbot_core::engine::status::Monitor;

use crate::cluster::bobs;
use crate::replica::Replica;
use crate::weather::{Ill, Weather};
use crate::world::World;

/// How many requests are made in the trouble.
const REQUESTS: usize = 20;
/// By how much what is remembered of a request may grow between the tenth minute and the last, in hundredths.
const GROWTH: usize = 105;

/// Which server is ill.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Teleport,
    Chat,
}

/// A long trouble, and what it may cost.
struct Trouble {
    text: &'static str,
    server: Server,
    ill: Ill,
    /// Whether requests are announced all the same, within so many seconds.
    announced: Option<u64>,
    /// The most calls in any minute of it after the first, to the chat server and to Teleport.
    bounds: (usize, usize),
}

const TROUBLES: [Trouble; 10] = [
    Trouble { text: "the chat is down", server: Server::Chat, ill: Ill::Away, announced: None, bounds: (12, 4) },
    Trouble {
        text: "the chat takes calls and never answers",
        server: Server::Chat,
        ill: Ill::Silent,
        announced: None,
        bounds: (20, 30),
    },
    Trouble {
        text: "the chat answers garbage",
        server: Server::Chat,
        ill: Ill::Garbled,
        announced: None,
        bounds: (12, 4),
    },
    Trouble {
        text: "the chat answers in 9 s",
        server: Server::Chat,
        ill: Ill::Slow(Duration::from_secs(9)),
        announced: Some(300),
        bounds: (20, 20),
    },
    Trouble {
        text: "the chat says 429, for 30 s each time",
        server: Server::Chat,
        ill: Ill::Limited(Duration::from_secs(30)),
        announced: None,
        bounds: (100, 120),
    },
    Trouble {
        text: "one recipient of two fails",
        server: Server::Chat,
        ill: Ill::Barred("lab.oncall"),
        announced: Some(5),
        bounds: (60, 80),
    },
    Trouble { text: "Teleport is down", server: Server::Teleport, ill: Ill::Away, announced: None, bounds: (4, 6) },
    Trouble {
        text: "Teleport takes calls and never answers",
        server: Server::Teleport,
        ill: Ill::Silent,
        announced: None,
        bounds: (4, 6),
    },
    Trouble {
        text: "Teleport answers garbage",
        server: Server::Teleport,
        ill: Ill::Garbled,
        announced: None,
        bounds: (4, 6),
    },
    Trouble {
        text: "Teleport answers in 9 s",
        server: Server::Teleport,
        ill: Ill::Slow(Duration::from_secs(9)),
        announced: Some(120),
        bounds: (10, 20),
    },
];

impl Trouble {
    /// An hour of it, and what it has cost at most in a minute.
    async fn pass(&self) -> (usize, usize) {
        let (mut world, weather, monitor) = (World::new(), Weather::calm(0), Monitor::default());
        world.recipients = vec!["lab/access", "lab/oncall"];
        let options = Options { monitor: monitor.clone(), ..Options::default() };
        let bot = world.start_in(&weather, &Replica::default(), options);
        world.pass(5).await;
        let server = if self.server == Server::Chat { &weather.chat } else { &weather.cluster };
        server.set(self.ill);
        if self.server == Server::Teleport && !matches!(self.ill, Ill::Slow(_)) {
            world.cluster.cut_watches();
        }
        let ids: Vec<String> = (0..REQUESTS).map(|n| format!("r{n}")).collect();
        for id in &ids {
            ask(&world, id);
        }
        if let Some(seconds) = self.announced {
            world.pass(seconds).await;
            for id in &ids {
                assert_eq!(world.shown(id)[0], "lab.access PENDING", "{}: {id} after {seconds} s", self.text);
            }
        }
        let cost = self.measure(&world, &weather, &monitor).await;
        server.set(Ill::Not);
        world.pass(300).await;
        for id in ids.into_iter().chain((1..60).map(|n| format!("later{n}"))) {
            if world.cluster.get(&id).is_some() {
                assert_eq!(world.shown(&id), ["lab.access PENDING", "lab.oncall PENDING"], "{}: {id}", self.text);
            }
        }
        bot.stop().await;
        cost
    }

    async fn measure(&self, world: &World, weather: &Arc<Weather>, monitor: &Monitor) -> (usize, usize) {
        world.pass(60).await;
        let (mut chat, mut cluster) = (0, 0);
        weather.chat.take_calls();
        weather.cluster.take_calls();
        let mut remembered = 0;
        for minute in 1..60 {
            if matches!(self.ill, Ill::Slow(_)) {
                ask(world, &format!("later{minute}"));
            }
            world.pass(60).await;
            chat = chat.max(weather.chat.take_calls());
            cluster = cluster.max(weather.cluster.take_calls());
            if minute == 10 {
                remembered = monitor.remembered() / world.cluster.count();
            }
        }
        let now = monitor.remembered() / world.cluster.count();
        assert!(now * 100 <= remembered * GROWTH, "{}: from {remembered} to {now}", self.text);
        (chat, cluster)
    }

    fn line(&self) -> String {
        let (chat, teleport) = self.bounds;
        format!("| {} | {chat} | {teleport} |", self.text)
    }
}

/// Bob asks, and is in no hurry.
fn ask(world: &World, id: &str) {
    let mut request = bobs(id, world.now());
    request.expires = Some(world.now().plus(Duration::from_secs(24 * 3600)));
    world.cluster.put(request);
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_trouble_loses_nothing_and_costs_no_more_than_it_may() {
    let mut costs = Vec::new();
    for trouble in &TROUBLES {
        costs.push((trouble.text, trouble.bounds, trouble.pass().await));
    }
    let within = costs.iter().all(|(_, bounds, cost)| cost.0 <= bounds.0 && cost.1 <= bounds.1);
    assert!(within, "bounds and calls in the worst minute: {costs:#?}");
}

#[test]
fn the_docs_state_the_bounds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/delivery.md");
    let text = std::fs::read_to_string(path).unwrap();
    for trouble in &TROUBLES {
        assert!(text.contains(&trouble.line()), "docs/delivery.md does not say {}", trouble.line());
    }
}
