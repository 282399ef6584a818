//! Who is let in.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{Clock, SystemClock};
use accessbot_core::teleport::{Teleport, TeleportErrorKind};
use accessbot_sandbox::teleport::{Issue, Rotation, Signed, TeleportOptions, TeleportSandbox, TeleportVersion};
use accessbot_teleport::proto::auth::{PingRequest, Watch};
use accessbot_teleport::proto::types;
use accessbot_teleport::{Address, CredentialFiles, Credentials, IssuedBy, TeleportClient};

use super::client::{HOUR, bob, bot, client, client_with, error, start, start_version};
use crate::ManualClock;

fn our_client(server: &TeleportSandbox, credentials: &Credentials) -> TeleportClient {
    let address: Address = server.addr().to_string().parse().unwrap();
    TeleportClient::connect_lazy(credentials, &address, Arc::new(SystemClock))
}

#[tokio::test]
async fn both_kinds_of_credential_files_are_good_for_our_own_client() {
    let server = start().await;
    let id = bob(&server);
    let folder = tempfile::tempdir().unwrap();
    let paths = server.write_credentials("access-plugin", folder.path(), 24 * HOUR).unwrap();
    let now = SystemClock.now();
    for files in [
        CredentialFiles::Tls {
            client_crt: paths.crt.clone(),
            client_key: paths.key.clone(),
            root_cas: paths.cas.clone(),
        },
        CredentialFiles::Identity(paths.identity.clone()),
    ] {
        let credentials = files.load(now).unwrap();
        assert_eq!((credentials.user(), credentials.cluster()), ("access-plugin", "lab.example"));
        let client = our_client(&server, &credentials);
        assert_eq!(client.ping().await.unwrap().version, "8.3.21");
        let requests = client.requests().await.unwrap();
        assert_eq!(requests, server.requests());
        assert_eq!(requests[0].id.as_str(), id);
        // Alice's word reaches the watcher.
        let mut watch = client.watch().await.unwrap();
        server.put_event_again(&id);
        watch.next().await.unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_is_refused_is_refused_for_our_own_client_too() {
    let server = start().await;
    server.reject_certificates(true);
    let pem = server.credentials("access-plugin", HOUR).unwrap();
    let credentials =
        Credentials::from_pem(&pem.certificate, &pem.key, &pem.host_authorities, SystemClock.now()).unwrap();
    let error = our_client(&server, &credentials).requests().await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Credentials, "{error:?}");
    server.reject_certificates(false);
    our_client(&server, &credentials).requests().await.unwrap();
}

#[tokio::test]
async fn certificates_expire_by_the_sandboxs_clock() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let server = TeleportSandbox::start(TeleportOptions { clock: clock.clone(), ..Default::default() }).await.unwrap();
    let mut early = bot(&server);
    early.ping(PingRequest {}).await.unwrap();
    let mut late = bot(&server);
    clock.advance(HOUR + Duration::from_secs(1));
    assert_ne!(error(late.ping(PingRequest {}).await), "Ok");
    assert_eq!(error(early.ping(PingRequest {}).await), "Ok", "a connection that stands goes on");
    assert_eq!(error(bot(&server).ping(PingRequest {}).await), "Ok", "a fresh certificate is good");
}

#[tokio::test]
async fn certificates_are_made_to_order() {
    let server = start().await;
    let now = SystemClock.now();
    let minute = Duration::from_secs(60);
    let to_bot = || Issue::to("access-plugin");
    for (order, good) in [
        (to_bot().lasting(minute), true),
        (to_bot().from(now.minus(2 * HOUR)).lasting(HOUR), false),
        (to_bot().from(now.plus(HOUR)).lasting(HOUR), false),
        (to_bot().from(now.minus(HOUR)).lasting(2 * HOUR), true),
    ] {
        let answer = error(client_with(&server, &server.issue(&order).unwrap()).ping(PingRequest {}).await);
        assert_eq!(answer == "Ok", good, "{order:?}: {answer}");
    }
    let folder = tempfile::tempdir().unwrap();
    for (signed, expected) in [
        (Signed::Tbot("robot".to_owned()), "Bot(\"robot\")"),
        (Signed::By("alice".to_owned()), "Impersonator(\"alice\")"),
        (Signed::Login, "Unknown"),
    ] {
        let order = to_bot().signed(signed);
        let paths = server.write_issue(&order, folder.path()).unwrap();
        let read = CredentialFiles::Identity(paths.identity).load(now).unwrap();
        assert_eq!(format!("{:?}", read.certificate().issued_by), expected);
    }
    let pem = server.issue(&to_bot().signed(Signed::OnAuth)).unwrap();
    let read = Credentials::from_pem(&pem.certificate, &pem.key, &pem.host_authorities, now).unwrap();
    let IssuedBy::Impersonator(host) = &read.certificate().issued_by else { panic!("{read:?}") };
    assert!(host.ends_with(".lab.example"), "{host}");
}

