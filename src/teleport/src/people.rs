//! Users, on every version of the server.
//!
//! `teleport.users.v1.UsersService` came with v15, and v18 wants it used; before it there are `GetUser` and `GetUsers`. A server
//! that lacks the newer one answers UNIMPLEMENTED.

use accessbot_core::teleport::{TeleportError, TeleportErrorKind, User};
use tonic::{Code, Response, Status};

use crate::calls::{self, Call};
use crate::convert;
use crate::decisions::is_missing_user;
use crate::link::Link;
use crate::proto::{auth, types, users};

/// Users for one page.
const PAGE: i32 = 1000;
/// Far above what any cluster holds: a server that gets here does not come to an end.
const MOST_PAGES: usize = 2000;

/// One user; `None` if there is none of that name.
pub(crate) async fn user(link: &Link, name: &str) -> Result<Option<User>, TeleportError> {
    let call = &calls::USER;
    if name.is_empty() {
        return Ok(None);
    }
    let find = async {
        let newer = users::GetUserRequest { name: name.to_owned(), ..Default::default() };
        match link.users_api().get_user(newer).await {
            Ok(answer) => Ok(answer.into_inner().user),
            Err(status) if is_missing_user(&status, name) => Ok(None),
            Err(status) if status.code() == Code::Unimplemented => older_user(link, name).await,
            Err(status) => Err(status),
        }
    };
    // Whatever a server answers, nobody else is to be taken for this user.
    let found = link.within(call, find).await?.and_then(convert::user);
    Ok(found.filter(|user| user.name == name))
}

async fn older_user(link: &Link, name: &str) -> Result<Option<types::UserV2>, Status> {
    let ask = auth::GetUserRequest { name: name.to_owned(), with_secrets: false };
    match link.api().get_user(ask).await {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if is_missing_user(&status, name) => Ok(None),
        Err(status) => Err(status),
    }
}

/// All users.
pub(crate) async fn users(link: &Link) -> Result<Vec<User>, TeleportError> {
    let call = &calls::USERS;
    let listed = match pages(link, call).await {
        Err(e) if e.kind == TeleportErrorKind::Unsupported => stream(link, call).await?,
        listed => listed?,
    };
    let mut users: Vec<User> = listed.into_iter().filter_map(convert::user).collect();
    users.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(users)
}

async fn pages(link: &Link, call: &Call) -> Result<Vec<types::UserV2>, TeleportError> {
    let mut listed = Vec::new();
    let mut ask = users::ListUsersRequest { page_size: PAGE, ..Default::default() };
    for _ in 0..MOST_PAGES {
        let page = link.answer(call, link.users_api().list_users(ask.clone())).await?;
        listed.extend(page.users);
        if page.next_page_token.is_empty() {
            return Ok(listed);
        }
        if page.next_page_token == ask.page_token {
            break;
        }
        ask.page_token = page.next_page_token;
    }
    Err(TeleportError::new(TeleportErrorKind::Invalid, call.name, "the server's pages do not come to an end"))
}

async fn stream(link: &Link, call: &Call) -> Result<Vec<types::UserV2>, TeleportError> {
    let collect = async {
        let mut stream = link.api().get_users(auth::GetUsersRequest::default()).await.map(Response::into_inner)?;
        let mut listed = Vec::new();
        while let Some(user) = stream.message().await? {
            listed.push(user);
        }
        Ok::<_, Status>(listed)
    };
    link.within(call, collect).await
}
