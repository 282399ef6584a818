//! The names that Slack gives to blocks and buttons that were sent without one.

use serde_json::{Value, json};

/// Blocks with names for all that had none. The same ones every time: they stand for those that Slack stores.
pub(crate) fn named(blocks: &Value) -> Value {
    let mut blocks = blocks.clone();
    for (number, block) in blocks.as_array_mut().into_iter().flatten().enumerate() {
        name(block, "block_id", || format!("b{number}"));
        if let Some(element) = block.get_mut("element") {
            name(element, "action_id", || format!("a{number}"));
        }
        if block["type"] == "actions" {
            for (place, element) in block["elements"].as_array_mut().into_iter().flatten().enumerate() {
                name(element, "action_id", || format!("a{number}-{place}"));
            }
        }
    }
    blocks
}

fn name(part: &mut Value, key: &str, name: impl Fn() -> String) {
    if let Some(part) = part.as_object_mut() {
        part.entry(key).or_insert_with(|| json!(name()));
    }
}
