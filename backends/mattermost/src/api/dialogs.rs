//! Dialogs: forms that are shown to whoever pressed a button.

use reqwest::Method;
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::client::Client;
use crate::failure::Failure;

/// A dialog to be opened.
#[derive(Debug, Serialize)]
pub(crate) struct DialogOpening<'a> {
    /// From the press. Lives for three seconds.
    pub(crate) trigger_id: &'a str,
    /// Where the dialog goes when it is sent. Told to the client.
    pub(crate) url: &'a str,
    pub(crate) dialog: Dialog<'a>,
}

/// What is shown.
#[derive(Debug, Serialize)]
pub(crate) struct Dialog<'a> {
    pub(crate) callback_id: &'a str,
    /// At most 24 characters.
    pub(crate) title: &'a str,
    /// Markdown.
    pub(crate) introduction_text: &'a str,
    pub(crate) elements: [DialogElement; 1],
    pub(crate) submit_label: &'a str,
    pub(crate) notify_on_cancel: bool,
    /// What comes back with it. Told to the client.
    pub(crate) state: &'a str,
}

/// A field.
#[derive(Debug, Serialize)]
pub(crate) struct DialogElement {
    /// At most 24 characters.
    pub(crate) display_name: &'static str,
    pub(crate) name: &'static str,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) optional: bool,
    /// In characters. Kept by clients only.
    pub(crate) max_length: u32,
}

impl Client {
    pub(crate) async fn open_dialog(&self, opening: &DialogOpening<'_>) -> Result<(), Failure> {
        let _: IgnoredAny = self.send(&Method::POST, &["actions", "dialogs", "open"], &[], opening).await?;
        Ok(())
    }
}
