//! Asking for access requests on every version of the server.
//!
//! `ListAccessRequests` came with v16 (and late v14 and v15), `GetAccessRequestsV2` with v8.3.14, and `GetAccessRequests` went with
//! v13. A server that lacks one answers UNIMPLEMENTED, at the call or, if it streams, at the first read.

use accessbot_core::request::AccessRequest;
use accessbot_core::teleport::{TeleportError, TeleportErrorKind};
use tonic::Status;

use crate::calls::Call;
use crate::convert;
use crate::link::Link;
use crate::proto::auth::ListAccessRequestsRequest;
use crate::proto::types::AccessRequestFilter;

/// How to ask, newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// `ListAccessRequests`: page by page.
    #[default]
    Pages,
    /// `GetAccessRequestsV2`: one after the other.
    Stream,
    /// `GetAccessRequests`: all in one answer.
    Whole,
}

impl Way {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Pages => 0,
            Self::Stream => 1,
            Self::Whole => 2,
        }
    }

    pub(crate) fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Stream,
            2 => Self::Whole,
            _ => Self::Pages,
        }
    }

    /// Every way once, this one first.
    fn and_others(self) -> impl Iterator<Item = Self> {
        let others = [Self::Pages, Self::Stream, Self::Whole].into_iter().filter(move |way| *way != self);
        std::iter::once(self).chain(others)
    }
}

/// Requests for one page; the server's own default.
const PAGE: i32 = 1000;
/// Far above what any cluster holds: a server that gets here does not come to an end.
const MOST_PAGES: usize = 2000;

/// Takes the requests one by one, as they come in.
type Visit<'a> = &'a mut (dyn FnMut(AccessRequest) + Send);

/// Hands out the requests that `filter` selects. Some come twice if a server changes its mind about how to be asked.
pub(crate) async fn each(
    link: &Link,
    call: &Call,
    filter: AccessRequestFilter,
    visit: Visit<'_>,
) -> Result<(), TeleportError> {
    let (remembered, dials) = (link.state().listing(), link.state().dials());
    let mut unsupported = None;
    for way in remembered.and_others() {
        let listed = match way {
            Way::Pages => pages(link, call, &filter, visit).await,
            Way::Stream => stream(link, call, &filter, visit).await,
            Way::Whole => whole(link, call, &filter, visit).await,
        };
        match listed {
            Ok(()) => {
                // A memory of the connection before this one says nothing about what is best here.
                let stale = way == remembered && link.state().dials() != dials;
                link.state().set_listing(if stale { Way::default() } else { way });
                return Ok(());
            }
            Err(e) if e.kind == TeleportErrorKind::Unsupported => unsupported = Some(e),
            Err(e) => return Err(e),
        }
    }
    link.state().set_listing(Way::default());
    Err(unsupported.unwrap_or_else(|| TeleportError::new(TeleportErrorKind::Unsupported, call.name, "no way to ask")))
}

async fn pages(link: &Link, call: &Call, filter: &AccessRequestFilter, visit: Visit<'_>) -> Result<(), TeleportError> {
    let mut start_key = String::new();
    for _ in 0..MOST_PAGES {
        let ask = ListAccessRequestsRequest {
            filter: Some(filter.clone()),
            limit: PAGE,
            start_key: start_key.clone(),
            ..Default::default()
        };
        let page = link.answer(call, link.api().list_access_requests(ask)).await?;
        page.access_requests.into_iter().filter_map(convert::request).for_each(&mut *visit);
        if page.next_key.is_empty() {
            return Ok(());
        }
        if page.next_key == start_key {
            break;
        }
        start_key = page.next_key;
    }
    Err(TeleportError::new(TeleportErrorKind::Invalid, call.name, "the server's pages do not come to an end"))
}

async fn stream(link: &Link, call: &Call, filter: &AccessRequestFilter, visit: Visit<'_>) -> Result<(), TeleportError> {
    let all = async {
        let mut stream = link.api().get_access_requests_v2(filter.clone()).await?.into_inner();
        while let Some(request) = stream.message().await? {
            convert::request(request).into_iter().for_each(&mut *visit);
        }
        Ok::<_, Status>(())
    };
    link.within(call, all).await
}

async fn whole(link: &Link, call: &Call, filter: &AccessRequestFilter, visit: Visit<'_>) -> Result<(), TeleportError> {
    let all = link.answer(call, link.api().get_access_requests(filter.clone())).await?.access_requests;
    all.into_iter().filter_map(convert::request).for_each(visit);
    Ok(())
}
