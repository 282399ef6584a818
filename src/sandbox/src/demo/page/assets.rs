//! The files of the page, which are in the program.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::Shared;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Path, kind and contents of each.
pub(super) const ASSETS: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("assets/index.html")),
    ("/colors.css", CSS, include_str!("assets/colors.css")),
    ("/layout.css", CSS, include_str!("assets/layout.css")),
    ("/chat.css", CSS, include_str!("assets/chat.css")),
    ("/main.js", JS, include_str!("assets/main.js")),
    ("/dom.js", JS, include_str!("assets/dom.js")),
    ("/api.js", JS, include_str!("assets/api.js")),
    ("/blocks.js", JS, include_str!("assets/blocks.js")),
    ("/chat.js", JS, include_str!("assets/chat.js")),
    ("/answers.js", JS, include_str!("assets/answers.js")),
    ("/buttons.js", JS, include_str!("assets/buttons.js")),
    ("/link.js", JS, include_str!("assets/link.js")),
    ("/markdown.js", JS, include_str!("assets/markdown.js")),
    ("/request-form.js", JS, include_str!("assets/request-form.js")),
    ("/teleport.js", JS, include_str!("assets/teleport.js")),
    ("/trouble.js", JS, include_str!("assets/trouble.js")),
    ("/log.js", JS, include_str!("assets/log.js")),
];

/// A route for each.
pub(super) fn router() -> Router<Arc<Shared>> {
    ASSETS.iter().fold(Router::new(), |router, &(path, kind, text)| {
        router.route(path, get(move || async move { ([(CONTENT_TYPE, kind)], text) }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_needs_nothing_else() {
        let size: usize = ASSETS.iter().map(|(.., text)| text.len()).sum();
        assert!(size < 100_000, "{size} bytes");
        for (path, _, text) in ASSETS {
            for foreign in ["http://", "https://", "innerHTML", "insertAdjacentHTML", "eval(", "onclick=", "style=\""] {
                assert!(!text.contains(foreign), "{path} contains {foreign}");
            }
        }
    }
}
