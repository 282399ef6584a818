//! Forms that open before a person.

use serde::Serialize;

use crate::client::Client;
use crate::failure::Failure;
use crate::method::OPEN_VIEW;
use crate::render::Form;

#[derive(Serialize)]
struct NewView<'a> {
    trigger_id: &'a str,
    view: &'a Form,
}

impl Client {
    /// Opens a form for the person who just did something: `trigger_id` lives for three seconds, and for one form.
    pub(crate) async fn open_form(&self, trigger_id: &str, view: &Form) -> Result<(), Failure> {
        self.write::<serde::de::IgnoredAny>(OPEN_VIEW, &NewView { trigger_id, view }).await.map(drop)
    }
}
