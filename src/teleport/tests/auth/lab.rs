//! Against a real Auth server, where `ACCESSBOT_LAB_TELEPORT_ADDR` says where it is and `ACCESSBOT_LAB_TELEPORT_CREDS` where
//! the credentials are: `PATH` for PATH.crt, PATH.key, PATH.cas and, as identity file, PATH.pem.

use std::path::PathBuf;
use std::sync::Arc;

use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::request::RequestId;
use accessbot_core::teleport::{Record, RecordChange, Teleport as _, TeleportErrorKind};
use accessbot_teleport::{CredentialFiles, TeleportClient};

/// A plugin name that no bot uses.
const PLUGIN: &str = "accessbot-test";

#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was left out")]
fn clients() -> Vec<TeleportClient> {
    let read = std::env::var;
    let (Ok(address), Ok(path)) = (read("ACCESSBOT_LAB_TELEPORT_ADDR"), read("ACCESSBOT_LAB_TELEPORT_CREDS")) else {
        eprintln!("not run: ACCESSBOT_LAB_TELEPORT_ADDR and ACCESSBOT_LAB_TELEPORT_CREDS do not name a real server");
        return Vec::new();
    };
    let file = |end: &str| PathBuf::from(format!("{path}.{end}"));
    let tls = CredentialFiles::Tls { client_crt: file("crt"), client_key: file("key"), root_cas: file("cas") };
    [tls, CredentialFiles::Identity(file("pem"))]
        .map(|files| {
            let credentials = files.load(SystemClock.now()).unwrap();
            eprintln!("{:?}", credentials.certificate());
            TeleportClient::connect_lazy(&credentials, &address.parse().unwrap(), Arc::new(SystemClock))
        })
        .into()
}

#[tokio::test]
async fn a_real_server_answers_every_call() {
    for client in clients() {
        let cluster = client.ping().await.unwrap();
        assert!(!cluster.name.is_empty());
        assert!(client.way().is_some());
        drop(client.watch().await.unwrap());

        let requests = client.requests().await.unwrap();
        client.records(PLUGIN).await.unwrap();
        let unknown = RequestId::new("00000000-0000-4000-8000-000000000000");
        assert_eq!(client.request(&unknown).await.unwrap(), None);
        assert_eq!(client.record(PLUGIN, &unknown).await.unwrap(), Record::new());
        let pair = |value: &str| Record::from([("test".to_owned(), value.to_owned())]);
        let claim = RecordChange { set: pair("claimed"), expect: pair("") };
        let missing = client.change_record(PLUGIN, &unknown, &claim).await.unwrap_err();
        assert_eq!(missing.kind, TeleportErrorKind::NotFound, "{missing}");

        // Compare-and-set can only be tried where there is a request; it leaves nothing behind.
        for id in requests.iter().map(|r| &r.id).take(1) {
            assert_eq!(client.request(id).await.unwrap().unwrap().id, *id);
            client.change_record(PLUGIN, id, &claim).await.unwrap();
            let second = client.change_record(PLUGIN, id, &claim).await.unwrap_err();
            assert_eq!(second.kind, TeleportErrorKind::Conflict, "{second}");
            assert_eq!(client.record(PLUGIN, id).await.unwrap(), pair("claimed"));
            assert!(client.records(PLUGIN).await.unwrap().contains(&(id.clone(), pair("claimed"))));
            let release = RecordChange { set: pair(""), expect: pair("claimed") };
            client.change_record(PLUGIN, id, &release).await.unwrap();
            assert_eq!(client.record(PLUGIN, id).await.unwrap(), Record::new());
        }
    }
}
