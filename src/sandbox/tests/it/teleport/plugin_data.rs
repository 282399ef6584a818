//! Plugin data over the wire.

use std::collections::BTreeMap;

use accessbot_sandbox::teleport::Role;
use accessbot_teleport::proto::types;

use super::client::{Client, bob, bot, client, error, start};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

async fn update(client: &mut Client, id: &str, set: &[(&str, &str)], expect: &[(&str, &str)]) -> String {
    let params = types::PluginDataUpdateParams {
        kind: "access_request".to_owned(),
        resource: id.to_owned(),
        plugin: "p".to_owned(),
        set: map(set),
        expect: map(expect),
    };
    error(client.update_plugin_data(params).await)
}

/// How many records there are, and how many entries the first has.
async fn get(client: &mut Client, id: &str, plugin: &str) -> (usize, usize) {
    let filter = types::PluginDataFilter {
        kind: "access_request".to_owned(),
        resource: id.to_owned(),
        plugin: plugin.to_owned(),
    };
    let data = client.get_plugin_data(filter).await.unwrap().into_inner().plugin_data;
    (data.len(), data.first().map_or(0, |record| record.spec.as_ref().unwrap().entries.len()))
}

#[tokio::test]
async fn compare_and_set() {
    let server = start().await;
    let id = bob(&server);
    let mut bot = bot(&server);
    let conflict = "FailedPrecondition expectations not met for field \"a\"";
    assert_eq!(get(&mut bot, &id, "p").await, (0, 0), "no error");
    assert_eq!(update(&mut bot, &id, &[("a", "1")], &[("a", "x")]).await, conflict);
    assert_eq!(get(&mut bot, &id, "").await, (0, 0), "a refused write leaves nothing");
    assert_eq!(update(&mut bot, &id, &[("a", "1")], &[("a", "")]).await, "Ok");
    assert_eq!(update(&mut bot, &id, &[("a", "2")], &[("a", "")]).await, conflict);
    assert_eq!(update(&mut bot, &id, &[("a", "2")], &[]).await, "Ok");
    assert_eq!(server.unconditional_writes().len(), 1);
    assert_eq!(get(&mut bot, &id, "p").await, (1, 1));
    assert_eq!(get(&mut bot, &id, "other").await, (0, 0));
    assert_eq!(update(&mut bot, &id, &[("a", "")], &[("a", "2")]).await, "Ok");
    assert_eq!(get(&mut bot, &id, "").await, (1, 0), "the entry vanishes, the record stays");
    let unknown = "NotFound access request \"nobody's\" not found";
    assert_eq!(update(&mut bot, "nobody's", &[("a", "1")], &[("a", "")]).await, unknown);

    // The record outlives its request, and is still listed.
    server.set_plugin_data(&id, "other", [("k".to_owned(), "v".to_owned())].into()).unwrap();
    server.remove(&id).unwrap();
    assert_eq!(update(&mut bot, &id, &[("a", "3")], &[("a", "")]).await, "Ok");
    assert_eq!(get(&mut bot, "", "p").await, (1, 2), "others' entries come along");
    assert_eq!(server.plugin_data(&id, "p")["a"], "3");
    let writers: Vec<_> = server.plugin_writes().into_iter().map(|write| write.caller).collect();
    assert_eq!(writers, ["access-plugin", "access-plugin", "access-plugin", "somebody else", "access-plugin"]);
}

#[tokio::test]
async fn of_twenty_who_expect_absence_one_wins() {
    let server = start().await;
    let id = bob(&server);
    let writers = (0..20).map(|n: i32| {
        let (mut bot, id) = (bot(&server), id.clone());
        tokio::spawn(async move { update(&mut bot, &id, &[("a", n.to_string().as_str())], &[("a", "")]).await })
    });
    let mut wins = 0;
    for writer in writers.collect::<Vec<_>>() {
        wins += usize::from(writer.await.unwrap() == "Ok");
    }
    assert_eq!(wins, 1);
}

#[tokio::test]
async fn permissions_and_kinds() {
    let server = start().await;
    let id = bob(&server);
    let denied = "PermissionDenied access denied to perform action \"update\" on \"access_plugin_data\"";
    assert_eq!(update(&mut client(&server, Some("bob")), &id, &[("a", "1")], &[("a", "")]).await, denied);
    server.add_role(Role::new("access-plugin").allow("access_request", &["list", "read"]));
    assert_eq!(update(&mut bot(&server), &id, &[("a", "1")], &[("a", "")]).await, denied);
    server.add_role(Role::new("access-plugin").allow("access_plugin_data", &["update"]));
    assert_eq!(update(&mut bot(&server), &id, &[("a", "1")], &[("a", "")]).await, "Ok");
    let filter = types::PluginDataFilter { kind: "access_request".into(), ..Default::default() };
    let denied = "PermissionDenied access denied to perform action \"list\" on \"access_plugin_data\"";
    assert_eq!(error(bot(&server).get_plugin_data(filter).await), denied);
    let filter = types::PluginDataFilter { kind: "node".into(), ..Default::default() };
    assert_eq!(error(bot(&server).get_plugin_data(filter).await), "InvalidArgument unsupported resource kind \"node\"");
}
