//! `views.*`

use serde_json::{Value, json};

use super::super::args::Args;
use super::super::modal;
use super::super::model::{Grant, Model};
use super::super::reply::{Outcome, Refusal};

pub(super) fn open(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let view = args.structure("view").unwrap_or(Value::Null);
    modal::check(&view)?;
    let trigger = args.text("trigger_id");
    if trigger.is_empty() {
        return Err(Refusal::with_messages(
            "invalid_arguments",
            &["[ERROR] missing required field: trigger_id".into()],
        ));
    }
    let now = model.now();
    let user = model.triggers.exchange(trigger, now)?;
    Ok(json!({"view": model.open_view(&user, &view, &grant.app_id, &grant.bot_id)}))
}
