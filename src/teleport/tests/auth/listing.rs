//! Listing requests on servers of every age.

use std::collections::BTreeSet;

use accessbot_core::request::RequestId;
use accessbot_core::teleport::{Teleport as _, TeleportErrorKind};

use crate::stand_in::{Era, Manners, StandIn, request};

#[tokio::test]
async fn each_server_is_asked_in_the_way_it_knows_and_only_once_in_others() {
    let ways = [
        (Era::Pages, vec!["ListAccessRequests"]),
        (Era::Stream, vec!["ListAccessRequests", "GetAccessRequestsV2"]),
        (Era::Whole, vec!["ListAccessRequests", "GetAccessRequestsV2", "GetAccessRequests"]),
        (Era::WholeLate, vec!["ListAccessRequests", "GetAccessRequestsV2", "GetAccessRequests"]),
    ];
    for (era, asked) in ways {
        let requests = vec![request("a"), request("b")];
        let auth = StandIn::start(Manners { era, requests, ..Manners::default() }).await;
        let client = auth.client();
        assert_eq!(client.requests().await.unwrap().len(), 2, "{era:?}");
        assert_eq!(auth.seen.take(), asked, "{era:?}");

        let found = client.request(&RequestId::new("b")).await.unwrap();
        assert_eq!(found.map(|r| r.id), Some(RequestId::new("b")), "{era:?}");
        assert_eq!(client.request(&RequestId::new("c")).await.unwrap(), None, "{era:?}");
        assert_eq!(auth.seen.take(), [*asked.last().unwrap(); 2], "{era:?}");
    }
}

#[tokio::test]
async fn a_server_beyond_what_we_know_is_said() {
    let auth = StandIn::start(Manners { era: Era::Beyond, ..Manners::default() }).await;
    let error = auth.client().requests().await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Unsupported, "{error}");
}

#[tokio::test]
async fn what_one_server_knew_says_nothing_about_the_next() {
    for (old, new) in [(Era::Stream, Era::Pages), (Era::Whole, Era::Pages), (Era::Pages, Era::Whole)] {
        let before = StandIn::start(Manners { era: old, ..Manners::default() }).await;
        let (client, address) = (before.client(), before.address.to_string());
        client.requests().await.unwrap();
        let authority = before.shut_down().await;

        let manners = Manners { era: new, requests: vec![request("a")], ..Manners::default() };
        let after = StandIn::start_with(authority, &["teleport.cluster.local"], manners, &address).await;
        assert_eq!(client.requests().await.unwrap().len(), 1, "{old:?} to {new:?}");
        after.seen.take();
        assert_eq!(client.requests().await.unwrap().len(), 1, "{old:?} to {new:?}");
        let best = if new == Era::Pages { "ListAccessRequests" } else { "GetAccessRequests" };
        assert_eq!(after.seen.take(), [best], "{old:?} to {new:?}");
    }
}

#[tokio::test]
async fn pages_are_followed_to_the_last() {
    let requests: Vec<_> = (0..2500).map(|n| request(&format!("request-{n}"))).collect();
    let auth = StandIn::start(Manners { requests, page: 700, ..Manners::default() }).await;
    let listed = auth.client().requests().await.unwrap();
    let ids: BTreeSet<_> = listed.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids.len(), 2500);
    assert_eq!(auth.seen.take().len(), 4);
}

#[tokio::test]
async fn pages_that_do_not_end_are_given_up() {
    let auth = StandIn::start(Manners { endless: true, ..Manners::default() }).await;
    let error = auth.client().requests().await.unwrap_err();
    assert_eq!(error.message, "the server's pages do not come to an end");
    assert_eq!(error.kind, TeleportErrorKind::Invalid);
}

#[tokio::test]
async fn an_answer_may_be_larger_than_grpc_allows_by_default() {
    let mut large = request("large");
    if let Some(spec) = &mut large.spec {
        spec.request_reason = "x".repeat(5 * 1024 * 1024);
    }
    for era in [Era::Pages, Era::Stream, Era::Whole] {
        let requests = vec![large.clone(), request("small")];
        let auth = StandIn::start(Manners { era, requests, ..Manners::default() }).await;
        assert_eq!(auth.client().requests().await.unwrap().len(), 2, "{era:?}");
    }
}

#[tokio::test]
async fn only_the_request_that_was_asked_for_is_taken() {
    let requests = vec![request("a"), request("b")];
    let auth = StandIn::start(Manners { careless: true, requests, ..Manners::default() }).await;
    let client = auth.client();
    assert_eq!(client.request(&RequestId::new("b")).await.unwrap().unwrap().id, RequestId::new("b"));
    assert_eq!(client.request(&RequestId::new("c")).await.unwrap(), None);
    auth.seen.take();
    let error = client.request(&RequestId::new("")).await.unwrap_err();
    assert_eq!(error.kind, TeleportErrorKind::Invalid);
    assert_eq!(auth.seen.take(), Vec::<&str>::new());
}
