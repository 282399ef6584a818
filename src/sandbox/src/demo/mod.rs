//! The demo: a cluster and a chat of one's own, and a story that is played on them.

mod stage;
mod story;

pub use stage::Stage;
pub use story::{StoryError, play};
