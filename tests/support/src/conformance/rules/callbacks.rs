//! Calls of whoever finds the address that a chat server calls us at.

use accessbot_core::backend::callback::{CallbackRequest, LARGEST_BODY};
use bytes::Bytes;
use http::Request;

use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::stage::Stage;

/// What is not a genuine call, as content types and bodies.
fn bodies() -> Vec<(&'static str, Bytes)> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    vec![
        (json, Bytes::new()),
        (form, Bytes::new()),
        ("", Bytes::from_static(b"\xff\xfe\0garbage")),
        (json, Bytes::from_static(b"{\"id\": \0")),
        (json, Bytes::from_static(b"null")),
        (json, Bytes::from_static(b"[1, \"two\", {\"three\": null}]")),
        (json, Bytes::from_static(b"{\"type\": 5, \"user_id\": [], \"action\": \"approve\", \"context\": {}}")),
        (json, Bytes::from_static(b"{\"action\": \"approve\", \"user\": {\"id\": \"admin\"}, \"request\": \"1\"}")),
        (json, Bytes::from("[".repeat(LARGEST_BODY))),
        (form, Bytes::from_static(b"payload=%7B%22type%22%3A%22block_actions%22%7D&token=x")),
        (form, Bytes::from_static(b"payload=%ff%00&payload=%7B")),
        (form, Bytes::from("a=".repeat(LARGEST_BODY / 2))),
        ("multipart/form-data; boundary=x", Bytes::from_static(b"--x\r\n")),
        ("text/plain", Bytes::from(vec![b'x'; LARGEST_BODY])),
    ]
}

pub(super) async fn callbacks(stage: Stage) -> Outcome {
    let paths = stage.backend.callback_paths();
    if paths.is_empty() {
        return Err(Verdict::NotApplicable("it declares no path".to_owned()));
    }
    for (index, path) in paths.iter().enumerate() {
        ensure(path.starts_with('/'), || format!("{path:?} does not begin with /"))?;
        ensure(!paths[..index].contains(path), || format!("{path:?} is declared twice"))?;
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS"] {
            for (content_type, body) in bodies() {
                let shown: String = String::from_utf8_lossy(&body).chars().take(40).collect();
                let case = format!("{method} {path} {content_type} {shown:?} of {} bytes", body.len());
                let Ok(request) = call(method, path, content_type, body) else {
                    return Err(Verdict::Broken(format!("{path:?} is no path")));
                };
                let status = stage.backend.callback(request).await.status();
                ensure(status.is_client_error(), || format!("{case} is answered with {status}"))?;
                ensure(stage.decisions() == 0, || format!("{case} decided something"))?;
            }
        }
    }
    Ok(())
}

fn call(method: &str, path: &str, content_type: &str, body: Bytes) -> Result<CallbackRequest, http::Error> {
    Request::builder().method(method).uri(path).header("content-type", content_type).body(body)
}