#[tokio::test]
async fn a_rotation_makes_old_credentials_worthless_and_new_ones_good() {
    let server = start().await;
    let mut before = bot(&server);
    before.ping(PingRequest {}).await.unwrap();
    for (which, told) in [
        (Rotation::Users, "refused our client certificate (BadCertificate)"),
        (Rotation::Hosts, "no authority in our credentials vouches for it"),
        (Rotation::Both, "no authority in our credentials vouches for it"),
    ] {
        let old = server.credentials("access-plugin", HOUR).unwrap();
        server.rotate(which).unwrap();
        let old = Credentials::from_pem(&old.certificate, &old.key, &old.host_authorities, SystemClock.now()).unwrap();
        let refused = format!("{:?}", our_client(&server, &old).ping().await.unwrap_err());
        assert!(refused.contains(told), "{which:?}: {refused}");
        assert_eq!(error(bot(&server).ping(PingRequest {}).await), "Ok", "fresh ones are good after {which:?}");
    }
    assert_eq!(error(before.ping(PingRequest {}).await), "Ok", "a connection that stands goes on");
}

#[tokio::test]
async fn clients_that_say_they_are_old_are_refused_by_18() {
    for (version, client, good) in [
        (TeleportVersion::V16, "7.0.0", true),
        (TeleportVersion::V18_11, "16.9.9", false),
        (TeleportVersion::V18_11, "17.0.0-aa", true),
        (TeleportVersion::V18_11, "99.0.0", true),
        (TeleportVersion::V18_11, "new", false),
    ] {
        let server = start_version(version).await;
        let mut ping = tonic::Request::new(PingRequest {});
        ping.metadata_mut().insert("version", client.parse().unwrap());
        let answer = error(bot(&server).ping(ping).await);
        assert_eq!(answer == "Ok", good, "{client} at {version}: {answer}");
        assert!(good || answer.starts_with("PermissionDenied client version"), "{answer}");
    }
}

#[tokio::test]
async fn nobody_may_ping_and_nothing_else() {
    let server = start().await;
    let mut nobody = client(&server, None);
    let pong = nobody.ping(PingRequest {}).await.unwrap().into_inner();
    assert_eq!((pong.cluster_name.as_str(), pong.server_version.as_str()), ("lab.example", "8.3.21"));
    assert!(pong.server_features.unwrap().advanced_access_workflows);
    let filter = types::AccessRequestFilter::default();
    assert_eq!(error(nobody.get_access_requests(filter).await), "NotFound user \"Nop\" is not found");
    let watch = Watch {
        kinds: vec![types::WatchKind { kind: "access_request".into(), ..Default::default() }],
        ..Default::default()
    };
    let refused = "PermissionDenied access denied to perform action \"read\" on \"access_request\"";
    assert_eq!(error(nobody.watch_events(watch).await), refused);
    let update = types::PluginDataUpdateParams { kind: "access_request".into(), ..Default::default() };
    let refused = "PermissionDenied access denied to perform action \"update\" on \"access_plugin_data\"";
    assert_eq!(error(nobody.update_plugin_data(update).await), refused);
}

/// As `tctl` of version 8 asks before anything else.
#[tokio::test]
async fn the_clusters_name_is_told_over_http_too() {
    let server = start().await;
    let pem = server.credentials("labadmin", HOUR).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(pem.host_authorities.as_bytes()).unwrap();
    let browser = || {
        let client = reqwest::Client::builder().tls_certs_only([authority.clone()]).http1_only().no_proxy();
        client.resolve("teleport.cluster.local", server.addr())
    };
    let url = |path: &str| format!("https://teleport.cluster.local:{}{path}", server.addr().port());
    let identity = reqwest::Identity::from_pem(format!("{}{}", pem.key, pem.certificate).as_bytes()).unwrap();
    let admin = browser().identity(identity).build().unwrap();
    let name: serde_json::Value = admin.get(url("/v2/configuration/name")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&name["kind"], &name["spec"]["cluster_name"]), (&"cluster_name".into(), &"lab.example".into()));
    assert_eq!(admin.get(url("/v2/domain")).send().await.unwrap().text().await.unwrap(), "\"lab.example\"");
    assert_eq!(admin.get(url("/v2/nonsense")).send().await.unwrap().status(), 404);
    let nobody = browser().build().unwrap();
    assert_eq!(nobody.get(url("/v2/configuration/name")).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_locked_user_may_not_even_ping() {
    let server = start().await;
    let mut bot = bot(&server);
    server.lock_user("access-plugin", true).unwrap();
    assert_eq!(error(bot.ping(PingRequest {}).await), "PermissionDenied [10] access denied");
    server.lock_user("access-plugin", false).unwrap();
    assert_eq!(error(bot.ping(PingRequest {}).await), "Ok");
}
