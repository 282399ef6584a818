//! Reading many posts.

use serde_json::{Value, json};

use super::client::{World, error};

/// Messages in the order of the answer, then the next and the previous post's message.
fn page(world: &World, body: &Value) -> String {
    let message = |id: &Value| match id.as_str().unwrap() {
        "" => "-".to_owned(),
        id => world.server.post(id).map_or_else(|| "?".to_owned(), |post| post.message),
    };
    let order: Vec<String> = body["order"].as_array().unwrap().iter().map(message).collect();
    format!("{} | {} {}", order.join(" "), message(&body["next_post_id"]), message(&body["prev_post_id"]))
}

#[tokio::test]
async fn pages_and_cursors() {
    let world = World::start().await;
    let channel = world.server.channel_id("access").unwrap();
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(world.written(json!({"message": format!("m{n}")})).await);
    }
    let list = async |query: &str| world.get(&format!("/channels/{channel}/posts{query}")).await;
    let unknown = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (query, expected) in [
        (String::new(), "m5 m4 m3 m2 m1 m0 | - -"),
        ("?per_page=2".to_owned(), "m5 m4 | - m3"),
        ("?per_page=2&page=1".to_owned(), "m3 m2 | m4 m1"),
        ("?per_page=2&page=9".to_owned(), " | - -"),
        ("?per_page=0".to_owned(), " | - -"),
        ("?per_page=bad&page=-1".to_owned(), "m5 m4 m3 m2 m1 m0 | - -"),
        (format!("?per_page=2&before={}", ids[3]), "m2 m1 | m3 m0"),
        (format!("?per_page=2&before={}", ids[2]), "m1 m0 | m2 -"),
        (format!("?per_page=2&after={}", ids[1]), "m3 m2 | m4 m1"),
        (format!("?per_page=2&after={}", ids[5]), " | - m5"),
        (format!("?before={unknown}"), " | ? -"),
        (format!("?after={unknown}"), " | - ?"),
    ] {
        assert_eq!(page(&world, &list(&query).await.1), expected, "{query}");
    }
    assert_eq!(error(&list("?before=bad").await), "400 api.context.invalid_body_param.app_error");
    assert_eq!(error(&list("?since=bad").await), "400 api.context.invalid_body_param.app_error");
    // A deleted post is not listed, but still a place to read on from.
    world.server.delete_post(&ids[3]).unwrap();
    assert_eq!(page(&world, &list("?per_page=3").await.1), "m5 m4 m2 | - m1");
    assert_eq!(page(&world, &list(&format!("?per_page=1&before={}", ids[3])).await.1), "m2 | m3 m1");
    world.server.remove_member("access", "teleport").unwrap();
    assert_eq!(error(&list("").await), "403 api.context.permissions.app_error");
}

#[tokio::test]
async fn since_brings_what_changed_after() {
    let world = World::start().await;
    let channel = world.server.channel_id("access").unwrap();
    let first = world.written(json!({"message": "first"})).await;
    let second = world.written(json!({"message": "second"})).await;
    let third = world.write(json!({"message": "third"})).await;
    let since = third["update_at"].as_i64().unwrap();
    let path = format!("/channels/{channel}/posts?since={since}");
    assert_eq!(world.get(&path).await.1["order"], json!([]), "strictly after");
    world.put(&format!("/posts/{first}/patch"), json!({"message": "edited"})).await;
    world.written(json!({"message": "reply", "root_id": second})).await;
    let body = world.get(&path).await.1;
    let mut messages: Vec<_> =
        body["posts"].as_object().unwrap().values().map(|post| post["message"].as_str().unwrap()).collect();
    messages.sort_unstable();
    // The copy of the old version looks deleted and is empty.
    assert_eq!(messages, ["", "edited", "reply", "second"]);
}

#[tokio::test]
async fn a_thread_names_the_post_that_was_asked_for_twice() {
    let world = World::start().await;
    let root = world.written(json!({"message": "root"})).await;
    let reply = world.written(json!({"message": "reply", "root_id": root})).await;
    for (id, expected) in [(&root, "root reply root | - -"), (&reply, "reply reply root | - -")] {
        let (_, body) = world.get(&format!("/posts/{id}/thread")).await;
        assert_eq!(page(&world, &body), expected);
        assert_eq!(body["posts"].as_object().unwrap().len(), 2);
    }
    let (_, body) = world.get("/posts/aaaaaaaaaaaaaaaaaaaaaaaaaa/thread").await;
    assert_eq!(body["id"], "app.post.get.app_error");
}

#[tokio::test]
async fn ten_thousand_posts_are_quick() {
    let world = World::start().await;
    let channel = world.server.channel_id("access").unwrap();
    let began = tokio::time::Instant::now();
    for n in 0..10_000 {
        world.server.post_as("bob", "access", &format!("@alice {n}")).unwrap();
    }
    let mut query = String::new();
    let mut seen = 0;
    loop {
        let body = world.get(&format!("/channels/{channel}/posts?per_page=200{query}")).await.1;
        seen += body["order"].as_array().unwrap().len();
        let prev = body["prev_post_id"].as_str().unwrap();
        if prev.is_empty() {
            break;
        }
        query = format!("&before={}", body["order"].as_array().unwrap().last().unwrap().as_str().unwrap());
    }
    assert_eq!(seen, 10_000);
    assert_eq!(world.server.post_count("access"), 10_000);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
