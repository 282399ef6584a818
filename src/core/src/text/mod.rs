//! What showing untrusted text has in common in all chats: cutting it, making it visible, and fitting it in.
//!
//! Nothing here is markup. A backend cuts with [`excerpt()`], shows what cannot be seen with [`push_visible`], and then
//! escapes as its server wants it.

mod address;
mod excerpt;
mod figures;
mod fitting;
mod hex;
mod link;
mod visible;
mod word;

pub use address::is_mail_address;
pub use excerpt::{Excerpt, excerpt, remark};
pub use figures::{moment, names, progress};
pub use fitting::fitting;
pub(crate) use hex::hex;
pub use link::{command_lines, web_link};
pub use visible::{lines, push_visible, visible_lines};
pub use word::has_word;
