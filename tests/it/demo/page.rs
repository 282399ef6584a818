//! The page as programs see it: its files, its stream, and whom it lets do what.

use std::io::BufRead as _;

use super::{address, demo, left_nothing};
use crate::http::Call;
use serde_json::{Value, json};

fn filing(role: &str) -> Value {
    json!({ "role": role, "reason": "Because.", "reviewers": ["alice", "ivan"], "ttl_seconds": 600 })
}

/// Reads events until one of this name has `text` in it.
#[track_caller]
fn wait_for_event(address: &str, name: &str, text: &str) -> String {
    let stream = Call::get("/api/events").open(address);
    let mut event = String::new();
    for line in stream.lines() {
        let line = line.expect("the stream goes on");
        if let Some(found) = line.strip_prefix("event: ") {
            found.clone_into(&mut event);
        } else if event == name && line.starts_with("data: ") && line.contains(text) {
            return line;
        }
    }
    panic!("the stream ended before {name} had {text}");
}

#[test]
fn the_page_shows_what_happens_and_takes_only_what_is_meant() {
    let running = demo("").spawn();
    let address = address(&running);
    assert!(address.starts_with("127.0.0.1:"), "{address}");

    let page = Call::get("/").send(&address);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<title>accessbot demo</title>"));
    for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "nosniff"] {
        assert!(page.head.contains(rule), "{}", page.head);
    }
    assert_eq!(Call::get("/etc/passwd").send(&address).status, 404);

    for (why, status, call) in [
        ("a name that leads here", 403, Call::get("/").header("Host", "demo.evil.example")),
        ("another page", 403, Call::post("/api/requests", &filing("dbadmin")).header("Origin", "http://evil.example")),
        (
            "a form of another page",
            415,
            Call::post("/api/requests", &filing("dbadmin")).header("Content-Type", "text/plain"),
        ),
        ("too much", 413, Call::post("/api/requests", &"x".repeat(40_000))),
        ("no JSON", 400, Call::post("/api/requests", &"{")),
        ("nobody's field", 422, Call::post("/api/requests", &json!({ "user": "alice" }))),
        (
            "a reason beyond Teleport's limit",
            422,
            Call::post(
                "/api/requests",
                &json!({ "role": "dbadmin", "reason": "x".repeat(10_000), "reviewers": [], "ttl_seconds": 600 }),
            ),
        ),
        ("no role for bob", 422, Call::post("/api/requests", &filing("labadmin"))),
        ("no such trouble", 422, Call::post("/api/trouble", &json!({ "kind": "earthquake" }))),
    ] {
        assert_eq!(call.send(&address).status, status, "{why}");
    }
    wait_for_event(&address, "cluster", r#""requests":[]"#);

    let origin = format!("http://{address}");
    let filed = Call::post("/api/requests", &filing("dbadmin")).header("Origin", &origin).send(&address);
    assert_eq!(filed.status, 200, "{}", filed.body);
    let filed: Value = serde_json::from_str(&filed.body).expect("JSON");
    let id = filed["id"].as_str().expect("its name");
    for place in ["channel", "alice", "ivan"] {
        assert!(wait_for_event(&address, place, id).contains("0 of 2 approvals"));
    }
    wait_for_event(&address, "bob", "was received");

    let review = |reviewer: &str| {
        let body = json!({ "request": id, "reviewer": reviewer, "decision": "approve", "reason": "" });
        Call::post("/api/reviews", &body).send(&address)
    };
    assert_eq!(review("bob").status, 422);
    assert_eq!(review("alice").status, 200);
    let twice = review("alice");
    assert!(twice.status == 422 && twice.body.contains("error"), "{} {}", twice.status, twice.body);
    wait_for_event(&address, "channel", "1 of 2 approvals");
    assert_eq!(review("ivan").status, 200);
    wait_for_event(&address, "channel", "APPROVED");
    wait_for_event(&address, "bob", "was approved");
    wait_for_event(&address, "log", "announced");

    running.signal("INT");
    left_nothing(&running.ended().code(0));
}

/// The first message of an event.
#[track_caller]
fn message(event: &str) -> Value {
    let event: Value = serde_json::from_str(event.trim_start_matches("data: ")).expect("JSON");
    event["messages"][0].clone()
}

