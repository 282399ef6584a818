//! What a missing verb forbids, and in which words: as an open-source 8.3.21 answered an identity of each role.

use accessbot_sandbox::teleport::{Role, TeleportSandbox};
use accessbot_teleport::proto::auth::{RequestId, RequestStateSetter, Watch};
use accessbot_teleport::proto::types;

use super::client::{Client, bob, bot, by_id, error, start};

/// One answer to each call that needs a permission.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    /// How many requests are listed, and how many by id.
    seen: (usize, usize),
    watch: String,
    read_data: String,
    write_data: String,
    set_state: String,
    delete: String,
    create: String,
}

impl Answers {
    /// Of somebody who may do nothing.
    fn none() -> Self {
        Self {
            seen: (0, 0),
            watch: denied("read", "access_request"),
            read_data: denied("list", "access_plugin_data"),
            write_data: denied("update", "access_plugin_data"),
            set_state: denied("update", "access_request"),
            delete: denied("delete", "access_request"),
            create: denied("create", "access_request"),
        }
    }
}

fn denied(verb: &str, kind: &str) -> String {
    format!("PermissionDenied access denied to perform action {verb:?} on {kind:?}")
}

async fn ask(bot: &mut Client, id: &str) -> Answers {
    let kind = "access_request".to_owned();
    let list = bot.get_access_requests(types::AccessRequestFilter::default()).await.unwrap().into_inner();
    let one = bot.get_access_requests(by_id(id)).await.unwrap().into_inner();
    let kinds = vec![types::WatchKind { kind: kind.clone(), ..Default::default() }];
    let filter = types::PluginDataFilter { kind: kind.clone(), ..Default::default() };
    let update = types::PluginDataUpdateParams {
        kind,
        resource: id.to_owned(),
        plugin: "p".to_owned(),
        set: [("a".to_owned(), "1".to_owned())].into(),
        expect: [("a".to_owned(), "5".to_owned())].into(),
    };
    let nonsense = || "nonsense".to_owned();
    let setter =
        RequestStateSetter { id: nonsense(), state: types::RequestState::Approved.into(), ..Default::default() };
    let spec = types::AccessRequestSpecV3 { user: "bob".into(), roles: vec!["dbadmin".into()], ..Default::default() };
    let request = types::AccessRequestV3 { spec: Some(spec), ..Default::default() };
    Answers {
        seen: (list.access_requests.len(), one.access_requests.len()),
        watch: error(bot.watch_events(Watch { kinds, ..Default::default() }).await),
        read_data: error(bot.get_plugin_data(filter).await),
        write_data: error(bot.update_plugin_data(update).await),
        set_state: error(bot.set_access_request_state(setter).await),
        delete: error(bot.delete_access_request(RequestId { id: nonsense() }).await),
        create: error(bot.create_access_request(request).await),
    }
}

fn give(server: &TeleportSandbox, rules: &[(&str, &str)]) {
    let role = Role::new("access-plugin");
    server.add_role(rules.iter().fold(role, |role, (kind, verb)| role.allow(kind, &[verb])));
}

#[tokio::test]
async fn each_verb_by_itself() {
    let (requests, data) = ("access_request", "access_plugin_data");
    let ok = || "Ok".to_owned();
    let mismatch = || "FailedPrecondition expectations not met for field \"a\"".to_owned();
    let half = || denied("read", data);
    let unset = "NotFound cannot set state of access request \"nonsense\" (not found)".to_owned();
    let undeleted = "NotFound cannot delete access request \"nonsense\" (not found)".to_owned();
    for (rules, expected) in [
        (&[][..], Answers::none()),
        (&[(requests, "list")], Answers { read_data: half(), ..Answers::none() }),
        (&[(requests, "read")], Answers { watch: ok(), ..Answers::none() }),
        (&[(requests, "create")], Answers { create: ok(), ..Answers::none() }),
        (&[(requests, "update")], Answers { write_data: mismatch(), set_state: unset, ..Answers::none() }),
        (&[(requests, "delete")], Answers { delete: undeleted, ..Answers::none() }),
        (&[(data, "list")], Answers { read_data: half(), ..Answers::none() }),
        (&[(data, "read")], Answers::none()),
        (&[(data, "update")], Answers { write_data: mismatch(), ..Answers::none() }),
        (
            &[(requests, "list"), (requests, "read")],
            Answers { seen: (1, 1), watch: ok(), read_data: ok(), ..Answers::none() },
        ),
        (&[(requests, "list"), (data, "read")], Answers { read_data: ok(), ..Answers::none() }),
    ] {
        let server = start().await;
        let id = bob(&server);
        give(&server, rules);
        assert_eq!(ask(&mut bot(&server), &id).await, expected, "{rules:?}");
    }
}

#[tokio::test]
async fn who_does_not_exist_asks_for_nothing() {
    let server = start().await;
    let nobody = accessbot_sandbox::teleport::NewRequest::new("nobody", "dbadmin");
    let refused = server.create_request(nobody).unwrap_err().to_string();
    assert_eq!(refused, "refused: NotFound: user \"nobody\" is not found");
}
