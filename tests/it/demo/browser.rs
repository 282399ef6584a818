//! The page in a real browser, as a newcomer uses it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::webdriver::Browser;
use super::{address, demo, left_nothing};

/// Demands a browser, where one is known to be: in CI.
const REQUIRED: &str = "ACCESSBOT_REQUIRE_BROWSER";
/// A folder for pictures of the page, for people to look at.
const PICTURES: &str = "ACCESSBOT_SCREENSHOTS";

const CHANNEL: &str = "#messages-channel";
const LAST_IN_CHANNEL: &str = "#messages-channel > li:last-child";

#[test]
fn a_request_travels_before_the_eyes_of_a_newcomer() {
    let Some(browser) = browser() else { return };
    let running = demo("").spawn();
    browser.look(1280, "light");
    browser.open(&format!("http://{}/", address(&running)));
    browser.shows("#connection", &["Live"]);
    browser.shows(CHANNEL, &["Nothing yet."]);

    // What bob writes is text, whatever it looks like.
    let (image, link) = ("<img src=x onerror=\"document.title='bad'\">", "[click](javascript:document.title='bad')");
    let reason = format!("{image} {link} \u{202e}backwards\u{202c} {}", "long".repeat(100));
    browser.write("#reason", &reason);
    browser.click("#request-form .primary");
    browser.shows(LAST_IN_CHANNEL, &["bob asks for role dbadmin", image, link, "0 of 2 approvals", "PENDING"]);
    for person in ["alice", "ivan"] {
        browser.shows(&format!("#messages-{person}"), &[image, link, "PENDING"]);
    }
    browser.shows("#requests", &[&reason]);
    browser.shows("#messages-bob", &["was received"]);
    let alive =
        "return [document.title, document.querySelectorAll('main img, main a:not([href^=\"#request-\"])').length]";
    assert_eq!(browser.run(alive), json!(["accessbot demo", 0]));

    // Alice decides in the channel, and says why.
    browser.click("#messages-channel [data-button=Approve]");
    browser.shows("#form", &["Approve the request, as alice", "Reason (optional)"]);
    browser.write("#form-reason", "Fine with me.");
    browser.click("#form-submit");
    browser.shows(LAST_IN_CHANNEL, &["1 of 2 approvals", "PENDING", "alice approved", "Fine with me.", "(edited)"]);
    browser.shows("#messages-alice", &["was recorded"]);
    browser.shows("#log-lines", &["alice (alice in mattermost, by trait): approve"]);
    assert_eq!(browser.run("return document.getElementById('form').open"), false);

    // She lays a trap, and ivan walks into it. Nothing comes of it.
    browser.click("[data-forge=made_up]");
    browser.shows("#forge-outcome", &["stands in the channel"]);
    browser.shows(LAST_IN_CHANNEL, &["alice", "Free pizza"]);
    browser.run("document.getElementById('acts').value = 'ivan'");
    browser.click("#messages-channel > li:last-child [data-button='I come']");
    browser.shows(LAST_IN_CHANNEL, &["Only ivan sees this", "so nothing was decided"]);
    browser.shows("#log-lines", &["by button: not_allowed — the button's proof is not ours"]);
    browser.shows("#requests", &["PENDING", "alice approved", "1 of 2 approvals"]);
    pictures(&browser, "");
    browser.write("#messages-ivan .answers input", "approve Go ahead.\n");
    for place in ["channel", "alice", "ivan"] {
        browser.shows(&format!("#messages-{place}"), &["2 of 2 approvals", "APPROVED", "ivan approved"]);
    }
    browser.shows("#messages-bob", &["was approved"]);

    // Teleport goes and comes back; the next request is announced, once, without a reload.
    browser.click("[data-do=teleport_restart]");
    browser.shows("#log-lines", &["the watch ended"]);
    // Only now: before the restart it says the same.
    browser.shows("[data-do=teleport_restart]", &["Restart Teleport"]);
    browser.write("#reason", "Still there?");
    browser.click("#request-form .primary");
    browser.shows(LAST_IN_CHANNEL, &["Still there?", "PENDING"]);
    assert_eq!(browser.run("return document.querySelectorAll('#messages-channel > li').length"), 3);

    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
    running.signal("INT");
    browser.shows("#connection", &["The demo does not answer"]);
    left_nothing(&running.ended().code(0));
}

