//! Users and roles: who may read them, by which calls.

use accessbot_sandbox::teleport::{Role, TeleportSandbox, TeleportVersion, User};
use accessbot_teleport::proto::auth::{GetRoleRequest, GetUserRequest, GetUsersRequest, ListRolesRequest};
use accessbot_teleport::proto::users::users_service_client::UsersServiceClient;
use accessbot_teleport::proto::{types, users};
use tonic::transport::Channel;

use super::client::{Client, Connect, HOUR, bot, channel, client, error, start, start_version};

const NEW: TeleportVersion = TeleportVersion::V18_11;

fn denied(verb: &str, kind: &str) -> String {
    format!("PermissionDenied access denied to perform action {verb:?} on {kind:?}")
}

/// What is said to who may neither list nor read, as an open-source 8.3.21 says it.
fn denied_both(kind: &str) -> String {
    let read = denied("read", kind);
    format!("{}, {}", denied("list", kind), read.trim_start_matches("PermissionDenied "))
}

/// The bot, with these verbs on a kind of resource beside what it needs anyway.
fn grant(server: &TeleportSandbox, kind: &str, verbs: &[&str]) {
    server.add_role(Role::new("access-plugin").allow("access_request", &["list", "read"]).allow(kind, verbs));
}

fn users_client(server: &TeleportSandbox) -> UsersServiceClient<Channel> {
    let credentials = &server.credentials("access-plugin", HOUR).unwrap();
    UsersServiceClient::new(channel(&Connect { to: server.addr(), protocols: &["h2"], credentials, named: true }))
}

fn get(name: &str) -> GetUserRequest {
    GetUserRequest { name: name.to_owned(), with_secrets: false }
}

fn trait_of(user: &types::UserV2, name: &str) -> Vec<String> {
    let traits = user.spec.as_ref().unwrap().traits.as_ref().unwrap();
    traits.values.get(name).map(|values| values.values.clone()).unwrap_or_default()
}

async fn all_users(client: &mut Client) -> Result<Vec<String>, String> {
    let mut stream = match client.get_users(GetUsersRequest::default()).await {
        Ok(stream) => stream.into_inner(),
        refused => return Err(error(refused)),
    };
    let mut names = Vec::new();
    while let Some(user) = stream.message().await.map_err(|status| status.to_string())? {
        names.push(user.metadata.unwrap().name);
    }
    Ok(names)
}

#[tokio::test]
async fn the_old_calls_for_users() {
    let server = start().await;
    server.add_user(User::new("alice", &["reviewer"]).with_trait("slack_uid", &["U024BE7LH"]));
    let mut bot = bot(&server);
    assert_eq!(error(bot.get_user(get("alice")).await), denied("read", "user"));
    assert_eq!(error(bot.get_user(get("access-plugin")).await), "Ok", "oneself");
    assert_eq!(bot.get_current_user(()).await.unwrap().into_inner().metadata.unwrap().name, "access-plugin");
    grant(&server, "user", &["read"]);
    let alice = bot.get_user(get("alice")).await.unwrap().into_inner();
    assert_eq!(trait_of(&alice, "slack_uid"), ["U024BE7LH"]);
    assert_eq!(error(bot.get_user(get("nobody")).await), "NotFound user \"nobody\" is not found");
    let secrets = GetUserRequest { name: "alice".to_owned(), with_secrets: true };
    assert!(error(bot.get_user(secrets).await).starts_with("PermissionDenied"));
    assert_eq!(all_users(&mut bot).await, Err(denied("list", "user")));
    server.add_role(Role::new("access-plugin"));
    assert_eq!(all_users(&mut bot).await, Err(denied_both("user")));
    grant(&server, "user", &["list"]);
    assert_eq!(all_users(&mut bot).await, Err(denied("read", "user")));
    grant(&server, "user", &["list", "read"]);
    assert_eq!(all_users(&mut bot).await.unwrap(), ["access-plugin", "alice", "bob", "dave", "ivan", "labadmin"]);
}