#[test]
fn people_decide_in_the_chat_and_a_forged_button_decides_nothing() {
    let running = demo("").spawn();
    let address = address(&running);
    let post = |path: &str, body: Value| {
        let answered = Call::post(path, &body).send(&address);
        (answered.status, serde_json::from_str::<Value>(&answered.body).unwrap_or_default())
    };
    let forge = |kind: &str| post("/api/forgeries", json!({ "kind": kind })).0;
    assert_eq!(forge("copied"), 422, "there is nothing to copy");
    assert_eq!(Call::post("/api/requests", &filing("dbadmin")).send(&address).status, 200);
    let card = message(&wait_for_event(&address, "channel", r#""label":"Approve""#));
    let at = |who: &str, place: &str, message: &Value| json!({ "who": who, "place": place, "message": message["id"] });
    let press = |at: Value, button: &str| post("/api/presses", json!({ "at": at, "button": button }));

    for (why, at) in [
        ("a stranger", at("admin", "channel", &card)),
        ("nowhere", at("alice", "attic", &card)),
        ("no message", at("alice", "channel", &json!({ "id": "nothing" }))),
        (
            "somebody else's direct messages",
            at("bob", "alice", &message(&wait_for_event(&address, "alice", "Approve"))),
        ),
    ] {
        assert_eq!(press(at, "approve").0, 422, "{why}");
    }

    let (status, opened) = press(at("alice", "channel", &card), "approve");
    assert_eq!((status, &opened["form"]["label"]), (200, &json!("Reason (optional)")), "{opened}");
    let send = |who: &str, reason: &str| {
        post("/api/forms", json!({ "who": who, "form": opened["form"]["id"], "reason": reason }))
    };
    assert_eq!(send("ivan", "Somebody else's form.").0, 422);
    assert_eq!(send("alice", "Fine."), (200, json!({ "wrong": null })));
    wait_for_event(&address, "channel", "1 of 2 approvals");
    wait_for_event(&address, "alice", "was recorded");

    assert_eq!(forge("made_up"), 200);
    let events = wait_for_event(&address, "channel", "Free pizza");
    let events: Value = serde_json::from_str(events.trim_start_matches("data: ")).expect("JSON");
    let bait = &events["messages"][1];
    let button = bait["cards"][0]["buttons"][0]["id"].as_str().expect("a button");
    assert_eq!((bait["author"].as_str(), &bait["from_bot"]), (Some("alice"), &json!(false)));
    assert_eq!(press(at("ivan", "channel", bait), button), (200, json!({ "form": null })));
    wait_for_event(&address, "channel", r#""only_for":"ivan""#);
    let line = wait_for_event(&address, "log", "proof is not ours");
    assert!(line.contains("AUDIT") && line.contains("not_allowed"), "{line}");

    let react = |emoji: &str| post("/api/reactions", json!({ "at": at("ivan", "channel", &card), "emoji": emoji })).0;
    assert_eq!(react("x"), 200);
    wait_for_event(&address, "channel", "DENIED");
    let reply = json!({ "at": at("alice", "channel", &card), "text": "approve after all" });
    assert_eq!(post("/api/replies", reply).0, 200);
    wait_for_event(&address, "log", "too_late");

    running.signal("INT");
    left_nothing(&running.ended().code(0));
}

#[test]
fn slack_is_shown_in_the_parts_that_its_messages_are_made_of() {
    let running = demo("--backend slack").spawn();
    let address = address(&running);
    wait_for_event(&address, "scene", r##""name":"#access""##);
    let filed = Call::post("/api/requests", &filing("readonly")).send(&address);
    assert_eq!(filed.status, 200, "{}", filed.body);
    let pending = wait_for_event(&address, "channel", "PENDING");
    for part in [r#""kind":"fields""#, r#""kind":"code""#, r#""kind":"small_print""#, r#""look":"bold""#, r#""time":1"#]
    {
        assert!(pending.contains(part), "no {part} in {pending}");
    }
    assert!(pending.contains(r#""edited":false"#) && !pending.contains("*Status*"), "{pending}");
    let chat = |on: bool| {
        let body = json!({ "kind": "chat_down", "on": on });
        assert_eq!(Call::post("/api/trouble", &body).send(&address).status, 200);
    };
    chat(true);
    let id = serde_json::from_str::<Value>(&filed.body).expect("JSON")["id"].clone();
    let body = json!({ "request": id, "reviewer": "ivan", "decision": "deny", "reason": "Not today." });
    assert_eq!(Call::post("/api/reviews", &body).send(&address).status, 200);
    wait_for_event(&address, "log", "the chat server does not answer");
    chat(false);
    let denied = wait_for_event(&address, "channel", "DENIED");
    assert!(denied.contains(r#""edited":true"#), "{denied}");
    wait_for_event(&address, "bob", "was denied");
    running.signal("INT");
    left_nothing(&running.ended().code(0));
}

#[test]
fn trouble_can_be_made_and_is_got_over() {
    let running = demo("").spawn();
    let address = address(&running);
    let trouble = |what: Value| assert_eq!(Call::post("/api/trouble", &what).send(&address).status, 200);
    wait_for_event(&address, "log", "ready");
    trouble(json!({ "kind": "chat_down", "on": true }));
    wait_for_event(&address, "trouble", r#""chat_down":true"#);
    assert_eq!(Call::post("/api/requests", &filing("readonly")).send(&address).status, 200);
    wait_for_event(&address, "log", "the chat server does not answer");
    trouble(json!({ "kind": "chat_down", "on": false }));
    wait_for_event(&address, "channel", "PENDING");
    trouble(json!({ "kind": "watch_overflow" }));
    wait_for_event(&address, "log", "buffer overflow");
    wait_for_event(&address, "channel", "Burst 1");
    trouble(json!({ "kind": "chat_slow", "on": true }));
    wait_for_event(&address, "trouble", r#""chat_slow":true"#);
    trouble(json!({ "kind": "teleport_restart" }));
    wait_for_event(&address, "trouble", r#""teleport_restarts":true"#);
    // In the middle of it all.
    running.signal("INT");
    left_nothing(&running.ended().code(0));
}