#[test]
fn the_same_request_travels_in_slack() {
    let Some(browser) = browser() else { return };
    let running = demo("--backend slack").spawn();
    browser.look(1280, "light");
    browser.open(&format!("http://{}/", address(&running)));
    browser.shows("#chat-title", &["Slack"]);
    browser.shows("#connection", &["Live"]);
    let (image, mention) = ("<img src=x onerror=\"document.title='bad'\">", "<!channel> *bold* `code` &lt;");
    browser.write("#reason", &format!("{image} {mention}"));
    browser.click("#request-form .primary");
    browser.shows(LAST_IN_CHANNEL, &["bob asks for role dbadmin", image, mention, "0 of 2 approvals", "PENDING"]);
    browser.shows("#messages-bob", &["was received"]);
    let parts = "return ['pre', '.pairs li strong', '.small-print', 'time', 'a[href^=\"#request-\"]'].map((part) => \
                 document.querySelectorAll('#messages-channel ' + part).length > 0)";
    assert_eq!(browser.run(parts), json!([true, true, true, true, true]));
    // The first form is put away, and leaves nothing behind.
    browser.click("#messages-alice [data-button=Deny]");
    browser.shows("#form", &["Deny request, as alice"]);
    browser.click("#form-cancel");
    browser.click("#messages-alice [data-button=Approve]");
    browser.shows("#form", &["Approve request, as alice", "Reason (optional)"]);
    browser.click("#form-submit");
    browser.shows(LAST_IN_CHANNEL, &["1 of 2 approvals", "PENDING", "alice approved", "(edited)"]);
    browser.shows("#messages-alice", &["Only alice sees this"]);
    pictures(&browser, "slack-");
    browser.click("[data-review='ivan approve']");
    browser.shows(LAST_IN_CHANNEL, &["2 of 2 approvals", "APPROVED", "ivan approved"]);
    browser.shows("#messages-bob", &["was approved"]);
    assert_eq!(
        browser.run("return [document.title, document.querySelectorAll('main img').length]"),
        json!(["accessbot demo", 0])
    );
    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
    running.signal("INT");
    left_nothing(&running.ended().code(0));
}

/// A browser, or a word about why the test says nothing.
fn browser() -> Option<Browser> {
    let browser = Browser::start();
    if browser.is_none() {
        assert!(std::env::var_os(REQUIRED).is_none_or(|v| v != "1"), "{REQUIRED} is set, and there is no Chromium");
        // Past the test runner, which would keep it for itself: whoever runs the tests should know what they did not test.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: there is no chromium with chromedriver on this machine, so nobody looked at the page"
        );
    }
    browser
}

/// Looks at the page in every light and width: everything can be read and nothing sticks out.
fn pictures(browser: &Browser, of: &str) {
    let folder = std::env::var_os(PICTURES).map(PathBuf::from);
    browser.click("#audit summary");
    for scheme in ["light", "dark"] {
        for width in [1440, 800, 390] {
            browser.look(width, scheme);
            let faint = browser.run(include_str!("contrast.js"));
            assert_eq!(faint, json!([]), "hard to read, {scheme}");
            let sticks_out = browser.run("return document.documentElement.scrollWidth - window.innerWidth");
            assert!(sticks_out.as_i64().is_some_and(|by| by <= 0), "{sticks_out} pixels too wide at {width}");
            if let Some(folder) = &folder {
                browser.picture(&Path::new(folder).join(format!("{of}{scheme}-{width}.png")));
            }
        }
    }
    browser.look(1280, "light");
    browser.click("#audit summary");
}
