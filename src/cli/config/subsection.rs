//! Tables within a section, such as `[slack.review]`: their keys are keys of the section, with a dot in the name.

use accessbot_core::backend::Value;

use super::layer::Layer;
use super::schema::Schema;

/// Lets the keys of each section's tables stand in the section itself: `app_token` of `[slack.review]` as
/// `review.app_token` of `[slack]`. Places have that name already.
pub(super) fn flatten(layer: &mut Layer, schema: &Schema) {
    for section in &schema.sections {
        let Some(Value::Table(values)) = layer.values.get_mut(section.name) else { continue };
        for table in section.tables() {
            // Anything but a table is left for the check, which says what it is.
            let Some(Value::Table(_)) = values.get(table) else { continue };
            let Some(Value::Table(entries)) = values.remove(table) else { continue };
            values.extend(entries.into_iter().map(|(key, value)| (format!("{table}.{key}"), value)));
        }
    }
}
