//! The least that anybody could do: watch and list, and for each request claim, post, record.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use accessbot_core::backend::{
    BackendContext, ChatBackend, Conversation, Outgoing, Recipient, Resolution, Section, Value,
};
use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::ledger::Facts;
use accessbot_core::random::Random;
use accessbot_core::request::AccessRequest;
use accessbot_core::teleport::{Cluster, Record, RecordChange, Teleport as _, WatchEvent};
use accessbot_core::words;
use accessbot_teleport::{CredentialFiles, TeleportClient};
use tokio::sync::Semaphore;

use crate::stage::{CHANNEL, WORKERS, var};

struct Minimal {
    teleport: TeleportClient,
    chat: Arc<dyn ChatBackend>,
    conversation: Conversation,
    cluster: Cluster,
    random: Random,
    slots: Arc<Semaphore>,
}

/// Runs until it is killed.
pub(crate) async fn run() {
    let client = Arc::new(Minimal::connect().await);
    let mut watch = client.teleport.watch().await.unwrap();
    for request in client.teleport.requests().await.unwrap() {
        client.clone().handle(request).await;
    }
    loop {
        if let WatchEvent::Put(request) = watch.next().await.unwrap() {
            client.clone().handle(*request).await;
        }
    }
}

impl Minimal {
    async fn connect() -> Self {
        let clock = Arc::new(SystemClock);
        let files = CredentialFiles::Identity(Path::new(&var("IDENTITY")).to_owned());
        let credentials = files.load(clock.now()).unwrap();
        let teleport = TeleportClient::connect_lazy(&credentials, &var("TELEPORT").parse().unwrap(), clock.clone());
        let text = |name: &str| Value::Text(var(name));
        let values = BTreeMap::from([("url".to_owned(), text("URL")), ("token".to_owned(), text("TOKEN"))]);
        let mut section = Section::new("mattermost", "bench", values);
        let chat = (accessbot_mattermost::BACKEND.build)(&mut section, &BackendContext::new(clock))
            .unwrap_or_else(|e| panic!("{e:?}"));
        let Resolution::Resolved(conversation) =
            chat.resolve(&Recipient::Configured(CHANNEL.to_owned())).await.unwrap()
        else {
            panic!("no channel {CHANNEL}")
        };
        let cluster = teleport.ping().await.unwrap();
        let (random, slots) = (Random::system(), Arc::new(Semaphore::new(WORKERS)));
        Self { teleport, chat, conversation, cluster, random, slots }
    }

    /// Waits for a slot, and works in it.
    async fn handle(self: Arc<Self>, request: AccessRequest) {
        let slot = Arc::clone(&self.slots).acquire_owned().await.unwrap();
        tokio::spawn(async move {
            self.announce(&request).await;
            drop(slot);
        });
    }

    async fn announce(&self, request: &AccessRequest) {
        let marker = self.random.marker();
        let claim = Record::from([("user".to_owned(), request.user.clone()), ("claim".to_owned(), marker.to_string())]);
        let absent = Record::from([("claim".to_owned(), String::new())]);
        let change = RecordChange { set: claim, expect: absent };
        self.teleport.change_record("minimal", &request.id, &change).await.unwrap();
        let content = words::announcement(&request.id, &Facts::of(request), &self.cluster);
        let message = Outgoing { request: &request.id, marker: &marker, content: &content, root: None };
        let posted = self.chat.post(&self.conversation, &message).await.unwrap();
        let change = RecordChange {
            set: Record::from([("messages".to_owned(), posted.to_string())]),
            expect: Record::from([("claim".to_owned(), marker.to_string())]),
        };
        self.teleport.change_record("minimal", &request.id, &change).await.unwrap();
    }
}
