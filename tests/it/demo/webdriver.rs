//! A headless Chromium, driven through chromedriver by plain calls of the `WebDriver` protocol.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::Call;

/// Longer than the bot takes to get over a restart of Teleport.
const PATIENCE: Duration = Duration::from_secs(40);
/// The name of an element in the protocol's JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one page. It is closed when this is dropped.
pub(super) struct Browser {
    driver: Child,
    address: String,
    session: String,
    /// Kept open: it may have more to say.
    _output: Lines<BufReader<ChildStdout>>,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser; `None` without one on this machine.
    pub(super) fn start() -> Option<Self> {
        let chromium = ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| find(name))?;
        let driver = find("chromedriver")?;
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let said = lines.by_ref().map_while(Result::ok).find(|line| line.contains("successfully on port "));
        let said = said.expect("chromedriver says its port");
        let port = said.rsplit("on port ").next().unwrap_or_default().trim_end_matches('.');
        let profile = TempDir::new().expect("a folder");
        // As root Chromium has no sandbox; and it must not look for the network, which a build machine may not have.
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "binary": chromium, "args": arguments });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let mut browser = Self {
            driver,
            address: format!("127.0.0.1:{port}"),
            session: String::new(),
            _output: lines,
            _profile: profile,
        };
        let session = browser.call("POST", "/session", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        session["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        Some(browser)
    }

    pub(super) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Runs a script, and returns what it returns.
    #[track_caller]
    pub(super) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Clicks on the first element that fits, as a mouse does: it must be there to be seen and to be hit.
    #[track_caller]
    pub(super) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the first element that fits, in place of what stands there.
    #[track_caller]
    pub(super) fn write(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// The text of the first element that fits, as people see it.
    #[track_caller]
    pub(super) fn text(&self, selector: &str) -> String {
        // In one call: an element that is looked for first may be gone when it is asked.
        let text = self.run(&format!("return document.querySelector({}).innerText", json!(selector)));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element's text contains all of these.
    #[track_caller]
    pub(super) fn shows(&self, selector: &str, texts: &[&str]) {
        let start = tokio::time::Instant::now();
        loop {
            let shown = self.text(selector);
            if texts.iter().all(|text| shown.contains(text)) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{selector} never showed {texts:?}, but:\n{shown}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// What the page wrote to the console, and what the browser complained of.
    pub(super) fn complaints(&self) -> Vec<Value> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        log.as_array().cloned().unwrap_or_default()
    }

    /// Makes the window so wide, and light or dark.
    pub(super) fn look(&self, width: u32, scheme: &str) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Writes a picture of the page into a file.
    pub(super) fn picture(&self, path: &Path) {
        let taken = self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        let data = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            taken["data"].as_str().expect("a picture"),
        );
        std::fs::write(path, data.expect("base64")).expect("a file");
    }

    #[track_caller]
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    #[track_caller]
    fn find(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}{path}", self.session), body)
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let call = Call::with_method(method, path).header("Content-Type", "application/json");
        let call = if body.is_null() { call } else { call.body(body) };
        let answer = call.send(&self.address);
        let mut value: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(answer.status, 200, "{method} {path} {body}: {value:#}");
        value["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let path = format!("/session/{}", self.session);
        if !self.session.is_empty() && !std::thread::panicking() {
            self.call("DELETE", &path, &Value::Null);
        } else if !self.session.is_empty() {
            // A second panic would hide the first.
            drop(Call::with_method("DELETE", &path).open(&self.address));
            std::thread::park_timeout(Duration::from_secs(2));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A program by its name.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
