//! Everything that can go wrong on the way.

use std::time::Duration;

use accessbot_teleport::proto::auth::PingRequest;
use accessbot_teleport::proto::types;
use tonic::Code;

use super::client::{bob, bot, error, start};

fn claim(id: &str) -> types::PluginDataUpdateParams {
    types::PluginDataUpdateParams {
        kind: "access_request".to_owned(),
        resource: id.to_owned(),
        plugin: "p".to_owned(),
        set: [("a".to_owned(), "1".to_owned())].into(),
        expect: [("a".to_owned(), String::new())].into(),
    }
}

#[tokio::test]
async fn planned_faults_come_before_or_after_the_effect() {
    let server = start().await;
    let mut bot = bot(&server);
    let faults = server.faults();
    let update = "UpdatePluginData";
    let ids: Vec<String> = (0..4).map(|_| bob(&server)).collect();
    let done = |n: usize| !server.plugin_data(&ids[n], "p").is_empty();

    faults.fail_next(update, 1, Code::ResourceExhausted, "slow down");
    assert_eq!(error(bot.update_plugin_data(claim(&ids[0])).await), "ResourceExhausted slow down");
    assert!(!done(0));
    faults.fail_after_effect(update, 1);
    assert_eq!(error(bot.update_plugin_data(claim(&ids[1])).await), "Unavailable transport is closing");
    assert!(done(1));
    faults.drop_next(update, 1);
    assert_ne!(error(bot.update_plugin_data(claim(&ids[2])).await), "Ok");
    assert!(!done(2));
    faults.drop_after_effect(update, 1);
    assert_ne!(error(bot.update_plugin_data(claim(&ids[3])).await), "Ok");
    assert!(done(3));
    assert_eq!(error(bot.ping(PingRequest {}).await), "Ok", "dials again");
    assert_eq!((server.calls(update), server.calls("P*"), server.calls("*")), (4, 1, 5));
    let log = server.call_log();
    assert_eq!((log[1].caller.as_str(), log[1].detail.as_str()), ("access-plugin", ids[1].as_str()));
    assert_eq!(log[3].outcome, "dropped");
}

#[tokio::test]
async fn a_frozen_server_carries_out_what_it_got() {
    let server = start().await;
    let id = bob(&server);
    let mut bot = bot(&server);
    bot.ping(PingRequest {}).await.unwrap();
    server.freeze();
    let sent = tokio::time::timeout(Duration::from_millis(100), bot.update_plugin_data(claim(&id))).await;
    assert!(sent.is_err(), "no answer");
    assert!(
        tokio::time::timeout(Duration::from_millis(100), super::client::bot(&server).ping(PingRequest {}))
            .await
            .is_err()
    );
    server.thaw();
    assert_eq!(error(bot.ping(PingRequest {}).await), "Ok");
}

#[tokio::test]
async fn a_slow_call_goes_on_without_its_client() {
    let server = start().await;
    let id = bob(&server);
    let hold = server.faults().hold("UpdatePluginData");
    let mut client = bot(&server);
    let call = tokio::spawn({
        let id = id.clone();
        async move { client.update_plugin_data(claim(&id)).await }
    });
    hold.caught(1).await;
    call.abort();
    assert!(call.await.is_err());
    assert_eq!(hold.waiting(), 1);
    hold.release();
    server.wait_until("the write", |server| !server.plugin_data(&id, "p").is_empty()).await;
}

#[tokio::test]
async fn a_restart_cuts_everything_and_forgets_nothing() {
    let server = start().await;
    let id = bob(&server);
    let mut bot = bot(&server);
    let kinds = vec![types::WatchKind { kind: "access_request".to_owned(), ..Default::default() }];
    let watch = accessbot_teleport::proto::auth::Watch { kinds, ..Default::default() };
    let mut events = bot.watch_events(watch).await.unwrap().into_inner();
    events.message().await.unwrap().unwrap();
    server.stop().await;
    assert!(events.message().await.is_err());
    assert_eq!(error(bot.ping(PingRequest {}).await).split(' ').next(), Some("Unavailable"));
    server.start_again().unwrap();
    assert_eq!(error(bot.ping(PingRequest {}).await), "Ok");
    assert!(server.request(&id).is_some());
    assert_eq!(server.watches(), 0);
}

#[tokio::test]
async fn what_the_service_does_not_have() {
    let server = start().await;
    let mut large = claim(&bob(&server));
    large.set.insert("a".to_owned(), "x".repeat(1_000_000));
    let refused = error(bot(&server).update_plugin_data(large.clone()).await);
    assert!(refused.starts_with("InvalidArgument") && refused.contains("size limit exceeded"), "{refused}");
    large.set.insert("a".to_owned(), "x".repeat(5_000_000));
    assert_eq!(error(bot(&server).update_plugin_data(large).await).split(' ').next(), Some("ResourceExhausted"));
}