#[tokio::test]
async fn the_new_service_for_users() {
    let query = |name: &str| users::GetUserRequest { name: name.to_owned(), ..Default::default() };
    let old = start_version(TeleportVersion::V13).await;
    let missing = "Unimplemented unknown service teleport.users.v1.UsersService";
    assert_eq!(error(users_client(&old).get_user(query("alice")).await), missing);

    let server = start_version(NEW).await;
    let mut client = users_client(&server);
    assert_eq!(error(client.get_user(query("alice")).await), denied("read", "user"));
    let current = users::GetUserRequest { current_user: true, ..Default::default() };
    let myself = client.get_user(current).await.unwrap().into_inner().user.unwrap();
    assert_eq!(myself.metadata.unwrap().name, "access-plugin");
    grant(&server, "user", &["list", "read"]);
    let alice = client.get_user(query("alice")).await.unwrap().into_inner().user.unwrap();
    assert_eq!(trait_of(&alice, "email"), ["alice@example.com"]);
    let mut query = users::ListUsersRequest { page_size: 4, ..Default::default() };
    let mut names = Vec::new();
    loop {
        let page = client.list_users(query.clone()).await.unwrap().into_inner();
        names.extend(page.users.into_iter().map(|user| user.metadata.unwrap().name));
        query.page_token = page.next_page_token;
        if query.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["access-plugin", "alice", "bob", "dave", "ivan", "labadmin"]);
    assert_eq!((server.calls("UsersService.*"), server.calls("UsersService.ListUsers")), (5, 2));
    server.faults().fail_next("UsersService.GetUser", 1, tonic::Code::Unavailable, "later");
    assert_eq!(error(client.list_users(query.clone()).await), "Ok");
    server.lock_user("access-plugin", true).unwrap();
    assert_eq!(error(client.list_users(query).await), "PermissionDenied [10] access denied");
}

#[tokio::test]
async fn roles_by_the_calls_of_each_version() {
    for (version, whole, pages) in
        [(TeleportVersion::V8_3, true, false), (TeleportVersion::V16, true, true), (NEW, false, true)]
    {
        let server = start_version(version).await;
        let mut bot = bot(&server);
        let expected = |has: bool, call: &str, otherwise: &str| {
            if has {
                otherwise.to_owned()
            } else {
                format!("Unimplemented unknown method {call} for service proto.AuthService")
            }
        };
        let denied = denied_both("role");
        assert_eq!(error(bot.get_roles(()).await), expected(whole, "GetRoles", &denied), "{version}");
        let query = ListRolesRequest { limit: 2, ..Default::default() };
        assert_eq!(error(bot.list_roles(query.clone()).await), expected(pages, "ListRoles", &denied), "{version}");
        grant(&server, "role", &["list", "read"]);
        assert_eq!(error(bot.get_roles(()).await), expected(whole, "GetRoles", "Ok"), "{version}");
        if pages {
            let page = bot.list_roles(query).await.unwrap().into_inner();
            assert_eq!((page.roles.len(), page.next_key.as_str()), (2, "devops"));
            let query = ListRolesRequest { start_key: page.next_key, ..Default::default() };
            let rest = bot.list_roles(query).await.unwrap().into_inner();
            assert_eq!((rest.roles.len(), rest.next_key.as_str()), (5, ""));
        }
    }
}

#[tokio::test]
async fn a_role_says_what_its_holders_may() {
    let server = start().await;
    let query = |name: &str| GetRoleRequest { name: name.to_owned() };
    let mut bob = client(&server, Some("bob"));
    let devops = bob.get_role(query("devops")).await.unwrap().into_inner();
    let allow = devops.spec.unwrap().allow.unwrap();
    assert_eq!(allow.request.unwrap().roles, ["dbadmin", "shortlived"], "one's own role needs no permission");
    assert_eq!(error(bob.get_role(query("reviewer")).await), denied("read", "role"));
    let mut admin = client(&server, Some("labadmin"));
    let reviewer = admin.get_role(query("reviewer")).await.unwrap().into_inner();
    let allow = reviewer.spec.unwrap().allow.unwrap();
    assert_eq!(allow.review_requests.unwrap().roles, ["dbadmin", "shortlived"]);
    assert_eq!(error(admin.get_role(query("none")).await), "NotFound role none is not found");
}
